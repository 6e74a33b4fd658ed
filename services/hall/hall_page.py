"""A hall as whoever stands before it sees it: who is being served, how many wait, and a number to take."""

from __future__ import annotations

from services.facts.resident import TakeNumber
from services.hall.errands import ErrandDesk
from services.hall.mine import Mine
from services.hall.posture import in_hall
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Table


class HallPage:
    """Reads the book; says of other people no more than a board in a hall does: their numbers."""

    def __init__(self, city: City, errands: ErrandDesk, mine: Mine) -> None:
        self._halls = {place.id: place for place in city.places if place.kind == "service_hall"}
        self._errands, self._mine = errands, mine

    def page(self, person: str, id: str, inside: str, city_ms: int) -> Card | None:
        """``inside``: the place that the person is in. None where ``id`` is no hall."""
        del city_ms
        hall = self._halls.get(id)
        if hall is None:
            return None
        here = [errand for errand in self._errands.book.open() if in_hall(errand)[1] == id]
        waiting = sorted(number for posture, _, number in map(in_hall, here) if posture == "queueing")
        served = sorted(number for posture, _, number in map(in_hall, here) if posture == "served")
        rows: list[tuple[Text | Name, Text | Name | str | float]] = [
            (Text("At the counters"), ", ".join(map(str, served)) or Text("nobody")),
            (Text("Waiting"), float(len(waiting))),
            (Text("You are"), Text("inside") if inside == id else Text("not there yet")),
        ]
        mine = [errand for errand in here if self._mine.owns(person, errand.id)]
        sections: list[Facts | Table] = [Facts(title=Text("The hall now"), rows=tuple(rows))]
        if mine:
            sections.append(
                Table(
                    title=Text("Your numbers"), columns=(Text("Number"), Text("Errand")),
                    rows=tuple((in_hall(errand)[2], self._name(errand.service)) for errand in mine),
                    links=tuple(("errand", errand.id) for errand in mine),
                )
            )  # fmt: skip
        take = Action(
            command=TakeNumber.__name__, label=Text("Take a number"), fixed={"place": id}, posts=TakeNumber.posts
        )
        return Card(
            kind="hall", id=id, rev=0, title=hall.name, subtitle=Text("Service hall"), icon="service_hall",
            sections=tuple(sections), actions=(take,) if inside == id else (),
            pages=(("services", "", Text("Public services")),),
        )  # fmt: skip

    def _name(self, service: str) -> Name:
        known = self._errands.book.services.get(service)
        return known.name if known else Name(service, service)
