"""What the field says, for the tests of belief: messages as they come off the wire, and senses to hear them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from twin.city.kinds import load_kinds
from twin.city.locate import Locator
from twin.city.model import City
from twin.core.bus import Message
from twin.core.words import Provenance, StationType
from twin.formats import civic, topics
from twin.formats.cam import Cam, encode_cam
from twin.formats.denm import Denm, encode_denm
from twin.formats.quadkey import quadkey_levels
from twin.formats.senml import encode_senml
from twin.formats.spatem import GroupState, Spatem, encode_spatem
from twin.state.conditions import Condition
from twin.state.senses import Senses
from twin.state.sources import Source

NS = "sim/test"
T = 1_800_000_000_000
KINDS = load_kinds(Path(__file__).resolve().parents[2] / "config" / "device_kinds.toml")
FIELD = Source(name="field", namespace=NS, provenance=Provenance.SIMULATED)
UNITS = {"pump_truck_1": 3}


@dataclass(frozen=True)
class Person:
    """Someone enrolled, with the key of the phone."""

    id: str = "r-1"
    pseudonym: str = "p-1"
    consents: tuple[civic.Purpose, ...] = ("position", "report", "presence", "service")
    key: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"k" * 32))

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def says(self, kind: str, body: msgspec.Struct, time_ms: int = T, key: Ed25519PrivateKey | None = None) -> Message:
        text = civic.encode(body).decode()
        words = civic.phone_words(self.pseudonym, kind, time_ms, text)
        signature = base64.b64encode((key or self.key).sign(words)).decode()
        payload = {"pseudonym": self.pseudonym, "kind": kind, "time_ms": time_ms, "body": text, "signature": signature}
        return Message(topics.person_topic(NS, self.pseudonym, kind), msgspec.json.encode(payload))


class Speaker:
    """Makes messages for one city."""

    def __init__(self, city: City) -> None:
        self.city = city

    def senses(
        self,
        conditions: Sequence[Condition] = (),
        sources: Sequence[Source] = (FIELD,),
        register: Sequence[Person] = (),
        locator: Locator | None = None,
    ) -> Senses:
        return Senses(self.city, KINDS, conditions, sources, register, units=UNITS, locator=locator)

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        longitude, latitude = self.city.frame.to_lonlat(x, y)
        return float(latitude), float(longitude)

    def cam(
        self,
        vehicle: str,
        x: float,
        y: float,
        time_ms: int = T,
        speed: float = 10.0,
        heading: float = 90.0,
        kind: int = StationType.CAR,
        topic_of: str = "",
    ) -> Message:
        latitude, longitude = self.degrees(x, y)
        cam = Cam(
            source=vehicle,
            station_id=1,
            station_type=int(kind),
            latitude=latitude,
            longitude=longitude,
            time_ms=time_ms,
            heading_deg=heading,
            speed_mps=speed,
        )
        tail = quadkey_levels(latitude, longitude)[0]
        return Message(topics.v2x_topic(NS, "cam", topic_of or vehicle, tail), encode_cam(cam))

    def denm(self, vehicle: str, x: float, y: float, **more: object) -> Message:
        latitude, longitude = self.degrees(x, y)
        plain: dict[str, object] = {
            "source": vehicle,
            "station_id": 7,
            "sequence": 1,
            "detection_ms": T,
            "reference_ms": T,
            "latitude": latitude,
            "longitude": longitude,
            "time_ms": T,
            "cause": 2,
            "validity_s": 60,
        }
        denm = msgspec.convert(plain | more, Denm)
        return Message(topics.v2x_topic(NS, "denm", vehicle, quadkey_levels(latitude, longitude)[0]), encode_denm(denm))

    def spatem(self, number: int, states: Sequence[tuple[int, int]], time_ms: int = T, source: str = "") -> Message:
        sender = source or f"tlc_{self.city.intersections[number - 1].id}"
        groups = tuple(GroupState(group, state) for group, state in states)
        payload = encode_spatem([Spatem(source=sender, intersection=number, time_ms=time_ms, groups=groups)])
        return Message(topics.v2x_topic(NS, "spat", sender, quadkey_levels(31.0, 117.0)[0]), payload)

    def reads(self, device: str, time_ms: int, **values: float) -> Message:
        """A SenML pack in the kind's own units."""
        index = next(i for i, item in enumerate(self.city.devices) if item.id == device)
        units = {quantity.id: quantity.unit for quantity in KINDS[self.city.devices[index].kind].quantities}
        units["battery"] = "%EL"
        records = [(name, units.get(name, "m"), value) for name, value in values.items()]
        base = f"urn:dev:{self.city.meta.id}:{device}:"
        return Message(topics.device_topic(NS, device), encode_senml(base, time_ms, records))

    def gateway(self, gateway: str, state: str) -> Message:
        payload = msgspec.json.encode({"gateway": gateway, "state": state, "time_ms": -1})
        return Message(topics.gateway_topic(NS, gateway), payload)


def device_of(city: City, kind: str, number: int = 0) -> str:
    """The id of the city's n-th device of a kind."""
    return [device.id for device in city.devices if device.kind == kind][number]
