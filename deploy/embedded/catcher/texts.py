"""The HTTP side: a provider of the Twilio shape, and the pages."""

import base64
import hashlib
import hmac
import json
import queue
import re
import socket
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from deploy.embedded.catcher.box import Box, Filter, TextFault
from deploy.embedded.catcher.page import message_page, page

E164 = re.compile(r"\+[1-9]\d{7,14}")


@dataclass(frozen=True, slots=True)
class Callback:
    """A text's status that the sender wants to hear, signed with the password that the sender came with."""

    url: str
    form: dict[str, str]
    token: str

    def call(self) -> None:
        text = self.url + "".join(key + value for key, value in sorted(self.form.items()))
        signature = base64.b64encode(hmac.new(self.token.encode(), text.encode(), hashlib.sha1).digest()).decode()
        request = urllib.request.Request(  # noqa: S310  (an http address of the stack)
            self.url, urlencode(self.form).encode(), {"X-Twilio-Signature": signature}
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310
        except OSError:
            return  # as with the real one, a callback may never arrive


class HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, box: Box, listener: socket.socket) -> None:
        super().__init__(("", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.box = box
        self.callbacks: queue.SimpleQueue[Callback | None] = queue.SimpleQueue()
        self._own_threads = [
            threading.Thread(target=target, name=f"catcher-{target.__name__}", daemon=True)
            for target in (self.serve_forever, self._call_back)
        ]
        for thread in self._own_threads:
            thread.start()

    def _call_back(self) -> None:
        while callback := self.callbacks.get():
            callback.call()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away while it was answered (a scripted silence) is no error here."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.callbacks.put(None)
        self.shutdown()
        self.server_close()
        for thread in self._own_threads:
            thread.join(6)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: HttpServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        wanted = Filter(**{name: query.get(name, "") for name in ("channel", "kind", "to")})
        if path == "/":
            return self._answer(200, page(self.server.box, wanted), "text/html; charset=utf-8")
        if path == "/messages":
            limit = int(query["limit"]) if query.get("limit", "").isdecimal() else 100
            found = [message.as_json() for message in self.server.box.newest(wanted, limit)]
            return self._json(200, {"count": self.server.box.count, "messages": found})
        if match := re.fullmatch(r"/messages/(\d+)(/html)?", path):
            return self._message(int(match[1]), bool(match[2]))
        return self._json(404, {"message": f"nothing at {path}"})

    def _message(self, number: int, as_html: bool) -> None:
        message = self.server.box.get(number)
        if message is None:
            return self._json(404, {"message": f"no message {number}"})
        if as_html:
            return self._answer(200, message.html or f"<pre>{escape(message.text)}</pre>", "text/html; charset=utf-8")
        return self._answer(200, message_page(message), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if not re.fullmatch(r"/2010-04-01/Accounts/[^/]+/Messages\.json", urlsplit(self.path).path):
            return self._json(404, {"code": 20404, "message": f"nothing at {self.path}", "status": 404})
        form, box = dict(parse_qsl(body)), self.server.box
        fault = box.text_faults.popleft() if box.text_faults else None
        refusal = self._refusal(form)
        if refusal is None and (fault is None or fault.taken):
            answer = self._take(form)
        if fault:
            return self._go_wrong(fault)
        return self._json(*refusal) if refusal else self._json(201, answer)

    def _refusal(self, form: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
        """What the real provider would refuse, as (status, body)."""
        if not self._password():
            return error(401, 20003, "Authenticate")
        if missing := [name for name in ("To", "From", "Body") if not form.get(name)]:
            return error(400, 21604 if missing == ["To"] else 21602, f"'{missing[0]}' is required")
        if not E164.fullmatch(form["To"]):
            return error(400, 21211, "The 'To' number is not a valid phone number")
        return error(400, 21610, "The recipient has opted out") if form["To"] in self.server.box.opted_out else None

    def _password(self) -> str:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(value).decode().partition(":")[2] if scheme == "Basic" else ""

    def _take(self, form: dict[str, str]) -> dict[str, Any]:
        message = self.server.box.put("sms", form["From"], form["To"], form["Body"].encode())
        sid = f"SM{message.number:032x}"
        if url := form.get("StatusCallback"):
            status = {"MessageSid": sid, "MessageStatus": "delivered", "To": form["To"], "From": form["From"]}
            self.server.callbacks.put(Callback(url, status, self._password()))
        return {
            "sid": sid,
            "status": "queued",
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "error_code": None,
        }

    def _go_wrong(self, fault: TextFault) -> None:
        time.sleep(fault.hang)
        if fault.garbage:
            return self._answer(fault.status, "<oops", "text/plain")
        return self._json(*error(fault.status, fault.code, "scripted"))

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._answer(status, json.dumps(body), "application/json")

    def _answer(self, status: int, body: str, media_type: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def error(status: int, code: int | None, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": message, "status": status}
