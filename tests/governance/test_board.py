"""What a duty officer is shown, in both languages; and that desks survive a restart in the middle of a case."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from governance_bench import CHIEF, DISPATCHER, Bench, crossing, flood

from services.facts.base import Actor
from services.facts.because import english
from services.facts.governance import (
    AcknowledgeCase,
    AddNote,
    CaseClosed,
    CaseEvent,
    OrderFieldCheck,
    UnitDispatched,
)
from services.facts.registry import all_facts
from services.governance.desks import Governance
from services.governance.wording import shown
from twin.city.model import City
from twin.core import codec
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Mark, Moment, Table, Timeline

ROOT = Path(__file__).resolve().parents[2]


def card(bench: Bench, id: str = "C-0001") -> Card:
    return next(one for one in bench.board.cards() if one.id == id)


def table(shown: Card, title: str) -> Table:
    return next(one for one in shown.sections if isinstance(one, Table) and one.title == Text(title))


def mark(bench: Bench, id: str = "C-0001") -> Mark:
    return next(one for one in bench.board.marks() if one.id == id)


def test_a_card_tells_where_what_who_and_by_when(bench: Bench) -> None:
    bench.notice(flood(0.33))
    made = card(bench)
    assert codec.decode(codec.encode(made), Card) == made
    assert made.title == Name("Flooded underpass", "下穿道积水") and made.subtitle == Name(
        "Street 2 Underpass", "2号街下穿"
    )
    assert made.owner == Name("Gao Yifan", "高一凡") and made.due_ms > bench.now_ms and made.mark == "C-0001"
    facts = next(one for one in made.sections if isinstance(one, Facts))
    rows = {english(label): value for label, value in facts.rows}
    assert rows["Severity"] == "Ⅲ" and rows["Filed by"] == Name("Chen Siqi", "陈思齐")
    assert len(str(rows["Rule version"])) == 12 and rows["Road"] == Text("closed to traffic")
    evidence = table(made, "Evidence").rows[0]
    assert evidence[1:3] == ("d01", "0.33 m") and isinstance(evidence[3], Moment)
    assert [row[1] for row in table(made, "Route").rows][-1] == Text("won")
    assert len(table(made, "Units considered").rows) == 3
    assert table(made, "Clocks").rows[-1][1] == Moment(made.due_ms, due=True)


def test_the_history_names_who_stands_behind_each_step(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    history = next(one for one in card(bench).sections if isinstance(one, Timeline))
    lines = [(english(entry.what), english(entry.who)) for entry in history.entries]
    filed = next(who for what, who in lines if what.startswith("Filed"))
    assert filed.startswith("rule scene/flooded_underpass@") and filed.endswith("authorised by the acceptor Chen Siqi")
    assert ("Pump truck 1 acknowledged" in dict(lines)) or any("acknowledged" in what for what, _ in lines)
    assert all(entry.why is not None for entry in history.entries[:5])


def test_the_caption_says_why_the_camera_goes_there(bench: Bench) -> None:
    bench.notice(flood(0.33))
    caption = mark(bench).caption
    assert caption is not None
    unit = bench.world.units[bench.last(UnitDispatched).unit].name
    assert english(caption) == f"Water in Street 2 Underpass rose to 0.33 m: {unit.en} is on its way to pump water"
    assert "0.33 m" in caption.args["what"].zh  # type: ignore[union-attr]


def test_marks_ask_for_attention_until_somebody_looked(bench: Bench) -> None:
    bench.notice(flood(), crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    assert not mark(bench).acknowledged
    assert mark(bench).attention > mark(bench, "C-0002").attention > 0
    bench.command(AcknowledgeCase(id="c1", actor=DISPATCHER, case="C-0001"))
    assert mark(bench).acknowledged
    closure = mark(bench, "closure/C-0001")
    assert closure.kind == "closure" and len(closure.edges) == 2


def test_a_closed_case_lingers_and_goes(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.report("done")
    bench.senses.verdicts["flooded_underpass/level"] = "calm"
    bench.tick(5)
    assert bench.of(bench.events, (CaseClosed,))
    assert english(mark(bench).caption or Text("")).endswith("Closed: the sensors prove it")
    assert [row[4] for row in table(card(bench), "Closing test").rows] == [Text("calm")]
    bench.tick(400)
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    assert [one.id for one in bench.board.marks()] == ["C-0002"]
    assert [one.id for one in bench.board.cards()] == ["C-0001", "C-0002"]


def test_unchanged_cards_are_not_made_again(bench: Bench) -> None:
    bench.notice(flood())
    assert card(bench) is card(bench)
    before = card(bench)
    bench.command(AddNote(id="c1", actor=CHIEF, case="C-0001", note="children live nearby"))
    assert card(bench) is not before


def test_alerts_are_said_once(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("refused")
    alerts = list(bench.board.alerts())
    assert [alert.card for alert in alerts] == ["C-0001", "C-0001"] and "refused" in english(alerts[1].text)
    assert list(bench.board.alerts()) == []


def test_offered_actions_are_not_refused_out_of_hand(bench: Bench) -> None:
    bench.notice(flood())
    bench.report("acknowledged")
    bench.report("done")
    offered = [action.command for action in card(bench).actions]
    assert "OrderFieldCheck" in offered and "CloseByForce" in offered and "AssignUnit" not in offered
    events = bench.command(OrderFieldCheck(id="c1", actor=CHIEF, case="C-0001"))
    assert [type(event).__name__ for event in events] == ["CheckOrdered"]


def script(bench: Bench, part: int) -> None:
    if part == 0:
        bench.notice(flood(), crossing("displaced_cover/report", "person:res_0001", 300.0, 402.0, value=None))
        bench.report("acknowledged")
        bench.notice(crossing("fallen_tree/obstacle", "1/1", 700.0, 402.0))
        bench.tick(50)
    else:
        bench.notice(crossing("fallen_tree/obstacle", "2/1", 704.0, 402.0))
        bench.tick(100)
        bench.senses.verdicts["flooded_underpass/level"] = "calm"
        bench.tick(10)
        bench.tick(10)
        bench.command(AddNote(id="c9", actor=CHIEF, case="C-0002", note="seen"))


def test_restored_desks_go_on_exactly_the_same(grid_city: City, governance: Governance) -> None:
    live = Bench(grid_city, governance)
    script(live, 0)
    kept = Bench(grid_city, governance)
    for desk in kept.desks:
        desk.restore(live.snapshots()[desk.name])
    kept.events, kept.now_ms, kept.turn, kept.reports = list(live.events), live.now_ms, live.turn, live.reports
    assert kept.snapshots() == live.snapshots()
    for bench in (live, kept):
        script(bench, 1)
    assert kept.snapshots() == live.snapshots()
    facts = all_facts()
    assert [facts.encode(event) for event in kept.events] == [facts.encode(event) for event in live.events]


def test_applying_the_journal_gives_the_live_state(grid_city: City, governance: Governance) -> None:
    live = Bench(grid_city, governance)
    script(live, 0)
    script(live, 1)
    again = Bench(grid_city, governance)
    times = iter(live.times)
    for event in live.events:
        turn = next(times)
        for desk in again.desks:
            desk.apply(event, turn)
    assert again.snapshots() == live.snapshots()


def test_every_step_of_every_case_has_an_actor_and_a_cause(bench: Bench) -> None:
    script(bench, 0)
    script(bench, 1)
    steps = [event for event in bench.events if isinstance(event, CaseEvent)]
    assert len(steps) > 15
    for event in steps:
        assert event.cause and isinstance(event.actor, Actor) and event.actor.id
        if event.actor.kind == "rule":
            assert event.actor.post and bench.world.roster.person(event.actor.holder)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.3349, "m", "0.33 m"), (140_300.0, "Pa", "140 kPa"), (0.953, "/", "95%"), (None, "m", ""), (31.2, "deg", "31°")],
)
def test_values_are_shown_as_people_say_them(value: float | None, unit: str, words: str) -> None:
    assert shown(value, unit) == words


def msgids(package: str) -> set[str]:
    """Every literal message id of ``Text(…)`` and ``because(…)`` in a package."""
    found: set[str] = set()
    for path in sorted((ROOT / "services" / package).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Text", "because")
            if isinstance(node, ast.Call) and named and node.args:
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return found


@pytest.mark.parametrize("package", ["governance", "hall", "collaboration"])
def test_every_text_speaks_chinese_with_the_same_placeholders(package: str) -> None:
    catalogue: dict[str, str] = {}
    for part in sorted((ROOT / "assets" / "text" / "zh_CN").glob("*.po")):
        with part.open("rb") as lines:
            catalogue |= {str(entry.id): str(entry.string) for entry in read_po(lines) if entry.id}
    for msgid in sorted(msgids(package)):
        assert catalogue.get(msgid), msgid
        fields = {field for _, field, _, _ in string.Formatter().parse(msgid) if field}
        assert fields == {field for _, field, _, _ in string.Formatter().parse(catalogue[msgid]) if field}, msgid
