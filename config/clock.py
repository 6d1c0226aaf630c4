"""The one place that asks what time it is; everything below an edge takes ``now`` as a parameter."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC. A region's own time is a matter of display (``Calendar.zone``)."""
    return datetime.now(UTC)
