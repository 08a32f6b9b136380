"""Prints an `.env` with fresh secrets for docker-compose.yml; needs nothing but Python."""

import secrets

NAMES = (
    "ROLLCALL_PASSWORD_ADMIN",
    "ROLLCALL_PASSWORD_INGEST",
    "ROLLCALL_PASSWORD_ESCALATION",
    "ROLLCALL_PASSWORD_NOTIFICATIONS",
    "ROLLCALL_PASSWORD_REFERRALS",
    "ROLLCALL_STAFF_TOKEN",
    "ROLLCALL_SMS_TOKEN",
)

if __name__ == "__main__":
    for name in NAMES:
        print(f"{name}={secrets.token_urlsafe(24)}")
