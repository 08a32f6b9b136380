"""Loads the notices' texts: one file per kind, version and language, each sentence a sandboxed template."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from shared.contracts.terms import NoticeKind

FOLDER = Path(__file__).parent / "templates"
_KIND: TypeAdapter[NoticeKind] = TypeAdapter(NoticeKind)


class Statement(BaseModel):
    """One of the statements that the law wants in a notice; `mark` names it as the statute does."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mark: str
    text: str


class Block(BaseModel):
    """A paragraph, the list of days, or the statements; only where `when` (a jinja expression) holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    when: str | None = None
    text: str | None = None
    days: bool = False
    statements: tuple[Statement, ...] = ()

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Block":
        if sum((self.text is not None, self.days, bool(self.statements))) != 1:
            raise ValueError("a block is either text, days or statements")
        return self


class Addressed(BaseModel):
    """What a notice says, as it is addressed to one kind of reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    greeting: str
    blocks: tuple[Block, ...]
    sms: str


class Text(Addressed):
    """The text of one notice in one language, as its file says it: to parents, and to a pupil who is an adult."""

    to_student: Addressed
    contact: bool
    closing: str
    signature: str

    def addressed_to_student(self) -> "Text":
        return self.model_copy(update=dict(self.to_student))


class Words(BaseModel):
    """What surrounds every notice in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    locale: str
    page_title: str
    contact: str
    access: str


@dataclass(frozen=True, slots=True)
class TemplateName:
    kind: NoticeKind
    version: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.version}"

    @classmethod
    def parse(cls, name: str) -> "TemplateName":
        """Raises ValueError for a name without a known kind."""
        kind, _, version = name.partition("/")
        return cls(_KIND.validate_python(kind), version)


class Templates:
    """All texts, read once. Raises at start if a file has a wrong shape: nothing is sent from a half-read folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True)
        self._environment = environment
        self._compiled: dict[str, Template] = {}
        self.words = {language: Words(**words) for language, words in _read(folder / "words.yaml").items()}
        self.texts = {
            (TemplateName.parse(f"{path.parts[-3]}/{path.parts[-2]}"), path.stem): Text(**_read(path))
            for path in sorted(folder.glob("*/*/*.yaml"))
        }
        self._effective: dict[str, dict[str, date]] = _read(folder / "effective.yaml")

    def in_force(self, kind: NoticeKind, on: date) -> TemplateName:
        """The version that a notice dated `on` has; the first one if none was in force yet (playing back old data)."""
        versions = sorted(self._effective[kind].items(), key=lambda version: version[1])
        started = [version for version, since in versions if since <= on]
        return TemplateName(kind, started[-1] if started else versions[0][0])

    def text(self, name: TemplateName, language: str, to_student: bool) -> Text:
        """Raises KeyError if there is no such text."""
        found = self.texts[name, language]
        return found.addressed_to_student() if to_student else found

    def languages(self, name: TemplateName) -> frozenset[str]:
        return frozenset(language for known, language in self.texts if known == name)

    def fill(self, sentence: str, context: dict[str, Any]) -> str:
        """Raises jinja2.UndefinedError if the sentence names something that `context` does not have."""
        template = self._compiled.get(sentence)
        if template is None:
            template = self._compiled[sentence] = self._environment.from_string(sentence)
        return " ".join(template.render(context).split())

    def holds(self, condition: str | None, context: dict[str, Any]) -> bool:
        """Whether a block's `when` is true. Raises jinja2.UndefinedError like `fill`."""
        return condition is None or self.fill(f"{{{{ 'yes' if {condition} }}}}", context) == "yes"


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
