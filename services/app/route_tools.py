"""``run.py route explain``: what the routing rules say of a case that never was, every rule tried included."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.app import installation
from services.app.composition import World, read_world
from services.app.settings import settings_for
from services.facts.posts import POST_TEXT
from services.governance.desks import Governance, governance_desks
from services.governance.jurisdiction import Jurisdiction, Jurisdictions
from services.governance.lookup import Lookup
from services.governance.rule_terms import Question
from services.governance.rulebook import Routed
from services.governance.scenes import Scene
from twin.city.model import City
from twin.core.errors import CivitwinError
from twin.core.text import Name, Text
from twin.render.language import LANGUAGES, Language

_VALUE = re.compile(r"([\w/]+)(?:=(-?\d+(?:\.\d+)?))?")


class AskError(CivitwinError):
    """A question that cannot be asked."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question from the command line, in its words."""

    code: str
    at: str
    time: str
    scene: str | None = None
    severity: int = 3
    target: str = ""
    tier: str = "subdistrict"
    values: tuple[str, ...] = ()


def explain_route(city: Path | None = None, language: str = "en", as_json: bool = False, **asked: Any) -> int:
    """Print the department, the rule that won, and why every other one lost; 1 where a person must decide."""
    settings = settings_for(Path(), city)
    world = read_world(settings)
    governance = governance_desks(world, settings.config_dir)
    words = {code: Language(installation.data_root() / "assets" / "text", code) for code in LANGUAGES}
    question, found = ask(Asked(**asked), world, governance)
    console = Console()
    if as_json:
        console.print_json(msgspec.json.encode(told(question, found, world, words)).decode())
    else:
        _show(question, found, world, words[Language.closest(language)], console)
    return 0 if found.rule is not None else 1


def ask(asked: Asked, world: World, governance: Governance) -> tuple[Question, Routed]:
    """Raises :class:`AskError` for a time, place or scene that cannot be read."""
    lookup = Lookup(world.city, world.departments, tuple(world.units.values()), world.roster)
    x_m, y_m = _spot(asked.at, world.city)
    scene = _scene(asked, governance)
    cell = lookup.cell(x_m, y_m)
    match = scene.match if scene is not None else None
    place = lookup.place(match.place_kinds, x_m, y_m, match.radius_m) if match is not None else None
    target = asked.target
    if not target and match is not None:
        target = lookup.component(match.components, x_m, y_m, match.radius_m)
    ground = Jurisdictions(world.city)
    question = Question(
        code=asked.code,
        severity=asked.severity,
        city_ms=_moment(asked.time, world.city),
        district=ground.of(cell).district,
        subdistrict=ground.of(cell).subdistrict,
        scene=scene.id if scene else "",
        lead=scene.lead if scene else "",
        tasks=scene.tasks if scene else (),
        place_kind=place.kind if place else "",
        tier=asked.tier,
        owner=lookup.owner(target),
        maintainer=lookup.maintainer(target),
        values=tuple(_value(one) for one in asked.values),
    )
    grounds: tuple[Jurisdiction, ...] = ground.around(x_m, y_m, cell, governance.rules.tolerance_m)
    return question, governance.rulebook().route(question, grounds)


def _spot(at: str, city: City) -> tuple[float, float]:
    try:
        longitude, latitude = (float(part) for part in at.split(","))
    except ValueError as fault:
        raise AskError(f"--at {at}: give longitude,latitude in degrees, such as 116.45,31.2") from fault
    x_m, y_m = (float(value) for value in city.frame.to_xy(longitude, latitude))
    if not city.near(x_m, y_m):
        raise AskError(f"--at {at}: not in {city.meta.name.en}")
    return x_m, y_m


def _scene(asked: Asked, governance: Governance) -> Scene | None:
    """The one that is named, else the only one of this code."""
    if asked.scene is not None:
        if asked.scene not in governance.scenes:
            raise AskError(f"--scene {asked.scene}: there are {', '.join(governance.scenes)}")
        return governance.scenes[asked.scene]
    of_code = [scene for scene in governance.scenes.values() if scene.code == asked.code]
    return of_code[0] if len(of_code) == 1 else None


def _moment(time: str, city: City) -> int:
    """HH:MM on the configured day, or a whole ISO date and time; local where it names no zone."""
    zone = ZoneInfo(city.meta.time_zone)
    try:
        if len(time) <= len("HH:MM:SS"):
            day = installation.choice().start_day
            moment = datetime.datetime.combine(day, datetime.time.fromisoformat(time))
        else:
            moment = datetime.datetime.fromisoformat(time)
    except ValueError as fault:
        raise AskError(f"--time {time}: give 08:30, or 2026-06-15T08:30") from fault
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)


def _value(text: str) -> tuple[str, float | None]:
    found = _VALUE.fullmatch(text)
    if found is None:
        raise AskError(f"--value {text}: give a signal, such as flooded_underpass/level=0.4")
    return found[1], float(found[2]) if found[2] else None


def told(question: Question, found: Routed, world: World, words: dict[str, Language]) -> dict[str, object]:
    """The whole answer for a machine: every text in both languages."""

    def both(value: Text | Name) -> dict[str, str]:
        return {code: language.translate(value) for code, language in words.items()}

    names, rule = world.department_names, found.rule
    return {
        "department": found.department or None,
        "name": both(names[found.department]) if found.department else None,
        "rule": None
        if rule is None
        else {
            "id": rule.id,
            "name": both(rule.name),
            "author": rule.author,
            "effective": rule.effective.isoformat(),
            "until": rule.until.isoformat() if rule.until else None,
        },
        "question": msgspec.to_builtins(question),
        "tried": [
            {"rule": one.rule, "name": both(one.name), "won": one.won, "why": both(one.why)} for one in found.tried
        ],
        "contenders": msgspec.to_builtins(found.contenders),
    }


def _show(question: Question, found: Routed, world: World, language: Language, console: Console) -> None:
    say = language.translate
    parts = {part.id: part.name for part in world.city.meta.parts}
    where = [say(parts[id]) for id in (question.district, question.subdistrict) if id in parts]
    console.print(say(Text("{code} in {where}", {"code": question.code, "where": " · ".join(where) or "–"})))
    table = Table(say(Text("Rule")), say(Text("Name")), say(Text("Result")), say(Text("Why")))
    for one in found.tried:
        result = Text("won") if one.won else Text("lost")
        table.add_row(*(escape(text) for text in (one.rule, say(one.name), say(result), say(one.why))))
    console.print(table)
    if found.rule is not None:
        answer = Text(
            "{department}, by rule {rule} of the {post}, in force since {date}",
            {
                "department": world.department_names[found.department],
                "rule": found.rule.id,
                "post": POST_TEXT.get(found.rule.author, Text("{post}", {"post": found.rule.author})),
                "date": found.rule.effective.isoformat(),
            },
        )
    elif found.contenders:
        answer = Text("too near to another jurisdiction: the duty chief decides")
    else:
        answer = Text("no rule matches: the duty chief decides")
    console.print(f"[bold]{escape(say(answer))}[/]")
    for side in found.contenders:
        ground = say(parts.get(side.subdistrict, Name(side.subdistrict, side.subdistrict)))
        name = world.department_names.get(side.department)
        console.print(escape(f"  {ground}: {say(name or Text('nobody'))} ({side.rule or '–'}), {side.away_m:g} m"))
