"""What another policy would have done with a district's history: every close is judged again by the ladder, in memory.

Only for questions: nothing that serves the stream imports this. Start with `replay.py`.
"""
