"""How applicants take what the hall tells them: what they resolve to do about it, and when."""

from __future__ import annotations

from twin.city.errand_conduct import Act, Stage, act_on
from twin.city.errand_plans import Planner
from twin.city.errand_settings import ErrandSettings, Tempo
from twin.core.chance import fraction
from twin.field.applicants_state import Applicant, ApplicantsState, Todo
from twin.field.hazards.base import Moment
from twin.field.trips import Walkers
from twin.field.wishes import Wishes
from twin.formats.civic import Answer

_GROUNDS = ("facts_wrong", "law_misapplied", "new_evidence", "unfair")
_OFFLINE = frozenset({"counter", "kiosk", "phone"})
_NEW = (Stage.PLANNED, Stage.ASKED)


class Hearing:
    """By the table of :mod:`twin.city.errand_conduct`; changes the applicants' stages and what they are going to do."""

    def __init__(
        self, people: Walkers, settings: ErrandSettings, planner: Planner, wishes: Wishes, seed: int, tempo: Tempo
    ) -> None:
        self._people, self._settings, self._planner = people, settings, planner
        self._wishes, self._seed, self._tempo = wishes, seed, tempo
        self.state = ApplicantsState()

    def take(self, applicant: Applicant, answer: Answer, now: Moment) -> None:
        """One answer."""
        act = act_on(applicant.stage, answer.state)
        if act is Act.DECIDE and not answer.item:
            act = Act.END
        match act:
            case Act.REST:
                self._rest(applicant, now)
            case Act.LATER:
                self._rest(applicant, now)
                self._again(applicant, answer, now)
            case Act.COME:
                self._come(applicant, answer, now)
            case Act.STAY if applicant.place == answer.place or not answer.place:
                self._stay(applicant, now)
            case Act.BRING:
                self._bring(applicant, answer, now)
            case Act.DECIDE:
                self._decide(applicant, answer, now)
            case Act.END:
                self.end(applicant, now)
            case _:
                pass

    def _rest(self, applicant: Applicant, now: Moment) -> None:
        new = applicant.stage in _NEW
        applicant.stage, applicant.place = Stage.RESTING, ""
        applicant.todo = [todo for todo in applicant.todo if todo.deed not in ("go", "return")]
        if new and self._dice(applicant, "withdraws") < self._settings.conduct.withdraws:
            applicant.todo.append(Todo(now.since_s + self._reply_s(applicant, "withdraw", now), "withdraw"))

    def _come(self, applicant: Applicant, answer: Answer, now: Moment) -> None:
        if answer.place not in self._people.places:
            return
        if applicant.place == answer.place and applicant.stage in (Stage.BOUND, Stage.THERE):
            return
        applicant.place, applicant.stage = answer.place, Stage.BOUND
        trip = self.state.trips.get(applicant.row)
        here = trip is not None and trip.there and trip.place == answer.place
        key = f"{applicant.request}/{answer.item}/{answer.visit}/{applicant.tries}"
        wait_s = self._wishes.waits_s(now.city_ms, key, self._settings.pace.set_off_h[self._tempo], daytime=True)
        applicant.todo = [todo for todo in applicant.todo if todo.deed not in ("go", "return")]
        applicant.todo.append(Todo(now.since_s + (0.0 if here else wait_s), "go"))

    def _again(self, applicant: Applicant, answer: Answer, now: Moment) -> None:
        """When the hall opens, where it said when; else it will say so."""
        if answer.place in self._people.places and answer.until_ms > now.city_ms:
            key, span = f"{applicant.request}/opens/{answer.until_ms}", self._settings.pace.set_off_h[self._tempo]
            wait_s = (answer.until_ms - now.city_ms) / 1000.0
            wait_s += self._wishes.waits_s(answer.until_ms, key, span, daytime=True)
            applicant.todo.append(Todo(now.since_s + wait_s, "return", answer.place))

    def _stay(self, applicant: Applicant, now: Moment) -> None:
        trip = self.state.trips.get(applicant.row)
        if trip is not None and trip.there and trip.place == applicant.place:
            applicant.stage = Stage.THERE

    def _bring(self, applicant: Applicant, answer: Answer, now: Moment) -> None:
        if not self._dice(applicant, "brings", answer.item) < self._settings.conduct.brings or not answer.materials:
            return
        todo = Todo(now.since_s + self._reply_s(applicant, f"{answer.item}/supply", now), "supply", answer.item,
                    answer.materials)  # fmt: skip
        if any(one.deed == "supply" and one.item == answer.item for one in (*applicant.todo, *applicant.bag)):
            return
        if applicant.channel in _OFFLINE and not self._planner.able(applicant.row):
            applicant.bag.append(todo)  # carried to the hall, which says when
            if answer.visit and answer.place:
                self._come(applicant, answer, now)
            return
        applicant.todo.append(todo)
        if applicant.stage in _NEW:
            applicant.stage = Stage.RESTING

    def _decide(self, applicant: Applicant, answer: Answer, now: Moment) -> None:
        if any(one.deed in ("appeal", "let_go") and one.item == answer.item for one in applicant.todo):
            return
        appeals = self._dice(applicant, "appeals", answer.item) < self._settings.conduct.appeals
        ground = _GROUNDS[int(len(_GROUNDS) * self._dice(applicant, "ground", answer.item))]
        at_s = now.since_s + self._reply_s(applicant, f"{answer.item}/decide", now)
        applicant.todo.append(
            Todo(at_s, "appeal", answer.item, ground=ground) if appeals else Todo(at_s, "let_go", answer.item)
        )
        if applicant.stage in _NEW:
            applicant.stage = Stage.RESTING

    def end(self, applicant: Applicant, now: Moment) -> None:
        applicant.stage, applicant.place, applicant.words = Stage.OVER, "", None
        applicant.todo, applicant.bag = [], []
        if self._dice(applicant, "takes_back") < self._settings.conduct.takes_back:
            applicant.todo.append(Todo(now.since_s + self._reply_s(applicant, "take_back", now), "take_back"))

    def _reply_s(self, applicant: Applicant, what: str, now: Moment) -> float:
        key = f"{applicant.request}/{what}"
        return self._wishes.waits_s(now.city_ms, key, self._settings.pace.reply_h[self._tempo], daytime=False)

    def _dice(self, applicant: Applicant, *keys: str) -> float:
        return fraction(self._seed, "applicant", applicant.request, *keys)
