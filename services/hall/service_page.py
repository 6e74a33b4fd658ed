"""Two pages: what services take and how long, by service and channel; and whether everybody is served alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from services.hall.catalogue import Service
from services.hall.fairness import LEAST, UNKNOWN, Dimension, FairGroup, Fairness
from services.hall.service_measures import CHANNELS, Figures, Group, by
from services.hall.service_record import ServiceBook
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Section, Table

Cell = Text | Name | str | float | int | None

CHANNEL_TEXT: dict[str, Text] = {
    "online": Text("online"),
    "virtual": Text("virtual hall"),
    "kiosk": Text("kiosk"),
    "counter": Text("counter"),
    "phone": Text("by 12345"),
}
COLUMNS: dict[str, Text] = {
    "errands": Text("Errands"),
    "completed": Text("Completed"),
    "refused": Text("Refused"),
    "gave_up": Text("Gave up"),
    "steps": Text("Steps"),
    "trips": Text("Trips"),
    "materials": Text("Materials"),
    "elapsed_h": Text("Elapsed, h"),
    "staff_min": Text("Staff, min"),
    "applicant_min": Text("At the hall, min"),
    "waiting_min": Text("Waiting, min"),
    "right_first": Text("Right first time, %"),
    "unmet": Text("Met nobody"),
}
TAKES = ("errands", "steps", "trips", "materials", "elapsed_h", "staff_min", "waiting_min", "right_first")
ENDED = ("errands", "completed", "refused", "gave_up", "applicant_min", "unmet")
FAIR_COLUMNS = ("completed", "refused", "gave_up", "elapsed_h", "waiting_min", "right_first", "unmet")
"""No more than a page of 1280 pixels has room for."""
DIMENSION_TEXT: dict[Dimension, Text] = {
    "age": Text("By age"),
    "district": Text("By district"),
    "ability": Text("By ability"),
    "channel": Text("By channel"),
}
ABILITY_TEXT: dict[str, Text] = {"none": Text("no disability"), "some": Text("with a disability")}
PAGES = (
    ("measures", "services", Text("Public services")),
    ("measures", "fairness", Text("Fairness")),
)


def services_page(book: ServiceBook, services: Mapping[str, Service]) -> Card:
    """By life event and single item, and all of them by channel."""
    order = [id for id, service in services.items() if service.bundle]
    groups = by(book.records, lambda one: one.service, [*order, *(id for id in services if id not in order)])
    bundles = [group for group in groups if group.key in order]
    singles = [group for group in groups if group.key not in order]

    def name(key: str) -> Cell:
        return services[key].name if key in services else key

    sections: list[Section] = [
        _table(Text("Life events"), bundles, name),
        _table(Text("Single items"), singles, name),
        _table(DIMENSION_TEXT["channel"], by(book.records, lambda one: one.channel, CHANNELS), _channel),
        _table(Text("How they ended"), [*bundles, *singles], name, ENDED),
    ]
    return Card(
        kind="measures", id="services", rev=0, title=Text("Public services"), icon="service_hall",
        subtitle=Text("means of what was completed; elapsed is the median"),
        sections=tuple(section for section in sections if isinstance(section, Table) and section.rows), pages=PAGES,
    )  # fmt: skip


def fairness_page(found: Fairness, districts: Mapping[str, Name]) -> Card:
    """What efficiency costs stands first: contacts lost, people left out."""
    tables = (_fair(dimension, found.groups[dimension], districts) for dimension in DIMENSION_TEXT)
    return Card(
        kind="measures", id="fairness", rev=0, title=Text("Fairness"), icon="service_hall",
        subtitle=Text("groups of fewer than {least} people are not shown, nor what would give them away",
                      {"least": LEAST}),
        sections=(_beside(found), *(table for table in tables if table.rows)), pages=PAGES,
    )  # fmt: skip


def _beside(found: Fairness) -> Facts:
    total, out = found.total, found.excluded
    rows: list[tuple[Text | Name, Cell]] = [
        (Text("Completed"), total.completed),
        (Text("of these without meeting a clerk: contacts lost"), out.unmet),
        (Text("Trips for each"), total.trips),
        (Text("Residents who cannot apply online"), f"{out.without_online} / {out.residents}"),
        (Text("of these applied another way"), out.of_applicants),
        (Text("Gave up"), out.gave_up),
        (Text("Turned away at the door"), out.turned_away),
        (Text("Sent home by a closed counter"), out.sent_home),
        (Text("Did not come when expected"), out.missed),
    ]
    shown = tuple((label, "–" if value is None else value) for label, value in rows)
    return Facts(title=Text("What efficiency stands beside"), rows=shown)


def _table(title: Text, groups: Sequence[Group], name: Callable[[str], Cell], columns: Sequence[str] = TAKES) -> Table:
    rows = tuple((name(group.key), *_cells(group.figures, columns)) for group in groups)
    return Table(title=title, columns=(Text("Which"), *(COLUMNS[one] for one in columns)), rows=rows)


def _fair(dimension: Dimension, groups: Sequence[FairGroup], districts: Mapping[str, Name]) -> Table:
    def name(key: str) -> Cell:
        if key == UNKNOWN:
            return Text("unknown")
        if dimension == "district":
            return districts.get(key, Name(key, key))
        return {"ability": ABILITY_TEXT, "channel": CHANNEL_TEXT}.get(dimension, {}).get(key, key)

    rows = tuple(
        (name(group.key), Text("not shown"), *(None for _ in FAIR_COLUMNS))
        if group.figures is None
        else (name(group.key), group.people, *_cells(group.figures, FAIR_COLUMNS))
        for group in groups
    )
    columns = (Text("Which"), Text("People"), *(COLUMNS[one] for one in FAIR_COLUMNS))
    return Table(title=DIMENSION_TEXT[dimension], columns=columns, rows=rows)


def _cells(figures: Figures, names: Iterable[str]) -> tuple[Cell, ...]:
    return tuple(_cell(name, getattr(figures, name)) for name in names)


def _cell(name: str, value: float | int | None) -> Cell:
    if value is None:
        return None
    if name == "right_first":
        return round(100 * value)
    return value if isinstance(value, int) else round(value, 1)


def _channel(key: str) -> Cell:
    return CHANNEL_TEXT.get(key, key)
