"""How people, posts and departments are called, for sentences and pages."""

from __future__ import annotations

from collections.abc import Mapping

from services.collaboration.authority import Authority, person_of
from services.facts.base import Actor
from services.facts.posts import POST_TEXT
from twin.city.units import Department
from twin.core.text import Name, Text
from twin.core.views import Choice


class Names:
    """Read-only."""

    def __init__(self, departments: Mapping[str, Department], authority: Authority) -> None:
        self.departments = departments
        self.authority = authority
        self.choices = tuple(Choice(id, department.name) for id, department in departments.items())

    def department(self, id: str) -> Name:
        known = self.departments.get(id)
        return known.name if known else Name(id or "–", id or "–")

    def colour(self, id: str) -> str:
        known = self.departments.get(id)
        return known.colour if known else ""

    def person(self, id: str) -> Name:
        return self.authority.person_name(id)

    def post(self, post: str) -> Text:
        return POST_TEXT.get(post, Text("{post}", {"post": post or "–"}))

    def desk(self, post: str, department: str) -> Text | Name:
        """What the desk is called where the department names it, else the post."""
        known = self.departments.get(department)
        return dict(known.desks).get(post, self.post(post)) if known else self.post(post)

    def speaker(self, actor: Actor) -> Text | Name:
        """Who stands behind it: a person by name, software with whom it acts for."""
        match actor.kind:
            case "person":
                return self.person(actor.id)
            case "colleague":
                return Text("automatic colleague for {person}", {"person": self.person(actor.holder)})
            case "rule":
                return Text("rule {rule}, for {person}", {"rule": actor.id, "person": self.person(person_of(actor))})
            case "system":
                return Text("the clock")
            case _:
                return Name(actor.id, actor.id)
