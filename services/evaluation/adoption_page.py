"""The study of virtual presence as one page that needs nothing else, in the style of the other study's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from markupsafe import Markup

from services.evaluation.adoption_findings import OF, AdoptionFindings, Point
from services.evaluation.adoption_settings import AdoptionSettings
from services.evaluation.adoption_verdict import AdoptionVerdict, factors, percent, whole
from services.evaluation.measures import Measure, Measures
from services.evaluation.page import environment
from services.evaluation.plots import BETTER, UNCLEAR, WORSE, Mark, Panel, Plots
from services.evaluation.statistics import RESAMPLES
from services.evaluation.wording import Say, amount, number, plain, span
from twin.city.habits import OCCUPATIONS
from twin.core.text import Name, Text

_COLOURS = {OF[0]: BETTER, OF[1]: WORSE}
_CLASSES = {OF[0]: "better", OF[1]: "worse"}


class AdoptionReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that page and JSON tell; ``digest`` is of code, configuration and city."""

    settings: AdoptionSettings
    measures: Measures
    found: AdoptionFindings
    verdict: AdoptionVerdict
    digest: str


def adoption_page(report: AdoptionReport, language: str, say: Say, font: Path) -> str:
    """The whole page in one language (``en`` or ``zh_CN``); ``font`` is what the plot is measured by."""
    found, measures = report.found, report.measures
    return environment(say).get_template("adoption.html").render(
        lang="zh-CN" if language.startswith("zh") else "en", found=found, verdict=report.verdict, digest=report.digest,
        shares=[whole(share) for share in found.shares],
        measures=[_row(measure, found.curves[measure.id]) for measure in measures.primary_first],
        primaries=len(measures.primary), drawn=Markup(_changes(Plots(font), measures, found, say)),
        swept=_swept(measures, found), assumptions=assumptions(report.settings), resamples=RESAMPLES,
        counts=[
            (name, [plain(round(by_share[name], 2)) for by_share in found.counts]) for name in sorted(found.counts[0])
        ],
    )  # fmt: skip


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    measure: Measure
    cells: tuple[tuple[str, str, str, str], ...]  # value, change, its interval, class


def _row(measure: Measure, curve: Sequence[Point]) -> _Row:
    return _Row(measure=measure, cells=tuple(_cell(measure, place, point) for place, point in enumerate(curve)))


def _cell(measure: Measure, place: int, point: Point) -> tuple[str, str, str, str]:
    value, change = point.value, point.difference
    if place == 0 or change.mean is None:
        return amount(measure, value.mean), "", span(measure, value.low, value.high), ""
    by, within = amount(measure, change.mean, signed=True), span(measure, change.low, change.high, signed=True)
    return amount(measure, value.mean), by, within, _CLASSES.get(change.better, "unclear")


def _changes(plots: Plots, measures: Measures, found: AdoptionFindings, say: Say) -> str:
    """Each primary measure at each share: its change against none, in per cent of what it is then."""
    labels, marks = [], []
    for measure in measures.primaries:
        base = found.curves[measure.id][0].value.mean
        for share, point in list(zip(found.shares, found.curves[measure.id], strict=True))[1:]:
            labels.append(f"{say(measure.name)} · {whole(share)} %")
            marks.append(_mark(point, base))
    axis = say(Text("change against nothing done virtually, %"))
    return plots.intervals("adoption", labels, [Panel(title="", axis=axis, marks=marks)])


def _mark(point: Point, base: float | None) -> Mark:
    change = point.difference
    if not base or change.mean is None:
        return Mark(middle=None)
    low, middle, high = (None if end is None else 100.0 * end / base for end in (change.low, change.mean, change.high))
    return Mark(
        middle=middle, low=low, high=high, colour=_COLOURS.get(change.better, UNCLEAR), note=number(middle, signed=True)
    )  # fmt: skip


def _swept(measures: Measures, found: AdoptionFindings) -> dict[str, object] | None:
    """What was multiplied, and each primary measure's change in per cent then, as assumed first."""
    if not found.sensitivity:
        return None
    at = found.sensitivity[0].at
    rows = [
        (factors(one.factors), [_part(one.points[id]) for id in measures.primary]) for one in found.sensitivity
    ]  # fmt: skip
    return {
        "at": whole(at), "names": [measure.name for measure in measures.primaries], "rows": rows,
        "seeds": found.sensitivity[0].points[measures.primary[0]].difference.pairs,
    }  # fmt: skip


def _part(point: Point) -> tuple[str, str]:
    return percent(point.part), _CLASSES.get(point.difference.better, "unclear")


def assumptions(settings: AdoptionSettings) -> list[tuple[Text, Text | str, Text]]:
    """What was assumed, its value, and where that comes from."""
    nowhere, kinds, roads = Text("assumed"), settings.suitable.kinds, settings.roads
    vans, (low, high) = settings.deliveries, settings.counters.service_min
    return [
        (Text("Work that can be done from afar"), _listed(
            [(job.name, _percent(settings.suitable.work[job.name.en])) for job in OCCUPATIONS]
        ), Text(
            "assumed by occupation; together below the 37 % of jobs in the United States (Dingel and Neiman 2020)"
        )),
        (Text("Errands at the hall that can be done virtually"), _percent(kinds["counter"]), Text(
            "Shanghai reported more than 70 % of its services online (2021)"
        )),
        (Text("Other activities that can be done virtually"), _listed(
            [(_WORDS[kind], _percent(share)) for kind, share in kinds.items() if kind != "counter"]
        ), nowhere),
        (Text("Who never does"), _listed([(_WORDS[name], "") for name in settings.able.without]), Text(
            "assumed: these disabilities, and whoever has no phone of their own (config/population.toml)"
        )),
        (Text("Time saved that goes into further ways"), _percent(settings.rebound.share), Text(
            "assumed, swept; a model study of the Paris region loses 62 to 68 % of the distance saved in the long run"
        )),
        (Text("Deliveries by van"), f"{_percent(vans.by_van)}, {plain(vans.van_km)} km", Text("assumed, swept")),
        (Text("Volume and delay"), f"α {plain(roads.alpha)}, β {plain(roads.beta)}", Text(
            "Bureau of Public Roads, Traffic Assignment Manual, 1964"
        )),
        (Text("Capacity, vehicles an hour and lane"), _listed(
            [(_WORDS[name], plain(each)) for name, each in roads.capacity.items()]
        ), Text("assumed, swept; of the order of regional models")),
        (Text("A busy city"), f"×{plain(roads.busy)}", Text(
            "assumed: all traffic multiplied until the roads are full"
        )),
        (Text("Others who fill freed roads"), _percent(roads.induced), Text(
            "assumed; left out of the main runs, swept"
        )),
        (Text("Residents to a counter"), plain(settings.counters.residents_each), nowhere),
        (Text("Opening hours"), f"{plain(settings.counters.opens_h)}–{plain(settings.counters.closes_h)} h", nowhere),
        (Text("Time at the counter"), f"{plain(low)}–{plain(high)} min", Text("assumed, swept")),
        (Text("Shared time that counts as meeting"), f"{plain(settings.contacts.least_min)} min", nowhere),
        (Text("People in a room"), _listed(
            [(_WORDS[kind], str(each)) for kind, each in settings.contacts.room.items()]
        ), nowhere),
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{whole(share)} %"


def _listed(items: Sequence[tuple[Text | Name, str]]) -> Text:
    """``teacher 5 %; nurse 5 %``."""
    found = Text("")
    for place, (name, value) in enumerate(items):
        one = Text("{name} {value}", {"name": name, "value": value}) if value else Text("{name}", {"name": name})
        found = Text("{first}; {then}", {"first": found, "then": one}) if place else one
    return found


_WORDS = {
    "work": Text("work"), "lunch": Text("lunch"), "school": Text("school"), "study": Text("classes of grown-ups"),
    "shopping": Text("shopping"), "leisure": Text("leisure"), "counter": Text("errand at the hall"),
    "library": Text("library"), "care": Text("follow-up at the hospital"), "visit": Text("visit to friends"),
    "sight": Text("sight"), "hearing": Text("hearing"), "walking": Text("walking"), "memory": Text("memory"),
    "motorway": Text("motorway"), "trunk": Text("trunk road"), "primary": Text("primary road"),
    "secondary": Text("secondary road"), "tertiary": Text("tertiary road"), "residential": Text("residential street"),
    "service": Text("service road"),
}  # fmt: skip
"""What the settings' keys are called."""
