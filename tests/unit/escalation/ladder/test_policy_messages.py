"""What a district reads when its policy cannot be: word for word, because that is all it has to go by."""

from typing import Any

import pytest

from services.escalation.ladder import PolicyError, load_policy
from services.escalation.policies import policy_of


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"letters": {"L9": 1}}, "letters.L9: unknown key; did you mean 'L3'? (allowed: L1, L2, L3, max_per_day, "
         "min_school_days_between, need_intervention_between, need_new_occasion_since_last, strict_sequence)"),
        ({"letters": {"L1": [1]}}, "letters.L1: Input should be a valid dictionary or instance of Threshold"),
        ({"reports": None}, "reports: Input should be a valid dictionary or instance of Reports, not None"),
        ({"counting": {"age": {"min": 30}}}, "counting.age.min: Input should be less than or equal to 21, not 30"),
        ({"levels": {"L2": {"kind": "forum"}}}, "levels.L2.kind: Input should be 'local_forum', not 'forum'"),
        ({"charge_basis": [{"id": "X", "valid_too": 3}]},
         "charge_basis.0.valid_too: unknown key; did you mean 'valid_to'? (allowed: id, suggest, valid_from, valid_to)"),
        ({"charge_basis": [{"valid_to": "2025-01-01"}]}, "charge_basis.0.id: Field required"),
        ({"release": {"level_1": {"after_days": 3}}},
         "release.level_1: Input should be 'automatic' or 'person'; release.level_1.Delay.after_school_days: Field required; "
         "release.level_1.Delay.after_days: unknown key; did you mean 'after_school_days'? (allowed: after_school_days)"),
        ({"letters": {"L2": {"n": 6, "unitt": "full_day"}}},
         "letters.L2.unitt: unknown key; did you mean 'unit'? (allowed: gt, min_school_days, n, pct, unit, window)"),
        ({"effective": ["2026-02-01", "2026-01-31"]}, "pack: effective: 2026-01-31 is before 2026-02-01"),
        ({"notice_48260_5": {"template": {"V2": ["2025-07-02", "2025-07-01"]}}},
         "pack: notice_48260_5.template.V2: 2025-07-01 is before 2025-07-02"),
        ({"charge_basis": [{"id": "X", "valid_from": "2026-01-02", "valid_to": "2026-01-01"}]},
         "pack: charge_basis.X: 2026-01-01 is before 2026-01-02"),
        ({"letters": {"L2": {"n": 6, "window": "fortnight"}}},
         "letters.L2.window: 'fortnight' is no window; windows are school_year, calendar_month, six_months_same_year, "
         "percent_since_enrolment, <N>_school_days, <N>_calendar_days, <N>_weeks, <N>_months"),
        ({"letters": {"L2": 2}}, "pack: letters: L1, L2 and L3 must not decrease"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_override(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError) as error:
        policy_of("us-ca", overrides)
    assert str(error.value) == f"us-ca with overrides: {message}"


def test_a_key_that_is_like_none_gets_no_hint() -> None:
    with pytest.raises(PolicyError, match=r"overrides: zzzzqq: unknown key \(allowed: after_leaving, "):
        policy_of("us-ca", {"zzzzqq": 1})


def test_an_unknown_key_is_named_below_a_key_that_the_district_chose() -> None:
    with pytest.raises(
        PolicyError, match=r"excuse_caps\.CIV\.dayz: unknown key; did you mean 'days'\? \(allowed: days, per\)"
    ):
        policy_of("us-ca", {"excuse_caps": {"CIV": {"days": 2, "dayz": 3}}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: a\nid: b\n", "line 2: the key 'id' stands here twice"),
        ("letters:\n  L1: 3\nletters:\n  L1: 4\n", "line 3: the key 'letters' stands here twice"),
        ("[1, 2]", "pack.yaml: pack: must be a mapping of keys"),
        (
            "extends: us-ca\nid: mine\n",
            "there is no pack 'us-ca' \\(a pack that extends another one is read with the packs",
        ),
        ("aliases: mine\n", "pack.yaml: aliases and versions must be lists"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        load_policy(text, "pack.yaml")
