"""Units by their SenML names (IANA registry; RFC 8428, RFC 8798) and a few that only plain feeds use.

A secondary unit is a primary one scaled: ``primary = value × scale + offset``.
"""

from __future__ import annotations

from typing import NamedTuple

from twin.formats.refusal import Reason, Refused


class Unit(NamedTuple):
    """``primary = value × scale + offset``; ``secondary`` units need SenML feature 4 (RFC 9100)."""

    primary: str
    scale: float = 1.0
    offset: float = 0.0
    secondary: bool = False


_PRIMARY = (
    "m kg g s A K cd mol Hz rad sr N Pa J W C V F Ohm S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 l m/s m/s2 m3/s l/s W/m2 "
    "cd/m2 bit bit/s lat lon pH dB dBW Bspl count / % %RH %EL EL 1/s 1/min beat/min beats S/m B VA VAs var vars J/m "
    "kg/m3 deg NTU"
)

_SECONDARY: dict[str, tuple[str, float, float]] = {
    "ms": ("s", 1e-3, 0.0),
    "min": ("s", 60.0, 0.0),
    "h": ("s", 3600.0, 0.0),
    "MHz": ("Hz", 1e6, 0.0),
    "kW": ("W", 1e3, 0.0),
    "kVA": ("VA", 1e3, 0.0),
    "kvar": ("var", 1e3, 0.0),
    "Ah": ("C", 3600.0, 0.0),
    "Wh": ("J", 3600.0, 0.0),
    "kWh": ("J", 3.6e6, 0.0),
    "varh": ("vars", 3600.0, 0.0),
    "kvarh": ("vars", 3.6e6, 0.0),
    "kVAh": ("VAs", 3.6e6, 0.0),
    "Wh/km": ("J/m", 3.6, 0.0),
    "KiB": ("B", 1024.0, 0.0),
    "GB": ("B", 1e9, 0.0),
    "Mbit/s": ("bit/s", 1e6, 0.0),
    "B/s": ("bit/s", 8.0, 0.0),
    "MB/s": ("bit/s", 8e6, 0.0),
    "mV": ("V", 1e-3, 0.0),
    "mA": ("A", 1e-3, 0.0),
    "dBm": ("dBW", 1.0, -30.0),
    "ug/m3": ("kg/m3", 1e-9, 0.0),
    "mm/h": ("m/s", 1 / 3.6e6, 0.0),
    "m/h": ("m/s", 1 / 3600, 0.0),
    "ppm": ("/", 1e-6, 0.0),
    "/100": ("/", 1e-2, 0.0),
    "/1000": ("/", 1e-3, 0.0),
    "hPa": ("Pa", 100.0, 0.0),
    "mm": ("m", 1e-3, 0.0),
    "cm": ("m", 1e-2, 0.0),
    "km": ("m", 1e3, 0.0),
    "km/h": ("m/s", 1 / 3.6, 0.0),
}

_PLAIN: dict[str, tuple[str, float, float]] = {
    "K": ("Cel", 1.0, -273.15),
    "degC": ("Cel", 1.0, 0.0),
    "degF": ("Cel", 5 / 9, -160 / 9),
    "kPa": ("Pa", 1e3, 0.0),
    "MPa": ("Pa", 1e6, 0.0),
    "bar": ("Pa", 1e5, 0.0),
    "mbar": ("Pa", 100.0, 0.0),
    "mg/m3": ("kg/m3", 1e-6, 0.0),
    "%": ("/", 1e-2, 0.0),
    "rad": ("deg", 57.295_779_513_082_32, 0.0),
    "g": ("kg", 1e-3, 0.0),
    "l": ("m3", 1e-3, 0.0),
    "l/s": ("m3/s", 1e-3, 0.0),
    "m3/h": ("m3/s", 1 / 3600, 0.0),
    "l/min": ("m3/s", 1 / 60_000, 0.0),
    "1/s": ("1/min", 60.0, 0.0),
    "1/h": ("1/min", 1 / 60, 0.0),
    "dBA": ("dB", 1.0, 0.0),
    "Bspl": ("dB", 10.0, 0.0),
}


def _table() -> dict[str, Unit]:
    table = {name: Unit(name) for name in _PRIMARY.split()}
    table |= {name: Unit(*entry, secondary=True) for name, entry in _SECONDARY.items()}
    for name, entry in _PLAIN.items():
        table[name] = Unit(*entry)
    return table


UNITS = _table()
"""Name → unit. Primary names that measure the same thing (K and Cel, l and m3) share one of them as their base."""


def unit_of(name: str) -> Unit:
    """The unit of a name. Raises :class:`Refused` (unsupported) for one not known."""
    unit = UNITS.get(name)
    if unit is None:
        raise Refused(Reason.UNSUPPORTED, f"unknown unit {name!r}")
    return unit


def factor(given: str, wanted: str) -> tuple[float, float]:
    """(scale, offset) with ``wanted = given × scale + offset``. Raises :class:`Refused` when they measure different
    things or one is not known."""
    if given == wanted:
        return 1.0, 0.0
    source, target = unit_of(given), unit_of(wanted)
    if source.primary != target.primary:
        raise Refused(Reason.UNSUPPORTED, f"unit {given!r} cannot become {wanted!r}")
    return source.scale / target.scale, (source.offset - target.offset) / target.scale


def convert(value: float, given: str, wanted: str) -> float:
    """A value from one unit to another of the same kind; the same unit leaves it untouched."""
    if given == wanted:
        return value
    scale, offset = factor(given, wanted)
    return value * scale + offset


def is_secondary(name: str) -> bool:
    """Whether a SenML pack that uses this unit must say ``bver`` 26."""
    unit = UNITS.get(name)
    return unit is not None and unit.secondary
