"""The tables on a virtual place's page: sessions, rumours, reports and measures."""

from __future__ import annotations

from dataclasses import dataclass

from services.collaboration.roster import DAY_MS, HOUR_MS, Roster
from services.virtual.desk import VirtualDesk
from services.virtual.picture import Pictures
from services.virtual.state import Measure, SessionState
from services.virtual.words import CONDUCT_TEXT, HOW_ENDED_TEXT, STEP_TEXT
from twin.city.virtual import SessionPlan, VirtualPlace
from twin.core.text import Name, Text
from twin.core.views import Moment, Table

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Tables:
    """Made when they are asked for. People appear by the names that others see there."""

    desk: VirtualDesk
    roster: Roster

    def open_reports(self, place: str) -> int:
        return sum(1 for one in self.desk.book.state.reports.values() if one.place == place and one.closed_ms < 0)

    def sessions(self, place: VirtualPlace, city_ms: int) -> Table | None:
        if not place.plan.sessions:
            return None
        rows, hour = [], self.roster.local(city_ms) % DAY_MS / HOUR_MS
        for plan in place.plan.sessions:
            state = self.desk.book.state.sessions[plan.id]
            rows.append(
                (plan.name.name, self._host(plan, city_ms), _now(plan, state, hour), len(state.queue), state.done)
            )
        columns = (Text("session"), Text("held by"), Text("now"), Text("joined"), Text("with a result"))
        return Table(title=Text("Sessions"), columns=columns, rows=tuple(rows))

    def _host(self, plan: SessionPlan, city_ms: int) -> Name | str:
        if not plan.post:
            return "–"
        holder = self.roster.holder(plan.post, city_ms, plan.department)  # type: ignore[arg-type]
        return holder.name if holder is not None else "–"

    def rumours(self, place: VirtualPlace) -> Table | None:
        here = [one for one in self.desk.book.state.rumours.values() if one.place == place.id]
        if not here:
            return None
        rows = tuple(
            (
                self.desk.rumours.words(one), Moment(one.begun_ms), len(one.told),
                Text("said what is true") if one.clarified_ms >= 0 else Text("goes round"),
            )
            for one in reversed(here)
        )  # fmt: skip
        columns = (Text("what is said"), Text("since"), Text("heard by"), Text("state"))
        return Table(title=Text("Rumours"), columns=columns, rows=rows)

    def reports(self, place: VirtualPlace) -> Table:
        state = self.desk.book.state
        mine = [one for one in state.reports.values() if one.place == place.id]
        open_ones = [one for one in mine if one.closed_ms < 0]
        rows = tuple(
            (
                one.id, self.name(place, one.avatar), CONDUCT_TEXT[one.conduct], Moment(one.made_ms),
                sum(1 for other in open_ones if other.about == one.about),
            )
            for one in open_ones[-_SHOWN:]
        )  # fmt: skip
        columns = (Text("report"), Text("about"), Text("conduct"), Text("made"), Text("reports"))
        title = Text("Open reports of conduct ({open} of {all})", {"open": len(open_ones), "all": len(mine)})
        return Table(title=title, columns=columns, rows=rows)

    def measures(self, place: VirtualPlace) -> Table | None:
        mine = [one for one in self.desk.book.state.measures.values() if one.place == place.id]
        if not mine:
            return None
        rows = tuple(
            (
                one.id, self.name(place, one.avatar), STEP_TEXT[one.step], CONDUCT_TEXT[one.ground],
                self._by(one), Moment(one.until_ms, due=True) if one.in_force else "–", stands(one),
            )
            for one in reversed(mine[-_SHOWN:])
        )  # fmt: skip
        columns = ("measure", "about", "step", "ground", "taken by", "ends", "state")
        return Table(title=Text("Measures"), columns=tuple(Text(title) for title in columns), rows=rows)

    def _by(self, measure: Measure) -> Name | str:
        known = self.roster.person(measure.moderator)
        return known.name if known is not None else measure.moderator

    def name(self, place: VirtualPlace, avatar: str) -> Name:
        """By the name that others see there; by the bare number once they have left."""
        here = self.desk.book.avatar(place.id, avatar)
        return Pictures.name(place, here) if here is not None else Name(avatar, avatar)


def stands(measure: Measure) -> Text:
    if measure.undecided:
        return Text("appealed, not decided yet")
    if measure.how:
        return HOW_ENDED_TEXT[measure.how]
    if measure.upheld:
        return Text("upheld on appeal")
    return Text("in force") if measure.in_force else Text("done")


def _now(plan: SessionPlan, state: SessionState, hour: float) -> Text:
    """``hour`` of the local day."""
    if not state.open:
        following = next((start for start in plan.starts if start >= hour), None)
        if following is not None:
            return Text("begins at {hour}", {"hour": f"{int(following):02d}:{round(following % 1 * 60):02d}"})
        return Text("not open")
    if state.talks:
        return Text("{count} with the host", {"count": len(state.talks)})
    return Text("open to visitors")
