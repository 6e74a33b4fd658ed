"""What crews ask of traffic lights, taken apart: one notice a request."""

from __future__ import annotations

from collections.abc import Iterator

from twin.formats.srem import Srem
from twin.state.batch import PriorityAsked


def priority_asked(srem: Srem, provenance: int) -> Iterator[PriorityAsked]:
    """A crew's source is ``unit_<unit>``."""
    for one in srem.requests:
        yield PriorityAsked(
            unit=srem.source.removeprefix("unit_"), station=srem.station_id, sequence=srem.sequence,
            intersection=one.intersection, request=one.request, asks=one.asks, group=one.group,
            arrives_ms=one.arrives_ms, lasts_s=one.lasts_s, provenance=provenance,
        )  # fmt: skip
