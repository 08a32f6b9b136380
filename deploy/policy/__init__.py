"""Policies as people read them: which there are, what one means, what differs between two, and what a file has wrong."""
