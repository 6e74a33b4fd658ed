"""Who would own a case: the person at a post of the centre, or at a department's, at a moment of city time."""

from __future__ import annotations

from services.collaboration.authority import Authority
from services.facts.base import Actor
from services.facts.collaboration import HANDLING, Post
from services.governance.case import Holder


class Staffing:
    """Reads the roster; where a post is vacant, its next one answers, so that nothing is ever nobody's."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def holder(self, post: str, department: str, city_ms: int) -> Holder:
        """Whoever holds the post now; the department's head for its handler; in the end the duty chief."""
        asked: tuple[Post, ...] = HANDLING if post in HANDLING else (post,)  # type: ignore[assignment]
        for one in (*asked, "duty_chief"):
            of = "" if one == "duty_chief" else department
            person = self._authority.roster.holder(one, city_ms, of)
            if person is not None:
                return Holder(one, self._department(one, of, person.id, city_ms), person.id)
        return Holder(post, department, "")

    def department(self, post: str, city_ms: int) -> str:
        """The centre that a post of its own belongs to."""
        return self.holder(post, "", city_ms).department

    def _department(self, post: str, department: str, person: str, city_ms: int) -> str:
        return department or self._authority.department(Actor("person", person, post), city_ms)

    def relief(self, holder: Holder, city_ms: int) -> Holder | None:
        """Who relieves a holder whose shift is over; None while it lasts."""
        if self._authority.on_duty(holder.person, holder.post, city_ms):
            return None
        found = self.holder(holder.post, holder.department, city_ms)
        same = (found.post, found.department) == (holder.post, holder.department)
        return found if same and found.person != holder.person else None
