"""Random scenario files: every sort of entry, pupils of many tempers, and what the oracle says of them.

A file depends on its seed alone. Some pupils are driven up the ladder on purpose; chance alone hardly gets there.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from deploy.scenario.model import CloseEntry, Scenario
from deploy.scenario.parse import parse
from deploy.scenario.plan import steps
from tests.oracle.case import EVENTS
from tests.oracle.judge import judge

STARTS, ENDS = date(2025, 8, 18), date(2026, 6, 5)
NO_SCHOOL = [date(2025, 9, 1), date(2025, 11, 11), *(date(2025, 11, 24) + timedelta(days) for days in range(5))]
WEEKDAYS = [STARTS + timedelta(days) for days in range((ENDS - STARTS).days + 1) if (STARTS.weekday() + days) % 7 < 5]
SCHOOL_DAYS = [day for day in WEEKDAYS if day not in NO_SCHOOL]
SCHOOLS = [{"id": "north"}, {"id": "south", "periods": [1, 2, 3]}]
Entry = tuple[datetime, str, dict[str, Any]]


def random_text(seed: int, pupils: int, looks: int = 4) -> str:
    """A scenario file with `pupils` pupils, each looked at on `looks` days and at the end."""
    random = Random(seed)
    first = random.randrange(60)
    days = SCHOOL_DAYS[first : first + random.randrange(60, 110)]
    students, entries = [], []
    for number in range(pupils):
        student = {"id": f"p{number}", "born": str(born(random)), "school": random.choice(["north", "north", "south"])}
        if random.random() < 0.1:
            student["enrolled"] = str(random.choice(days[:20]))
        students.append(student)
        entries += [(at, kind, {"student": student["id"], **body}) for at, kind, body in life(random, days)]
    entries.sort(key=lambda entry: entry[0])
    head = {
        "scenario": f"random {seed}",
        "policy": "us-ca",
        "overrides": overrides(random),
        "school_year": {"starts": str(STARTS), "ends": str(ENDS)},
        "no_school": [str(day) for day in NO_SCHOOL],
        "schools": SCHOOLS,
        "until": str(days[-1]),
    }
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in head.items())
    text += block("students", students)
    text += block("timeline", [{"at": at.isoformat(), kind: body} for at, kind, body in entries])
    return text + block("expect", expectations(random, parse(text, "random.yaml"), looks))


def block(name: str, rows: list[dict[str, Any]]) -> str:
    return f"{name}: []\n" if not rows else f"{name}:\n" + "".join(f"  - {json.dumps(row)}\n" for row in rows)


def expectations(random: Random, scenario: Scenario, looks: int) -> list[dict[str, Any]]:
    """What the oracle says, on some days on which the school was closed and at the end."""
    plan = steps(scenario)
    closes = {step.entry.day: place for place, step in enumerate(plan, 1) if isinstance(step.entry, CloseEntry)}
    found = []
    for student in scenario.students:
        opinion = judge(scenario, student.id)
        seen = sorted(random.sample(sorted(closes), min(looks, len(closes))))
        for at, place in [*((str(day), closes[day]) for day in seen), ("", len(plan))]:
            values, events = opinion[place]
            said = {"include": sorted(events & EVENTS), "exclude": sorted(EVENTS - events)}
            found.append({**({"at": at} if at else {}), "student": student.id, **values, "events": said})
    return found


def overrides(random: Random) -> dict[str, Any]:
    """None in half of the files; else some of the numbers of the ladder."""
    possible: list[tuple[str, str, list[int]]] = [
        ("letters", "L2", [5, 6, 7]),
        ("letters", "L3", [8, 9, 10]),
        ("letters", "min_school_days_between", [0, 1, 3, 8]),
        ("counting", "minutes_gt", [0, 20, 45]),
        ("counting", "period_minutes", [25, 60]),
        ("chronic_absent", "any_pct_gte", [5, 20]),
        ("chronic_absent", "early_warning_min_days", [1, 25]),
        ("chronic_absent", "state_report_min_days", [20, 50]),
        ("chronic_truant", "unexcused_pct_gte", [5, 15]),
        ("habitual", "reports", [2, 4]),
    ]
    chosen: dict[str, Any] = {}
    for section, key, values in possible:
        if random.random() < 0.15:
            chosen.setdefault(section, {})[key] = random.choice(values)
    if random.random() < 0.15:
        chosen.setdefault("counting", {})["unverified"] = {"matures_after_school_days": random.choice([1, 2, 5])}
    if random.random() < 0.15:
        chosen["levels"] = {"L1": {"monitor_school_days": random.choice([5, 10, 20])}}
    return chosen if random.random() < 0.5 else {}


def born(random: Random) -> date:
    """Mostly of an age at which school is compulsory; some turn 6 or 18 in the year."""
    if random.random() < 0.7:
        return date(2009, 1, 1) + timedelta(random.randrange(3650))
    turning = random.choice([6, 18])
    return (date(2025, 8, 1) + timedelta(random.randrange(300))).replace(year=2025 - turning)


def life(random: Random, days: list[date]) -> Iterator[Entry]:
    """All that becomes known about one pupil, in no order."""
    temper = random.choice([quiet, ill, restless, restless, driven, driven, driven, wild])
    yield from temper(random, days)
    if random.random() < 0.12:
        on = random.choice(days)
        yield (
            at(random, on),
            "roster",
            {"change": random.choice([{"school": "south"}, {"school": "north"}, {"grade": 5}])},
        )
    if random.random() < 0.06:
        last = random.choice(days[10:])
        yield at(random, last), "roster", {"change": {"exited": str(last + timedelta(random.randrange(3)))}}
    if random.random() < 0.05:
        yield at(random, random.choice(days)), "roster", {"change": {"born": str(born(random))}}


def at(random: Random, day: date) -> datetime:
    """Some time of that day: sometimes after the day is closed."""
    return datetime.combine(day, time(random.choice([7, 9, 9, 11, 14, 17, 17, 19]), random.choice([0, 15, 30, 45])))


def marks(random: Random, days: list[date], share: float, **body: Any) -> Iterator[Entry]:
    for day in days:
        if random.random() < share:
            yield from mark(random, days, day, **body)


def mark(random: Random, days: list[date], day: date, **body: Any) -> Iterator[Entry]:
    """A mark that is known on its day or later, and may be said again, corrected or retracted."""
    said = {"day": str(day), **(body or anything(random))}
    known = at(random, day if random.random() < 0.85 else random.choice([each for each in days if each >= day]))
    revised = random.random() < 0.3
    yield known, "mark", {**said, **({"rev": 2} if revised else {})}
    fate, later = random.random(), known + timedelta(random.choice([0, 0, 1, 1, 2, 5, 9]), minutes=random.randrange(3))
    if later.date() > days[-1]:
        return
    rev = {"rev": random.choice([1, 2, 3])} if revised else {}
    if fate < 0.05:
        yield later, "mark", {**said, **rev}
    elif fate < 0.12:
        kept = {"period": said["period"]} if "period" in said else {}
        yield later, "mark", {"day": str(day), **kept, "status": "absent", "excuse": "excused", "reason": "ILL", **rev}
    elif fate < 0.16:
        yield later, "mark", {**anything(random), **{key: said[key] for key in ("day", "period") if key in said}, **rev}
    elif fate < 0.2:
        yield later, "retract", {**{key: said[key] for key in ("day", "period") if key in said}, **rev}


def anything(random: Random) -> dict[str, Any]:
    body: dict[str, Any] = {"status": random.choice(["absent", "absent", "absent", "tardy", "left_early", "present"])}
    if body["status"] != "present":
        body["excuse"] = random.choice(["unexcused", "unexcused", "unexcused", "unverified", "excused"])
    if body["status"] in ("tardy", "left_early") or random.random() < 0.1:
        body["minutes"] = random.choice([1, 20, 29, 30, 31, 45, 60, 120])
    if random.random() < 0.3:
        body["period"] = random.choice([1, 2, 3])
    if body["status"] == "absent" and random.random() < 0.06:
        body["suspension"] = random.choice(["oss", "iss"])
    if random.random() < 0.05 and body.get("excuse") in ("excused", "unverified"):
        body["reason"] = random.choice(["ILL", "MED", "CMS"])
    return body


def quiet(random: Random, days: list[date]) -> Iterator[Entry]:
    yield from marks(random, days, 0.04)


def ill(random: Random, days: list[date]) -> Iterator[Entry]:
    yield from marks(random, days, 0.15, status="absent", excuse="excused", reason="ILL")


def restless(random: Random, days: list[date]) -> Iterator[Entry]:
    yield from marks(random, days, random.choice([0.1, 0.2, 0.4]))
    yield from marks(random, days, 0.05, status="absent", excuse="unexcused")
    for _ in range(random.randrange(6)):
        yield contact(random, at(random, random.choice(days)))
    if random.random() < 0.2:
        closed_day = random.choice([date(2025, 9, 1), date(2025, 11, 11), date(2025, 9, 6), date(2025, 9, 7)])
        for _ in range(random.randrange(1, 4)):
            yield from mark(random, days, closed_day)
    if random.random() < 0.3:
        yield from meeting(random, random.choice(days), random.choice(["sart", "mediation"]))


def contact(random: Random, when: datetime) -> Entry:
    channel = random.choice(["phone", "phone", "email", "email", "sms", "letter", "visit"])
    outcomes = {"phone": ["reached", "voicemail", "no_answer"], "visit": ["reached", "no_answer"]}
    outcome = random.choice(outcomes.get(channel, ["delivered", "bounced"] if channel == "email" else ["delivered"]))
    return when, "contact", {"channel": channel, "outcome": outcome}


def meeting(random: Random, day: date, kind: str) -> Iterator[Entry]:
    """One that is held, missed twice and followed up, or cancelled; with how its notice was served."""
    when = datetime.combine(day, time(8))
    if random.random() < 0.6:
        yield when, "meeting", {"kind": kind, "status": "scheduled", **service(random, day, kind)}
    when += timedelta(random.randrange(1, 4))
    fate = random.random()
    if fate < 0.65:
        agreement = random.choice(["signed", "refused", "none"])
        held = {"date": str(when.date() - timedelta(random.choice([0, 0, 3])))} if random.random() < 0.3 else {}
        yield when, "meeting", {"kind": kind, "status": "held", "agreement": agreement, **held}
    elif fate < 0.9:
        yield when, "meeting", {"kind": kind, "status": "no_show", "form": "group"}
        yield when + timedelta(1), "meeting", {"kind": kind, "status": "no_show", "form": "individual"}
        yield contact(random, when + timedelta(1, hours=random.randrange(8)))
    elif fate < 0.95:
        yield when, "meeting", {"kind": kind, "status": "cancelled"}
    elif kind != "sarb":
        yield act(when, "waive_disposition", step="level_1" if kind == "sart" else "level_2", reason="a reason")


def service(random: Random, day: date, kind: str) -> dict[str, Any]:
    held = day + timedelta(random.randrange(3, 15))
    said: dict[str, Any] = {"date": str(held)}
    if kind == "sarb" or random.random() < 0.5:
        method = random.choice(["certified", "certified", "personal", "first_class", "email"])
        posted = str(day + timedelta(random.randrange(2)))
        said["served"] = [{"to": to, "method": method, "posted": posted} for to in ("parent", "pupil")]
        if kind == "mediation":
            said["statutory"] = True
    return said


def act(when: datetime, do: str, **more: str) -> Entry:
    return when, "act", {"do": do, "by": "supervisor", **more}


def driven(random: Random, days: list[date]) -> Iterator[Entry]:
    """Up the whole ladder, with stumbles: absences, contacts and meetings, a referral, a directive, a decision."""
    place = random.randrange(8)
    stages: list[Callable[[Random, date], Iterator[Entry]]] = [
        lambda random, day: meeting(random, day, "sart"),
        lambda random, day: meeting(random, day, "mediation"),
        sarb,
        enforcement,
        answer,
    ]
    for stage in stages:
        place += random.randrange(4, 9)
        for _ in range(random.choice([3, 3, 3, 4])):
            if place >= len(days) - 12:
                return
            yield from mark(random, days, days[place], status="absent", excuse="unexcused")
            place += random.choice([1, 1, 1, 2])
        yield from stage(random, days[place])
        place += 24 if stage is sarb and random.random() < 0.7 else random.choice([2, 4, 6])
        if place >= len(days) - 12:
            return
        if random.random() < 0.6:
            yield contact(random, datetime.combine(days[place], time(10)))
        if random.random() < 0.06:
            place += 32


def sarb(random: Random, day: date) -> Iterator[Entry]:
    when = datetime.combine(day, time(8))
    if random.random() < 0.1:
        yield act(when, "dismiss")
    yield act(when + timedelta(hours=1), "refer_to_sarb")
    yield from meeting(random, day + timedelta(1), "sarb")
    items = [{"id": "attend", "kind": "attendance", "due": str(day + timedelta(60))}]
    if random.random() < 0.5:
        items.append({"id": "talk", "kind": "counselling", "due": str(day + timedelta(50))})
    yield datetime.combine(day + timedelta(7), time(12)), "directive", {"items": items}
    if random.random() < 0.4:
        item, state = random.choice(items)["id"], random.choice(["failed", "failed", "done"])
        yield (
            datetime.combine(day + timedelta(random.randrange(8, 30)), time(12)),
            "progress",
            {"item": item, "state": state},
        )


def enforcement(random: Random, day: date) -> Iterator[Entry]:
    when = datetime.combine(day, time(8))
    if random.random() < 0.5:
        yield act(when, "release")
    if random.random() < 0.15:
        yield act(when, "reject_enforcement", reason="services have just started")
    basis = random.choice(["EC48293", "EC48293", "EC48293", "PC272", "WIC601b", "PC270.1"])
    yield act(when + timedelta(hours=1), "approve_enforcement", basis=basis)


def answer(random: Random, day: date) -> Iterator[Entry]:
    decision = random.choice(["acknowledged", "filed", "declined", "declined"])
    body = {"decision": decision, **({"reason": "missing_service_proof"} if decision == "declined" else {})}
    yield datetime.combine(day, time(8)), "da", body


def wild(random: Random, days: list[date]) -> Iterator[Entry]:
    """Driven, with every sort of mark on top."""
    yield from driven(random, days)
    yield from marks(random, days, 0.08)
