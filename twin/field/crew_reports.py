"""What crews say on the bus: reports on their orders (again, when asked again) and where they are."""

from __future__ import annotations

from twin.core.frame import LocalFrame
from twin.field.crew import Crew, Finding, Word
from twin.field.publish import Publisher
from twin.formats.civic import Report, UnitPosition, encode
from twin.formats.topics import unit_topic

_MEMORY = 60  # orders that a crew remembers


class Reports:
    """Reports leave once, at QoS 1; an order repeated makes the crew repeat what it said of it."""

    def __init__(self, frame: LocalFrame, publisher: Publisher) -> None:
        self._frame, self._publisher = frame, publisher

    def known(self, crew: Crew, order_id: str) -> bool:
        """Whether the order is known; then says everything about it again. Else it is known from now on."""
        if order_id in crew.answers:
            for payload in crew.answers[order_id]:
                self._publish(crew, payload)
            return True
        crew.answers[order_id] = []
        if len(crew.answers) > _MEMORY:
            del crew.answers[next(iter(crew.answers))]
        return False

    def say(
        self, crew: Crew, word: Word, city_ms: int, *, about: str | None = None, finding: Finding = "", note: str = ""
    ) -> None:
        """``about`` an order's id; the one in hand unless said otherwise."""
        order_id = about if about is not None else crew.order.order_id if crew.order is not None else ""
        longitude, latitude = self._frame.point_to_lonlat(crew.x_m, crew.y_m)
        crew.serial += 1
        report = Report(
            report_id=f"{crew.unit}-{city_ms}-{crew.serial}", unit=crew.unit, state=word, time_ms=city_ms,
            latitude=latitude, longitude=longitude, order_id=order_id, finding=finding, note=note,
        )  # fmt: skip
        payload = encode(report)
        if order_id in crew.answers:
            crew.answers[order_id].append(payload)
        self._publish(crew, payload)

    def show(self, crew: Crew, city_ms: int) -> None:
        """Its position, while the budget lasts."""
        longitude, latitude = self._frame.point_to_lonlat(crew.x_m, crew.y_m)
        position = UnitPosition(
            unit=crew.unit, time_ms=city_ms, latitude=latitude, longitude=longitude,
            heading_deg=round(crew.heading_deg, 1), speed_mps=round(crew.speed_mps, 2),
        )  # fmt: skip
        self._publisher.offer("units", unit_topic(self._publisher.namespace, crew.unit, "position"), encode(position))

    def _publish(self, crew: Crew, payload: bytes) -> None:
        self._publisher.send("units", unit_topic(self._publisher.namespace, crew.unit, "report"), payload, qos=1)
