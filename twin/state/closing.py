"""Closing tests: whether a signal has been calm for long enough, and nobody guesses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.words import Doubt, Freshness
from twin.state.conditions import (
    BrakingCondition,
    Calm,
    CountCondition,
    CrowdCondition,
    DenmCondition,
    Evidence,
    PatrolCondition,
    ReportCondition,
    SensorCondition,
    SilenceCondition,
    SlowCondition,
    StoppedCondition,
    WarningCondition,
)
from twin.state.sensors import SensorTable
from twin.state.signals import Signals

Args = dict[str, str | int | float | Text | Name]

_WORST_FIRST = ("not_calm", "undecided", "holding", "calm")


class ClosingTests:
    """Asks signal memory and belief; changes nothing. Stale, silenced or doubted data is undecided, never calm."""

    def __init__(self, city: City, sensors: SensorTable, signals: Signals) -> None:
        self._city = city
        self._sensors = sensors
        self._signals = signals

    def calm(self, condition_id: str, subjects: str | Sequence[str], hold_s: float, now_ms: int) -> Calm:
        """The answer for one subject, or the worst over several (each must pass by itself)."""
        several = (subjects,) if isinstance(subjects, str) else tuple(subjects)
        if not several:
            return Calm(state="undecided", reason=Text("nothing to look at"))
        answers = [self._one(condition_id, subject, round(hold_s * 1000), now_ms) for subject in several]
        worst = min(answers, key=lambda answer: _WORST_FIRST.index(answer.state))
        return Calm(
            state=worst.state,
            reason=worst.reason,
            readings=tuple(reading for answer in answers for reading in answer.readings),
            since_ms=max(answer.since_ms for answer in answers),
        )

    def evidence(self, device: int, now_ms: int) -> tuple[Evidence, ...]:
        """All readings of a device, in the order of its kind."""
        sensors = self._sensors
        slots = np.array(list(sensors.slot_of[device].values()), np.int32)
        freshness = sensors.freshness(now_ms, slots).tolist()
        return tuple(self._evidence(slot, fresh) for slot, fresh in zip(slots.tolist(), freshness, strict=True))

    def _evidence(self, slot: int, freshness: int) -> Evidence:
        sensors = self._sensors
        return Evidence(
            device=self._city.devices[int(sensors.device[slot])].id,
            quantity=sensors.quantity[slot],
            value=float(sensors.value[slot]),
            unit=sensors.unit[slot],
            observed_ms=int(sensors.observed_ms[slot]),
            freshness=freshness,
            doubt=int(sensors.doubt[slot]),
            provenance=int(sensors.provenance[slot]),
        )

    def _one(self, condition_id: str, subject: str, hold_ms: int, now_ms: int) -> Calm:
        condition = self._signals.of.get(condition_id)
        if condition is not None and self._signals.rests(condition_id):
            return Calm(state="undecided", reason=Text("the scene rests: outside its time nothing is measured"))
        match condition:
            case SensorCondition():
                return self._sensor(condition, subject, hold_ms, now_ms)
            case SilenceCondition():
                return self._silence(condition, subject, hold_ms, now_ms)
            case DenmCondition():
                return self._warning(subject, hold_ms, now_ms)
            case StoppedCondition():
                return self._standing(condition, subject, hold_ms, now_ms)
            case BrakingCondition():
                return self._braking(condition, subject, hold_ms, now_ms)
            case SlowCondition():
                return self._slow(condition, subject, hold_ms, now_ms)
            case CrowdCondition():
                return self._crowd(condition, subject, hold_ms, now_ms)
            case WarningCondition():
                return self._weather(condition, hold_ms, now_ms)
            case PatrolCondition():
                return self._finding(subject, hold_ms, now_ms)
            case CountCondition():
                return self._count(condition, subject, hold_ms, now_ms)
            case ReportCondition():
                return Calm(state="undecided", reason=Text("a report is not measured; somebody must look"))
            case _:
                gone = Text("{condition} is no longer watched", {"condition": condition_id})
                return Calm(state="undecided", reason=gone)

    def _sensor(self, condition: SensorCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        pair = self._signals.thresholds.pair_of.get((condition.id, subject))
        if pair is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", {"device": subject}))
        memory = self._signals.thresholds
        slot = int(memory.slot[pair])
        fresh = int(self._sensors.freshness(now_ms, np.array([slot], np.int32))[0])
        reading = self._evidence(slot, fresh)
        readings = (reading,)
        args: Args = {"device": subject, "value": round(reading.value, 3)}
        args |= {"unit": reading.unit, "clear": condition.clear}
        doubtful = _doubtful(subject, reading)
        if doubtful is not None:
            return Calm(state="undecided", reason=doubtful, readings=readings)
        if not memory.applies(pair, now_ms):
            return Calm(state="undecided", reason=Text("{device} cannot show it now", args), readings=readings)
        since = int(memory.calm_ms[pair])
        if since < 0:
            return Calm(state="not_calm", reason=Text("{device} reads {value} {unit}", args), readings=readings)
        return self._held(since, hold_ms, now_ms - int(self._sensors.delay_ms[slot]), args, readings)

    @staticmethod
    def _held(
        since_ms: int,
        hold_ms: int,
        now_ms: int,
        args: Args,
        readings: tuple[Evidence, ...] = (),
    ) -> Calm:
        args = args | {"held": (now_ms - since_ms) // 1000, "hold": hold_ms // 1000}
        if now_ms - since_ms >= hold_ms:
            reason = Text("{device} has been calm for {held} s", args)
            return Calm(state="calm", reason=reason, readings=readings, since_ms=since_ms)
        reason = Text("{device} has been calm for {held} s of {hold} s", args)
        return Calm(state="holding", reason=reason, readings=readings, since_ms=since_ms)

    def _silence(self, condition: SilenceCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        pair = self._signals.silences.pair_of.get((condition.id, subject))
        if pair is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", {"device": subject}))
        since = int(self._signals.silences.fresh_ms[pair])
        readings = self.evidence(self._sensors.device_of[subject], now_ms)
        if since < 0 or readings[0].freshness != Freshness.FRESH:
            return Calm(state="not_calm", reason=Text("{device} is not heard", {"device": subject}), readings=readings)
        return self._held(since, hold_ms, now_ms, {"device": subject}, readings)

    def _warning(self, subject: str, hold_ms: int, now_ms: int) -> Calm:
        heard = self._signals.warnings.known.get(subject)
        args: Args = {"device": subject}
        if heard is None or heard.ended == "ran_out":
            return Calm(
                state="undecided", reason=Text("the warning {device} ran out; nobody said that it is over", args)
            )
        if not heard.ended:
            return Calm(state="not_calm", reason=Text("the warning {device} lasts", args))
        return self._held(heard.ended_ms, hold_ms, now_ms, args)

    def _standing(self, condition: StoppedCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        edge = int(subject.partition(":")[2])
        args: Args = {"device": subject}
        if (condition.id, edge) in self._signals.standing.active:
            return Calm(state="not_calm", reason=Text("vehicles stand on {device}", args))
        since = int(self._signals.standing.passing_ms[edge])
        if since < 0:
            return Calm(state="undecided", reason=Text("no vehicle has been seen to pass {device}", args))
        return self._held(since, hold_ms, now_ms, args)

    def _braking(self, condition: BrakingCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        key, args = (condition.id, int(subject.partition(":")[2])), Args(device=subject)
        if key in self._signals.braking.active:
            return Calm(state="not_calm", reason=Text("vehicles brake hard on {device}", args))
        ended_ms, how = self._signals.braking.over.get(key, (-1, ""))
        if how != "passed":
            return Calm(state="undecided", reason=Text("no vehicle has been seen to pass {device}", args))
        return self._held(ended_ms, hold_ms, now_ms, args)

    def _slow(self, condition: SlowCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        roads, args = self._signals.congestion, Args(device=subject.partition(":")[2])
        pair = roads.dwell.pair_of.get((condition.id, subject))
        if pair is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", args))
        if not roads.in_hours(condition, now_ms):
            return Calm(state="undecided", reason=Text("outside the hours in which {device} is watched", args))
        if not roads.known[pair]:
            return Calm(state="undecided", reason=Text("no vehicle was heard around {device}", args))
        since = int(roads.dwell.calm_ms[pair])
        if since < 0:
            args["share"] = round(float(roads.share[pair]) * 100)
            return Calm(state="not_calm", reason=Text("traffic around {device} moves at {share} % of free flow", args))
        return self._held(since, hold_ms, now_ms, args)

    def _crowd(self, condition: CrowdCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        crowds, args = self._signals.crowds, Args(device=subject.partition(":")[2])
        pair = crowds.dwell.pair_of.get((condition.id, subject))
        if pair is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", args))
        args["coverage"] = round(float(crowds.coverage[pair]) * 100)
        if crowds.coverage[pair] < condition.least_coverage:
            return Calm(state="undecided", reason=Text("only {coverage} % of {device} is covered", args))
        since = int(crowds.dwell.calm_ms[pair])
        if since < 0:
            args["people"] = round(float(crowds.people[pair]))
            return Calm(state="not_calm", reason=Text("about {people} people at {device}", args))
        return self._held(since, hold_ms, now_ms, args)

    def _weather(self, condition: WarningCondition, hold_ms: int, now_ms: int) -> Calm:
        weather = self._signals.weather
        warned, over_ms = weather.warned(condition), weather.over_since_ms(condition)
        if warned is not None:
            args = Args(device=warned.warning.warning_id)
            return Calm(state="not_calm", reason=Text("the warning {device} lasts", args))
        if over_ms < 0:
            return Calm(state="undecided", reason=Text("nothing was heard of the weather service"))
        return self._held(over_ms, hold_ms, now_ms, Args(device=Text("the weather")))

    def _finding(self, subject: str, hold_ms: int, now_ms: int) -> Calm:
        gone_ms = self._signals.reports.gone_ms.get(subject)
        if gone_ms is None:
            return Calm(state="undecided", reason=Text("a finding is not measured; somebody must look"))
        return self._held(gone_ms, hold_ms, now_ms, Args(device=subject))

    def _count(self, condition: CountCondition, subject: str, hold_ms: int, now_ms: int) -> Calm:
        key, args = (condition.id, subject), Args(device=subject)
        if key in self._signals.counting.active:
            return Calm(state="not_calm", reason=Text("too many signals near {device} still hold", args))
        over_ms = self._signals.counting.over_ms.get(key)
        if over_ms is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", args))
        return self._held(over_ms, hold_ms, now_ms, args)


def _doubtful(device: str, reading: Evidence) -> Text | None:
    """Why a reading decides nothing; None where it may be trusted."""
    words = {
        Freshness.STALE: Text("{device} is stale", {"device": device}),
        Freshness.SILENT: Text("{device} is silent: its gateway is gone", {"device": device}),
        Freshness.UNKNOWN: Text("{device} was never heard", {"device": device}),
    }
    if reading.freshness != Freshness.FRESH:
        return words[Freshness(reading.freshness)]
    if reading.doubt & Doubt.JUMP:
        return Text("{device} jumped; its next reading will tell", {"device": device})
    if reading.doubt & Doubt.SKEWED:
        return Text("the clock of {device} is wrong", {"device": device})
    if reading.doubt & Doubt.BATTERY:
        return Text("the battery of {device} is nearly empty", {"device": device})
    return None
