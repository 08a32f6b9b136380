"""Ed-Fi's descriptors as values of this house, from `vocabulary.yaml`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from services.ingest.codes import CodeTable, table_from_json

_FILE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("vocabulary.yaml").read_text(encoding="utf-8"))

ATTENDANCE: CodeTable = MappingProxyType(table_from_json(_FILE["attendance"]))
GRADES: Mapping[str, int | None] = MappingProxyType(_FILE["grades"])
PARENTS: frozenset[str] = frozenset(_FILE["parents"])
TELEPHONES: tuple[str, ...] = tuple(_FILE["telephones"])
ADDRESSES: tuple[str, ...] = tuple(_FILE["addresses"])
UNDETERMINED = "und"
"""BCP 47 for a language that the source names in a way that nobody here knows."""


def code_value(descriptor: str) -> str:
    """`Mother` of `uri://ed-fi.org/RelationDescriptor#Mother`."""
    return descriptor.rpartition("#")[2]


def language(descriptor: str) -> str:
    """The BCP 47 primary tag of a language descriptor, whose code values are ISO 639-2."""
    code = code_value(descriptor).lower()
    known: dict[str, str] = _FILE["languages"]
    if code in known or code in known.values():
        return known.get(code, code)
    return code if len(code) == 3 and code.isascii() and code.isalpha() else UNDETERMINED
