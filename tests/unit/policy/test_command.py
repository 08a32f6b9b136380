"""`rollcall policy`: what it prints, and its exit codes."""

import json
from pathlib import Path

from tests.unit.deploy.test_cli import rollcall

OWN = "id: own\nversion: 1\neffective: [2025-07-01, null]\nletters: {L2: 5}\n"


def test_the_packs_that_ship(tmp_path: Path) -> None:
    code, text, _ = rollcall("policy", "list", "--json", "--data-dir", str(tmp_path))
    listed = json.loads(text)
    assert code == 0
    packs = {pack["id"]: pack for pack in listed["packs"]}
    assert packs["us-ca"]["differs"] == []
    assert packs["us-ca-month"]["extends"] == "us-ca"
    assert packs["us-ca-month"]["differs"] == ["levels.L1.n", "levels.L1.window"]
    assert "TX" in packs["us-tx"]["aliases"]
    assert listed["districts"] is None


def test_a_valid_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    code, text, _ = rollcall("policy", "check", str(tmp_path / "own.yaml"))
    assert code == 0
    assert "valid (own version 1)" in text
    assert "second notice is due at 5 occasions" in text
    assert "odd" in text


def test_a_wrong_file_exits_1_with_all_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN + "first: 1\nsecond: 2\n")
    code, _, said = rollcall("policy", "check", str(tmp_path / "own.yaml"))
    assert code == 1
    assert "own.yaml:5: first: unknown key" in said
    assert "own.yaml:6: second: unknown key" in said
    code, text, _ = rollcall("policy", "check", str(tmp_path / "own.yaml"), "--json")
    assert (code, [problem["line"] for problem in json.loads(text)["problems"]]) == (1, [5, 6])


def test_a_file_may_extend_a_pack(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("extends: us-ca\nid: own\nversion: 1\nletters: {L2: 5}\n")
    code, text, _ = rollcall("policy", "diff", "CA-STAT", str(tmp_path / "own.yaml"), "--json")
    assert code == 0
    assert [change["key"] for change in json.loads(text)["differences"]] == ["letters.L2"]


def test_a_misspelt_key_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN + "reports: {first_at_occasion: 3}\n")
    _, _, said = rollcall("policy", "check", str(tmp_path / "own.yaml"))
    assert "own.yaml:5: reports.first_at_occasion: unknown key; did you mean 'first_at_occasions'?" in said


def test_the_difference_of_two_policies(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    code, text, _ = rollcall("policy", "diff", "us-ca", str(tmp_path / "own.yaml"), "--json")
    assert code == 0
    assert {"key": "letters.L2", "before": 6, "after": 5} in json.loads(text)["differences"]
    assert rollcall("policy", "diff", "us-ca", "us-ca")[1].strip() == "the same rules"
    assert rollcall("policy", "diff", "us-ca", "us-nowhere")[0] == 2
    assert rollcall("policy", "diff", "us-ca", str(tmp_path / "none.yaml"))[0] == 2


def test_a_what_if_needs_a_stack_and_a_policy(tmp_path: Path) -> None:
    code, _, said = rollcall("policy", "simulate", "--policy", "us-ca", "--data-dir", str(tmp_path))
    assert code == 3
    assert "no stack runs on" in said
    assert rollcall("policy", "simulate")[0] == 2
    assert rollcall("policy", "simulate", "--policy", "us-ca", "--from", "yesterday")[0] == 2
