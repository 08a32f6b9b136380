"""Every number that a service shows on /metrics, by name. Labels hold topics, groups and classes: never a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
RECORDS = (1, 5, 10, 50, 100, 250, 500, 1000, 2000, 5000)


class Metrics:
    """The numbers of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.lag = Gauge(
            "rollcall_consumer_lag", "Records not yet handled", ["group", "topic", "partition"], registry=registry
        )
        self.batch_records = Histogram(
            "rollcall_batch_records", "Records of a batch", ["group"], buckets=RECORDS, registry=registry
        )
        self.batch_seconds = Histogram(
            "rollcall_batch_seconds", "From fetched to acknowledged", ["group"], buckets=SECONDS, registry=registry
        )
        self.batch_failures = Counter(
            "rollcall_batch_failures", "Batches rewound", ["group", "error_class"], registry=registry
        )
        self.dead_letters = Counter(
            "rollcall_dead_letters", "Records dead-lettered", ["group", "error_class"], registry=registry
        )
        self.published = Counter("rollcall_events_published", "Records acknowledged by the broker", registry=registry)
        self.publish_failures = Counter(
            "rollcall_publish_failures", "Rounds of the relay that failed", ["error_class"], registry=registry
        )
        self.relay_active = Gauge(
            "rollcall_relay_active", "1 where the relay of this process publishes", registry=registry
        )
        self.pending = Gauge("rollcall_pending_events", "Events not yet published", registry=registry)
        self.pending_age = Gauge("rollcall_pending_age_seconds", "Age of the oldest of them", registry=registry)
        self.steps_stopped = Counter(
            "rollcall_steps_stopped", "Steps stopped at a close: too many pupils", ["step"], registry=registry
        )
