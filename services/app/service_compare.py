"""``run.py services compare``: one-stop services beside item-by-item at counters, for the same residents and days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.app.adoption_run import adoption_settings
from services.app.installation import choice, city_directory, config_directory, data_root
from services.collaboration.roster import load_roster
from services.evaluation.service_compare import ALL, BY_HAND, DIGITAL, MEASURES, SINGLE, Found, Row, Town, compare
from services.evaluation.service_settings import Published, ServiceSettings, load_service_settings
from services.evaluation.service_ways import WAYS
from services.evaluation.wording import NOTHING, Say, number
from services.governance.calendar import load_calendar
from services.hall.catalogue import Service, load_services
from twin.city.errand_settings import load_errand_settings
from twin.city.load import load
from twin.city.population_settings import load_population
from twin.city.units import load_departments
from twin.core.errors import ConfigError
from twin.core.text import Name, Text
from twin.render.language import LANGUAGES, Language

WAY_NAMES: dict[str, Text] = {
    "counters": Text("Counters"),
    "combined": Text("Combined"),
    "one_stop": Text("One-stop"),
}
GROUP_NAMES: dict[str, Text] = {
    ALL: Text("Everything asked for"),
    SINGLE: Text("Single items"),
    DIGITAL: Text("Everything, with a digital identity"),
    BY_HAND: Text("Everything, without a digital identity"),
}
assert set(WAY_NAMES) == set(WAYS)

HONEST = (
    Text(
        "* Assumed, not found: materials and questions follow from the catalogue, and so does what goes on side by "
        "side. How often an answer or a document is wrong, and how long an item takes of what is promised, is the "
        "same in every way of serving. “Counters” means one item a trip; “combined”, all that can be asked for on each."
    ),
    Text("Assumed too: whoever has a digital identity asks from home, goes nowhere for it, and waits at no counter."),
    Text(
        "Found by running: how many must come all the same and how often, elapsed time, queues, the work of staff, and "
        "how often it is right first time. They come from the order of items, opening hours, and who is on duty."
    ),
    Text("Not compared: whether people are content, who is left out, and what a reform itself costs."),
)


def compare_services(
    days: int | None = None,
    seeds: int | None = None,
    report: Path | None = None,
    language: str = "en",
    console: Console | None = None,
) -> int:
    """Print the tables, and write the JSON file where one is asked for. Raises :class:`ConfigError`."""
    out = console or Console()
    town, settings = read_town()
    count = settings.seeds if seeds is None else seeds
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("seeds", total=count)
        found = compare(town, settings, count, settings.days if days is None else days, lambda _: bar.advance(task))
    texts = data_root() / "assets" / "text"
    _print(out, Language(texts, language).translate, found, settings, town.services)
    if report is not None:
        report.write_bytes(as_json(found, settings, {code: Language(texts, code).translate for code in LANGUAGES}))
    return 0


def read_town() -> tuple[Town, ServiceSettings]:
    """City, calendar, roster and catalogue as they are configured. Raises :class:`ConfigError`."""
    config, city = config_directory(), load(city_directory(None))
    departments = load_departments(config / "departments.toml")
    services = load_services(config / "services", departments)
    calendar = load_calendar(config / "calendar.toml", city.meta.time_zone)
    asked = load_errand_settings(config / "errands.toml")
    for id in asked.demand:
        if id not in services:
            raise ConfigError(f"{config / 'errands.toml'}: demand.{id}", "there is no such service")
    town = Town(
        city=city, services=services, calendar=calendar,
        roster=load_roster(config / "people.toml", tuple(departments), city.meta.time_zone, calendar.works),
        ways=adoption_settings().ways, population=load_population(config / "population.toml"),
        first_day=choice().start_day, asked=asked,
    )  # fmt: skip
    path = config / "evaluation" / "services.toml"
    return town, load_service_settings(path, services, [measure.id for measure in MEASURES])


def _print(out: Console, say: Say, found: Found, settings: ServiceSettings, services: Mapping[str, Service]) -> None:
    values: dict[str, str | int | float | Text | Name] = {
        "residents": f"{found.residents:,}", "seeds": len(found.seeds), "first": found.days[0], "last": found.days[-1],
        "digital": _percent(found.digital).lstrip("+"),
    }  # fmt: skip
    words = Text("{residents} residents, {seeds} seeds, {first} to {last}; {digital} have a digital identity", values)
    out.print(say(words), highlight=False)
    for name, rows in found.groups.items():
        title = say(GROUP_NAMES[name] if name in GROUP_NAMES else services[name].name)
        count = say(Text("{count} errands", {"count": found.errands[name]}))
        out.print(_table(f"{title} · {count}", rows, say))
    out.print(_beside(found, settings, say, services))
    for line in HONEST:
        out.print(say(line), highlight=False)


def _table(title: str, rows: tuple[Row, ...], say: Say) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, title=title, title_justify="left")
    table.add_column(say(Text("Measure")), no_wrap=True)
    for way in WAYS:
        table.add_column(say(WAY_NAMES[way]), justify="right", no_wrap=True)
    for heading in (Text("Change"), Text("95 % interval")):
        table.add_column(say(heading), justify="right", no_wrap=True)
    names = {measure.id: measure for measure in MEASURES}
    for row in rows:
        measure, change = names[row.measure], row.change
        span = NOTHING
        if change.low is not None and change.high is not None:
            span = f"[{number(change.low, signed=True)}, {number(change.high, signed=True)}]"
        table.add_row(
            say(measure.name) + (" *" if measure.assumed else ""), *(number(row.ways[way].mean) for way in WAYS),
            number(change.mean, signed=True), span.replace("[", r"\["),
        )  # fmt: skip
    return table


def _beside(found: Found, settings: ServiceSettings, say: Say, services: Mapping[str, Service]) -> Table:
    """Published figures and this run's, by the relative change."""
    title = say(Text("Beside published figures"))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for heading in (Text("Published"), Text("Change"), Text("Here"), Text("Change")):
        table.add_column(say(heading), justify="left" if heading.msgid == "Published" else "right", overflow="fold")
    for one in settings.published:
        row = _row(found, one)
        here = f"{number(row.ways['counters'].mean)} → {number(row.ways['one_stop'].mean)}" if row else NOTHING
        table.add_row(say(one.name), _percent(one.relative), here, _percent(row.relative if row else None))
    return table


def _row(found: Found, one: Published) -> Row | None:
    rows = found.groups.get(one.service or ALL, ())
    return next((row for row in rows if row.measure == one.measure), None)


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100.0 * share:+.0f} %".replace("-", "−")


def as_json(found: Found, settings: ServiceSettings, speak: Mapping[str, Callable[[Text | Name], str]]) -> bytes:
    """``{"study", "seeds", "days", "residents", "errands", "digital", "groups": {service: [row, …]}, "measures",
    "published", "honest"}``, with texts in each language of ``speak``; the same run, the same bytes."""

    def said(text: Text | Name) -> dict[str, str]:
        return {language: say(text) for language, say in speak.items()}

    whole = {
        "study": "services", **msgspec.structs.asdict(found),
        "ways": {way: said(name) for way, name in WAY_NAMES.items()},
        "measures": [{"id": one.id, "name": said(one.name), "assumed": one.assumed} for one in MEASURES],
        "published": [
            {
                "claim": said(one.name), "source": one.source, "service": one.service or ALL, "measure": one.measure,
                "relative": one.relative, "here": row.relative if (row := _row(found, one)) else None,
            }
            for one in settings.published
        ],
        "honest": [said(text) for text in HONEST],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=2) + b"\n"
