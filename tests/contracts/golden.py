"""The golden samples: one event of every type as it stands on the wire."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.contracts.envelope import EventData
from shared.contracts.registry import EVENT_TYPES

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Sample:
    """A record: topic, key, headers as text, body as parsed JSON."""

    topic: str
    key: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def body_bytes(self) -> bytes:
        return json.dumps(self.body).encode()

    def data(self) -> EventData:
        return EVENT_TYPES[self.headers["ce_type"]].model_validate_json(self.body_bytes)


SAMPLES: dict[str, Sample] = {
    path.stem: Sample(**json.loads(path.read_text())) for path in sorted(FOLDER.glob("*.json"))
}
