"""What each kind of message means, apart from CAM, which is decoded by the column."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from twin.city.model import BORDER_M, City
from twin.core.bus import Message
from twin.core.words import Doubt, StationType
from twin.formats import civic
from twin.formats.cam import Cam
from twin.formats.denm import Denm, decode_denm
from twin.formats.measurement import Measurement
from twin.formats.refusal import UNDECODABLE, Reason, Refused, refused_by
from twin.formats.senml import decode_senml
from twin.formats.spatem import Spatem, decode_spatem
from twin.formats.srem import decode_srem
from twin.formats.units import convert
from twin.state.batch import (
    DenmHeard,
    FindingHeard,
    GatewaySaid,
    PersonSaid,
    Tallied,
    UnitSaid,
    WarningHeard,
)
from twin.state.decoded import Decoded, PlaceRow, ReadingRow
from twin.state.lights import LightTable
from twin.state.movers import MoverTable
from twin.state.people import MODES, Phones
from twin.state.requests import priority_asked
from twin.state.sensors import SensorTable
from twin.state.sources import Route, Router
from twin.state.terminals import Terminals
from twin.state.warnings import WarningBook

T = TypeVar("T")
_BATTERY: Final = Doubt.BATTERY.value
Handler = Callable[[Decoded, int, Message, Route], None]


class Decoders:
    """``by_kind`` holds one handler a kind of route; each appends rows or notices, or raises :class:`Refused`."""

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
        self._warnings = warnings
        self._sources = router.sources
        self._counts = router.counts
        self._sensors = sensors
        self._movers = movers
        self._lights = lights
        self._phones = phones
        self._terminals = terminals
        self._units = units
        types = (
            civic.GatewayState, civic.Report, civic.UnitPosition, civic.Tally, civic.Finding, civic.WeatherWarning,
        )  # fmt: skip
        self._json: dict[type[Any], msgspec.json.Decoder[Any]] = {type_: msgspec.json.Decoder(type_) for type_ in types}
        self.by_kind: dict[str, Handler] = {
            "senml": self._senml,
            "denm": self._denm,
            "srem": self._srem,
            "spat": self._spatem,
            "gateway": self._gateway,
            "report": self._report,
            "position": self._position,
            "finding": self._finding,
            "met": self._weather,
            "phone": self._phone,
            "terminal": self._terminal,
            "tally": self._tally,
            "feed": self._feed,
            "heard": lambda *_: None,
        }

    def _decode(self, payload: bytes, type_: type[T]) -> T:
        try:
            message: T = self._json[type_].decode(payload)
        except UNDECODABLE as fault:
            raise refused_by(fault, type_.__name__) from fault
        return message

    def _xy(self, longitude: float, latitude: float, who: str) -> tuple[float, float]:
        """In the city's frame; what is at its very border is taken into it, so that some cell holds it."""
        frame, (low_x, low_y, high_x, high_y) = self._city.frame, self._city.extent
        east_m, north_m = frame.metres_per_degree
        x, y = (longitude - frame.longitude) * east_m, (latitude - frame.latitude) * north_m
        if not (low_x - BORDER_M <= x <= high_x + BORDER_M and low_y - BORDER_M <= y <= high_y + BORDER_M):
            raise Refused(Reason.OUTSIDE_CITY, who)
        return min(max(x, low_x), high_x), min(max(y, low_y), high_y)

    def _stamp(self, time_ms: int, batch: Decoded, route: Route) -> int:
        """How far to shift a message's own times: nothing, unless its clock is off by more than its source's slack."""
        source = self._sources[route.source]
        off = batch.received_ms - source.delay_ms - time_ms
        return off if abs(off) > source.slack_ms else 0

    def _senml(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        sensors, device, names = self._sensors, route.device, route.names
        for reading in decode_senml(message[1], batch.received_ms):
            slot = names.get(reading.name)
            if slot is None:
                raise self._misnamed(reading.name, route)
            value = reading.value
            if value is None:
                if reading.flag is None:
                    raise Refused(Reason.MALFORMED, f"{reading.name}: no number")
                value = float(reading.flag)
            if slot == -1:
                sensors.hear_battery(device, value)
                continue
            if reading.unit != sensors.unit[slot] and reading.unit:
                value = convert(value, reading.unit, sensors.unit[slot])
            flags = _BATTERY if sensors.battery_low[device] else 0
            batch.readings.append(ReadingRow(slot, value, reading.time_ms, flags, message[2], index, route.source))

    def _feed(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        source = self._sources[route.source]
        if source.feed is None:
            raise Refused(Reason.WRONG_TOPIC, f"{source.name} is no feed")
        for said in source.feed.decode(message[0], message[1], batch.received_ms):
            match said:
                case Measurement():
                    self._measured(batch, index, message, route, said)
                case Cam():
                    self._moved(batch, index, route, said)
                case Denm():
                    self._warn(batch, said, route)
                case Spatem():
                    self._signal(batch, said, route)

    def _measured(self, batch: Decoded, index: int, message: Message, route: Route, said: Measurement) -> None:
        sensors = self._sensors
        device = sensors.device_of.get(said.device)
        if device is None:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no device {said.device}")
        if not math.isnan(said.latitude):
            self._xy(said.longitude, said.latitude, f"position of {said.device}")
        if said.quantity == "battery":
            sensors.hear_battery(device, said.value)
            return
        slot = sensors.slot_of[device].get(said.quantity)
        if slot is None:
            raise Refused(Reason.UNKNOWN_DEVICE, f"{said.device} measures no {said.quantity}")
        value = convert(said.value, said.unit, sensors.unit[slot]) if said.unit else said.value
        flags = _BATTERY if sensors.battery_low[device] else 0
        batch.readings.append(ReadingRow(slot, value, said.time_ms, flags, message[2], index, route.source))

    def _moved(self, batch: Decoded, index: int, route: Route, said: Cam) -> None:
        x, y = self._xy(said.longitude, said.latitude, f"position of {said.source}")
        source = self._sources[route.source]
        slot = self._slot(route, f"vehicle:{source.name}/{said.source}", said.station_type)
        time_ms = said.time_ms if said.time_ms >= 0 else batch.received_ms - source.delay_ms
        place = PlaceRow(slot, x, y, said.heading_deg, said.speed_mps, time_ms, index, route.source)
        batch.places.append(place)

    @staticmethod
    def _misnamed(name: str, route: Route) -> Refused:
        base = next(iter(route.names)).rpartition(":")[0]
        if name.rpartition(":")[0] != base:
            return Refused(Reason.WRONG_TOPIC, f"{name} on the topic of {route.sender}")
        return Refused(Reason.UNKNOWN_DEVICE, f"{route.sender} measures no {name.rpartition(':')[2]}")

    def _denm(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        denm = decode_denm(message[1])
        self._own_word(denm.source, route)
        self._warn(batch, denm, route)

    def _warn(self, batch: Decoded, denm: Denm, route: Route) -> None:
        x, y = self._xy(denm.longitude, denm.latitude, f"denm of {denm.source}")
        event = f"{denm.source}/{denm.station_id}/{denm.sequence}"  # nobody speaks about another's event
        if not self._warnings.admit(denm.source, event):
            raise Refused(Reason.TOO_MANY, f"{denm.source} warns of too much at once")
        shift = self._stamp(denm.time_ms, batch, route)
        batch.notices.append(
            DenmHeard(
                source=denm.source,
                event=event,
                cause=denm.cause,
                subcause=denm.subcause,
                x_m=x,
                y_m=y,
                observed_ms=denm.reference_ms + shift,
                until_ms=denm.detection_ms + denm.validity_s * 1000 + shift,
                terminated=denm.terminated is not None,
                quality=denm.quality,
                provenance=int(self._sources[route.source].provenance),
            )
        )

    @staticmethod
    def _own_word(said: str, route: Route) -> None:
        if said != route.sender:
            raise Refused(Reason.WRONG_TOPIC, f"says {said} on the topic of {route.sender}")

    def _srem(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        srem = decode_srem(message[1])
        self._own_word(srem.source, route)
        if srem.source.removeprefix("unit_") not in self._units:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no unit {srem.source}")
        batch.notices.extend(priority_asked(srem, int(self._sources[route.source].provenance)))

    def _spatem(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        for spatem in decode_spatem(message[1]):
            self._own_word(spatem.source, route)
            self._signal(batch, spatem, route)

    def _signal(self, batch: Decoded, spatem: Spatem, route: Route) -> None:
        number = self._lights.number_of.get(spatem.intersection)
        if number is None:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no intersection {spatem.intersection}")
        controller = f"tlc_{self._city.intersections[number].id}"
        if spatem.source.startswith("tlc_") and spatem.source != controller:
            raise Refused(Reason.WRONG_TOPIC, f"{spatem.source} speaks for {controller}")
        time_ms = spatem.time_ms + self._stamp(spatem.time_ms, batch, route)
        for group in spatem.groups:
            if (number, group.group) in self._lights.row_of:
                batch.lights.append((number, group.group, group.state, time_ms))

    def _gateway(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        state = self._decode(message[1], civic.GatewayState)
        self._own_word(state.gateway, route)
        if state.gateway not in self._sensors.gateway_of and state.gateway not in self._sensors.platforms:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no gateway {state.gateway}")
        batch.notices.append(GatewaySaid(state=state, retained=message[2]))

    def _report(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        report = self._decode(message[1], civic.Report)
        self._own_unit(report.unit, route)
        x, y = self._xy(report.longitude, report.latitude, f"report of {report.unit}")
        provenance = int(self._sources[route.source].provenance)
        batch.notices.append(UnitSaid(report=report, x_m=x, y_m=y, provenance=provenance))

    def _finding(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        finding = self._decode(message[1], civic.Finding)
        self._own_unit(finding.unit, route)
        x, y = self._xy(finding.longitude, finding.latitude, f"finding of {finding.unit}")
        batch.notices.append(
            FindingHeard(
                finding=finding,
                x_m=x,
                y_m=y,
                observed_ms=finding.time_ms + self._stamp(finding.time_ms, batch, route),
                provenance=int(self._sources[route.source].provenance),
            )
        )

    def _weather(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        provenance = int(self._sources[route.source].provenance)
        kind = msgspec.convert(route.verb, civic.WarningKind)
        if not message[1]:
            batch.notices.append(WarningHeard(kind=kind, warning=None, provenance=provenance))
            return
        warning = self._decode(message[1], civic.WeatherWarning)
        self._own_word(warning.kind, route)
        if warning.until_ms <= warning.issued_ms:
            raise Refused(Reason.OUT_OF_RANGE, f"{warning.warning_id}: until_ms is not after issued_ms")
        batch.notices.append(WarningHeard(kind=kind, warning=warning, provenance=provenance))

    def _own_unit(self, unit: str, route: Route) -> None:
        self._own_word(unit, route)
        if unit not in self._units:
            raise Refused(Reason.UNKNOWN_DEVICE, f"no unit {unit}")

    def _position(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        said = self._decode(message[1], civic.UnitPosition)
        self._own_unit(said.unit, route)
        x, y = self._xy(said.longitude, said.latitude, f"position of {said.unit}")
        slot = self._slot(route, f"unit:{said.unit}", StationType.SPECIAL, self._units[said.unit])
        place = PlaceRow(slot, x, y, said.heading_deg, said.speed_mps, said.time_ms, index, route.source)
        batch.places.append(place)

    def _slot(self, route: Route, key: str, kind: int, department: int = -1) -> int:
        source = self._sources[route.source]
        return self._movers.claim(key, kind, route.source, int(source.provenance), source.delay_ms, department)

    def _phone(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        latest_ms = batch.received_ms + self._sources[route.source].slack_ms
        person, body, time_ms = self._phones.open(message[1], route.sender, route.verb, latest_ms)
        if isinstance(body, civic.PersonPosition):
            x, y = self._xy(body.longitude, body.latitude, "a person's position")
            slot = self._slot(route, f"person:{person}", MODES[body.mode])
            self._movers.kind[slot] = MODES[body.mode]
            if body.seq >= 0:
                self._phones.obeyed[person] = body.seq
            place = PlaceRow(slot, x, y, body.heading_deg, body.speed_mps, time_ms, index, route.source)
            batch.places.append(place)
            return
        if isinstance(body, civic.PersonReport):
            self._xy(body.longitude, body.latitude, "a person's report")
        observed_ms = time_ms + self._stamp(time_ms, batch, route)
        provenance = int(self._sources[route.source].provenance)
        batch.notices.append(PersonSaid(person=person, body=body, observed_ms=observed_ms, provenance=provenance))

    def _terminal(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        latest_ms = batch.received_ms + self._sources[route.source].slack_ms
        person, said, body = self._terminals.open(message[1], route.sender, route.key, route.verb, latest_ms)
        batch.notices.append(
            PersonSaid(
                person=person, body=body, observed_ms=said.time_ms + self._stamp(said.time_ms, batch, route),
                provenance=int(self._sources[route.source].provenance), channel=said.channel, terminal=said.terminal,
            )
        )  # fmt: skip

    def _tally(self, batch: Decoded, index: int, message: Message, route: Route) -> None:
        tally = self._decode(message[1], civic.Tally)
        self._own_word(tally.client, route)
        self._counts.hear_tally(self._sources[route.source].name, tally, batch.wall_ms)
        wall_ms = -1.0 if batch.wall_ms is None else batch.wall_ms
        batch.notices.append(Tallied(tally=tally, received_wall_ms=wall_ms))
