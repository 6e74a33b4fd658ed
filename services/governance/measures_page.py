"""The page of measures: the city's as bars with their fractions, then tables by scene, department, post and area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.facts.posts import POST_TEXT
from services.governance.cases import CaseDesk
from services.governance.measures import MEASURES, By, Figure, Group, Measure
from services.governance.measures_settings import MeasureSettings
from twin.core.text import Name, Text
from twin.core.views import Card, Meter, Meters, Section, Table

MEASURE_TEXT: dict[str, Text] = {
    "closing": Text("Closing rate"),
    "on_time_closing": Text("On-time closing rate"),
    "urgent_closing": Text("Urgent closing rate"),
    "urgent_on_time_closing": Text("Urgent on-time closing rate"),
    "handling": Text("Handling rate"),
    "on_time_handling": Text("On-time handling rate"),
    "rework": Text("Rework rate"),
    "on_time_filing": Text("On-time filing rate"),
    "on_time_dispatch": Text("On-time dispatch rate"),
    "accurate_dispatch": Text("Accurate dispatch rate"),
    "returned": Text("Return rate"),
    "passed_check": Text("First-check pass rate"),
    "came_back": Text("Recurrence rate"),
    "clerical": Text("Clerical closing rate"),
    "resident_verified": Text("Resident-verified rate"),
    "response_12345": Text("12345 response rate"),
    "resolution_12345": Text("12345 resolution rate"),
    "satisfaction_12345": Text("12345 satisfaction rate"),
    "false_alarms": Text("False-alarm rate"),
    "detection_delay": Text("Minutes to notice"),
    "limbo": Text("Minutes in limbo"),
    "hops": Text("Hand-overs a case"),
    "refusals": Text("Refusals a case"),
}

COUNT_TEXT: dict[str, Text] = {
    "opened": Text("opened"),
    "open": Text("still open"),
    "closed_verified": Text("closed, proved by sensors"),
    "closed_checked": Text("closed, checked by a collector"),
    "closed_untested": Text("closed, untested"),
    "not_accepted": Text("not accepted"),
    "nothing_found": Text("of these a collector found nothing"),
    "merged": Text("merged"),
    "split_off": Text("split off"),
    "again": Text("the same spot again"),
    "reopened": Text("reopened"),
    "deferred": Text("extended"),
    "suspended": Text("suspended"),
    "exempt": Text("exempt after an appeal"),
    "supervised": Text("supervised"),
    "asked": Text("residents asked"),
    "reached": Text("residents reached"),
}

TITLE: dict[By, Text] = {
    "scene": Text("By scene"),
    "department": Text("By department"),
    "post": Text("By post"),
    "area": Text("By district and subdistrict"),
}

COLUMNS: dict[By, tuple[str, ...]] = {
    "scene": (
        "on_time_closing",
        "rework",
        "came_back",
        "resident_verified",
        "false_alarms",
        "detection_delay",
        "limbo",
    ),
    "department": ("on_time_closing", "on_time_handling", "rework", "returned", "came_back", "refusals", "limbo"),
    "area": ("closing", "on_time_closing", "urgent_on_time_closing", "rework", "came_back", "resident_verified"),
}

ALSO = (("measures", "services", Text("Public services")), ("measures", "fairness", Text("Fairness")))
"""Pages of the service hall that stand beside."""

_HUNDRED = 100.0


def shown(measure: Measure, figure: Figure | None) -> str:
    """``97.4 %``, ``3.2``; a dash where there is nothing to measure."""
    value = None if figure is None else figure.value
    if value is None:
        return "–"
    return f"{value * _HUNDRED:.1f} %" if measure.unit == "share" else f"{value:.1f}"


def fraction(figure: Figure | None) -> str:
    """``37/38``."""
    return "–" if figure is None or not figure.denominator else f"{figure.numerator:g}/{figure.denominator:g}"


def page_of(groups: Mapping[By, Sequence[Group]], settings: MeasureSettings, cases: CaseDesk) -> Card:
    """One page for the whole city."""
    city = groups["city"][0] if groups["city"] else Group("")
    sections: list[Section] = [
        Meters(
            title=Text("The city"), meters=tuple(_meter(one, city.figures.get(one.id), settings) for one in MEASURES)
        ),
        _counts(city),
    ]
    sections += [_table(by, groups[by], cases) for by in ("scene", "department", "area")]
    sections.append(_posts(groups["post"], settings))
    return Card(
        kind="measures", id="", rev=0, title=Text("Measures"), icon="measures", sections=tuple(sections), pages=ALSO
    )


def _meter(one: Measure, figure: Figure | None, settings: MeasureSettings) -> Meter:
    value = None if figure is None else figure.value
    target = settings.targets.get(one.id)
    good = None
    if value is not None and target is not None:
        good = value >= target if one.better == "high" else value <= target
    share = None if value is None or one.unit != "share" else value
    return Meter(
        name=MEASURE_TEXT[one.id], share=share, shown=shown(one, figure), of=_of(one, figure), target=target, good=good
    )


def _of(one: Measure, figure: Figure | None) -> Text | None:
    """The fraction behind it, and how the reference reads it where it takes deferred cases out."""
    if figure is None or not figure.denominator:
        return None
    count = round(figure.denominator)
    if one.unit != "share":
        return Text("mean of {count}", {"count": count})
    args: dict[str, str | int | float | Text | Name] = {"part": round(figure.numerator), "count": count}
    if one.book is None or not figure.book_denominator:
        return Text("{part} of {count}", args)
    args |= {"book_part": round(figure.book_numerator), "book_count": round(figure.book_denominator)}
    return Text("{part} of {count}; by the books {book_part} of {book_count}", args)


def _counts(city: Group) -> Table:
    rows = tuple((text, city.counts.get(name, 0)) for name, text in COUNT_TEXT.items())
    return Table(title=Text("What stays visible beside"), columns=(Text("Cases"), Text("Number")), rows=rows)


def _table(by: By, groups: Sequence[Group], cases: CaseDesk) -> Table:
    measures = {one.id: one for one in MEASURES}
    chosen = COLUMNS[by]
    rows = tuple(
        (
            _name(by, group.key, cases),
            group.counts.get("opened", 0),
            *(_cell(measures[one], group.figures.get(one)) for one in chosen),
        )
        for group in groups
    )
    columns = (Text("Who or where"), Text("opened"), *(MEASURE_TEXT[one] for one in chosen))
    return Table(title=TITLE[by], columns=columns, rows=rows)


def _cell(one: Measure, figure: Figure | None) -> str:
    return fraction(figure) if one.unit == "share" else shown(one, figure)


def _posts(groups: Sequence[Group], settings: MeasureSettings) -> Table:
    """One row a post and measure that it answers for."""
    rows = tuple(
        (
            POST_TEXT.get(group.key, Text("{post}", {"post": group.key})),
            MEASURE_TEXT[one.id],
            shown(one, figure),
            fraction(figure) if one.unit == "share" else None,
            _target(settings.targets.get(one.id)),
        )
        for group in groups
        for one in MEASURES
        if (figure := group.figures.get(one.id)) is not None and figure.denominator
    )
    columns = (Text("Post"), Text("Measure"), Text("Value"), Text("Fraction"), Text("Target"))
    return Table(title=TITLE["post"], columns=columns, rows=rows)


def _target(target: float | None) -> str | None:
    return None if target is None else f"{target * _HUNDRED:.0f} %"


def _name(by: By, key: str, cases: CaseDesk) -> Text | Name | str:
    if by == "scene":
        return _scene(key, cases)
    if by == "department":
        return cases.lookup.department_name(key) if key != "–" else Text("never routed")
    level, _, id = key.partition(":")
    meta = cases.lookup.city.meta
    areas = meta.districts if level == "district" else meta.subdistricts
    return next((area.name for area in areas if area.id == id), id)


def _scene(scene: str, cases: CaseDesk) -> Name | str:
    """Its name, or its id where the scene is gone."""
    try:
        return cases.scenes[scene].name
    except KeyError:
        return scene
