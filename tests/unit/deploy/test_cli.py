"""The `rollcall` command: help that teaches, exit codes for scripts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.doctor import examine


def rollcall(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, list(arguments))
    return ran.exit_code, ran.stdout, ran.stderr


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    heavy = "{'asyncpg', 'fastapi', 'aiokafka', 'faststream', 'pydantic', 'httpx'}"
    code = f"import sys, deploy.cli; print(sorted({heavy} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command", ["up", "demo", "explain", "replay", "policy", "dlq", "load", "scenario", "doctor", "keys", "contracts"]
)
def test_every_command_explains_itself(command: str) -> None:
    code, text, _ = rollcall(command, "--help")
    assert code == 0
    assert "Usage" in text


def test_without_a_stack_the_exit_code_is_3(tmp_path: Path) -> None:
    for command in (
        ["explain", "anybody"],
        ["demo"],
        ["keys", "create", "a-district"],
        ["replay", "all"],
        ["dlq", "list"],
    ):
        code, _, said = rollcall(*command, "--data-dir", str(tmp_path))
        assert code == 3, command
        assert "no stack runs on" in said


def test_wrong_usage_is_2() -> None:
    assert rollcall("up", "--broker", "carrier-pigeon")[0] == 2
    assert rollcall("up", "--demo", "--clock", "real")[0] == 2
    assert rollcall("replay", "attendance")[0] == 2
    assert rollcall("dlq", "list", "attendance")[0] == 2
    assert rollcall("dlq", "replay", "attendance.v1")[0] == 2


def test_doctor_speaks_json_too(tmp_path: Path) -> None:
    code, text, _ = rollcall("doctor", "--json", "--data-dir", str(tmp_path))
    findings = {finding["name"]: finding for finding in json.loads(text)}
    assert findings["Python"]["state"] == findings["PostgreSQL"]["state"] == "ok"
    assert (code == 0) == all(finding["state"] != "missing" for finding in findings.values())


def test_doctor_warns_of_a_long_path(tmp_path: Path) -> None:
    [finding] = [it for it in examine(tmp_path / ("long" * 30)) if it.name == "Socket"]
    assert finding.state == "optional"
    assert "temporary folder" in finding.text


def test_doctor_names_a_missing_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    missing = [it for it in examine(tmp_path) if it.state == "missing"]
    assert [it.name for it in missing] == ["PostgreSQL", "Tansu broker"]
    assert "make setup" in missing[0].text
