"""A file that is not a scenario says where and why; nothing is ignored."""

import re
from pathlib import Path

import pytest

from deploy.scenario.parse import parse
from deploy.scenario.pure import PureRunner
from deploy.scenario.run import drive, run_scenario
from deploy.scenario.yaml_reader import ScenarioError

GOOD = """scenario: a small one
policy: us-ca
school_year: {starts: 2025-08-18, ends: 2026-06-05}
no_school: [2025-09-01, {from: 2025-11-24, to: 2025-11-28}]
schools: [{id: north}]
students:
  - {id: ana, born: 2010-03-02, grade: 10, guardians: [{id: rosa, language: es}]}
until: 2025-09-12
timeline:
  - {at: 2025-09-08, mark: {student: ana, day: 2025-09-08, status: absent, excuse: unexcused}}
  - {at: 2025-09-09, contact: {student: ana, channel: phone, outcome: reached}}
expect:
  - {at: 2025-09-09, student: ana, occasions: 1, events: {include: [contact.logged]}}
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_the_small_one_is_good() -> None:
    scenario = parse(GOOD, "good.yaml")
    assert drive(scenario, PureRunner(scenario)).holds
    assert scenario.days[10].isoformat() == "2025-09-02"
    assert len(scenario.expectations) == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("scenario: a", "title: a", 1, ["scenario", "missing"]),
        ("until:", "till:", 8, ["till", "unknown key", "until"]),
        ("policy: us-ca", "policy: us-xx", 2, ["policy", "us-xx", "us-ca"]),
        ("policy: us-ca", "policy: us-ca\noverrides: {letters: {L9: 1}}", 3, ["overrides", "letters.L9"]),
        ("ends: 2026-06-05", "ends: 2025-06-05", 3, ["school_year", "before"]),
        ("to: 2025-11-28", "to: 2025-11-20", 4, ["no_school", "before"]),
        ("2025-09-01,", "yesterday,", 4, ["no_school", "'yesterday'"]),
        ("{id: north}", "{id: north}, {id: north}", 5, ["'north'", "twice"]),
        ("{id: north}", "{id: north}, {id: south}", 7, ["school", "missing"]),
        ("grade: 10", "grade: 13", 7, ["grade", "13"]),
        ("grade: 10", "class: 10", 7, ["class", "unknown key"]),
        ("born: 2010-03-02", "born: 2010-13-02", 7, ["born"]),
        ("language: es", "tongue: es", 7, ["tongue", "unknown key"]),
        ("mark: {student: ana", "mark: {student: eva", 10, ["student", "'eva'", "ana"]),
        ("mark: {", "note: {", 10, ["note", "unknown kind", "mark"]),
        ("mark: {student: ana, day: 2025-09-08, status: absent, excuse: unexcused}}", "}", 10, ["exactly one kind"]),
        ("status: absent", "status: away", 10, ["status", "'away'", "absent"]),
        ("excuse: unexcused", "excuse: no", 10, ["excuse", "'no'", "unexcused"]),
        (", excuse: unexcused", "", 10, ["mark", "excuse"]),
        ("excuse: unexcused", "excuse: unexcused, minutes: -5", 10, ["minutes", "-5"]),
        ("excuse: unexcused", "excuse: unexcused, excuse: excused", 10, ["excuse", "twice"]),
        ("excuse: unexcused", "excuse: excused, reason: FLU", 10, ["reason", "'FLU'", "ILL"]),
        ("at: 2025-09-08", "at: 2025-09-10", 11, ["at", "earlier"]),
        ("channel: phone", "channel: fax", 11, ["channel", "'fax'", "phone"]),
        ("contact: {student: ana, channel: phone, outcome: reached}", "close: {day: 2025-09-09}", 11, ["close: manual"]),
        ("contact: {student: ana, channel: phone, outcome: reached}", "act: {student: ana, do: hold}", 11, ["by", "missing"]),
        ("contact: {student: ana, channel: phone, outcome: reached}",
         "roster: {student: ana, change: {name: Eva}}", 11, ["name", "unknown key"]),
        ("contact: {student: ana, channel: phone, outcome: reached}",
         "meeting: {student: ana, kind: sart, status: held, served: [{to: aunt, method: email, posted: 2025-09-01}]}",
         11, ["to", "'aunt'"]),
        ("contact: {student: ana, channel: phone, outcome: reached}",
         "import: {student: ana, days: [2025-08-20], source: elsewhere}", 11, ["reason", "missing"]),
        ("contact: {student: ana, channel: phone, outcome: reached}",
         "import: {student: ana, days: [2025-08-20], source: elsewhere, reason: r, reports: [{on: 2025-08-20}]}",
         11, ["day", "missing"]),
        ("contact: {student: ana, channel: phone, outcome: reached}",
         "meeting: {student: ana, kind: sart, status: held, participants: [aunt]}", 11, ["participants", "'aunt'"]),
        ("occasions: 1", "waiting: [sarb]", 13, ["waiting", "'sarb'", "level_1"]),
        ("occasions: 1", "adult: perhaps", 13, ["adult", "'perhaps'"]),
        ("occasions: 1", "occasion: 1", 13, ["occasion", "unknown key", "occasions"]),
        ("occasions: 1", "occasions: one", 13, ["occasions", "'one'"]),
        ("occasions: 1", "level: 1", 13, ["level", "'1'", "level_1"]),
        ("occasions: 1", "notices: [notice_1]", 13, ["notices", "'notice_1'"]),
        ("occasions: 1", "sent: ['correction:lost']", 13, ["sent", "'correction:lost'"]),
        ("occasions: 1", "disposition: {level_3: held}", 13, ["level_3", "unknown key"]),
        ("contact.logged", "contact.made", 13, ["'contact.made'"]),
        ("  - {at: 2025-09-09, student: ana", "  - {at: 2025-09-09, student: eva", 13, ["student", "'eva'"]),
        ("until: 2025-09-12", "until: [", 10, ["not YAML"]),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(old: str, new: str, line: int, words: list[str]) -> None:
    with pytest.raises(ScenarioError) as error:
        parse(changed(old, new), "bad.yaml")
    assert f"bad.yaml, line {line}" in str(error.value)
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize("text", ["", "# nothing", "just words", "[1, 2]"])
def test_no_mapping_at_all(text: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape("bad.yaml, line 1")):
        parse(text, "bad.yaml")


def test_json_is_yaml(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(
        '{"scenario": "json", "policy": "us-ca", "school_year": {"starts": "2025-08-18", "ends": "2026-06-05"},'
        ' "students": [{"id": "007", "born": "2010-03-02"}], "timeline": [{"at": "2025-09-08T08:30", "mark":'
        ' {"student": "007", "day": "2025-09-08", "status": "absent", "excuse": "unexcused"}}],'
        ' "expect": [{"student": "007", "occasions": 2, "sent": ["same_day_alert"], "events": {"exclude":'
        ' ["truancy.occasion.counted"], "include": ["level.entered"]}}]}'
    )
    report = run_scenario(path)
    assert [str(difference) for difference in report.differences] == [
        "line 1: 007 at the end: occasions is 1, expected 2",
        "line 1: 007 at the end: event level.entered is not sent, expected sent",
        "line 1: 007 at the end: event truancy.occasion.counted is sent, expected not sent",
    ]
    assert report.as_json()["differences"][0] == {
        "line": 1, "student": "007", "at": None, "name": "occasions", "expected": 2, "found": 1,
    }  # fmt: skip


def test_what_is_known_after_closing_time_counts_tomorrow() -> None:
    late = changed("at: 2025-09-08,", "at: 2025-09-08T18:01:00,").replace(
        "at: 2025-09-09, student", "at: 2025-09-08, student"
    )
    scenario = parse(late, "late.yaml")
    report = drive(scenario, PureRunner(scenario))
    assert [difference.name for difference in report.differences] == ["occasions", "event contact.logged"]
