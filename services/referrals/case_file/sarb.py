"""Parts about the SARB's directive, the services that were offered, and the board's determination."""

from services.referrals.case_file import words
from services.referrals.case_file.blocks import Content, Fields, Table
from services.referrals.case_file.known import Known
from shared.contracts.ladder import DirectiveItem


def directive(known: Known) -> Content:
    """Part 11: what the board directed, what was due, and the evidence received."""
    given = known.story.directive
    if given is None:
        return Content(gaps=("No SARB directive is recorded.",))
    rows = tuple(_item(known, item) for item in given.items)
    return Content(
        (
            Fields((("Given", known.moment(given.as_of)), ("Recorded by", given.by))),
            Table(("Item", "Kind", "Target", "Due", "Evidence received", "State"), rows, (0, 2, 0, 0, 4, 2)),
        )
    )


def _item(known: Known, item: DirectiveItem) -> tuple[str, ...]:
    reports = known.story.progress(item.id)
    evidence = (
        f"{known.day_of(one.as_of)}: "
        + (
            ", ".join(filter(None, (f"{words.amount(one.hours)} hours" if one.hours else "", one.state or "")))
            or "reported"
        )
        for one in reports
    )
    target = words.amount(item.target) if item.target is not None else ""
    return (
        item.id,
        words.ITEMS[item.kind],
        target,
        words.short(item.due),
        "; ".join(evidence) or "none",
        state(known, item),
    )


def state(known: Known, item: DirectiveItem) -> str:
    """done, failed, or open; open items past their due day on the last day of the file are overdue."""
    reports = known.story.progress(item.id)
    said = [one.state for one in reports if one.state]
    if said:
        return said[-1]
    hours = sum(one.hours or 0 for one in reports)
    if item.target and hours >= item.target:
        return "done"
    return "overdue" if item.due < known.scope.through else "open"


def services(known: Known) -> Content:
    """Part 13: support that was offered to the family, with dates; only what is recorded."""
    given = known.story.directive
    rows = tuple(
        (known.day_of(given.as_of), words.ITEMS[item.kind], item.id, state(known, item))
        for item in (given.items if given else ())
        if given and item.kind != "attendance"
    )
    if not rows:
        return Content(gaps=("No service that was offered to the family is recorded.",))
    return Content((Table(("Date", "Service", "Directive item", "State"), rows, (0, 4, 2, 2)),))


def determination(_: Known) -> Content:
    """Part 15: the board's finding and its direction to file (EC 48291). Only the board can make it."""
    return Content(
        gaps=(
            "The SARB's determination that the family continually and willfully failed to respond, "
            "and its direction to file, are not recorded.",
        )
    )
