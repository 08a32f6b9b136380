"""A district that does not exist, and the ways to send a district through the running stack."""
