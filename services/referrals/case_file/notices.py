"""Parts about what the family and the attendance supervisor were told: reports and notices with their proof."""

from collections.abc import Iterable

from services.referrals.case_file import words
from services.referrals.case_file.blocks import Block, Content, Heading, Paragraph, Table
from services.referrals.case_file.known import Known
from services.referrals.case_file.story import Notice, Report
from shared.contracts.notices import (
    DeliveryEventData,
    NoticeCorrected,
    NoticeDelivered,
    NoticeFailed,
    NoticeHeld,
    NoticeSent,
)
from shared.contracts.terms import NoticeKind

LEGAL: tuple[NoticeKind, ...] = ("truancy_notice_1", "truancy_notice_2", "sarb_notice")


def reports(known: Known) -> Content:
    """Part 5: the reports to the attendance supervisor (EC 48260, 48261)."""
    rows = tuple(_report(known, report) for report in known.story.reports)
    return Content(
        (Table(("Report", "Issued", "Kind", "Occasions that it lists", "Standing"), rows, (0, 0, 0, 4, 3)),),
        () if known.story.valid_reports else ("No report to the attendance supervisor is valid.",),
    )


def _report(known: Known, report: Report) -> tuple[str, ...]:
    standing = "valid"
    if report.voided:
        standing = f"voided {known.day_of(report.voided)}, does not count"
    elif report.taken_off:
        standing = f"valid; taken off: {words.dates(report.taken_off)}"
    return (
        str(report.number or "void"),
        known.moment(report.issued),
        "initial" if report.initial else "further",
        words.dates(report.days) or "none",
        standing,
    )


def notices(known: Known) -> Content:
    """Part 6: each legal notice with text version, languages and proof of delivery; other notices in short."""
    legal = [notice for notice in known.story.notices if notice.required.kind in (*LEGAL, "correction")]
    blocks: list[Block] = []
    for notice in legal:
        blocks += _notice(known, notice)
    alerts = known.story.notices_of("same_day_alert")
    blocks.append(Paragraph(f"Same-day absence alerts to the family: {len(alerts)}."))
    return Content(tuple(blocks), tuple(_gaps(known)))


def _notice(known: Known, notice: Notice) -> Iterable[Block]:
    required = notice.required
    yield Heading(f"{words.NOTICES[required.kind]}, required {known.day_of(required.as_of)}")
    days = f"Lists {words.dates(required.days)}. " if required.days else ""
    yield Paragraph(f"{days}{_standing(known, notice)}")
    if notice.deliveries:
        yield delivery_table(known, [notice])
    if notice.undeliverable:
        yield Paragraph(f"Could not be delivered: {notice.undeliverable.reason}")


def _standing(known: Known, notice: Notice) -> str:
    if notice.withdrawn is None:
        return "It stands." if notice.deliveries else "It stands, but no delivery of it is recorded."
    changed = words.dates(notice.withdrawn.days)
    return {
        "withdrawn": f"Withdrawn {known.day_of(notice.withdrawn.as_of)}; it does not count.",
        "corrected": f"No longer supported since {known.day_of(notice.withdrawn.as_of)}; it was corrected and does not count.",
        "basis_changed": f"Its dates changed {known.day_of(notice.withdrawn.as_of)}; it now rests on {changed or 'other dates'}.",
    }[notice.withdrawn.state]


def delivery_table(known: Known, found: Iterable[Notice]) -> Table:
    rows = tuple(_delivery(known, events) for notice in found for events in notice.deliveries)
    return Table(("To", "By", "Languages", "Text", "What happened", "SHA-256 (start)"), rows, (2, 0, 0, 2, 3, 3))


def _delivery(known: Known, events: tuple[DeliveryEventData, ...]) -> tuple[str, ...]:
    last, sent = events[-1], [event for event in events if isinstance(event, NoticeSent)]
    return (
        known.guardian(last.guardian),
        last.channel,
        ", ".join(last.languages) + (f" (no text in {words.language(last.language_gap)})" if last.language_gap else ""),
        last.template,
        "; ".join(_happened(known, event) for event in events if not _is_queue(event)) or "queued",
        sent[-1].content_sha256[:16] if sent else "",
    )


def _is_queue(event: DeliveryEventData) -> bool:
    return event.type == "notice.queued"


def _happened(known: Known, event: DeliveryEventData) -> str:
    at = known.moment(event.at)
    match event:
        case NoticeSent():
            return f"sent {at}"
        case NoticeDelivered():
            return f"delivered {at}"
        case NoticeFailed(outcome_unknown=True):
            return f"outcome unknown {at}"
        case NoticeFailed():
            return f"failed {at}"
        case NoticeHeld():
            return f"held {at}"
        case NoticeCorrected():
            return f"corrected {at}"
    return f"{event.type.removeprefix('notice.')} {at}"


def is_sent(notice: Notice) -> bool:
    return any(isinstance(event, NoticeSent | NoticeDelivered) for events in notice.deliveries for event in events)


def is_delivered(notice: Notice) -> bool:
    return any(isinstance(event, NoticeDelivered) for events in notice.deliveries for event in events)


def _gaps(known: Known) -> Iterable[str]:
    for kind in LEGAL:
        counting = [notice for notice in known.story.notices_of(kind) if notice.counts]
        if not counting:
            yield f"{words.NOTICES[kind]}: none that counts."
        elif not any(is_sent(notice) for notice in counting):
            yield f"{words.NOTICES[kind]}: no proof that it was sent."
