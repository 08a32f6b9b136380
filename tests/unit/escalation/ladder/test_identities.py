"""What is decided again has the same identity: replays, and consumers that count by it, rely on how it is made."""

from services.escalation.ladder import same_day_alert
from shared.contracts.envelope import derived_id
from tests.unit.escalation.ladder.builders import CALENDAR, DAYS, POLICY, YEAR, Year, at_level_1, mark, pupil

D = DAYS


def identity(sort: str, day: int, number: int) -> object:
    return derived_id(sort, "district", "ana", YEAR, D[day].isoformat(), number)


def test_reports_and_notices_are_known_by_pupil_year_day_and_number() -> None:
    year = at_level_1().miss(D[3])
    assert [report.id for report in year.state.reports] == [identity("report", 2, 1), identity("report", 3, 2)]
    assert [notice.id for notice in year.state.notices] == [identity("notice", 2, 1)]
    year.excuse(D[0]).close(D[4])
    assert [notice.id for notice in year.state.notices] == [identity("notice", 2, 1), identity("notice", 4, 2)]


def test_an_alert_is_known_by_pupil_and_day() -> None:
    first, second = mark(D[0]), mark(D[0], excuse="unverified")
    alerts = [same_day_alert(pupil(), CALENDAR, each, POLICY) for each in (first, second)]
    assert all(alerts)
    identities = {alert.notice for alert in alerts if alert}
    assert identities == {derived_id("notice", "district", "ana", "same_day_alert", D[0].isoformat())}
    [alert, _] = alerts
    assert alert
    assert (alert.days, alert.because.days, alert.because.marks) == ((D[0],), (D[0],), (first.id,))
    assert (alert.because.policy, alert.because.policy_version) == (POLICY.id, POLICY.version)


def test_a_pupil_is_alerted_from_the_first_day_on() -> None:
    year = Year()
    assert same_day_alert(year.pupil, CALENDAR, mark(D[0]), POLICY) is not None
