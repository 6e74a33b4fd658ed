"""The page of an errand: its facts, its graph lighting up, materials, credentials, who looked, its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from services.collaboration.roster import Roster
from services.facts.base import Actor
from services.facts.posts import POST_TEXT
from services.hall import graph
from services.hall.catalogue import Service
from services.hall.codes import CHANNEL_TEXT
from services.hall.errand import Errand
from services.hall.errand_actions import actions_of
from services.hall.errand_text import PART_TEXT, step_text
from services.hall.graph_state import P, PartState
from services.hall.ports import Registered
from twin.city.model import Place
from twin.core.text import Name, Text
from twin.core.views import Card, Facts, Graph, Happening, Moment, Section, Step, Table, Timeline

_Lit = Literal["waiting", "active", "done", "failed"]
_LIT: dict[PartState, _Lit] = {
    P.WAITING: "waiting", P.REVIEW: "active", P.SUPPLEMENT: "active", P.APPEALED: "active", P.GRANTED: "active",
    P.DELIVERED: "done", P.REFUSED: "failed", P.CLOSED: "failed", P.STOPPED: "failed",
}  # fmt: skip
_Words = dict[str, str | int | float | Text | Name]
_Row = tuple[Text | Name, Text | Name | Moment | str | float]


class ErrandPages:
    """Makes a card of an errand; keeps nothing."""

    def __init__(
        self, roster: Roster, departments: Mapping[str, Name], residents: Mapping[str, Registered],
        places: Mapping[str, Place],
    ) -> None:  # fmt: skip
        self._roster, self._departments, self._residents, self._places = roster, departments, residents, places

    def card(self, errand: Errand, service: Service) -> Card:
        sections: list[Section] = [
            self._facts(errand, service),
            self.graph(errand, service),
            self._items(errand, service),
        ]
        sections += [
            table
            for table in (_materials(errand, service), self._documents(errand, service), _form(errand, service))
            if table.rows
        ]
        sections += [self._uses(errand, service), self._history(errand)]
        officers = [review.officer for review in errand.reviews if review.officer]
        visit = errand.visit
        owner = self._roster.person((visit.clerk if visit is not None else "") or next(iter(officers), ""))
        return Card(
            kind="errand", id=errand.id, rev=errand.rev, title=service.name, subtitle=self.person(errand),
            state=step_text(errand, service), opened_ms=errand.begun_ms, closed_ms=errand.ended_ms,
            owner=owner.name if owner else "", provenance=errand.provenance, icon=service.icon, mark=errand.id,
            sections=tuple(sections), actions=actions_of(errand, service),
            pages=(
                ("resident", errand.person, Text("Their data")),
                *(
                    ("hall_work", id, Text("Work in the hall: {department}", {"department": self.department(id)}))
                    for id in dict.fromkeys(item.department for item in service.items)
                ),
            ),
        )  # fmt: skip

    def person(self, errand: Errand) -> Name:
        known = self._residents.get(errand.person)
        return known.name if known else Name(errand.pseudonym, errand.pseudonym)

    def department(self, id: str) -> Name:
        return self._departments.get(id, Name(id, id))

    def _facts(self, errand: Errand, service: Service) -> Facts:
        visit = errand.visit
        rows: list[_Row] = [
            (Text("Errand"), errand.id),
            (Text("Applicant"), self.person(errand)),
            (Text("Pseudonym"), errand.pseudonym),
        ]
        if errand.agent:
            agent = self._residents.get(errand.agent)
            ground = Text("mandate {mandate}", {"mandate": errand.mandate}) if errand.mandate else Text("guardian")
            words: _Words = {"person": agent.name if agent else errand.agent, "ground": ground}
            rows.append((Text("Acted for by"), Text("{person}, {ground}", words)))
        rows += [(Text("Applied"), CHANNEL_TEXT[errand.channel]), (Text("Step"), step_text(errand, service))]
        if visit is not None:
            place = self._places.get(visit.place)
            rows.append((Text("Service hall"), place.name if place else visit.place))
            if visit.number:
                rows.append((Text("Number"), float(visit.number)))
            if visit.state == "expected" and visit.until_ms >= 0:
                rows.append((Text("Expected until"), Moment(visit.until_ms, due=True)))
        rows += [
            (Text("Trips"), float(errand.trips)),
            (Text("Waited, minutes"), round(errand.waited_ms / 60_000, 1)),
        ]
        return Facts(title=Text("Errand"), rows=tuple(rows))

    def graph(self, errand: Errand, service: Service) -> Graph:
        """One form, the items that are wanted, and the end; what was left out is left out here too."""
        parts = errand.progress.parts
        visit = errand.visit
        at_door = visit is not None and visit.kind == "intake"
        steps = [Step(id="form", name=Text("One form"), state="active" if at_door else "done")]
        shown = [item for item in service.items if parts[item.id].state is not P.SKIPPED]
        for item in shown:
            state = _LIT[parts[item.id].state]
            if errand.ended and state in ("waiting", "active"):
                state = "failed"
            after = tuple(id for id in _shown_before(service, errand, item.after)) or ("form",)
            owner = self.department(item.department)
            steps.append(Step(id=item.id, name=item.name, state=state, after=after, owner=owner))
        used = {id for one in steps for id in one.after}
        ends = tuple(item.id for item in shown if item.id not in used)
        last: _Lit = "done" if errand.state == "completed" else "failed" if errand.ended else "waiting"
        steps.append(Step(id="done", name=Text("All done"), state=last, after=ends))
        return Graph(title=Text("Steps"), steps=tuple(steps))

    def _items(self, errand: Errand, service: Service) -> Table:
        waits = {} if errand.ended else graph.waits(service, errand.progress)
        rows = []
        for item in service.items:
            part, review = errand.progress.parts[item.id], errand.review_of(item.id)
            officer = self._roster.person(review.officer) if review is not None else None
            why = part.why or waits.get(item.id) or PART_TEXT[part.state]
            rows.append(
                (
                    item.name, PART_TEXT[part.state], why, self.department(item.department),
                    officer.name if officer else "–", Moment(part.promised_ms, due=True) if part.promised_ms >= 0
                    else "–", Moment(part.until_ms, due=True) if part.until_ms >= 0 else "–",
                )
            )  # fmt: skip
        columns = (Text("Item"), Text("State"), Text("Why"), Text("Department"), Text("Officer"), Text("Promised"),
                   Text("At the latest"))  # fmt: skip
        return Table(title=Text("Items"), columns=columns, rows=tuple(rows))

    def _documents(self, errand: Errand, service: Service) -> Table:
        rows = tuple(
            (
                service.item(one.kind).name, one.id, self.department(one.issuer), Moment(one.issued_ms),
                one.signature.hex()[:16], ", ".join(one.evidence),
            )
            for one in errand.credentials
        )  # fmt: skip
        columns = (Text("Credential"), Text("Number"), Text("Issued by"), Text("Issued"), Text("Signature"),
                   Text("Rests on"))  # fmt: skip
        return Table(title=Text("Credentials"), columns=columns, rows=rows)

    def _uses(self, errand: Errand, service: Service) -> Table:
        names = {field.id: field.name for field in service.fields}
        grounds = {item.basis.id: item.basis.reference for item in service.items}
        consent = Name("the applicant's own request and consent", "申请人本人申请并同意")
        rows = tuple(
            (
                Moment(use.city_ms), self.department(use.department),
                Name(
                    ", ".join(names[field].en for field in use.fields if field in names),
                    "、".join(names[field].zh for field in use.fields if field in names),
                ),
                grounds.get(use.basis, consent) if use.basis else Text("refused: no ground"),
            )
            for use in errand.uses
        )  # fmt: skip
        columns = (Text("When"), Text("Who looked"), Text("At what"), Text("On what ground"))
        return Table(title=Text("Who looked at the data"), columns=columns, rows=rows)

    def _history(self, errand: Errand) -> Timeline:
        return Timeline(
            title=Text("History"),
            entries=tuple(
                Happening(city_ms=line.city_ms, what=line.what, who=self._who(line.actor, errand), why=line.why)
                for line in errand.history
            ),
        )

    def _who(self, actor: Actor, errand: Errand) -> Text | Name | str:
        if actor.kind == "resident":
            known = self._residents.get(actor.id)
            return known.name if known else self.person(errand)
        person = self._roster.person(actor.holder or actor.id)
        post = POST_TEXT.get(actor.post, Text("clerk"))
        if actor.kind == "system" or person is None:
            return Text("system clock") if actor.kind == "system" else Text("rule {rule}", {"rule": actor.id})
        if actor.kind == "person":
            return Text("{person}, {post}", {"person": person.name, "post": post})
        if actor.kind == "colleague":
            return Text("automatic colleague for {person}, {post}", {"person": person.name, "post": post})
        words: _Words = {"rule": actor.id, "post": post, "person": person.name}
        return Text("rule {rule}, authorised by the {post} {person}", words)


def _shown_before(service: Service, errand: Errand, after: tuple[str, ...]) -> tuple[str, ...]:
    """What an item comes after, with items that were left out replaced by what they come after."""
    found: list[str] = []
    for id in after:
        skipped = errand.progress.parts[id].state is P.SKIPPED
        found += _shown_before(service, errand, service.item(id).after) if skipped else (id,)
    return tuple(dict.fromkeys(found))


def _materials(errand: Errand, service: Service) -> Table:
    progress = errand.progress
    named = {one.id: one for item in service.items for one in item.materials}
    kinds = {item.id: item.name for item in service.items}

    def state(id: str, replaced_by: str) -> Text:
        if id in progress.held:
            return Text("given")
        if replaced_by in progress.wallet:
            return Text("replaced by a credential")
        if id in progress.asked:
            return Text("asked for")
        return Text("not there yet")

    rows = tuple(
        (one.name, state(one.id, one.replaced_by), kinds.get(one.replaced_by, Name(one.replaced_by, one.replaced_by))
         if one.replaced_by else "–")
        for one in named.values()
    )  # fmt: skip
    return Table(
        title=Text("Materials"), columns=(Text("Material"), Text("State"), Text("A credential replaces it")), rows=rows
    )  # fmt: skip


def _form(errand: Errand, service: Service) -> Table:
    """The names of the fields: what they say is the applicant's, and is sealed."""
    missing = set(errand.missing)
    rows = tuple(
        (field.name, Text("left out, asked by an officer") if field.id in missing else Text("answered, sealed"))
        for field in service.fields
    )
    return Table(title=Text("The one form"), columns=(Text("Field"), Text("State")), rows=rows)
