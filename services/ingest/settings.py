"""Settings of ingest."""

from shared.runtime.settings import Settings


class IngestSettings(Settings):
    """Nothing beyond what every service has: who may send is in the database, a key per district."""
