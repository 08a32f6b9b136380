"""May a schema replace another one within a major version? Only optional fields, and words of a closed set, may be added."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
WORDS = frozenset({"title", "description", "$defs", "properties", "required", "items", "anyOf", "$ref"})
"""Keywords that only describe, or that are compared one level down."""


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What keeps the JSON Schema `new` from replacing `old`, in plain words with the field's path; empty if nothing.

    A new optional field is welcome, and so is a further word in a closed set: events of the old shape stay valid, and the
    services that read them are released together with the one that writes them. A field that is gone, newly required, no
    longer required or of another type is not: it needs a new major version (a new topic), because events of the old shape
    stay in the logs and are sent again.
    """
    return list(_compare(old, new, old, new, ""))


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    for word in sorted((old.keys() | new.keys()) - WORDS):
        if old.get(word) != new.get(word) and not _only_more_words(word, old, new):
            yield f"{path or 'the event'}: {word} was {old.get(word)!r} and is now {new.get(word)!r}"
    yield from _compare_fields(old, new, old_root, new_root, path)
    for word, old_part, new_part in _parts(old, new):
        if old_part is None or new_part is None:
            yield f"{path or 'the event'}: {word} has other choices than before"
        else:
            yield from _compare(old_part, new_part, old_root, new_root, path)


def _only_more_words(word: str, old: Schema, new: Schema) -> bool:
    return word == "enum" and set(old.get(word, ())) < set(new.get(word, ())) and bool(old.get(word))


def _compare_fields(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    old_required, new_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in old_fields:
        where = f"{path}.{name}" if path else name
        if name not in new_fields:
            yield f"{where}: the field is gone"
            continue
        if name in old_required and name not in new_required:
            yield f"{where}: the field was required and is now optional, so readers may miss it"
        yield from _compare(old_fields[name], new_fields[name], old_root, new_root, where)
    for name in sorted(new_required - old_required):
        where = f"{path}.{name}" if path else name
        yield f"{where}: the field is required now, but events already written may not have it"


def _parts(old: Schema, new: Schema) -> Iterator[tuple[str, Schema | None, Schema | None]]:
    """The schemas inside a list or a choice, in pairs; None where one side has no partner."""
    if "items" in old or "items" in new:
        yield "items", old.get("items"), new.get("items")
    old_choices, new_choices = old.get("anyOf", ()), new.get("anyOf", ())
    for index in range(max(len(old_choices), len(new_choices))):
        yield (
            "anyOf",
            old_choices[index] if index < len(old_choices) else None,
            new_choices[index] if index < len(new_choices) else None,
        )


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a `#/$defs/…` reference; what stands beside the reference counts too."""
    if "$ref" not in schema:
        return schema
    target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return {**target, **{word: value for word, value in schema.items() if word != "$ref"}}
