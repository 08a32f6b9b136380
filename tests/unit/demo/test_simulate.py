"""The demo district: reproducible, coherent, and with the statistics of its recipe."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import phonenumbers
import pytest

from deploy.demo.calendar import absence_factors, school_days
from deploy.demo.district import District, build_district
from deploy.demo.simulate import Day, choose_silence, simulate
from deploy.demo.vocabulary import phone_number
from deploy.demo.year import Statement


@pytest.fixture(scope="module")
def district() -> District:
    return build_district(400, seed=11)


@pytest.fixture(scope="module")
def days(district: District) -> list[Day]:
    return list(simulate(district))


def statements(days: list[Day]) -> Iterator[Statement]:
    return (statement for day in days for statement in day.statements)


def fingerprint(pupils: int, seed: int) -> str:
    district = build_district(pupils, seed)
    return hashlib.sha256(repr((district, list(simulate(district)))).encode()).hexdigest()


def test_the_same_seed_makes_the_same_year() -> None:
    assert fingerprint(30, 5) == fingerprint(30, 5)
    assert fingerprint(30, 5) != fingerprint(30, 6)


def test_a_pupil_is_the_same_in_a_larger_district_of_the_same_schools() -> None:
    small, large = build_district(20, 5), build_district(25, 5)
    people = [(p.given_name, p.birth_date, p.guardians) for p in large.pupils[:20]]
    assert people == [(p.given_name, p.birth_date, p.guardians) for p in small.pupils]


def test_a_district_needs_a_pupil() -> None:
    with pytest.raises(ValueError, match="at least one pupil, not 0"):
        build_district(0, 1)


def test_a_school_year_has_180_days_and_factors_around_one() -> None:
    days = school_days()
    factors = absence_factors(days)
    assert len(days) == 180
    assert not {date(2025, 9, 1), date(2025, 12, 25), date(2026, 2, 18)} & set(days)
    assert sum(factors.values()) / 180 == pytest.approx(1)
    assert factors[date(2026, 2, 13)] > 3


def test_every_phone_is_well_formed_and_fictional() -> None:
    numbers = [phone_number(n) for n in range(3600)]
    assert len(set(numbers)) == 3600
    assert all(
        phonenumbers.is_valid_number(phonenumbers.parse(number)) and number[5:10] == "55501" for number in numbers
    )


def test_ids_are_unique(days: list[Day]) -> None:
    ids = [statement.id for statement in statements(days)]
    assert len(ids) == len(set(ids)) > 1000


def test_everything_is_said_on_a_school_day_and_never_before_it_happened(days: list[Day]) -> None:
    for day in days:
        assert all(said.known_on == day.date >= said.day for said in day.statements)
        assert {said.day for said in day.statements} <= set(school_days())


def test_what_is_said_of_one_day_is_said_in_order(days: list[Day]) -> None:
    moments = [[said.at for said in day.statements] for day in days]
    assert moments == [sorted(day) for day in moments]


def test_every_school_closes_every_day_once_in_order(district: District, days: list[Day]) -> None:
    for school in district.schools:
        closed = [close.day for day in days for close in day.closes if close.school == school.id]
        assert closed == list(school_days())


def test_the_silent_school_says_nothing_and_then_everything(district: District, days: list[Day]) -> None:
    silence = choose_silence(district, school_days())
    heard = {day.date: [said for said in day.statements if said.school == silence.school] for day in days}
    assert all(not heard[day] for day in silence.days)
    assert {said.day for said in heard[silence.over_on]} >= set(silence.days)


def test_secondary_schools_have_periods_and_cuts_there_are_partial(days: list[Day]) -> None:
    cuts = [said for said in statements(days) if said.status == "absent" and said.period is not None]
    assert cuts
    assert all(not said.school.startswith("elementary") and said.minutes == 50 for said in cuts)
    assert max(Counter((said.student, said.day) for said in cuts).values()) <= 2


def test_records_leave_out_what_is_not_said(days: list[Day]) -> None:
    first = next(statements(days))
    assert set(replace(first, period=None, minutes=None, reason=None).record()) == {
        "id", "student", "school", "day", "status", "excuse", "recorded_by",
    }  # fmt: skip


def test_watched_pupils_are_of_school_age_and_mostly_absent(district: District, days: list[Day]) -> None:
    unexcused = Counter(said.student for said in statements(days) if said.excuse == "unexcused")
    assert len(district.watched) == 3
    assert all(unexcused[student] >= 30 for student in district.watched)


def test_the_statistics_of_the_recipe() -> None:
    pupils = 5000
    final: dict[tuple[str, date], Statement] = {}
    first: dict[tuple[str, date], Statement] = {}
    for said in statements(list(simulate(build_district(pupils, seed=7)))):
        if said.status == "absent" and said.period is None:
            first.setdefault((said.student, said.day), said)
            final[said.student, said.day] = said
    absent = Counter(student for student, _ in final)
    unexcused = Counter(said.student for said in final.values() if said.excuse != "excused")
    doubted = [key for key, said in first.items() if said.excuse != "excused"]

    def share(count: Counter[str], at_least: int) -> float:
        return sum(value >= at_least for value in count.values()) / pupils

    assert absent.total() / pupils == pytest.approx(10.5, abs=1.0)
    assert unexcused.total() / absent.total() == pytest.approx(0.36, abs=0.03)
    assert share(absent, 18) == pytest.approx(0.197, abs=0.03)
    assert share(unexcused, 3) == pytest.approx(0.38, abs=0.03)
    assert share(unexcused, 6) == pytest.approx(0.21, abs=0.03)
    assert share(unexcused, 9) == pytest.approx(0.13, abs=0.03)
    assert 0.2 <= sum(final[key].excuse == "excused" for key in doubted) / len(doubted) <= 0.3
    assert sum((said.known_on - said.day).days > 5 for said in first.values()) / len(first) == pytest.approx(
        0.02, abs=0.005
    )
