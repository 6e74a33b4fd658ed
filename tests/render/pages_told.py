"""Whole pages as a server would tell them: a scene room, the measures, departments, the duty log."""

from __future__ import annotations

from scripted import MINUTE, START_MS

from twin.core.text import Name, Text
from twin.core.views import (
    Action,
    Card,
    Choice,
    Facts,
    Meter,
    Meters,
    Moment,
    Section,
    Table,
    Thread,
    Utterance,
)

WATER, POLICE = Name("Water Affairs", "水务"), Name("Traffic Police", "公安交警")
CHIEF, LUO, MA = Name("Lin Yue", "林悦"), Name("Luo Dahai", "罗大海"), Name("Ma Xiaofeng", "马晓峰")


def page(kind: str, id: str) -> Card | None:
    """The page of that kind, if this script knows one."""
    match kind:
        case "room":
            return room(id)
        case "measures":
            return measures()
        case _:
            return None


def room(case: str) -> Card:
    """A room in which two departments and the duty chief talk."""
    say = Action(command="SayInRoom", label=Text("Send"), fixed={"case": case}, asks={"words": Text("Say something")})
    entries = (
        Utterance(city_ms=START_MS - 9 * MINUTE, who=CHIEF, words=Text("Room opened"), note=True),
        Utterance(
            city_ms=START_MS - 8 * MINUTE, who=LUO, post=Text("department handler"), colour="#3fc6e8",
            words="Two pump trucks are there; the intake is clogged. 进水口堵塞，预计二十分钟。",
        ),
        Utterance(
            city_ms=START_MS - 6 * MINUTE, who=MA, post=Text("department handler"), colour="#6ea8ff",
            words="Diversion by Granary Road is set up.",
        ),
        Utterance(
            city_ms=START_MS - 5 * MINUTE, who=CHIEF, post=Text("duty chief"), colour="#d7e0ea",
            words="Keep both lanes closed until the gauge is below 0.08 m for a minute.",
        ),
    )  # fmt: skip
    evidence = Table(
        title=Text("Evidence"),
        columns=(Text("Signal"), Text("Source"), Text("Value"), Text("Observed")),
        rows=(
            (Name("water above 0.3 m", "水位超过0.3米"), "wl-012", "0.41 m", Moment(START_MS - 30_000)),
            (Name("vehicle warns of aquaplaning", "车辆告警"), "4021/7", None, Moment(START_MS - 70_000)),
        ),
    )
    requests = Table(
        title=Text("Requests"),
        columns=(Text("To"), Text("What"), Text("Answer by"), Text("Done by"), Text("State"), Text("Who")),
        rows=(
            (POLICE, Name("Divert traffic", "分流交通"), Moment(START_MS + 5 * MINUTE, due=True), None,
             Text("answered"), MA),
        ),
    )  # fmt: skip
    actions = (
        Action(
            command="AddResolution", label=Text("Add a resolution"), fixed={"case": case},
            asks={"what": Text("What"), "department": Text("Department"), "due_minutes": Text("Minutes")},
            choices={"department": (Choice("water", WATER), Choice("police", POLICE))}, numbers=("due_minutes",),
        ),
        Action(
            command="BeginMeeting", label=Text("Begin a meeting"), fixed={"case": case}, asks={"subject": Text("On")},
        ),
        Action(
            command="BlowWhistle", label=Text("Whistle"), fixed={"case": case, "kind": "hard"}, more=True,
            asks={"departments": Text("Departments"), "why_whistle": Text("Reason")}, many=("departments",),
            choices={"departments": (Choice("water", WATER), Choice("police", POLICE))},
        ),
    )  # fmt: skip
    return Card(
        kind="room", id=case, rev=1, title=Text("Scene room {case}", {"case": case}), severity=2, icon="room",
        subtitle=Name("Ferry Underpass", "渡口下穿"), state=Text("closing test runs"),
        sections=(Thread(title=Text("Talk"), entries=entries, say=say), evidence, requests), actions=actions,
        pages=(("case", case, Text("Case {case}", {"case": case})),),
    )  # fmt: skip


def measures() -> Card:
    """Two groups of bars and a table."""

    def meter(name: str, share: float | None, shown: str, good: bool | None, of: str = "") -> Meter:
        return Meter(name=Text(name), share=share, shown=shown, good=good, target=0.95, of=Text(of) if of else None)

    city = Meters(
        title=Text("City"),
        meters=(
            meter("Closed", 0.97, "97.1 %", True, "34 of 35"),
            meter("Closed on time", 0.83, "82.9 %", False, "29 of 35"),
            meter("Resident-verified", None, "", None, "0 asked"),
        ),
    )
    facts = Facts(title=Text("Visible beside"), rows=((Text("Deferred"), 2.0), (Text("Exempt"), 1.0)))
    table = Table(
        title=Text("By department"),
        columns=(*(Text(name) for name in ("Department", "Cases", "On time", "Rework", "Limbo", "Hops")),),
        rows=((WATER, 12, 0.92, 1, "1.4 min", 1.2), (POLICE, 9, 0.78, 0, "0.6 min", 1.0)),
    )
    sections: tuple[Section, ...] = (city, facts, table)
    return Card(kind="measures", id="", rev=1, title=Text("Measures"), icon="boards", sections=sections)
