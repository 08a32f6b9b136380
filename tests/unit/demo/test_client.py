"""Requests survive services that go away, and nothing else is repeated."""

import httpx
import pytest

from deploy.demo.client import RequestRefused, ServiceAway, ask, send

Answer = httpx.Response | httpx.TransportError


def client_that_answers(*answers: Answer) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    """A transport with a script: each request takes the next answer, the last one stays."""
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = answers[min(len(requests), len(answers)) - 1]
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    return httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://rollcall.test"), requests


async def test_a_lost_connection_and_a_server_error_are_tried_again() -> None:
    client, requests = client_that_answers(
        httpx.ConnectError("refused"), httpx.Response(503), httpx.ReadError("lost"), httpx.Response(202, json={"ok": 1})
    )
    assert await ask(client, "POST", "/v1/marks", json={"records": []}) == {"ok": 1}
    assert len(requests) == 4
    assert len({request.content for request in requests}) == 1


async def test_a_refusal_is_not_repeated_and_says_why() -> None:
    client, requests = client_that_answers(httpx.Response(409, json={"reason": "no calendar"}))
    with pytest.raises(RequestRefused, match=r"POST /close was answered 409.*no calendar") as refused:
        await ask(client, "POST", "/close")
    assert refused.value.body == {"reason": "no calendar"}
    assert len(requests) == 1


async def test_patience_ends() -> None:
    client, _ = client_that_answers(httpx.ConnectError("refused"))
    with pytest.raises(ServiceAway, match="ConnectError; gave up after 0 s"):
        await send(client, "GET", "/live", patience=0.1)
