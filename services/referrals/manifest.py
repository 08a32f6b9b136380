"""The manifest of a packet: what is in it, in which state, with hashes that anybody can recompute."""

import hashlib
from typing import Any

import orjson

from services.referrals.case_file.build import CaseFile
from services.referrals.rules import Rules

SCHEMA = "rollcall.packet-manifest/1"


def canonical(value: Any) -> bytes:
    """One way to write a JSON value: keys sorted, no spaces, UTF-8. There are no fractions in a packet."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def build_manifest(
    file: CaseFile, rules: Rules, version: int, contents: dict[str, Any], pdf: bytes, supersedes: str | None
) -> bytes:
    """Canonical JSON without names. `supersedes`: the SHA-256 of the manifest of the version before."""
    return canonical(
        {
            "schema": SCHEMA,
            "case": str(file.case.id),
            "district": file.case.district,
            "student": file.case.student,
            "school_year": file.case.school_year,
            "version": version,
            "state": "draft",
            "known_at": file.known_at.isoformat(),
            "parts": [_part(part) for part in contents["parts"]],
            "checks": {one.name: one.met for one in file.checks},
            "missing": list(file.missing),
            "contents": {"sha256": sha256(canonical(contents))},
            "pdf": {"sha256": sha256(pdf), "bytes": len(pdf)},
            "sources": list(file.sources),
            "policies": [{"id": id, "version": number} for id, number in file.policies],
            "rules": {"id": rules.id, "version": rules.version},
            "supersedes": supersedes,
        }
    )


def _part(part: dict[str, Any]) -> dict[str, Any]:
    return {key: part[key] for key in ("number", "name", "required", "state", "reason")} | {
        "sha256": sha256(canonical(part))
    }


def verify(manifest: bytes, contents: bytes, pdf: bytes, manifest_sha256: str) -> list[str]:
    """Recompute every hash; the differences in plain words, none if the packet is whole."""
    if sha256(manifest) != manifest_sha256:
        return ["the manifest is not the one that was published"]
    said = orjson.loads(manifest)
    parts = {part["name"]: sha256(canonical(part)) for part in orjson.loads(contents)["parts"]}
    wrong = [
        f"part {part['number']} ({part['name']}) is not what the manifest names"
        for part in said["parts"]
        if parts.get(part["name"]) != part["sha256"]
    ]
    wrong += [
        f"part {name} is not in the manifest"
        for name in sorted(parts.keys() - {part["name"] for part in said["parts"]})
    ]
    if sha256(contents) != said["contents"]["sha256"]:
        wrong.append("the contents are not what the manifest names")
    if sha256(pdf) != said["pdf"]["sha256"]:
        wrong.append("the PDF is not what the manifest names")
    return wrong


def changed_parts(before: bytes, now: dict[str, Any]) -> str:
    """Why a new version, in plain words: the titles of the parts that differ. Empty if nothing that a reader sees differs."""
    old, after = orjson.loads(before), orjson.loads(canonical(now))
    earlier = {part["name"]: part for part in old["parts"]}
    titles = [part["title"] for part in after["parts"] if earlier.get(part["name"]) != part]
    if titles:
        return f"New facts changed: {'; '.join(titles)}."
    if any(old[key] != after[key] for key in ("heading", "checks", "bases")):
        return "New facts changed the checks or the heading."
    return ""
