"""An act that the rules do not allow."""


class Refused(Exception):
    """The message says why, in plain words and without personal data."""
