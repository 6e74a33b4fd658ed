"""What a scene's rules would do, where they may only suggest it: one click for whoever decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from services.collaboration.canon import canonical
from services.engine.desk import Action, Fact, Section, Turn
from services.facts.base import Event
from services.facts.collaboration import ACCEPTING, DISPATCHING
from services.governance.automation import AutomationDesk
from services.governance.case import Case, CaseState
from services.governance.cases import CaseDesk
from services.governance.routing import RoutingDesk
from services.governance.selection import Selection
from twin.core.text import Name, Text
from twin.core.views import Facts

_FRESH_MS = 30_000

Fixed = dict[str, str | int | float | bool]


class Suggestion(msgspec.Struct, frozen=True):
    """A command with all its fields, in words, and why the rules would give it."""

    command: str
    what: Text
    why: Text
    fixed: Fixed
    posts: tuple[str, ...]


class SuggestionDesk:
    """Decides and keeps nothing. What it last said of a case stands for 30 city seconds, or until the case changes."""

    name = "suggestions"

    def __init__(self, cases: CaseDesk, routing: RoutingDesk, selection: Selection, automation: AutomationDesk) -> None:
        self._cases, self._routing, self._selection = cases, routing, selection
        self._automation = automation
        self._now_ms = 0
        self._said: dict[str, tuple[tuple[int, int, str], Suggestion | None]] = {}

    def of(self, case: str, city_ms: int) -> Suggestion | None:
        """None where the scene's rules act themselves, or where there is nothing to suggest."""
        known = self._cases.get(case)
        if known is None or known.ended or self._automation.level(known.scene) != "assisted":
            return None
        made = (suggest(known, city_ms) for suggest in self._suggests())
        return next((suggestion for suggestion in made if suggestion is not None), None)

    def _suggests(self) -> Iterator[Callable[[Case, int], Suggestion | None]]:
        yield from (self._file, self._route, self._send)

    def _file(self, case: Case, city_ms: int) -> Suggestion | None:
        if case.state not in (CaseState.REPORTED, CaseState.PENDING_REGISTER):
            return None
        checked = case.check is not None and case.check.finding in ("confirmed", "unresolved")
        fixed: Fixed = {"case": case.id}
        if case.doubtful and not checked and case.state is CaseState.PENDING_REGISTER:
            return Suggestion(
                "OrderFieldCheck", Text("send a collector to look"), Text("weak evidence"), fixed, ACCEPTING
            )
        why = Text("the scene's evidence rule is met")
        return Suggestion("AcceptCase", Text("accept and file"), why, fixed, ACCEPTING)

    def _route(self, case: Case, city_ms: int) -> Suggestion | None:
        if case.state is not CaseState.PENDING_DISPATCH or case.department:
            return None
        found = self._routing.ask(case, city_ms)
        if found.rule is None:
            return None
        name = self._cases.lookup.department_name(found.department)
        why = Text("rule {rule}, in force since {date}",
                   {"rule": found.rule.id, "date": found.rule.effective.isoformat()})  # fmt: skip
        fixed: Fixed = {"case": case.id, "department": found.department}
        return Suggestion("RouteCase", Text("route it to {department}", {"department": name}), why, fixed, DISPATCHING)

    def _send(self, case: Case, city_ms: int) -> Suggestion | None:
        if case.state is not CaseState.PENDING_DISPATCH or not case.department:
            return None
        tasks = self._cases.scenes.of(case).tasks
        skilled = self._selection.skilled(case, tasks[min(case.task, len(tasks) - 1)])
        unit = self._selection.among(skilled, case, set(), city_ms).unit
        if unit is None:
            return None
        what = Text("send {unit}", {"unit": self._cases.lookup.unit_name(unit)})
        fixed: Fixed = {"case": case.id, "unit": unit}
        return Suggestion(
            "AssignUnit", what, Text("the shortest believed travel time"), fixed, (*DISPATCHING, "handler")
        )

    # --- on a case's card ---------------------------------------------------------------------------------------

    def _shown(self, case: str) -> Suggestion | None:
        known = self._cases.get(case)
        level = "" if known is None else self._automation.level(known.scene)
        key = (-1 if known is None else known.rev, self._now_ms // _FRESH_MS, level)
        said = self._said.get(case)
        if said is None or said[0] != key:
            said = self._said[case] = (key, self.of(case, self._now_ms))
        return said[1]

    def sections(self, case: str) -> Iterable[Section]:
        found = self._shown(case)
        if found is None:
            return ()
        rows: tuple[tuple[Text | Name, Text], ...] = ((Text("what"), found.what), (Text("why"), found.why))
        return (Facts(title=Text("The rules suggest"), rows=rows),)

    def actions(self, case: str) -> Iterable[Action]:
        found = self._shown(case)
        if found is None:
            return ()
        label = Text("As suggested: {what}", {"what": found.what})
        return (Action(command=found.command, label=label, fixed=found.fixed, posts=found.posts),)

    # --- no state -----------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        """Only the time: what is shown is made again from the other desks."""
        self._now_ms = turn.city_ms
        if len(self._said) > 1000:
            self._said.clear()

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        self._said.clear()
