"""The draft of a shift's hand-over 交接班: sentences from what stands now, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.collaboration.names import Names
from services.collaboration.noteworthy import HAZARD, LEVEL
from services.collaboration.ports import Cases, CaseView, Surroundings
from services.collaboration.request import RequestState
from services.collaboration.requests import RequestDesk
from services.collaboration.rooms import RoomDesk
from services.collaboration.whistles import WhistleDesk
from services.facts.duty import Sentence
from twin.core.text import Name, Text
from twin.formats.civic import WarningKind

NAMED = 3
"""So many are called by name in a sentence; the rest are in its evidence."""


class Draft:
    """Works the sentences out anew whenever it is asked."""

    def __init__(
        self,
        cases: Cases,
        surroundings: Surroundings,
        requests: RequestDesk,
        whistles: WhistleDesk,
        rooms: RoomDesk,
        names: Names,
    ) -> None:
        self._cases, self._surroundings, self._names = cases, surroundings, names
        self._requests, self._whistles, self._rooms = requests, whistles, rooms

    def sentences(
        self, responses: Mapping[WarningKind, int], warnings: Mapping[WarningKind, int], city_ms: int
    ) -> tuple[Sentence, ...]:
        """In the order of weight; never empty."""
        views = tuple(self._cases.open())
        response = Text("Emergency response to {hazard} at level {level} is in force.")
        warning = Text("The weather service warns of {hazard} at level {level}.")
        return (
            *_levels(response, responses, "response"),
            *_levels(warning, warnings, "warning"),
            *_of_cases(views, city_ms),
            *self._between(),
            *self._roads(),
            *self._devices(),
        )

    def _between(self) -> tuple[Sentence, ...]:
        """Requests, whistles, meetings, and what was promised."""
        found: list[Sentence] = []
        waiting = [one.id for one in self._requests.open() if one.state is RequestState.SENT]
        promised = [one.id for one in self._requests.open() if one.state is RequestState.ANSWERED]
        unsigned = [one.id for one in self._requests.open() if one.state is RequestState.FINISHED]
        whistles = [one.id for one in self._whistles.open()]
        tasks = [one for one in self._rooms.tasks() if one.open]
        late = [one.id for one in tasks if one.late]
        found += _counted(Text("{count} requests wait for an answer: {ids}."), waiting)
        found += _counted(Text("{count} requests were promised and are not done: {ids}."), promised)
        found += _counted(Text("{count} requests wait for sign-off: {ids}."), unsigned)
        found += _counted(Text("{count} whistles have not ended: {ids}."), whistles)
        found += _counted(Text("{count} resolutions are to be done: {ids}."), [one.id for one in tasks])
        found += _counted(Text("{count} resolutions are past their deadline: {ids}."), late)
        return tuple(found)

    def _roads(self) -> tuple[Sentence, ...]:
        closures = self._surroundings.closures()
        if not closures:
            return ()
        places = _named([closure.where for closure in closures])
        text = Text("{count} roads are closed: {places}.", {"count": len(closures), "places": places})
        return (Sentence(text, tuple(one for closure in closures for one in (closure.id, closure.case))),)

    def _devices(self) -> tuple[Sentence, ...]:
        silent = self._surroundings.silent()
        return tuple(_counted(Text("{count} devices are silent: {ids}."), list(silent)))


def _levels(what: Text, levels: Mapping[WarningKind, int], kind: str) -> Iterator[Sentence]:
    for hazard, level in sorted(levels.items()):
        text = Text(what.msgid, {"hazard": HAZARD[hazard], "level": LEVEL.get(level, str(level))})
        yield Sentence(text, (f"{kind}/{hazard}",))


def _of_cases(views: tuple[CaseView, ...], city_ms: int) -> tuple[Sentence, ...]:
    if not views:
        return (Sentence(Text("No case is open."), ()),)
    found: list[Sentence] = []
    for level in (1, 2, 3, 4):
        these = [view for view in views if view.severity == level]
        if these:
            text = Text(
                "{count} cases of severity {level} are open: {places}.",
                {"count": len(these), "level": LEVEL[level], "places": _named([_placed(view) for view in these])},
            )
            found.append(Sentence(text, tuple(view.id for view in these)))
    found += _counted(Text("{count} cases are overdue: {ids}."), [view.id for view in views if view.overdue])
    suspended = [view.id for view in views if view.suspended_until_ms > city_ms]
    found += _counted(Text("The clocks of {count} cases are suspended: {ids}."), suspended)
    found += _counted(
        Text("{count} cases are under supervision: {ids}."), [view.id for view in views if view.supervised]
    )
    offered = [view.id for view in views if view.offered_to]
    found += _counted(Text("{count} cases are offered and not yet taken: {ids}."), offered)
    found += _counted(
        Text("{count} cases have no department yet: {ids}."), [view.id for view in views if not view.department]
    )
    return tuple(found)


def _placed(view: CaseView) -> Name:
    return Name(f"{view.title.en}, {view.where.en}", f"{view.where.zh}{view.title.zh}")


def _named(names: list[Name]) -> Text:
    """The first few by name, and how many more there are."""
    first = names[:NAMED]
    words = Name("; ".join(name.en for name in first), "；".join(name.zh for name in first))
    more = len(names) - len(first)
    if more:
        return Text("{names} and {more} more", {"names": words, "more": more})
    return Text("{names}", {"names": words})


def _counted(what: Text, ids: list[str]) -> list[Sentence]:
    """One sentence about all of them, or none where there are none."""
    if not ids:
        return []
    shown = ", ".join(ids[:NAMED]) + (" …" if len(ids) > NAMED else "")
    return [Sentence(Text(what.msgid, {"count": len(ids), "ids": shown}), tuple(ids))]
