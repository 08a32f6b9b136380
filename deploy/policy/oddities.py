"""What is allowed in a policy and still odd: a person should have meant it. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Any

Values = dict[str, Any]


def oddities(values: Values, today: date) -> list[str]:
    """Warnings about the policy (as JSON values), each with its key and reason."""
    californian = [] if values.get("rules") else [*_statute(values), *_notices(values), *_letters(values)]
    return [*_dates(values, today), *californian, *_release(values["release"])]


def _dates(values: Values, today: date) -> Iterator[str]:
    start, end = values["effective"]
    if end and date.fromisoformat(end) < today:
        yield f"effective: this version is in force until {end}, which is past"
    if date.fromisoformat(start) > today:
        yield f"effective: this version is in force from {start} on, not yet"


def _statute(values: Values) -> Iterator[str]:
    counting, reports = values["counting"], values["reports"]
    if reports["first_at_occasions"] > 3:
        yield "reports.first_at_occasions: a pupil is a truant, and to be reported, at 3 occasions (EC 48260)"
    if counting["unit"] == "occasion_day" and counting["minutes_gt"] != 30:
        yield f"counting.minutes_gt: {counting['minutes_gt']}, where EC 48260 says more than 30 minutes"
    if (counting["age"]["min"], counting["age"]["max_exclusive"]) != (6, 18):
        yield "counting.age: school is compulsory from 6 to 18 (EC 48200)"
    if values["habitual"]["reports"] < 3:
        yield "habitual.reports: a habitual truant was reported three times or more (EC 48262)"
    if values["habitual"]["effort"]["hard_bounce_counts"]:
        yield "habitual.effort.hard_bounce_counts: a bounced email reached nobody, and is a weak effort in court"
    if values["chronic_absent"]["any_pct_gte"] != 10:
        yield "chronic_absent.any_pct_gte: the state counts from 10 % on (EC 60901)"
    for basis in values["charge_basis"]:
        if basis["id"] == "PC270.1" and (basis["valid_to"] is None or basis["valid_to"] > "2025-12-31"):
            yield "charge_basis: PC270.1 is repealed from 2026-01-01 on (AB 461)"


def _notices(values: Values) -> Iterator[str]:
    for name, (_, end) in values["notice_48260_5"]["template"].items():
        if name == "V1" and (end is None or end > "2025-06-30"):
            yield "notice_48260_5.template.V1: this text must not be used after 2025-06-30 (EC 48260.5, SB 691)"
    level_2 = values["levels"]["L2"]
    if level_2["statutory_notice_days"] < 5:
        yield "levels.L2.statutory_notice_days: a statutory meeting takes 5 days' notice (WIC 601.3)"
    if values["levels"]["L3"]["notice_days"] < 10:
        yield "levels.L3.notice_days: less than 10 days leave a family little time before the SARB hearing"


def _letters(values: Values) -> Iterator[str]:
    letters = values["letters"]
    if letters["min_school_days_between"] == 0:
        yield "letters.min_school_days_between: 0, so one late import can send a family the first and second notice at once"
    if not letters["need_new_occasion_since_last"]:
        yield "letters.need_new_occasion_since_last: no, so a family can be sent the next notice without having missed again"
    if not letters["need_intervention_between"]:
        yield "letters.need_intervention_between: no, so the ladder climbs without anybody having tried to help"


def _release(release: Values) -> Iterator[str]:
    steps = [step for step in ("level_1", "level_2") if release[step] == "automatic"]
    if steps and not any(release["blast_radius"].values()):
        names = " and ".join(step.replace("_", " ") for step in steps)
        yield f"release: {names} without a person, and no blast radius: a wrong import reaches families before anybody sees it"
