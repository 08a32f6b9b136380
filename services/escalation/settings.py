"""Settings of escalation."""

from shared.runtime.settings import StaffSettings


class EscalationSettings(StaffSettings):
    """Nothing beyond what every staff-facing service has."""
