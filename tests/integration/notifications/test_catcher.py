"""The catcher shows what it caught, and plays the provider."""

import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.request_validator import RequestValidator

from deploy.embedded.catcher import Catcher, MailFault, TextFault, start_catcher
from deploy.embedded.catcher.box import KEEP, Box

ACCOUNT = "/2010-04-01/Accounts/AC0/Messages.json"


def mail(catcher: Catcher, to: str = "rosa@example.org", subject: str = "Hello", kind: str = "recognition") -> None:
    message = EmailMessage()
    message["Subject"], message["To"], message["X-Rollcall-Notice"] = subject, to, kind
    message.set_content("plain text")
    message.add_alternative("<p>rich text</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", catcher.smtp_port) as smtp:
        smtp.send_message(message, "office@example.org")


def text(catcher: Catcher, **form: str) -> httpx.Response:
    given = {"To": "+14085550101", "From": "+14085550100", "Body": "Hola", **form}
    return httpx.post(catcher.url + ACCOUNT, data=given, auth=("AC0", "secret"))


def test_messages_are_read_newest_first_and_filtered(catcher: Catcher) -> None:
    mail(catcher, subject="First")
    mail(catcher, to="jo@example.org", kind="correction", subject="Second")
    text(catcher)
    found = httpx.get(f"{catcher.url}/messages").json()
    assert found["count"] == 3
    assert [message["channel"] for message in found["messages"]] == ["sms", "email", "email"]
    assert found["messages"][1]["html"].strip() == "<p>rich text</p>"
    for query, subjects in (
        ("kind=correction", ["Second"]),
        ("to=rosa", ["First"]),
        ("channel=email&limit=1", ["Second"]),
    ):
        messages = httpx.get(f"{catcher.url}/messages?{query}").json()["messages"]
        assert [message["subject"] for message in messages] == subjects


def test_pages_show_messages_and_run_nothing_of_theirs(catcher: Catcher) -> None:
    mail(catcher, subject="<script>alert(1)</script>")
    page = httpx.get(f"{catcher.url}/?to=%22%3E%3Cscript%3E").text + httpx.get(catcher.url).text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    message = httpx.get(f"{catcher.url}/messages/1").text
    assert '<iframe sandbox title="the message" src="/messages/1/html">' in message
    assert httpx.get(f"{catcher.url}/messages/1/html").text.strip() == "<p>rich text</p>"
    assert httpx.get(f"{catcher.url}/messages/2").status_code == 404
    assert httpx.get(f"{catcher.url}/elsewhere").status_code == 404


def test_old_messages_are_forgotten_but_counted() -> None:
    box = Box()
    for number in range(KEEP + 5):
        box.put("sms", "a", "b", str(number).encode())
    assert (box.count, len(box.messages), box.messages[0].number) == (KEEP + 5, KEEP, 6)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"To": "950"}, 400, 21211),
        ({"To": ""}, 400, 21604),
        ({"Body": ""}, 400, 21602),
        ({"To": "+14085550199"}, 400, 21610),
    ],
)
def test_it_refuses_what_the_provider_refuses(catcher: Catcher, form: dict[str, str], status: int, code: int) -> None:
    catcher.box.opted_out.add("+14085550199")
    answer = text(catcher, **form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert catcher.count == 0


def test_faults_are_played_once_in_order(catcher: Catcher) -> None:
    catcher.box.text_faults.extend([TextFault(500), TextFault(429, 20429, taken=True)])
    assert [text(catcher).status_code for _ in range(3)] == [500, 429, 201]
    assert catcher.count == 2
    catcher.box.mail_faults.append(MailFault("550 no such mailbox"))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail(catcher)
    mail(catcher)
    assert catcher.count == 3


def test_a_taken_port_is_an_error(catcher: Catcher) -> None:
    with pytest.raises(OSError, match="in use"):
        start_catcher(http_port=catcher.http_port)


class Listener(BaseHTTPRequestHandler):
    heard: tuple[str, dict[str, str], str] | None = None
    done = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Listener.heard = (self.path, dict(parse_qsl(body)), self.headers["X-Twilio-Signature"])
        self.send_response(204)
        self.end_headers()
        Listener.done.set()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_calls_back_signed_as_the_provider_does(catcher: Catcher, listener: str) -> None:
    sid = text(catcher, StatusCallback=f"{listener}/status?delivery=1").json()["sid"]
    assert Listener.done.wait(5)
    assert Listener.heard
    path, form, signature = Listener.heard
    assert (form["MessageSid"], form["MessageStatus"]) == (sid, "delivered")
    assert RequestValidator("secret").validate(listener + path, form, signature)
