"""What may go wrong with an event, by what is to be done about it. Anything else that a handler raises is a bug."""


class Transient(Exception):
    """Something that this needs is not there yet: the batch is tried again later, in order, for as long as it takes."""


class Invalid(Exception):
    """This event can never be handled: it goes to the dead letters. The reason holds no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Flood(Exception):
    """So many records are dead that the fault is more likely here than there: nothing is committed, the process ends."""


class TooLarge(Exception):
    """An event that no broker would take. It names the type and the size."""
