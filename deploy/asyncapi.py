"""The documents of the events: an AsyncAPI file per service and a JSON Schema per event type, generated and checked."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Union

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from deploy.compatibility import incompatibilities
from deploy.migrate import ROOT, SERVICES
from shared.contracts.envelope import EventData
from shared.contracts.registry import EVENT_TYPES, types_of
from shared.contracts.topics import TOPICS
from shared.messaging.subscription import Subscription

DOCS = ROOT / "docs"
"""Where the files are kept: `asyncapi/<service>.json` and `schemas/<event type>.json` below it."""


class IncompatibleChange(Exception):
    """A model no longer fits its committed schema. The text names type, field and difference, one a line."""


def write(docs: Path = DOCS) -> list[str]:
    """Write what is out of date and return the names of the files.

    Raises IncompatibleChange, and writes nothing, if a change within a major version is more than an added optional
    field. Where nothing was released with the old schema, delete its file first and say why in the commit.
    """
    if broken := _broken_promises(docs):
        raise IncompatibleChange("\n".join(broken))
    wanted = generate()
    changed = [name for name, text in wanted.items() if _read(docs / name) != text]
    for name in changed:
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(wanted[name])
    for name in _left_over(docs, wanted):
        (docs / name).unlink()
    return changed


def check(docs: Path = DOCS) -> list[str]:
    """What is wrong with the committed files, one finding a line in plain words; empty if they are right."""
    wanted = generate()
    left_over = (f"docs/{name}: nothing has this name" for name in _left_over(docs, wanted))
    return [*_broken_promises(docs), *_out_of_date(docs, wanted), *left_over]


def generate() -> dict[str, str]:
    """Every file by its name below `docs`."""
    schemas = {f"schemas/{name}.json": _json(model.model_json_schema()) for name, model in EVENT_TYPES.items()}
    return {**schemas, **{f"asyncapi/{service}.json": _json(describe(service)) for service in SERVICES}}


def describe(service: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of one service: FastStream's, with what it cannot know (the CloudEvents headers)."""
    broker = KafkaBroker("kafka:9092")
    owned = [topic.name for topic in TOPICS if topic.owner == service]
    kept = [broker.publisher(name, title=name, schema=_any_of(types_of(name).values())) for name in owned]
    kept += [_listener(broker, subscription) for subscription in subscriptions_of(service)]  # it holds both weakly
    specification = AsyncAPI(broker, title=f"Rollcall {service}", version="1", schema_version="3.0.0")
    document: dict[str, Any] = json.loads(specification.to_specification().to_json())
    for message in document["components"]["messages"].values():
        message["headers"] = HEADERS
    return _in_order(document)


def subscriptions_of(service: str) -> Sequence[Subscription]:
    """What the handlers of `service` want to hear; a service without handlers hears nothing. Nothing is connected."""
    if find_spec(f"services.{service}.handlers") is None:
        return ()
    handlers = import_module(f"services.{service}.handlers")
    found: Sequence[Subscription] = handlers.subscriptions(_Anything())
    return found


class _Anything:
    """Stands for what the handlers of a service are given: here they are described, never called."""

    def __getattr__(self, name: str) -> "_Anything":
        return self


def _listener(broker: KafkaBroker, subscription: Subscription) -> Any:
    """One record is one event, so the description has no batches although the consumer takes them."""
    listener = broker.subscriber(
        subscription.topic,
        group_id=subscription.group,
        title=subscription.group,
        ack_policy=AckPolicy.MANUAL,
    )

    async def receive(event: Any) -> None: ...

    receive.__annotations__["event"] = _any_of(subscription.types)
    return listener(receive), listener


HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binary mode. ce_type names the schema of the body.",
    "required": ["ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_specversion", "content-type"],
    "properties": {
        "ce_id": {"type": "string", "format": "uuid", "description": "The same decision made twice has the same id."},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string"},
        "ce_subject": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When the fact became known."},
        "ce_specversion": {"const": "1.0"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string"},
    },
}


def _in_order(document: dict[str, Any]) -> dict[str, Any]:
    """FastStream keeps publishers in a set, so their order changes from run to run."""
    ordered = {word: dict(sorted(document[word].items())) for word in ("channels", "operations")}
    components = {word: dict(sorted(named.items())) for word, named in document["components"].items()}
    return {**document, **ordered, "components": components}


def _any_of(models: Iterable[type[EventData]]) -> Any:
    return Union[tuple(models)]  # noqa: UP007 - the members are known only at run time


def _broken_promises(docs: Path) -> list[str]:
    return [
        f"{name}: {finding}"
        for name, model in EVENT_TYPES.items()
        if (committed := _read(docs / f"schemas/{name}.json"))
        for finding in incompatibilities(json.loads(committed), model.model_json_schema())
    ]


def _out_of_date(docs: Path, wanted: dict[str, str]) -> Iterator[str]:
    for name, text in wanted.items():
        committed = _read(docs / name)
        if not committed:
            yield f"docs/{name}: not written yet"
        elif committed != text:
            yield f"docs/{name}: differs from the code\n{_difference(committed, text)}"


def _difference(committed: str, generated: str) -> str:
    lines = unified_diff(committed.splitlines(), generated.splitlines(), "committed", "from the code", lineterm="", n=1)
    return "\n".join(f"    {line}" for line in list(lines)[2:42])


def _left_over(docs: Path, wanted: dict[str, str]) -> list[str]:
    found = {f"{folder}/{path.name}" for folder in ("asyncapi", "schemas") for path in (docs / folder).glob("*.json")}
    return sorted(found - wanted.keys())


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """`python -m deploy.asyncapi [write]`: check the files, or write them. Exit code 1 with the findings if any."""
    if sys.argv[1:] == ["write"]:
        print("\n".join(write()) or "nothing changed")
    elif findings := check():
        sys.exit(
            "\n".join([*findings, "", "Write them anew with `rollcall contracts write` and look at the difference."])
        )


if __name__ == "__main__":
    main()
