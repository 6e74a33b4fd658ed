"""The draft of a report upward: sentences from what is known of a case now, each with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.facts.duty import ReportKind, Sentence
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.ledger import LedgerDesk
from services.governance.lifecycle import STATE_TEXT
from services.governance.reports_lines import Line
from services.governance.story import CLOCK, OUTCOME, SOURCE
from services.governance.wording import measured, proven
from twin.core.text import Name, Text
from twin.core.words import Provenance

LEVEL = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
TOLD = 12
"""So many of the last steps are told; the rest are on the case's card."""
NAMED = 5
_MINUTE_MS = 60_000


class Draft:
    """Read-only; worked out anew whenever it is asked."""

    def __init__(self, cases: CaseDesk, ledger: LedgerDesk) -> None:
        self._cases, self._ledger = cases, ledger

    def sentences(
        self, kind: ReportKind, case: Case, lines: Sequence[Line], since_ms: int, city_ms: int
    ) -> tuple[Sentence, ...]:
        """In the order in which a superior wants to know."""
        found: list[Sentence] = [self._opening(case)]
        if case.provenance == Provenance.EXERCISE:
            found.insert(0, Sentence(Text("Exercise: nothing of this has happened."), (case.id,)))
        if kind == "final":
            found += [*self._ending(case), *self._total(case)]
        else:
            found += [*self._standing(case, city_ms), *self._exposed(case), *self._elsewhere(case)]
        found += self._done(lines, since_ms if kind == "further" else -1)
        if kind != "final":
            found += self._outlook(case)
        return tuple(found)

    def _opening(self, case: Case) -> Sentence:
        scene = self._cases.scenes.of(case)
        args: dict[str, str | int | float | Text | Name] = {
            "time": self._time(case.observed_ms),
            "source": SOURCE.get(case.source, Text("{source}", {"source": case.source})),
            "what": measured(scene, case.evidence, case.where), "level": LEVEL[case.severity], "case": case.id,
        }  # fmt: skip
        text = Text("{time}, noticed by {source}: {what}. Case {case}, severity {level}.", args)
        signals = tuple(entry.signal for entry in case.evidence)
        return Sentence(text, (case.id, *signals[:NAMED]))

    def _standing(self, case: Case, city_ms: int) -> Iterator[Sentence]:
        lookup = self._cases.lookup
        args: dict[str, str | int | float | Text | Name] = {
            "time": self._time(city_ms), "state": STATE_TEXT[case.state], "case": case.id,
        }  # fmt: skip
        evidence = [case.id]
        if not case.department:
            yield Sentence(Text("As of {time} the case is {state}; no department has it yet.", args), tuple(evidence))
            return
        args["department"] = lookup.department_name(case.department)
        if case.assignment is None:
            yield Sentence(Text("As of {time} the case is {state}, with {department}.", args), tuple(evidence))
            return
        args["unit"] = lookup.unit_name(case.assignment.unit)
        evidence.append(case.assignment.order)
        yield Sentence(Text("As of {time} the case is {state}, with {department}: {unit}.", args), tuple(evidence))

    def _exposed(self, case: Case) -> Iterator[Sentence]:
        account = self._ledger.account(case.id)
        if account is None or not account.looked:
            return
        toll = account.toll
        args: dict[str, str | int | float | Text | Name] = {
            "residents": toll.residents, "share": round(toll.coverage * 100), "time": self._time(account.at_ms),
            "hours": round(toll.vehicle_hours, 1),
        }  # fmt: skip
        text = Text(
            "By estimate at {time}, {residents} residents are within reach ({share} % of them heard) and traffic has "
            "lost {hours} vehicle-hours.",
            args,
        )
        yield Sentence(text, (f"ledger/{case.id}@{account.at_ms}",))
        if toll.services:
            yield Sentence(
                Text("{count} errands at the service hall cannot go on.", {"count": toll.services}),
                (f"ledger/{case.id}@{account.at_ms}",),
            )

    def _elsewhere(self, case: Case) -> Iterator[Sentence]:
        """The whole city, where the case is about all of it."""
        if self._cases.scenes.of(case).tier != "city" or case.source != "weather":
            return
        others = [other for other in self._cases.open() if other.id != case.id]
        if not others:
            yield Sentence(Text("No other case is open in the city."), (case.id,))
            return
        spots = [(self._cases.scenes.of(other).name, other.where) for other in others[:NAMED]]
        names = Name(
            "; ".join(f"{scene.en}, {where.en}" for scene, where in spots),
            "；".join(f"{where.zh}{scene.zh}" for scene, where in spots),
        )
        text = Text(
            "{count} other cases are open in the city, among them: {names}.", {"count": len(others), "names": names}
        )
        yield Sentence(text, tuple(other.id for other in others))

    def _done(self, lines: Sequence[Line], since_ms: int) -> Iterator[Sentence]:
        new = [line for line in lines if line.city_ms > since_ms]
        if not new and since_ms >= 0:
            yield Sentence(Text("Nothing new since the report of {time}.", {"time": self._time(since_ms)}), ())
        for line in new[-TOLD:]:
            yield Sentence(
                Text("{time}: {what}.", {"time": self._time(line.city_ms), "what": line.text}), line.evidence
            )

    def _outlook(self, case: Case) -> Iterator[Sentence]:
        running = [clock for clock in case.clocks if clock.running]
        for clock in running:
            args: dict[str, str | int | float | Text | Name] = {
                "clock": CLOCK[clock.name], "time": self._time(clock.due_ms),
            }  # fmt: skip
            late = Text("The clock for {clock} was due at {time} and is overdue.", args)
            yield Sentence(late if clock.overdue else Text("The clock for {clock} is due at {time}.", args), (case.id,))

    def _ending(self, case: Case) -> Iterator[Sentence]:
        minutes = max(0, round((case.closed_ms - case.opened_ms) / _MINUTE_MS))
        args: dict[str, str | int | float | Text | Name] = {
            "time": self._time(case.closed_ms), "minutes": minutes,
            "outcome": OUTCOME[case.outcome] if case.outcome else STATE_TEXT[case.state],
        }  # fmt: skip
        proofs = tuple(dict.fromkeys(proof.subject for proof in case.readings))
        yield Sentence(Text("{time}, after {minutes} min: {outcome}.", args), (case.id, *proofs))
        proof = proven(case, self._cases.scenes.of(case))
        if proof is not None and case.outcome == "verified":
            yield Sentence(Text("{proof}.", {"proof": proof}), (case.id, *proofs))
        if case.reworks:
            yield Sentence(Text("The department had to go again {count} times.", {"count": case.reworks}), (case.id,))
        for clock in case.clocks:
            if clock.overdue or (not clock.running and clock.stopped_ms > clock.due_ms):
                yield Sentence(Text("The clock for {clock} was overdue.", {"clock": CLOCK[clock.name]}), (case.id,))

    def _total(self, case: Case) -> Iterator[Sentence]:
        account = self._ledger.account(case.id)
        if account is None or not account.looked:
            return
        toll = account.toll
        args: dict[str, str | int | float | Text | Name] = {
            "most": account.most_residents, "hours": round(toll.resident_minutes / 60, 1),
            "lost": round(toll.vehicle_hours, 1), "share": round(toll.coverage * 100),
        }  # fmt: skip
        text = Text(
            "By estimate ({share} % heard at last), at most {most} residents at a time were within reach, {hours} "
            "resident-hours in all; traffic lost {lost} vehicle-hours.",
            args,
        )
        yield Sentence(text, (f"ledger/{case.id}@{account.at_ms}",))

    def _time(self, city_ms: int) -> str:
        """HH:MM in the city."""
        minutes = self._cases.lookup.roster.local(city_ms) // _MINUTE_MS
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
