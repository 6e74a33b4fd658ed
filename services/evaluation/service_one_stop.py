"""One-stop: one form, credentials in the place of papers, items side by side, no way where none is needed."""

from __future__ import annotations

from collections.abc import Iterable

from services.evaluation.service_demand import Errand
from services.evaluation.service_draws import Draws
from services.evaluation.service_queues import Offices, Then
from services.evaluation.service_ways import Serving
from services.hall import graph
from services.hall.catalogue import Item, Limit, Service
from services.hall.graph_state import P, Progress


class OneStop(Serving):
    """Who has no digital identity takes one way to the hall's general window, and is served alike from there on."""

    def __init__(self, offices: Offices, service: Service, draws: Draws, errand: Errand) -> None:
        super().__init__(offices, service, draws, errand)
        self._wallet = draws.settings.wallet
        self._progress = graph.begin(service, errand.facts, self._wallet)
        self._wrong: set[str] = set()
        self._asked: dict[str, tuple[str, ...]] = {}
        self._blocked: list[str] = []
        self._begun: dict[str, int] = {}
        self._visited: set[str] = set()

    def begin(self) -> None:
        brought = graph.to_bring(self.service, self._progress)
        questions = len(self.service.fields)
        self.tally.questions, self.tally.materials = questions, len(brought)
        if self.errand.digital:
            seconds = questions * self.work.question_s + len(brought) * self.work.upload_s
            self.tally.applicant_s += seconds
            self.offices.at(self.errand.asked_ms + round(seconds * 1000), self._submit)
            return
        self.tally.applicant_s += len(brought) * self.work.copy_s
        at_window = self.draws.counter_s(self.errand, self.service.items[0]) + questions * self.work.question_s
        at_window += len(brought) * self.work.check_s
        self.offices.at(
            self.errand.asked_ms,
            lambda _: self.trip(lambda _: self.at_counter(self.service.reception, at_window, self._submit)),
        )

    def _submit(self, at: int) -> None:
        brought = graph.to_bring(self.service, self._progress)
        right = [one.id for one in brought if not self.draws.wrong_material(self.errand, one.id)]
        self._wrong = {
            f"fact/{field.id}" for field in self.service.fields if self.draws.wrong_answer(self.errand, field.id)
        }
        self._progress = graph.begin(self.service, self.errand.facts, self._wallet, right)
        self._advance(at)

    def _due(self, begun_ms: int, limit: Limit) -> int:
        return self.offices.calendar.add(limit.kind, begun_ms, limit.amount)

    def _advance(self, at: int) -> None:
        for group in graph.ready(self.service, self._progress):
            self._progress = graph.start(self.service, self._progress, group, at, self._due)
            for id in group:
                self._begun[id] = at
                self._review(self.service.item(id))
        if graph.completed(self._progress):
            self.tally.ended_ms = at

    def _review(self, item: Item) -> None:
        seconds = self.draws.review_s(self.errand, item)
        if item.offline is not None and item.delivery != "pick_up" and (item.joint or item.id) not in self._visited:
            self._visited.add(item.joint or item.id)  # who is reviewed together is visited together
            self.tally.applicant_s += seconds
        for material in item.materials:
            replaced = material.replaced_by in self._progress.wallet
            seconds += self.work.verify_s if replaced else self.work.check_s
        self.by_officer(item.department, seconds, lambda at: self._look(item, at))

    def _look(self, item: Item, at: int) -> None:
        """All that is missing or wrong is asked for at once; what another item asked for already is waited for."""
        missing = [one.id for one in graph.lacking(self.service, self._progress, item.id)]
        missing += [f"fact/{fact}" for fact in item.reads if f"fact/{fact}" in self._wrong - set(self._progress.held)]
        new = [one for one in missing if one not in self._progress.asked]
        if new:
            self._ask(item, new, at)
        elif missing:
            self._blocked.append(item.id)
        else:
            self.offices.at(self.promised_ms(item, self._begun[item.id]), lambda then: self._grant(item, then))

    def _ask(self, item: Item, new: Iterable[str], at: int) -> None:
        self._asked[item.id] = tuple(new)
        self._progress = graph.ask(self._progress, item.id, self._asked[item.id], at, self._due)
        self.tally.returned += 1
        answered = self._answered(item)
        if self.errand.digital:
            self.tally.applicant_s += len(self._asked[item.id]) * self.work.upload_s
            self.offices.after_work(self.draws.answer_days(self.errand, item.id), answered)
        else:
            seconds = len(self._asked[item.id]) * self.work.check_s
            self.tally.applicant_s += len(self._asked[item.id]) * self.work.copy_s
            self.trip(lambda _: self.at_counter(self.service.reception, seconds, answered))

    def _answered(self, item: Item) -> Then:
        def then(at: int) -> None:
            given = self._asked[item.id]
            self._progress = graph.answer(self.service, self._progress, item.id, given, at, self._due)
            seconds = len(given) * self.work.check_s
            self._begun[item.id] = at
            self.by_officer(item.department, seconds, lambda later: self._look(item, later))
            blocked, self._blocked = self._blocked, []
            for id in blocked:
                self._look(self.service.item(id), at)

        return then

    def _grant(self, item: Item, at: int) -> None:
        self._progress = graph.grant(self.service, self._progress, item.id)
        if self._progress.parts[item.id].state is P.GRANTED:
            if item.delivery == "post":
                self.offices.after_work(
                    self.draws.post_days(self.errand, item.id), lambda then: self._deliver(item, then)
                )
            else:
                self.trip(lambda _: self.at_counter(
                    self.service.reception, self.work.hand_over_s, lambda then: self._deliver(item, then)
                ))  # fmt: skip
        self._advance(at)

    def _deliver(self, item: Item, at: int) -> None:
        self._progress = graph.deliver(self._progress, item.id)
        self._advance(at)

    @property
    def progress(self) -> Progress:
        return self._progress
