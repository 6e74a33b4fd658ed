"""Item by item at counters: a form and photocopies for each, ways to apply and to fetch, papers carried to the next."""

from __future__ import annotations

from services.evaluation.service_demand import Errand
from services.evaluation.service_draws import Draws, facts_asked
from services.evaluation.service_queues import Offices
from services.evaluation.service_ways import Serving
from services.hall.catalogue import Item, Service


class Counters(Serving):
    """``combine``: on each way everything is applied for that can be, as a well advised applicant does; else one item a
    way. What is ready is fetched on the next way there; the last papers are fetched together."""

    def __init__(self, offices: Offices, service: Service, draws: Draws, errand: Errand, combine: bool) -> None:
        super().__init__(offices, service, draws, errand)
        self._combine = combine
        self._left = [item.id for item in service.items]
        self._pending: list[str] = []  # accepted, not decided
        self._decided: list[str] = []  # at the counter, to be fetched
        self._fetched: set[str] = set()
        self._again: set[str] = set()  # sent away once
        self._under_way = False
        self._seen: set[str] = set()

    def begin(self) -> None:
        for item in self.service.items:
            self.tally.questions += len(facts_asked(item))
            self.tally.materials += len(item.materials)
        self.offices.at(self.errand.asked_ms, self._plan)

    def _plan(self, at: int) -> None:
        """The next way there, if there is anything to do."""
        if len(self._fetched) == len(self.service.items):
            self.tally.ended_ms = at
            return
        if self._under_way:
            return
        here = {*self._fetched, *self._decided}
        can = [id for id in self._left if set(self.service.item(id).after) <= here]
        if can or (not self._left and not self._pending and self._decided):
            self._go(can if self._combine else can[:1])

    def _go(self, apply: list[str]) -> None:
        self._under_way = True
        self.tally.applicant_s += sum(
            len(self.service.item(id).materials) * self.work.copy_s for id in apply if id not in self._again
        )
        self.trip(lambda at: self._fetch(apply, at))

    def _fetch(self, apply: list[str], at: int) -> None:
        """Counter after counter."""
        if self._decided:
            item = self.service.item(self._decided[0])

            def fetched(then: int) -> None:
                self._decided.remove(item.id)
                self._fetched.add(item.id)
                self._fetch(apply, then)

            self.at_counter(item.department, self.work.hand_over_s, fetched)
        else:
            self._apply(apply, at)

    def _apply(self, apply: list[str], at: int) -> None:
        if not apply:
            self._under_way = False
            self._plan(at)
            return
        item = self.service.item(apply[0])
        seconds = self.draws.counter_s(self.errand, item) + len(facts_asked(item)) * self.work.question_s
        seconds += len(item.materials) * self.work.check_s

        def served(then: int) -> None:
            if item.id not in self._again and self._wrong(item):
                self._again.add(item.id)
                self.tally.returned += 1
            else:
                self._accept(item, then)
            self._apply(apply[1:], then)

        self.at_counter(item.department, seconds, served)

    def _wrong(self, item: Item) -> bool:
        """Whether anything on this form or among these copies is; it is said at once, and right the next time."""
        found = False
        for fact in facts_asked(item):
            found |= self.draws.wrong_answer(self.errand, fact, self._form(f"fact/{fact}", item))
        for material in item.materials:
            found |= self.draws.wrong_material(self.errand, material.id, self._form(material.id, item))
        return found

    def _form(self, what: str, item: Item) -> str:
        """The first time that it is asked for it is the same as on the one form."""
        if what in self._seen:
            return item.id
        self._seen.add(what)
        return ""

    def _accept(self, item: Item, at: int) -> None:
        self._left.remove(item.id)
        self._pending.append(item.id)
        seconds = self.draws.review_s(self.errand, item)
        if item.offline is not None and item.delivery != "pick_up":
            self.tally.applicant_s += seconds
        decided = self.promised_ms(item, at)
        self.by_officer(
            item.department, seconds, lambda _: self.offices.at(decided, lambda then: self._decide(item, then))
        )

    def _decide(self, item: Item, at: int) -> None:
        if item.delivery == "post":
            self.offices.after_work(self.draws.post_days(self.errand, item.id), lambda then: self._posted(item, then))
            return
        self._pending.remove(item.id)
        self._decided.append(item.id)
        self._plan(at)

    def _posted(self, item: Item, at: int) -> None:
        self._pending.remove(item.id)
        self._fetched.add(item.id)
        self._plan(at)
