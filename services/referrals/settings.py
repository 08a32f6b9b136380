"""Settings of referrals, beside those that every service has."""

from pathlib import Path

from shared.runtime.settings import StaffSettings


class ReferralSettings(StaffSettings):
    case_policy: str = "us-ca"
    """What case files are checked against: `policies/<name>.yaml`."""
    font_folder: Path | None = None
    """Further fonts for names in scripts that the built-in ones (Latin, Greek, Cyrillic) do not have."""
    look_seconds: float = 2.0
    """How often the cases are looked at for new facts."""
