"""From frames to slots and columns. What is refused is kept with its reason; nothing here raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.bus import Message
from twin.core.columns import Positions, Readings
from twin.formats.cam import CamColumns, decode_cam_columns
from twin.formats.refusal import Reason, Refused
from twin.state.batch import LightStates
from twin.state.decoded import Decoded
from twin.state.decoders import Decoders
from twin.state.lights import LightTable
from twin.state.movers import MoverTable
from twin.state.people import Phones
from twin.state.sensors import SensorTable
from twin.state.sources import Route, Router
from twin.state.terminals import Terminals
from twin.state.warnings import WarningBook

LARGEST_BYTES: Final = 65_536


class Rows(NamedTuple):
    """For every row of some columns, the index of its message and of its source."""

    message: NDArray[np.int64]
    source: NDArray[np.int16]


class Intake:
    """Decodes batches; claims movers' slots, hears batteries; all else is applied by its caller."""

    def __init__(
        self,
        city: City,
        router: Router,
        sensors: SensorTable,
        movers: MoverTable,
        lights: LightTable,
        phones: Phones,
        terminals: Terminals,
        warnings: WarningBook,
        units: Mapping[str, int],
    ) -> None:
        self._city = city
        self._router = router
        self._movers = movers
        self._decoders = Decoders(city, router, sensors, movers, lights, phones, terminals, warnings, units)

    def decode(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None = None) -> Decoded:
        """Messages to rows, in order of arrival within each class."""
        batch = Decoded(messages, received_ms, wall_ms)
        find, handlers = self._router.find, self._decoders.by_kind
        cam_route, cam_payload, cam_index = batch.cam_routes.append, batch.cam_payloads.append, batch.cam_index.append
        for index, message in enumerate(messages):
            try:
                route = find(message[0])
            except Refused as refusal:
                self._router.nowhere.counter.arrived += 1
                batch.refuse(index, self._router.nowhere, refusal)
                continue
            kind = route.kind
            if kind == "own":
                continue
            route.counter.arrived += 1
            if len(message[1]) > LARGEST_BYTES:
                batch.refuse(index, route, Refused(Reason.OVERSIZE, f"{len(message[1])} bytes"))
            elif kind == "cam":
                cam_route(route)
                cam_payload(message[1])
                cam_index(index)
            else:
                try:
                    handlers[kind](batch, index, message, route)
                except Refused as refusal:
                    batch.refuse(index, route, refusal)
        return batch

    def positions(self, batch: Decoded) -> tuple[Positions, Rows]:
        """All positions of a batch: vehicles' by the column, crews' and people's one by one."""
        columns = decode_cam_columns(batch.cam_payloads)
        for row, refusal in columns.refused:
            batch.refuse(batch.cam_index[row], batch.cam_routes[row], refusal)
        x, y = self._city.frame.to_xy(columns.longitude, columns.latitude)
        slots, kept, owners = self._slots(batch, columns, x, y)
        every: Any = slice(None) if len(kept) == len(columns) else np.array(kept, np.int64)
        rows = columns.row[every].tolist()
        found = Positions(
            np.array(slots, np.int32),
            x[every],
            y[every],
            columns.heading_deg[every],
            columns.speed_mps[every],
            columns.acceleration_mps2[every],
            columns.time_ms[every],
        )
        messages = [batch.cam_index[row] for row in rows]
        if not batch.places:
            return found, Rows(np.array(messages, np.int64), np.array(owners, np.int16))
        return self._with_places(batch, found, messages, owners)

    def _slots(
        self, batch: Decoded, columns: CamColumns, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[list[int], list[int], list[int]]:
        """Slot, row and source of every CAM that may speak where it does."""
        inside = self._city.near(x, y).tolist()
        slots: list[int] = []
        kept: list[int] = []
        owners: list[int] = []
        slot_of, routes = self._movers.slot_of, batch.cam_routes
        for at, (row, sender) in enumerate(zip(columns.row.tolist(), columns.source, strict=True)):
            route = routes[row]
            if sender != route.sender:
                refusal = Refused(Reason.WRONG_TOPIC, f"says {sender} on the topic of {route.sender}")
            elif not inside[at]:
                refusal = Refused(Reason.OUTSIDE_CITY, f"cam of {sender}")
            else:
                slot = slot_of.get(route.key)
                if slot is None:
                    try:
                        slot = self._claim(route, int(columns.station_type[at]))
                    except Refused as full:
                        batch.refuse(batch.cam_index[row], route, full)
                        continue
                slots.append(slot)
                kept.append(at)
                owners.append(route.source)
                continue
            batch.refuse(batch.cam_index[row], route, refusal)
        return slots, kept, owners

    def _claim(self, route: Route, kind: int) -> int:
        source = self._router.sources[route.source]
        return self._movers.claim(route.key, kind, route.source, int(source.provenance), source.delay_ms)

    @staticmethod
    def _with_places(
        batch: Decoded, found: Positions, messages: list[int], owners: list[int]
    ) -> tuple[Positions, Rows]:
        table = np.array([place[:6] for place in batch.places], np.float64)
        more = Positions(
            table[:, 0].astype(np.int32),
            table[:, 1],
            table[:, 2],
            table[:, 3].astype(np.float32),
            table[:, 4].astype(np.float32),
            np.full(len(table), np.nan, np.float32),
            table[:, 5].astype(np.int64),
        )
        joined = Positions(
            *(np.append(getattr(found, name), getattr(more, name)) for name in Positions.__dataclass_fields__)
        )
        message = np.array([*messages, *(place.message for place in batch.places)], np.int64)
        return joined, Rows(message, np.array([*owners, *(place.source for place in batch.places)], np.int16))

    @staticmethod
    def readings(batch: Decoded) -> tuple[Readings, Rows]:
        """All readings of a batch, times as sent."""
        table = np.array(batch.readings, np.float64).reshape(-1, 7)
        found = Readings(
            table[:, 0].astype(np.int32),
            table[:, 1].copy(),
            table[:, 2].astype(np.int64),
            table[:, 3].astype(np.uint8),
            table[:, 4].astype(np.bool_),
        )
        return found, Rows(table[:, 5].astype(np.int64), table[:, 6].astype(np.int16))

    @staticmethod
    def lights(batch: Decoded) -> LightStates:
        table = np.array(batch.lights, np.int64).reshape(-1, 4)
        return LightStates(
            table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2].astype(np.uint8), table[:, 3].copy()
        )
