"""The order in which events came, and how often, cannot be seen in a packet."""

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.referrals.case_file.build import build, contents
from services.referrals.case_file.facts import gather
from services.referrals.manifest import build_manifest, canonical, changed_parts, sha256, verify
from services.referrals.packet_pdf import build_printer
from services.referrals.rules import load_rules
from tests.unit.referrals.history import CASE, PROPOSED, UNEXCUSED, History, at, history, mark, statement, student

RULES = load_rules("us-ca")
PRINTER = build_printer()
WHOLE = history()
SCOPE = WHOLE.scope()


def packet(of: History, chance: random.Random | None = None) -> tuple[bytes, bytes, bytes]:
    """Contents, PDF and manifest from the events of `of`, shuffled and partly repeated by `chance`."""
    statements, events = [statement(one) for one in of.marks], [*of.ladder, *of.notices]
    if chance:
        statements += chance.choices(statements, k=chance.randrange(200))
        events += chance.choices(events, k=chance.randrange(100))
        chance.shuffle(statements)
        chance.shuffle(events)
    file = build(CASE, SCOPE, gather(of.student, of.calendars, statements, events), RULES)
    says = contents(file)
    pdf = PRINTER.pdf(says, 1, "us-ca version 1")
    return canonical(says), pdf, build_manifest(file, RULES, 1, says, pdf, None)


@given(st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_and_any_repeats_give_the_same_packet(chance: random.Random) -> None:
    assert packet(WHOLE, chance) == packet(WHOLE)


def test_hashes_verify_and_a_changed_byte_is_found() -> None:
    says, pdf, manifest = packet(WHOLE)
    assert verify(manifest, says, pdf, sha256(manifest)) == []
    assert verify(manifest, says, pdf + b" ", sha256(manifest)) == ["the PDF is not what the manifest names"]
    forged = says.replace(b"absent, all day, excused", b"absent, all day, unexcused")
    assert verify(manifest, forged, pdf, sha256(manifest)) == [
        "part 3 (attendance_record) is not what the manifest names",
        "the contents are not what the manifest names",
    ]
    assert verify(manifest + b" ", says, pdf, sha256(manifest)) == ["the manifest is not the one that was published"]


def test_the_manifest_names_nobody() -> None:
    _, _, manifest = packet(WHOLE)
    said = manifest.decode().lower()
    assert not [
        word for word in ("ana", "rosa", "testington", "street", "2010") if f'"{word}' in said or f" {word}" in said
    ]


def test_a_change_names_the_parts_that_a_reader_sees_changed() -> None:
    before, _, _ = packet(WHOLE)
    corrected = WHOLE.plus(marks=(mark(UNEXCUSED[0], "absent", "excused", sequence=5000, known=at(PROPOSED)),))
    after = contents(build(CASE, SCOPE, corrected.facts(), RULES))
    assert changed_parts(before, contents(build(CASE, SCOPE, WHOLE.facts(), RULES))) == ""
    assert changed_parts(before, after).startswith(
        "New facts changed: Narrative summary; Record of attendance, day by day;"
    )


def test_text_from_outside_is_never_read_as_markup() -> None:
    """A name may look like the printer's own language."""
    odd = replace(WHOLE, student=student(given_name='#panic("x") $y$ *b* @z <part-2>'))
    assert packet(odd)[1].startswith(b"%PDF-")
