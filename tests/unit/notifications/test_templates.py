"""Every notice in every language: complete, true to the law, without a threat, and never half rendered."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from pathlib import Path
from typing import get_args

import jinja2
import pytest
from pypdf import PdfReader

from services.notifications.render import (
    Corrected,
    Envelope,
    NotRendered,
    Part,
    Renderer,
    Subject,
    put_into_words,
    sms_text,
)
from services.notifications.settings import SchoolContact
from services.notifications.templates import FOLDER, Block, TemplateName, Templates
from shared.contracts.terms import LEGAL_NOTICES, MeetingKind, NoticeKind

TEMPLATES = Templates()
KINDS = get_args(NoticeKind)
ISSUED = date(2025, 9, 22)
NAMES = [TEMPLATES.in_force(kind, ISSUED) for kind in KINDS]
CASES = [(name, language) for name in NAMES for language in sorted(TEMPLATES.languages(name))]
FORBIDDEN = re.compile(
    "prosecut|driv|accompany|procesa|enjuici|licencia de|acompañ|jail|cárcel|fine |multa", re.IGNORECASE
)
SUBJECT = Subject(
    given_name="Ana",
    family_name="Pruebas-Ejemplo",
    school="Elm Street Middle School",
    contact=SchoolContact(phone="(408) 555-0100"),
    dated=ISSUED,
    days=(date(2025, 9, 8), date(2025, 9, 15), ISSUED),
    meeting="sart",
    corrected=Corrected(date(2025, 9, 10), stands=False),
)


def render(name: TemplateName, language: str, subject: Subject = SUBJECT) -> Part:
    return put_into_words(TEMPLATES, name, [language], subject)[0]


def written(part: Part) -> str:
    blocks = [" ".join([block.text or "", *block.days, *block.statements]) for block in part.blocks]
    return " ".join([part.subject, part.greeting, *blocks, part.closing, part.signature, *part.foot, part.sms])


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_every_notice_has_english_and_spanish(name: TemplateName) -> None:
    assert TEMPLATES.languages(name) >= {"en", "es"}


@pytest.mark.parametrize(("name", "language"), CASES)
@pytest.mark.parametrize("to_student", [False, True])
def test_every_text_renders_without_a_threat_or_a_brace(name: TemplateName, language: str, to_student: bool) -> None:
    text = written(render(name, language, replace(SUBJECT, to_student=to_student)))
    assert "Ana" in text
    assert not FORBIDDEN.search(text)
    assert not re.search(r"[{}%]|None|Undefined", text)


@pytest.mark.parametrize(("name", "language"), CASES)
def test_an_adult_is_addressed_and_not_the_parents(name: TemplateName, language: str) -> None:
    """EC 49061: at 18 the rights of the parents pass to the student."""
    to_parents, to_student = render(name, language), render(name, language, replace(SUBJECT, to_student=True))
    assert not re.search("parent|guardian|padre|tutor|family|familia", f"{to_student.greeting} {to_student.subject}")
    assert re.search(r"\b(you|your|usted|sus?|le)\b", f"{to_student.subject} {written(to_student)}", re.IGNORECASE)
    assert {to_student.greeting, to_student.sms}.isdisjoint({to_parents.greeting, to_parents.sms})
    assert not re.search("truan|ausentismo|absences|ausencias", to_student.sms)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_notice_to_an_adult_makes_the_seven_statements_too(language: str) -> None:
    text = TEMPLATES.text(TEMPLATES.in_force("truancy_notice_1", ISSUED), language, to_student=True)
    assert [statement.mark for block in text.blocks for statement in block.statements] == list("abcdefg")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_notice_makes_the_seven_statements_of_the_law(language: str) -> None:
    name = TEMPLATES.in_force("truancy_notice_1", ISSUED)
    assert str(name) == "truancy_notice_1/V2"
    marked = [statement for block in TEMPLATES.texts[name, language].blocks for statement in block.statements]
    assert [statement.mark for statement in marked] == list("abcdefg")
    said = {statement.mark: TEMPLATES.fill(statement.text, {"pupil": {"given_name": "Ana"}}) for statement in marked}
    for mark, word in WORDS_OF_THE_LAW[language].items():
        assert re.search(word, said[mark], re.IGNORECASE), (mark, said[mark])


WORDS_OF_THE_LAW = {
    "en": {
        "a": "truant", "b": "obligated to compel .* attend", "c": "alternative educational programs", "d": "right to meet",
        "e": "mental health and supportive services", "f": "available to meet .* strategies",
        "g": "10 percent .*any reason.*read by third grade.*middle school.*graduating",
    },
    "es": {
        "a": "ausentismo injustificado", "b": "obligación de hacer que .* asista", "c": "programas educativos alternativos",
        "d": "derecho a reunirse", "e": "salud mental y de apoyo", "f": "disponible para reunirse .* estrategias",
        "g": "10 por ciento .*cualquier motivo.*leer antes del tercer grado.*intermedia.*graduarse",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_same_day_text_says_no_reason_no_tier_and_not_truant(language: str) -> None:
    alert = render(TEMPLATES.in_force("same_day_alert", ISSUED), language)
    assert not re.search("truan|ausentismo|excus|justif|ill|enferm|level|nivel|unverified", alert.sms, re.IGNORECASE)
    assert "STOP" in alert.sms
    assert "Pruebas-Ejemplo" not in alert.sms


@pytest.mark.parametrize(("name", "language"), CASES)
def test_no_text_message_calls_a_child_truant(name: TemplateName, language: str) -> None:
    assert not re.search("truan|ausentismo", render(name, language).sms, re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_invitation_says_to_which_meeting(language: str) -> None:
    name = TEMPLATES.in_force("meeting_invitation", ISSUED)
    said = {written(render(name, language, replace(SUBJECT, meeting=kind))) for kind in get_args(MeetingKind)}
    assert len(said) == len(get_args(MeetingKind))
    assert written(render(name, language, replace(SUBJECT, meeting=None))) not in said


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("duty to monitor", "require the child to attend", "measures to prevent truancy", "conference")),
        (
            "es",
            ("deber de los padres vigilar", "exigirle que asista", "medidas para prevenir el ausentismo", "reunión"),
        ),
    ],
)
def test_the_warning_to_parents_says_what_the_law_of_texas_asks_for(language: str, words: tuple[str, ...]) -> None:
    """Texas Education Code 25.095(b): the duty, the prevention measures, and the request for a conference."""
    text = written(render(TEMPLATES.in_force("parent_warning", ISSUED), language))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(("name", "language"), [case for case in CASES if case[0].kind in LEGAL_NOTICES])
def test_a_pointer_says_nothing_of_absences(name: TemplateName, language: str) -> None:
    assert not re.search("absen|ausen|truan|SARB|attendance|asistencia", render(name, language).sms)


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("en", ["Monday, September 8, 2025", "Monday, September 15, 2025", "Monday, September 22, 2025"]),
        (
            "es",
            ["lunes, 8 de septiembre de 2025", "lunes, 15 de septiembre de 2025", "lunes, 22 de septiembre de 2025"],
        ),
    ],
)
def test_days_stand_in_the_form_of_the_language(language: str, days: list[str]) -> None:
    part = render(TEMPLATES.in_force("truancy_notice_1", ISSUED), language)
    assert [block.days for block in part.blocks if block.days] == [days]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_correction_says_whether_the_notice_still_stands(language: str) -> None:
    def says(stands: bool, days: tuple[date, ...]) -> str:
        corrected = Corrected(date(2025, 9, 10), stands)
        subject = Subject("Ana", "Pruebas", "Elm", SchoolContact(), ISSUED, days, corrected=corrected)
        return written(render(TEMPLATES.in_force("correction", ISSUED), language, subject))

    voided, changed, shortened = says(False, ()), says(True, (ISSUED,)), says(True, ())
    assert len({voided, changed, shortened}) == 3
    assert "2025" in changed.split(":", 1)[1]
    assert ("no longer stands" if language == "en" else "ya no es válido") in voided


def test_the_version_is_that_of_the_notices_date() -> None:
    assert TEMPLATES.in_force("truancy_notice_1", date(2025, 7, 1)).version == "V2"
    assert TEMPLATES.in_force("truancy_notice_1", date(2021, 9, 1)).version == "V2"  # old data played back


def test_a_text_that_names_something_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRendered, match=r"^recognition/V1/en: UndefinedError$"):
        put_into_words(_mend(tmp_path, "{{ pupil.nickname }}"), TemplateName("recognition", "V1"), ["en"], SUBJECT)


def test_a_brace_that_survives_is_refused(tmp_path: Path) -> None:
    broken = _mend(tmp_path, "{{ '{{ student_first_name }}' }} missed school")
    with pytest.raises(NotRendered, match="a brace was left"):
        put_into_words(broken, TemplateName("recognition", "V1"), ["en"], SUBJECT)


def test_a_name_is_never_read_as_a_template() -> None:
    sly = Subject("{% raw %}", "Ejemplo", "Elm", SchoolContact(), ISSUED, ())
    with pytest.raises(NotRendered, match="a brace was left"):
        render(TemplateName("recognition", "V1"), "en", sly)


def test_a_template_cannot_reach_into_python(tmp_path: Path) -> None:
    broken = _mend(tmp_path, "{{ ''.__class__.__mro__ }}")
    with pytest.raises(NotRendered, match="SecurityError"):
        put_into_words(broken, TemplateName("recognition", "V1"), ["en"], SUBJECT)


def _mend(folder: Path, subject: str) -> Templates:
    """The templates with another subject line in one of them."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    path = folder / "recognition/V1/en.yaml"
    path.write_text(re.sub("^subject: .*$", f'subject: "{subject}"', path.read_text(), flags=re.MULTILINE))
    return Templates(folder)


@pytest.mark.parametrize("change", ["greting: x\n", "blocks: [{text: a, days: true}]\n"])
def test_a_file_of_another_shape_is_refused_at_the_start(tmp_path: Path, change: str) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "recognition/V1/en.yaml").open("a") as file:
        file.write(change)
    with pytest.raises(ValueError, match=r"greting|block"):
        Templates(tmp_path)


def test_a_condition_names_only_what_is_there() -> None:
    with pytest.raises(jinja2.UndefinedError):
        TEMPLATES.holds("nothing_of_that_name", {})
    assert Block(text="x").when is None


RENDERER = Renderer()
ENVELOPE = Envelope(
    sender="attendance@example.org",
    recipient="rosa@example.org",
    message_id="<0f0f@example.org>",
    dated=datetime(2025, 9, 22, 18, tzinfo=UTC),
    kind="truancy_notice_1",
    reply_to="office@example.org",
)


def bilingual() -> list[Part]:
    return put_into_words(TEMPLATES, TEMPLATES.in_force("truancy_notice_1", ISSUED), ("es", "en"), SUBJECT)


def test_an_email_has_both_languages_in_text_and_html() -> None:
    message = message_from_bytes(RENDERER.email(bilingual(), ENVELOPE), policy=default)
    assert message["Subject"] == (
        "Aviso de ausentismo escolar de Ana Pruebas-Ejemplo / Notice of truancy for Ana Pruebas-Ejemplo"
    )
    assert message["Message-ID"] == "<0f0f@example.org>"
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body
        text = body.get_content()
        assert text.index("obligación de hacer") < text.index("obligated to compel")
        assert "lunes, 8 de septiembre de 2025" in text
        assert "Monday, September 8, 2025" in text


def test_the_same_email_has_the_same_bytes() -> None:
    assert RENDERER.email(bilingual(), ENVELOPE) == RENDERER.email(bilingual(), ENVELOPE)


def test_names_do_not_become_html() -> None:
    sly = Subject("<b>Ana</b>", "Ejemplo", "Elm & Sons", SchoolContact(), ISSUED, (ISSUED,))
    parts = put_into_words(TEMPLATES, TemplateName("same_day_alert", "V1"), ["en"], sly)
    html = message_from_bytes(RENDERER.email(parts, ENVELOPE), policy=default).get_body(("html",))
    assert html
    assert "<b>Ana" not in html.get_content()
    assert "Elm &amp; Sons" in html.get_content()


def letter(parts: list[Part], address: list[str] | None = None) -> bytes:
    lines = address or ["Rosa Ejemplo", "1 Elm St", "San Jose CA 95112"]
    return RENDERER.letter(parts, lines, "0f0f0f0f", ENVELOPE.dated)


def test_a_letter_has_a_page_per_language_and_an_address() -> None:
    pages = [page.extract_text() for page in PdfReader(BytesIO(letter(bilingual()))).pages]
    assert len(pages) == 2
    assert "Aviso de ausentismo escolar" in pages[0]
    assert "Notice of truancy" in pages[1]
    assert all("Rosa Ejemplo" in page and "San Jose CA 95112" in page for page in pages)
    assert all(f"{number}." in pages[1] for number in range(1, 8))


def test_the_same_letter_has_the_same_bytes_and_markup_stays_text() -> None:
    assert letter(bilingual()) == letter(bilingual())
    sly = letter(bilingual(), ["#panic() *bold* $x$", "@ref <label> \\ [a]"])
    assert "#panic() *bold* $x$" in PdfReader(BytesIO(sly)).pages[0].extract_text()


def test_a_letter_with_many_days_is_still_readable() -> None:
    days = tuple(date(2025, 9, day) for day in range(1, 31))
    many = Subject("Ana", "Ejemplo", "Elm", SchoolContact(), ISSUED, days)
    parts = put_into_words(TEMPLATES, TEMPLATES.in_force("truancy_notice_1", ISSUED), ("en",), many)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(letter(parts))).pages)
    assert all(f"September {day}, 2025" in text for day in range(1, 31))


def test_a_text_is_in_one_language() -> None:
    assert sms_text(bilingual()) == bilingual()[0].sms
