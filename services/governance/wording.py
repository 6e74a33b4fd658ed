"""Measurements in words: the gravest reading of a case, for captions and tables."""

from __future__ import annotations

from collections.abc import Sequence

from services.facts.evidence import Evidence
from services.governance.case import Case
from services.governance.scene_load import fill
from services.governance.scenes import Scene, falls
from twin.core.text import Name, Text
from twin.state.conditions import CrowdCondition, SensorCondition, WarningCondition

SHOWN: dict[str, tuple[str, float, int]] = {
    "Pa": ("kPa", 0.001, 0),
    "/": ("%", 100.0, 0),
    "m": ("m", 1.0, 2),
    "deg": ("°", 1.0, 0),
    "Cel": ("°C", 1.0, 0),
    "ug/m3": ("µg/m³", 1.0, 0),
    "/100": ("%", 1.0, 0),
    "count": ("", 1.0, 0),
    "level": ("", 1.0, 0),
}
"""How a unit is shown: symbol, factor, decimals."""


def shown(value: float | None, unit: str) -> str:
    """``0.32 m``, ``140 kPa``; an empty string where nothing was measured."""
    if value is None:
        return ""
    symbol, factor, decimals = SHOWN.get(unit, (unit, 1.0, 1))
    gap = "" if symbol in ("%", "°") else " "
    return f"{value * factor:.{decimals}f}{gap}{symbol}".rstrip()


def measured(scene: Scene, evidence: Sequence[Evidence], where: Name) -> Name:
    """The scene's caption with the place and the gravest reading of its first measuring signal; where nothing was
    measured, the scene and the place alone."""
    for signal in scene.signals:
        condition = signal.condition
        values = [entry.value for entry in evidence if entry.condition == condition.id and entry.value is not None]
        if values and isinstance(condition, SensorCondition | CrowdCondition | WarningCondition):
            value = min(values) if falls(signal) else max(values)
            return fill(scene.caption, where, shown(value, signal.unit))
    if "{value}" not in scene.caption.en:
        return fill(scene.caption, where, "")
    return Name(f"{scene.name.en}, {where.en}", f"{where.zh}：{scene.name.zh}")


def proven(case: Case, scene: Scene) -> Text | None:
    """What the sensors showed when a case was closed; None where no threshold was tested."""
    for proof in case.readings:
        signal = scene.signal(proof.condition)
        held = proof.why.args.get("held")
        if proof.state != "calm" or held is None or signal is None or not isinstance(signal.condition, SensorCondition):
            continue
        args: dict[str, str | int | float | Text | Name] = {
            "scene": scene.name, "place": case.where, "device": proof.subject, "held": held,
            "value": shown(proof.value, proof.unit), "clear": shown(signal.condition.clear, proof.unit),
        }  # fmt: skip
        if signal.condition.op == ">":
            return Text("{scene}, {place}: closed. Gauge {device} reads {value}, below {clear} for {held} s", args)
        return Text("{scene}, {place}: closed. Gauge {device} reads {value}, above {clear} for {held} s", args)
    return None


_CREW_WORDS = {
    "expired": Text("the order came too late"),
    "busy": Text("on another order"),
    "broken_down": Text("broken down"),
    "unfit": Text("no crew fit for duty"),
    "stuck": Text("stuck on the way"),
    "no_way": Text("no way through"),
    "cannot_begin": Text("cannot begin: others must be done first"),
    "false_alarm": Text("a false alarm: nobody is in need"),
}


def crew_words(note: str) -> Text | None:
    """What a crew's code says; None for a note in its own words."""
    return _CREW_WORDS.get(note)
