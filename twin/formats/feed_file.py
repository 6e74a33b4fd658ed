"""The shape of a feed file, ``config/feeds/<name>.toml``. Unknown keys are refused; nothing in it can run code."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.formats.crs import Crs

Format = Literal["plain", "senml", "sensorthings", "its"]
TimeFormat = Literal["iso", "s", "ms"]


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[broker]``: where the feed's broker is and how to enter it. The password stands in an environment variable;
    ``ca_file`` (PEM) is for a broker whose certificate no public authority signed."""

    url: str = ""
    username: str = ""
    password_env: str = ""
    ca_file: str = ""


class Where(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths to latitude and longitude in degrees, or two fixed numbers."""

    latitude: str | float
    longitude: str | float
    crs: Crs = "wgs84"


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One quantity of a payload. ``value`` is its path, ``quantity`` a template; the unit's own scaling comes after
    ``value × scale + offset``. No unit: it is already in the device kind's canonical one. ``words`` gives numbers to
    texts (``open = 1``)."""

    quantity: str = ""
    value: str = "$"
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    words: dict[str, float] = {}


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a foreign id stands for, where more than the device's id differs."""

    device: str
    quantity: str = ""
    unit: str = ""


class Vehicle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The topic tells of a vehicle, not of a device; ``id`` is a template, ``speed`` and ``heading`` are paths."""

    id: str
    station_type: int = 5
    speed: str = ""
    speed_unit: str = "m/s"
    heading: str = ""


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[[topics]]``. ``name`` reads device and quantity out of a SenML record's name. ``devices`` renames what
    ``device`` gave; ``quantities`` renames quantities. ``values`` is for payloads that hold several. Where ``time`` is
    unsaid, a plain payload's time is that of its receipt, and the other formats give their own."""

    topic: str
    format: Format = "plain"
    device: str = ""
    devices: dict[str, str | Target] = {}
    name: str = ""
    quantity: str = ""
    quantities: dict[str, str] = {}
    value: str = "$"
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    words: dict[str, float] = {}
    values: tuple[Value, ...] = ()
    vehicle: Vehicle | None = None
    position: Where | None = None
    time: Literal["payload", "received", ""] = ""
    time_path: str = ""
    time_format: TimeFormat = "iso"
    qos: Literal[0, 1, 2] = 0
    publish: bool = False


class FeedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. ``declared_delay_s`` is how late its messages are known to be."""

    topics: tuple[Topic, ...]
    provenance: Literal["live", "simulated", "replayed", "exercise"] = "live"
    declared_delay_s: float = 0.0
    broker: Login | None = None
