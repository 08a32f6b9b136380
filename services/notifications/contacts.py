"""Judges what a roster says about a guardian: can this number be texted, can this address be mailed? Never raises."""

import hashlib
import re
from collections.abc import Collection

import phonenumbers

from services.notifications.policy import Permission, Reach
from shared.contracts.notices import THE_STUDENT
from shared.contracts.roster import Guardian, StudentChanged

REGION = "US"
UNTEXTABLE = {
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.PAGER,
    phonenumbers.PhoneNumberType.VOICEMAIL,
}
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def textable(phone: str | None) -> str | None:
    """The number in E.164 if a text may reach it, else None (not a number, no such area code, a land line)."""
    try:
        number = phonenumbers.parse(phone or "", REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) in UNTEXTABLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mailable(email: str | None) -> str | None:
    """The address if one message can go to it, else None. Only plain ASCII addresses: nothing can smuggle in a header."""
    address = (email or "").strip()
    return address if len(address) <= 254 and EMAIL.fullmatch(address) else None


def postable(address: str | None) -> str | None:
    """The postal address without outer blanks, or None where there is none."""
    return (address or "").strip() or None


def address_lines(address: str) -> list[str]:
    """A postal address as it stands on an envelope: its own lines, or broken after the street."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    if len(lines) > 1:
        return lines
    street, _, place = address.strip().partition(",")
    return [part.strip() for part in (street, place) if part.strip()]


def in_person(pupil: StudentChanged) -> Guardian:
    """The pupil as a recipient of notices, once an adult."""
    return Guardian(
        id=THE_STUDENT,
        given_name=pupil.given_name,
        family_name=pupil.family_name,
        language=pupil.home_language,
        email=pupil.email,
        phone=pupil.phone,
        address=pupil.address or _home(pupil.guardians),
    )


def _home(guardians: Collection[Guardian]) -> str | None:
    """Where all guardians who may be written to live. With two homes nobody here knows in which one the pupil lives."""
    homes = {
        home for each in guardians if each.may_receive and not each.restriction and (home := postable(each.address))
    }
    return homes.pop() if len(homes) == 1 else None


def restriction_sha256(text: str) -> str:
    """Names a restriction's text without saying it: another text needs another reading."""
    return hashlib.sha256(text.encode()).hexdigest()


def reach_of(guardian: Guardian, may_receive: dict[str, bool], blocked: Collection[str]) -> Reach:
    """How a guardian can be reached. `may_receive`: what people decided, by restriction_sha256; `blocked`: opted-out phones."""
    phone = textable(guardian.phone)
    return Reach(
        guardian=guardian.id,
        language=guardian.language,
        email=mailable(guardian.email),
        phone=None if phone in blocked else phone,
        address=postable(guardian.address),
        permission=_permission(guardian, may_receive),
    )


def _permission(guardian: Guardian, may_receive: dict[str, bool]) -> Permission:
    if not guardian.may_receive:
        return "no"
    if not (guardian.restriction or "").strip():
        return "yes"
    decision = may_receive.get(restriction_sha256(guardian.restriction or ""))
    return "unread" if decision is None else "yes" if decision else "no"
