"""Settings of the notifications service, from the environment (`ROLLCALL_…`)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from shared.runtime.settings import StaffSettings


class SchoolContact(BaseModel):
    """How a family reaches a school; printed in its notices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phone: str | None = None
    email: str | None = None


class NotificationsSettings(StaffSettings):
    smtp_host: str
    smtp_port: int = 587
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    """`none` only for a catcher on the same machine."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_connections: int = 8
    mail_from: str
    """Address that notices come from; its domain also names the Message-IDs."""

    sms_url: str = "https://api.twilio.com"
    sms_account: str
    sms_token: SecretStr
    sms_from: str
    """Own number in E.164, the one that families may answer STOP to."""
    sms_connections: int = 8
    public_url: str | None = None
    """Where the SMS provider reaches this service; its callbacks are signed over this address. None: no callbacks."""

    provider_timeout: float = 10
    """Seconds to wait for a provider's answer; after that the outcome is unknown."""
    send_batch: int = 200
    send_poll: float = 1
    """Seconds between two looks for due deliveries when nothing wakes the sender."""
    retry_limit: int = 8
    school_contacts: dict[str, SchoolContact] = {}  # noqa: RUF012  (pydantic copies defaults)
    """`district/school` -> contact. A school without one is reached through "the school office"."""
