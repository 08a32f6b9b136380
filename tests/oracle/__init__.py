"""A slow and plain second opinion, written from the words of the scenario language alone.

It shares no code with the engine: it reads a parsed scenario, and works out anew at every close what each pupil's
marks come to. Where the two disagree, one of them misread the rules.
"""
