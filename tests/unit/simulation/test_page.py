"""The page: one file that asks for nothing else, whose drawings say in words what they show, and that hides what is hidden."""

import re
from collections import Counter
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from deploy.policy.packs import values_of
from deploy.simulation import charts
from deploy.simulation.ask import Answer
from deploy.simulation.charts import Row
from deploy.simulation.page import page
from deploy.simulation.result import result_of
from deploy.simulation.run import Question, Simulated
from deploy.simulation.svg import tag, ticks
from deploy.simulation.terminal import show
from deploy.simulation.words import LEVELS, assumed
from services.escalation.policies import policy_of
from services.escalation.simulation.assumed import NOTHING_ASSUMED
from services.escalation.simulation.outcome import Span
from services.escalation.simulation.tally import Tally, Who, count_pupil
from tests.unit.simulation.district import DAYS
from tests.unit.simulation.test_result import LATER, NORTH, SOUTH, sides

FEW = Who("tiny", 12, ("RI",))


def answer(district: str = "d") -> Answer:
    tally: Tally = Counter()
    for who, absences, pupils in ((NORTH, 3, 20), (NORTH, 0, 20), (SOUTH, 4, 14), (SOUTH, 0, 40), (FEW, 3, 4)):
        one = count_pupil(who, *sides(absences))
        tally.update({key: count * pupils for key, count in one.items()})
    question = Question("not used", district, None, LATER)
    simulated = Simulated(question, Span(DAYS[0], DAYS[-1]), tally, DAYS, 98, 9000, 500, 1.5)
    today = values_of(policy_of("us-ca", {}))
    said = assumed(None, NOTHING_ASSUMED)
    return Answer(simulated, result_of(tally, DAYS), "today", "A", "B", today, values_of(LATER), said)


def drawings(html: str) -> list[Any]:
    return [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def test_the_page_asks_for_nothing_else() -> None:
    html = page(answer())
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?:", html)
    assert html.startswith("<!doctype html>")


def test_every_drawing_says_what_it_shows_and_has_its_table() -> None:
    html = page(answer())
    found = drawings(html)
    assert len(found) == html.count("<figure>") >= 6
    assert all(each.get("role") == "img" and each.get("aria-label") for each in found)
    assert "Level 1 (SART): 38 today, 14 proposed" in found[0].get("aria-label")
    assert html.count("<table>") == len(found) + 1
    assert "24 from Level 1 (SART) to Prevention" in found[1].get("aria-label")


def test_what_is_hidden_is_nowhere_on_the_page() -> None:
    html = page(answer())
    labels = [each.get("aria-label") for each in drawings(html)]
    assert any("tiny: hidden today, hidden proposed" in label for label in labels)
    assert re.search(r'<th scope="row">tiny</th><td>\*</td><td>\*</td>', html)


def test_names_are_escaped() -> None:
    html = page(answer("<b>&"))
    assert "<b>" not in html
    assert "District &lt;b&gt;&amp;" in html


def test_a_terminal_of_80_columns_shows_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    show(Console(width=80, highlight=False), answer())
    said = capsys.readouterr().out
    assert max(len(line) for line in said.splitlines()) <= 80
    assert re.search(r"First notice of truancy\s+38\s+14\s+-24", said)
    assert re.search(r"tiny\s+\*\s+\*", said)
    assert "No meeting is invented" in said


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (3, [0, 1, 2, 3]),
        (100, [0, 25, 50, 75, 100]),
        (1100, [0, 500, 1000, 1500]),
        (1.4, [0, 0.5, 1.0, 1.5]),
    ],
)
def test_scales_are_round_and_reach_the_top(most: float, expected: list[float]) -> None:
    assert ticks(most) == pytest.approx(expected)


def test_elements_escape_what_they_are_given() -> None:
    assert tag("text", "a < b", class_="x", x=1.25) == '<text class="x" x="1.2">a &lt; b</text>'


def test_drawings_of_nothing_are_still_drawings() -> None:
    empty = [[0] * len(LEVELS) for _ in LEVELS]
    found = [
        charts.bars([], "today", "pupils"),
        charts.columns([], "today", "notices"),
        charts.dumbbells([Row("a", None, None)], "today", "%"),
        charts.flow(empty, list(LEVELS.values()), "today"),
    ]
    assert all(ElementTree.fromstring(each).get("aria-label") for each in found)
    assert "Nobody moves" in found[3]
    assert "hidden: too few pupils" in found[2]


def test_months_are_those_of_the_span() -> None:
    [first, *_] = answer().result.months["truancy_notice_1"]
    assert first.label == f"{date(2025, 8, 1):%Y-%m}"
