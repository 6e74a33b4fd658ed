"""Rules compiled for asking: a question in, a department out, with every rule that was tried and why it lost."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Protocol, get_args

import msgspec

from services.collaboration.roster import Roster
from services.facts.collaboration import Post
from services.facts.evidence import Contender, RuleTried
from services.governance.jurisdiction import Jurisdiction
from services.governance.rule_terms import Moment, Question, tests_of
from services.governance.rules import Rule, RuleSet
from twin.city.model import City
from twin.city.units import Department
from twin.core.text import Name, Text

_MINUTE_MS = 60_000
_POSTS: tuple[Post, ...] = get_args(Post)


class Routed(msgspec.Struct, frozen=True):
    """``rule`` is None where none matched, or where ``contenders`` say that a person must choose; every rule up to the
    winner was tried, and says why it lost."""

    department: str
    rule: Rule | None
    tried: tuple[RuleTried, ...]
    contenders: tuple[Contender, ...] = ()


class Works(Protocol):
    """Whether a moment is working time."""

    def __call__(self, city_ms: int) -> bool: ...


class Rulebook:
    """Rules and what they need to be asked: departments, roster, jurisdictions."""

    def __init__(
        self, rules: RuleSet, departments: Mapping[str, Department], roster: Roster, city: City, works: Works
    ) -> None:
        self.rules = rules
        self._roster = roster
        self._works = works
        self._departments = departments
        self._names = {id: department.name for id, department in departments.items()}
        self._skills = {id: frozenset(s for kind in d.units for s in kind.skills) for id, d in departments.items()}
        self._served = dict(city.meta.jurisdictions)
        self._compiled = tuple((rule, tests_of(rule)) for rule in rules.rules)
        self._minute = -1
        self._moment = Moment(datetime.date.min, 0, 1, False)
        self._present: dict[str, bool] = {}

    def route(self, question: Question, grounds: tuple[Jurisdiction, ...]) -> Routed:
        """Ask for the spot's own ground; where another within tolerance would give another answer, ask a person."""
        own = self.ask(_on(question, grounds[0]))
        if len(grounds) == 1:
            return own
        answers = [(grounds[0], own), *((ground, self.ask(_on(question, ground))) for ground in grounds[1:])]
        other = next((pair for pair in answers[1:] if pair[1].department != own.department), None)
        if other is None:
            return own
        contenders = tuple(
            Contender(
                department=answer.department,
                rule=answer.rule.id if answer.rule else "",
                district=ground.district,
                subdistrict=ground.subdistrict,
                away_m=ground.away_m,
            )
            for ground, answer in answers
        )
        return Routed("", None, self._undecided(own, other), contenders)

    def _undecided(self, own: Routed, other: tuple[Jurisdiction, Routed]) -> tuple[RuleTried, ...]:
        """The trace, whose winner only would have won."""
        ground, answer = other
        text = Text(
            "the spot is {metres} m from {subdistrict}, whose answer is {department}: a person decides",
            {
                "metres": ground.away_m,
                "subdistrict": ground.subdistrict,
                "department": self._names.get(answer.department, Text("nobody")),
            },
        )
        return tuple(
            RuleTried(tried.rule, tried.name, False, text if tried.won else tried.why) for tried in own.tried
        ) or (RuleTried("border", Name("Border of jurisdictions", "辖区交界"), False, text),)

    def ask(self, question: Question) -> Routed:
        """Try the rules in order; the first whose conditions hold, and whose department may take the case, wins."""
        moment = self._local(question.city_ms)
        symbols = {"@lead": question.lead, "@owner": question.owner, "@maintainer": question.maintainer}
        tried: list[RuleTried] = []
        for rule, tests in self._compiled:
            lost = None
            for test in tests:
                lost = test(question, moment)
                if lost is not None:
                    break
            else:
                department = symbols.get(rule.department, rule.department)
                lost = self._unfit(department, question)
                if lost is None:
                    won = Text("all conditions hold: {department}", {"department": self._names[department]})
                    tried.append(RuleTried(rule.id, rule.name, True, won))
                    return Routed(department, rule, tuple(tried))
            tried.append(RuleTried(rule.id, rule.name, False, lost))
        return Routed("", None, tuple(tried))

    def _local(self, city_ms: int) -> Moment:
        minute = city_ms // _MINUTE_MS
        if minute != self._minute:
            local = datetime.datetime.fromtimestamp(self._roster.local(city_ms) / 1000, datetime.UTC)
            self._moment = Moment(local.date(), local.hour, local.isoweekday(), self._works(city_ms))
            self._minute = minute
            self._present.clear()
        return self._moment

    def _staffed(self, department: str, city_ms: int) -> bool:
        """Whether anybody of it holds any post now; asked after :meth:`_local`."""
        known = self._present.get(department)
        if known is None:
            known = any(self._roster.on_duty(post, city_ms, department) for post in _POSTS)
            self._present[department] = known
        return known

    def _unfit(self, department: str, question: Question) -> Text | None:
        """Why a department that the conditions point to may not take the case."""
        name = self._names.get(department)
        if name is None:
            return Text("it names no department here")
        if department in question.excluded:
            return Text("{department} returned the case", {"department": name})
        if question.tasks and self._skills[department].isdisjoint(question.tasks):
            return Text("{department} has no unit for it", {"department": name})
        served = self._served.get(department)
        if served is not None and question.district and question.district not in served:
            return Text(
                "{department} does not serve district {district}", {"department": name, "district": question.district}
            )
        if not self._staffed(department, question.city_ms):
            return Text("{department} has nobody on duty", {"department": name})
        return None


def _on(question: Question, ground: Jurisdiction) -> Question:
    if question.district == ground.district and question.subdistrict == ground.subdistrict:
        return question
    return msgspec.structs.replace(question, district=ground.district, subdistrict=ground.subdistrict)
