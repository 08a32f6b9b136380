"""The case file as a PDF: the same contents and fonts give the same bytes, on every machine and day."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typst

from services.referrals.manifest import canonical, sha256

TEMPLATE = Path(__file__).parent / "templates" / "packet.typ"


class CannotPrint(Exception):
    """The PDF could not be made, most likely because no font has the letters of a name (setting `font_folder`)."""


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints case files. PDF/A-2a, so a letter that no font has is an error and never an empty box."""

    fonts: typst.Fonts
    families: tuple[str, ...]

    def pdf(self, contents: dict[str, Any], version: int, rules: str) -> bytes:
        """Raises CannotPrint. Takes a fraction of a second: call it outside the event loop."""
        return self._compile(contents, version, rules, "pdf")[0]

    def pages(self, contents: dict[str, Any], version: int, rules: str) -> list[bytes]:
        """The pages as PNG pictures, for people who check what it looks like."""
        return self._compile(contents, version, rules, "png")

    def _compile(self, contents: dict[str, Any], version: int, rules: str, form: Any) -> list[bytes]:
        extra = {
            "version": version,
            "rules": rules,
            "fonts": self.families,
            "contents_sha256": sha256(canonical(contents)),
        }
        try:
            made = typst.Compiler(TEMPLATE, font_paths=self.fonts).compile(
                format=form,
                sys_inputs={"data": orjson.dumps(contents | extra).decode()},
                timestamp=0,
                pdf_standards="a-2a" if form == "pdf" else [],
            )
        except typst.TypstError as error:
            raise CannotPrint("the case file could not be printed; a name may have letters that no font has") from error
        return made if isinstance(made, list) else [made or b""]


def build_printer(font_folder: Path | None = None) -> Printer:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[font_folder] if font_folder else [])
    return Printer(fonts, tuple(sorted(set(fonts.families()) - {"Libertinus Serif", "New Computer Modern Math"})))
