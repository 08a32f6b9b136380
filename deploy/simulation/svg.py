"""Elements of a drawing, as text. Pure."""

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | float | None


def tag(name: str, *children: str, **attributes: Value) -> Markup:
    """An element. A trailing _ of an attribute's name is left out and other _ become -; None leaves the attribute out."""
    said = "".join(f' {_name(key)}="{escape(_short(value))}"' for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{said}>{Markup('').join(children)}</{name}>")  # noqa: S704  (the parts are escaped)


def _name(key: str) -> str:
    return "viewBox" if key == "view_box" else key.removesuffix("_").replace("_", "-")


def _short(value: str | float | None) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def text(words: str, x: float, y: float, class_: str = "", anchor: str = "start") -> Markup:
    """Words with their baseline at `y`; `anchor`: start, middle or end."""
    return tag("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def rect(x: float, y: float, width: float, height: float, class_: str, hint: str = "") -> Markup:
    """`hint` is shown where the pointer rests."""
    return tag("rect", *_hint(hint), x=x, y=y, width=max(0.0, width), height=max(0.0, height), class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(d: str, class_: str, hint: str = "") -> Markup:
    return tag("path", *_hint(hint), d=d, class_=class_)


def dot(x: float, y: float, class_: str, hint: str = "") -> Markup:
    return tag("circle", *_hint(hint), cx=x, cy=y, r=5, class_=class_)


def _hint(words: str) -> Iterable[Markup]:
    return [tag("title", words)] if words else []


def drawing(width: float, height: float, said: str, parts: Iterable[Markup]) -> Markup:
    """The whole drawing; `said` is read aloud in its place."""
    return tag("svg", *parts, view_box=f"0 0 {width:g} {height:g}", role="img", aria_label=said)


def ticks(most: float, about: int = 4) -> list[float]:
    """Round values from 0 to at least `most`, about so many steps."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / about
    power = 10.0 ** (len(str(int(rough))) - 1) if rough >= 1 else 0.1 if rough >= 0.1 else 0.01
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    count = int(-(-most // step))
    return [step * number for number in range(count + 1)]
