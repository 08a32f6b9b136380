"""The numbers of a running stack, asked from its services over HTTP. What a service does not answer stays unknown."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.embedded.state import StackInfo

SAMPLE = re.compile(r"^(rollcall_consumer_lag|rollcall_pending_events)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
ESCALATION = ("occasions", "reports", "closes", "last_day", "taken_back", "recognitions")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts over all districts; None or empty where nobody answered."""

    marks: int | None = None
    parked: int | None = None
    occasions: int | None = None
    reports: int | None = None
    closes: int | None = None
    last_day: str | None = None
    pupils: Mapping[str, int] = field(default_factory=dict)
    """By level."""
    taken_back: int | None = None
    """Levels that a correction took back."""
    recognitions: int | None = None
    decisions: Mapping[str, int] = field(default_factory=dict)
    """What waits for a person, by sort."""
    notices: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By kind and delivery state."""
    cases: int | None = None
    packets: int | None = None
    waiting: int | None = None
    """Events that are not yet published, or published and not yet handled."""

    @property
    def caught(self) -> int:
        """Messages that reached somebody (here: the catcher)."""
        states = ("sent", "delivered", "served")
        return sum(count for kind in self.notices.values() for state, count in kind.items() if state in states)


async def collect(client: httpx.AsyncClient, stack: StackInfo) -> Numbers:
    """Ask all services at once; never raises for one that does not answer."""
    ingest, escalation, notifications, referrals, *waiting = await asyncio.gather(
        *(_summary(client, stack, name) for name in ("ingest", "escalation", "notifications", "referrals")),
        *(_waiting(client, url) for url in stack.urls.values()),
    )
    return Numbers(
        marks=ingest.get("marks"),
        parked=ingest.get("parked"),
        **{name: escalation.get(name) for name in ESCALATION},
        pupils=escalation.get("pupils", {}),
        decisions=escalation.get("waiting", {}),
        notices=notifications.get("notices", {}),
        cases=referrals.get("cases"),
        packets=referrals.get("packets"),
        waiting=None if None in waiting else sum(waiting),
    )


async def _summary(client: httpx.AsyncClient, stack: StackInfo, service: str) -> dict[str, Any]:
    if service not in stack.urls:
        return {}
    try:
        answer = await client.get(
            f"{stack.urls[service]}/v1/summary", headers={"Authorization": f"Bearer {stack.staff_token}"}
        )
        return dict(answer.json()) if answer.is_success else {}
    except (httpx.TransportError, ValueError):
        return {}


async def _waiting(client: httpx.AsyncClient, url: str) -> int | None:
    try:
        answer = await client.get(f"{url}/metrics")
    except httpx.TransportError:
        return None
    return waiting_in(answer.text) if answer.is_success else None


def waiting_in(metrics: str) -> int:
    """Events of one service that wait to be published or handled, from its Prometheus text."""
    return sum(int(float(sample[2])) for sample in SAMPLE.finditer(metrics))
