"""What may be concluded of virtual presence, in plain words: what it eases, what it does not, and what would change
that."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.evaluation.adoption_findings import OF, AdoptionFindings, Point, Swept
from services.evaluation.measures import Measure, Measures
from services.evaluation.statistics import FEWEST_PAIRS, SAME
from services.evaluation.wording import amount, number, unit_of_difference
from twin.core.text import Name, Text

_VIRTUAL, _NONE = OF
_LITTLE = 0.01  # of all vehicle-hours lost: too little to ease
_HARDLY = 0.10  # of a wait


class AdoptionVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """``headline`` rests on the primary measures at the greatest share; ``words`` has a sentence for each of them;
    ``not_eased`` says plainly what stays; ``would_change`` what turns a primary measure."""

    headline: Text
    words: dict[str, Text]
    not_eased: tuple[Text, ...]
    would_change: tuple[Text, ...]


def judge(measures: Measures, found: AdoptionFindings) -> AdoptionVerdict:
    """By whether the interval of the paired difference at the greatest share holds 0."""
    return AdoptionVerdict(
        headline=_headline(measures, found),
        words={one.id: _sentence(one, found) for one in measures.primaries},
        not_eased=tuple(_not_eased(found)),
        would_change=tuple(_would_change(measures, found)),
    )


def percent(part: float | None, signed: bool = True) -> str:
    """``−11.2``; a dash where there is none."""
    return number(None if part is None else 100.0 * part, signed)


def whole(share: float) -> str:
    """A share that somebody wrote down, in per cent: ``80``."""
    return f"{100.0 * share:g}"


def _headline(measures: Measures, found: AdoptionFindings) -> Text:
    ends = [found.curves[id][-1] for id in measures.primary]
    if len(found.seeds) < FEWEST_PAIRS:
        return Text(
            "Nothing can be concluded from {seeds} seeds; it takes at least {fewest}.",
            {"seeds": len(found.seeds), "fewest": FEWEST_PAIRS},
        )
    args: dict[str, str | int | float | Text | Name] = {
        "share": whole(found.shares[-1]), "total": len(ends),
        "eased": sum(end.difference.better == _VIRTUAL for end in ends),
        "harder": sum(end.difference.better == _NONE for end in ends),
    }  # fmt: skip
    if args["eased"] == 0:
        return Text("Presence in virtual places does not ease this city: no primary measure is better for it.", args)
    if args["harder"] == 0:
        return Text(
            "Presence in virtual places eases this city: with {share} % of suitable activities done virtually, {eased} "
            "of {total} primary measures are better and none is worse.",
            args,
        )
    return Text(
        "Presence in virtual places eases part of this city: with {share} % of suitable activities done virtually, "
        "{eased} of {total} primary measures are better and {harder} worse.",
        args,
    )


def _sentence(measure: Measure, found: AdoptionFindings) -> Text:
    first, last = found.curves[measure.id][0], found.curves[measure.id][-1]
    if first.value.mean is None or last.difference.mean is None:
        return Text("{measure}: nothing to measure.", {"measure": measure.name})
    change = last.difference
    args: dict[str, str | int | float | Text | Name] = {
        "measure": measure.name, "before": amount(measure, first.value.mean), "after": amount(measure, last.value.mean),
        "unit": _behind(unit_of_difference(measure)), "part": percent(last.part),
        "low": amount(measure, change.low, signed=True), "high": amount(measure, change.high, signed=True),
    }  # fmt: skip
    if change.better == SAME:
        return Text("{measure}: {before}{unit} either way.", args)
    if change.better not in OF:
        return Text("{measure}: {before} → {after}{unit}, which may be chance ({low} to {high}).", args)
    return Text("{measure}: {before} → {after}{unit} ({part} %; 95 % interval of the change {low} to {high}).", args)


def _behind(unit: Text) -> Text:
    """A unit with the blank before it; nothing for a plain number."""
    return Text(" {unit}", {"unit": unit}) if unit.msgid else unit


def _mean(found: AdoptionFindings, id: str, place: int = -1) -> float:
    """0 where there is nothing to measure."""
    return found.curves[id][place].value.mean or 0.0


def _not_eased(found: AdoptionFindings) -> Iterator[Text]:
    trips, commuting = found.curves["trips_per_person"][-1], found.curves["commute_trips_per_person"][-1]
    if trips.part is not None and commuting.part is not None:
        yield Text(
            "The city does not end: {trips} % of all ways and {commuting} % of commuting ways are still made, since "
            "only {all} % of what people do outside their homes is done virtually even then.",
            {
                "trips": percent(1.0 + trips.part, False), "commuting": percent(1.0 + commuting.part, False),
                "all": percent(_mean(found, "of_all_activities_share"), False),
            },
        )  # fmt: skip
    lost, spent = _mean(found, "lost_vehicle_h", 0), _mean(found, "vehicle_h", 0)
    if spent and lost < _LITTLE * spent:
        yield Text(
            "Congestion at this city's own load: of {spent} vehicle-hours a day only {lost} are lost to others on the "
            "road, so there is next to nothing to ease. What is said of a busy city holds for roads that are full.",
            {"spent": number(spent), "lost": number(lost)},
        )  # fmt: skip
    yield from _waits(found)
    before, after = _mean(found, "no_contact_share", 0), _mean(found, "no_contact_share")
    if after > before:
        yield Text(
            "Loneliness: residents who meet nobody outside their household on a day rise from {before} to {after} %.",
            {"before": percent(before, False), "after": percent(after, False)},
        )
    yield Text(
        "Those left out: {share} % of the residents with something suitable to do have no phone of their own or a "
        "disability that keeps them from virtual places. They do everything as before.",
        {"share": percent(_mean(found, "excluded_share"), False)},
    )
    yield from _filled_again(found)


def _waits(found: AdoptionFindings) -> Iterator[Text]:
    fewer = found.curves["fewer_counters_wait_min"][-1]
    if fewer.part is not None and fewer.part > -_HARDLY:
        yield Text(
            "Waits, where the hall closes counters as visits become fewer: {after} min instead of {before}; those who "
            "cannot go virtual wait {excluded} min. Shorter waits come from keeping the counters open.",
            {
                "before": number(_mean(found, "fewer_counters_wait_min", 0)),
                "after": number(_mean(found, "fewer_counters_wait_min")),
                "excluded": number(_mean(found, "fewer_counters_excluded_wait_min")),
            },
        )  # fmt: skip


def _filled_again(found: AdoptionFindings) -> Iterator[Text]:
    further, fewer = _mean(found, "further_trips_per_person"), found.curves["trips_per_person"][-1].difference.mean
    saved = further - (fewer or 0.0)
    if saved > 0.0 and further > 0.0:
        yield Text(
            "Of every 100 ways that virtual presence saves, {further} come back as further ways in the time saved, "
            "and vans drive {vans} km for every 100 km that residents drive less.",
            {
                "further": number(100.0 * further / saved),
                "vans": number(100.0 * _mean(found, "van_km_per_person") / _less_km(found)) if _less_km(found) else "–",
            },
        )  # fmt: skip


def _less_km(found: AdoptionFindings) -> float:
    return -(found.curves["car_km_per_person"][-1].difference.mean or 0.0)


def _would_change(measures: Measures, found: AdoptionFindings) -> Iterator[Text]:
    if not found.sensitivity:
        yield Text("Nothing was tried that could change it: only the shares were run.")
        return
    assumed, *others = found.sensitivity
    if assumed.points[measures.primary[0]].difference.pairs < FEWEST_PAIRS:
        yield Text("Too few seeds were swept to say what would change it.")
        return
    turned = False
    for one in others:
        for measure in measures.primaries:
            as_assumed, now = assumed.points[measure.id], one.points[measure.id]
            if now.difference.better != as_assumed.difference.better:
                turned = True
                yield _turn(measure, one, as_assumed, now)
    if not turned:
        yield Text(
            "Nothing that was tried turns a primary measure at {share} %: {tried} changes of assumptions, the worst of "
            "them together among them. They change how much, as the table says.",
            {"share": whole(assumed.at), "tried": len(others)},
        )


def _turn(measure: Measure, one: Swept, as_assumed: Point, now: Point) -> Text:
    return Text(
        "With {factors}, “{measure}” changes by {now} % instead of {assumed} %, which says something else.",
        {
            "factors": factors(one.factors), "measure": measure.name, "now": percent(now.part),
            "assumed": percent(as_assumed.part),
        },
    )  # fmt: skip


NAMES = {
    "suitable": Text("what is suitable"),
    "rebound": Text("time saved spent on further ways"),
    "induced": Text("others who fill the roads again"),
    "capacity": Text("capacity of roads"),
    "service": Text("time at the counter"),
    "deliveries": Text("van-km a delivery"),
}
"""What a sweep multiplies."""


def factors(by: dict[str, float]) -> Text:
    """``time saved spent on further ways ×2, van-km a delivery ×4``."""
    found: Text | None = None
    for name, factor in by.items():
        one = Text("{assumption} ×{factor}", {"assumption": NAMES[name], "factor": f"{factor:g}"})
        found = one if found is None else Text("{first}, {then}", {"first": found, "then": one})
    return found or Text("as assumed")
