"""Every event type by its name: what the decoder may build, what the golden samples must cover."""

from shared.contracts import attendance, case_life, cases, ladder, notices, roster, statuses
from shared.contracts.envelope import EventData


def _types_in(*modules: object) -> dict[str, type[EventData]]:
    found = {
        value.type: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, EventData) and "type" in vars(value)
    }
    return dict(sorted(found.items()))


EVENT_TYPES: dict[str, type[EventData]] = _types_in(attendance, roster, ladder, statuses, case_life, notices, cases)


def types_of(topic: str) -> dict[str, type[EventData]]:
    return {name: model for name, model in EVENT_TYPES.items() if model.topic == topic}
