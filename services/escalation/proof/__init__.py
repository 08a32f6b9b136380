"""Proof: all tables are built again from the record of what was taken, beside the real ones, and compared with them."""
