"""The packs that ship: their versions, their names, and which of them judges whom."""

from datetime import date

import pytest

from services.escalation.ladder import PolicyError, load_pack, policy_on
from services.escalation.ladder.pinning import has_begun
from services.escalation.ladder.policy_text import Versions
from services.escalation.policies import Choice, in_force, pack, pack_file, pack_names, policy_of
from tests.unit.escalation.ladder.builders import DAYS, POLICY, Year

D = DAYS
TWO = """
id: two
aliases: [TWO]
extends: us-ca
letters: {L2: 7}
versions:
  - {version: 1, effective: [2025-07-01, 2025-09-30], habitual: {reports: 4}}
  - {version: 2, effective: [2025-10-01, null], letters: {L3: 12}}
"""


def base_of(name: str) -> Versions:
    return {"us-ca": (POLICY,)}[name]


@pytest.mark.parametrize("name", pack_names())
def test_every_pack_is_valid_and_named_like_its_file(name: str) -> None:
    assert pack(name).id == name


def test_names_of_the_field_lead_to_the_packs() -> None:
    assert pack("CA-STAT") is pack("us-ca")
    assert pack("CA-SDUSD").id == "us-ca-sdusd"
    names = [alias for name in pack_names() for alias in pack_file(name).aliases]
    assert len(names) == len(set(names))
    assert not set(names) & set(pack_names())
    with pytest.raises(KeyError, match="no policy pack 'us-xx'; there are: us-ca"):
        pack("us-xx")


def test_a_pack_has_versions_each_over_what_it_says_for_all() -> None:
    found = load_pack(TWO, "two.yaml", base_of)
    first, second = found.versions
    assert (found.id, found.aliases, found.extends) == ("two", ("TWO",), "us-ca")
    assert (first.version, first.habitual.reports, first.letters.L2.n, first.letters.L3.n) == (1, 4, 7, 9)
    assert (second.version, second.habitual.reports, second.letters.L2.n, second.letters.L3.n) == (2, 3, 7, 12)


def test_the_version_of_the_day_judges_and_the_first_one_before() -> None:
    versions = load_pack(TWO, "two.yaml", base_of).versions
    on = [date(2020, 1, 1), date(2025, 9, 30), date(2025, 10, 1), date(2030, 1, 1)]
    assert [policy_on(versions, day).version for day in on] == [1, 1, 2, 2]


def test_on_each_day_one_version_is_in_force() -> None:
    with pytest.raises(PolicyError, match="versions 1 and 2 are both in force on 2025-10-01"):
        load_pack(TWO.replace("2025-09-30", "2025-10-01"), "two.yaml", base_of)


def test_a_pack_without_dates_has_a_version_for_each_of_its_base() -> None:
    two = load_pack(TWO, "two.yaml", base_of).versions
    child = load_pack("{id: child, extends: two, letters: {L2: 8}}", "child.yaml", {"two": two}.__getitem__)
    assert [(each.effective[0], each.letters.L2.n, each.letters.L3.n) for each in child.versions] == [
        (date(2025, 7, 1), 8, 9),
        (date(2025, 10, 1), 8, 12),
    ]


def test_a_pack_with_a_date_stands_on_the_version_of_that_day() -> None:
    two = load_pack(TWO, "two.yaml", base_of).versions
    for begins, level_3 in (("2025-09-30", 9), ("2025-10-01", 12)):
        text = f"{{id: child, extends: two, effective: [{begins}, null]}}"
        [child] = load_pack(text, "child.yaml", {"two": two}.__getitem__).versions
        assert (child.effective[0], child.letters.L3.n) == (date.fromisoformat(begins), level_3)


def test_an_error_names_file_and_key() -> None:
    with pytest.raises(PolicyError, match=r"three\.yaml: letters\.L4: unknown key; did you mean"):
        load_pack("{id: three, extends: us-ca, letters: {L4: 3}}", "three.yaml", base_of)


def test_a_choice_judges_from_its_day_on() -> None:
    choices = [Choice("us-ca", {}), Choice("us-ca", {"letters": {"L2": 7}}, D[20])]
    state = Year().state
    assert in_force([], state, D[0]) is POLICY
    assert in_force(choices, state, D[19]) is POLICY
    assert in_force(choices, state, D[20]) is policy_of("us-ca", {"letters": {"L2": 7}})


def test_a_pupil_with_a_case_stays_on_its_policy_until_the_next_school_year() -> None:
    choices = [Choice("us-ca", {}), Choice("us-ca", {"letters": {"L2": 7}}, D[20])]
    year = Year().miss(*D[:3])
    assert has_begun(year.state, D[30]) == D[2]
    assert in_force(choices, year.state, D[30]) is POLICY
    assert in_force(choices, year.state, date(2026, 8, 17)).letters.L2.n == 7
    year.excuse(*D[:3]).close(D[5])
    assert in_force(choices, year.state, D[30]) is POLICY


def test_a_charter_school_is_judged_by_a_pack_of_its_own() -> None:
    state = Year().state
    assert in_force([], state, D[0], "charter").id == "us-ca-charter"
    assert in_force([Choice("CA-MONTH", {"letters": {"L2": 7}})], state, D[0], "charter").letters.L2.n == 7


def test_a_case_begins_with_its_first_report_also_where_a_report_enters_no_level() -> None:
    year = Year(policy=pack("us-ca-month")).miss(D[8], D[10], D[32])
    assert (year.now("level"), year.state.entries) == ("prevention", ())
    assert has_begun(year.state, D[40]) == D[32]
