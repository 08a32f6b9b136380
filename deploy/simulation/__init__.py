"""What-if for a whole district: the history is judged again under another policy, counted, and shown."""
