"""On which law a filing could rest: an effective-dated table, judged for this pupil. Nothing here recommends one."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.referrals.case_file import words
from services.referrals.case_file.known import Known, age
from services.referrals.rules import ChargeBasis


@dataclass(frozen=True, slots=True)
class Basis:
    """Whether a filing could rest on this law on the day for which it is judged."""

    id: str
    title: str
    open: bool
    detail: str


def bases(known: Known) -> tuple[Basis, ...]:
    """The table of charge bases, each judged for this pupil on `judged_on`."""
    return tuple(_basis(known, basis) for basis in known.rules.charge_basis)


def _basis(known: Known, basis: ChargeBasis) -> Basis:
    if not basis.valid_on(known.judged_on):
        until = f"not valid after {words.short(basis.valid_to)}" if basis.valid_to else "not valid yet"
        return Basis(basis.id, basis.title, False, "; ".join(filter(None, (until, basis.note))))
    unmet = [NEEDS[need][1] for need in basis.needs if not NEEDS[need][0](known)]
    return Basis(
        basis.id,
        basis.title,
        not unmet,
        "; ".join((*unmet, *filter(None, [basis.note]))) or "conditions met in the record",
    )


def _directive_ignored(known: Known) -> bool:
    given = known.story.directive
    return given is not None and any(one.day > known.on(given.as_of) for one in known.story.occasions)


NEEDS = {
    "directive_ignored": (_directive_ignored, "no new occasion after a SARB directive"),
    "age_12_to_17": (
        lambda known: 12 <= age(known.student.birth_date, known.judged_on) < 18,
        "the pupil is not 12 to 17 years old",
    ),
    "four_reports": (lambda known: len(known.story.valid_reports) >= 4, "fewer than four valid reports"),
}


def basis_problems(known: Known) -> Iterable[str]:
    """What speaks against the basis that a named person chose, or that nobody did."""
    approved = known.approval
    if approved is None:
        yield "No named person has chosen the basis of a filing."
        return
    basis = {one.id: one for one in bases(known)}.get(approved.basis)
    if basis is None:
        yield f"{approved.basis} is not in the table of bases."
    elif not basis.open:
        yield f"{basis.id}: {basis.detail}."
