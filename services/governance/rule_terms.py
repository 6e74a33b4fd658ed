"""What a rule may ask, one test a kind of condition; made once a rule, so that only what it names is looked at."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec

from services.governance.rules import Rule, Shown, When
from twin.core.text import Text


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rule may look at. ``scene`` and ``tasks`` are empty where only a code is asked about; ``values`` are
    (signal, value or None) of the evidence; ``excluded`` departments have returned the case."""

    code: str
    severity: int
    city_ms: int
    district: str
    subdistrict: str
    scene: str = ""
    lead: str = ""
    tasks: tuple[str, ...] = ()
    place_kind: str = ""
    tier: str = "subdistrict"
    owner: str = ""
    maintainer: str = ""
    values: tuple[tuple[str, float | None], ...] = ()
    excluded: tuple[str, ...] = ()


class Moment(msgspec.Struct, frozen=True):
    """The local time of a question, worked out once a minute."""

    day: datetime.date
    hour: int
    weekday: int
    working: bool


Test = Callable[[Question, Moment], Text | None]
"""Why a condition does not hold, in words; None where it does."""


def tests_of(rule: Rule) -> tuple[Test, ...]:
    """What a rule asks, cheapest and most telling first: only what it names."""
    dated = (_in_force(rule),)
    made = (make(rule.when) for make in _MAKERS)
    return (*dated, *(test for test in made if test is not None))


def _in_force(rule: Rule) -> Test:
    early = Text("not in force before {date}", {"date": rule.effective.isoformat()})
    late = Text("not in force after {date}", {"date": rule.until.isoformat() if rule.until else ""})
    last = rule.until or datetime.date.max

    def test(question: Question, moment: Moment) -> Text | None:
        if rule.effective <= moment.day <= last:
            return None
        return early if moment.day < rule.effective else late

    return test


def _scenes(when: When) -> Test | None:
    scenes, text = frozenset(when.scenes), Text("another scene")
    return (lambda question, _: None if question.scene in scenes else text) if scenes else None


def _codes(when: When) -> Test | None:
    codes, shown = when.codes, ", ".join(when.codes)

    def test(question: Question, _: Moment) -> Text | None:
        if question.code.startswith(codes):
            return None
        return Text("code {code} is not among {codes}", {"code": question.code, "codes": shown})

    return test if codes else None


def _signals(when: When) -> Test | None:
    asked = when.signals
    text = Text("the evidence shows no such signal: {signals}", {"signals": ", ".join(map(_shown, asked))})

    def test(question: Question, _: Moment) -> Text | None:
        return None if any(_holds(shown, *value) for shown in asked for value in question.values) else text

    return test if asked else None


def _shown(shown: Shown) -> str:
    bounds = ((" ≥ ", shown.least), (" ≤ ", shown.most))
    return shown.signal + "".join(f"{sign}{bound:g}" for sign, bound in bounds if bound is not None)


def _holds(shown: Shown, signal: str, value: float | None) -> bool:
    if shown.signal not in (signal, signal.partition("/")[2]):
        return False
    if shown.least is None and shown.most is None:
        return True
    return (
        value is not None
        and (shown.least is None or value >= shown.least)
        and (shown.most is None or value <= shown.most)
    )


def _place_kinds(when: When) -> Test | None:
    kinds, text = frozenset(when.place_kinds), Text("not at such a place")
    return (lambda question, _: None if question.place_kind in kinds else text) if kinds else None


def _districts(when: When) -> Test | None:
    districts = frozenset(when.districts)

    def test(question: Question, _: Moment) -> Text | None:
        if question.district in districts:
            return None
        return Text("district {district} is not named", {"district": question.district or "–"})

    return test if districts else None


def _subdistricts(when: When) -> Test | None:
    subdistricts = frozenset(when.subdistricts)

    def test(question: Question, _: Moment) -> Text | None:
        if question.subdistrict in subdistricts:
            return None
        return Text("subdistrict {subdistrict} is not named", {"subdistrict": question.subdistrict or "–"})

    return test if subdistricts else None


def _tiers(when: When) -> Test | None:
    tiers, text = frozenset(when.tiers), Text("handled at another tier")
    return (lambda question, _: None if question.tier in tiers else text) if tiers else None


def _at_least(when: When) -> Test | None:
    gravest, text = when.at_least, Text("not grave enough")
    return None if gravest is None else lambda question, _: None if question.severity <= gravest else text


def _hours(when: When) -> Test | None:
    if when.hours is None:
        return None
    first, last = when.hours
    text = Text("not between {first}:00 and {last}:00", {"first": first, "last": last})
    within = frozenset(range(first, last) if first < last else (*range(first, 24), *range(last)))
    return lambda _, moment: None if moment.hour in within else text


def _weekdays(when: When) -> Test | None:
    days, text = frozenset(when.weekdays), Text("not on this day of the week")
    return (lambda _, moment: None if moment.weekday in days else text) if days else None


def _working(when: When) -> Test | None:
    text = Text("outside working hours") if when.working else Text("within working hours")
    return None if when.working is None else lambda _, moment: None if moment.working is when.working else text


def _owned(when: When) -> Test | None:
    text = Text("no component with an owner is concerned") if when.owned else Text("the component has an owner")
    return None if when.owned is None else lambda question, _: None if bool(question.owner) is when.owned else text


def _owners(when: When) -> Test | None:
    owners, text = frozenset(when.owners), Text("the component has another owner, or none")
    return (lambda question, _: None if question.owner in owners else text) if owners else None


def _maintainers(when: When) -> Test | None:
    keepers, text = frozenset(when.maintainers), Text("another department, or none, keeps the component in repair")
    return (lambda question, _: None if question.maintainer in keepers else text) if keepers else None


_MAKERS: tuple[Callable[[When], Test | None], ...] = (
    _scenes, _codes, _signals, _place_kinds, _districts, _subdistricts, _tiers, _at_least, _hours, _weekdays, _working,
    _owned, _owners, _maintainers,
)  # fmt: skip
