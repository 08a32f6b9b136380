"""docker-compose.yml and the Dockerfile, as far as they can be judged without a Docker engine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.docker.new_env import NAMES
from deploy.migrate import ROOT, SERVICES
from shared.runtime.settings import Settings

SECRETS = dict.fromkeys(NAMES, "0123456789abcdef")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, Any] = COMPOSE["services"]
OURS = {name: part for name, part in PARTS.items() if "build" in part}
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")


def environment(part: str) -> dict[str, str]:
    """What the container gets, with the secrets of an `.env`."""
    values = PARTS[part].get("environment", {})
    return {name: VARIABLE.sub(lambda it: SECRETS.get(it[1]) or it[2], value) for name, value in values.items()}


def test_the_parts() -> None:
    assert PARTS.keys() == {"kafka", "postgres", "topics", "migrate", "catcher", *SERVICES}


@pytest.mark.parametrize("name", PARTS)
def test_images_are_pinned(name: str) -> None:
    assert re.search(r":\d+\.\d+", PARTS[name]["image"]), "a tag that names a version"


def test_base_images_are_pinned() -> None:
    bases = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile(), re.MULTILINE)
    stages = {stage for _, stage in bases}
    assert [image for image, _ in bases if image not in stages] == ["python:3.11.14-slim-bookworm"]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"]
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert "USER 10001" in stage(part["build"]["target"])


@pytest.mark.parametrize("name", PARTS)
def test_secrets_come_from_the_environment(name: str) -> None:
    for variable, value in PARTS[name].get("environment", {}).items():
        if re.search(r"PASSWORD|TOKEN", variable):
            assert VARIABLE.fullmatch(value), variable
        if credentials := re.search(r"//\w+:(.+)@", value):
            assert VARIABLE.fullmatch(credentials[1]), variable


def test_every_required_variable_is_in_a_new_env() -> None:
    required = set(re.findall(r"\$\{(\w+)(?::\?[^}]*)?\}", (ROOT / "docker-compose.yml").read_text()))
    assert required == set(NAMES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_all_settings_that_it_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [it for it in os.environ if it.startswith("ROLLCALL_")]:
        monkeypatch.delenv(variable)
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    settings = settings_of(name)()  # type: ignore[call-arg]
    assert settings.broker_kind == "kafka"
    assert settings.kafka_bootstrap == "kafka:9092"


def settings_of(service: str) -> type[Settings]:
    module = import_module(f"services.{service}.settings")
    kinds = [it for it in vars(module).values() if isinstance(it, type) and issubclass(it, Settings)]
    return next(it for it in kinds if it.__module__ == module.__name__)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_after_the_jobs_and_says_that_it_lives(name: str) -> None:
    after = {part: how["condition"] for part, how in PARTS[name]["depends_on"].items()}
    assert after == dict.fromkeys(("migrate", "topics"), "service_completed_successfully")
    assert "/live" in stage("service").partition("HEALTHCHECK")[2]


def dockerfile() -> str:
    return (ROOT / "deploy/docker/Dockerfile").read_text()


def stage(name: str) -> str:
    return re.split(r"^FROM ", dockerfile().partition(f" AS {name}\n")[2], flags=re.MULTILINE)[0]


def copies(target: str, arguments: Mapping[str, str]) -> Iterator[tuple[list[str], str]]:
    """Sources and destination of every COPY that ends in the image of `target`."""
    text = (stage("base") + stage(target)).replace("${SERVICE}", arguments.get("SERVICE", ""))
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        *sources, destination = line.split()
        yield sources, destination


def lay_out(image: Path, target: str, arguments: Mapping[str, str]) -> None:
    """Do what the COPY lines do."""
    for sources, destination in copies(target, arguments):
        for source in sources:
            is_folder = (ROOT / source).is_dir()
            place = image / destination / Path(source).name if destination.endswith("/") else image / destination
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(ROOT / source, place) if is_folder else shutil.copy(ROOT / source, place)


@pytest.mark.parametrize("name", OURS)
def test_an_image_holds_all_the_code_that_it_runs(name: str, tmp_path: Path) -> None:
    build = PARTS[name]["build"]
    lay_out(tmp_path, build["target"], build.get("args", {}))
    module = f"services.{name}.app" if name in SERVICES else PARTS[name].get("command", ["deploy.embedded.catcher"])[-1]
    code = f"import {module} as it; print(it.__file__)"
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(tmp_path))


def test_compose_itself_takes_the_file(tmp_path: Path) -> None:
    if shutil.which("docker-compose") is None:
        pytest.skip("not run: no docker-compose here")
    variables = tmp_path / "env"
    variables.write_text("\n".join(f"{name}={value}" for name, value in SECRETS.items()))
    command = ["docker-compose", "--file", str(ROOT / "docker-compose.yml"), "--env-file", str(variables), "config"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert yaml.safe_load(ran.stdout)["services"].keys() == PARTS.keys()
