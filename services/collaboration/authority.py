"""Who stands behind a decision: the rule that took it and the named holder of the post that authorised the rule."""

from __future__ import annotations

from typing import Protocol

from services.collaboration.roster import Roster
from services.facts.base import Actor, Command
from services.facts.collaboration import Post
from services.facts.posts import POST_TEXT
from twin.core.text import Name, Text


class Standing(Protocol):
    """Who has a post of the centre until somebody takes it over."""

    def stands(self, person: str, post: str) -> bool: ...


class Authority:
    """Makes actors, and refuses commands from those who may not give them."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self._standing: Standing | None = None

    def heed(self, standing: Standing) -> None:
        """From composition: a shift that is not handed over lasts, and one that is taken over early has begun."""
        self._standing = standing

    def rule(self, rule: str, post: Post, city_ms: int, department: str = "") -> Actor | None:
        """The actor for a rule's decision, or None when nobody is on duty to answer for it."""
        holder = self.roster.holder(post, city_ms, department)
        return None if holder is None else Actor("rule", rule, post, holder.id)

    def refusal(self, command: Command, city_ms: int) -> Text | None:
        """Why this sender may not give this command now; None where they may. A colleague at a post acts as whoever
        is on duty there."""
        actor = command.actor
        if actor.kind not in ("person", "colleague"):
            return Text("only a person at a post gives this command")
        if actor.post not in command.posts:
            return Text("the post of {post} may not do this", {"post": POST_TEXT.get(actor.post, Text("viewer"))})
        if not self.on_duty(person_of(actor), actor.post, city_ms):
            return Text("{person} is not on duty at this post now", {"person": self.name(person_of(actor))})
        return None

    def on_duty(self, person: str, post: str, city_ms: int) -> bool:
        """By the roster, or by a shift that this person took over and has not handed on."""
        standing = self._standing is not None and self._standing.stands(person, post)
        return standing or self.roster.holds(person, (post,), city_ms)

    def department(self, actor: Actor, city_ms: int) -> str:
        """The department that the actor speaks for now; an empty string where the roster knows none."""
        duty = self.roster.duty(person_of(actor), actor.post, city_ms)
        if duty is not None:
            return duty.department
        known = self.roster.person(person_of(actor))
        duties = known.duties if known is not None else ()
        return next((duty.department for duty in duties if duty.post == actor.post), "")

    def area(self, actor: Actor, city_ms: int) -> str:
        """The subdistrict whose post the actor holds; empty: any."""
        duty = self.roster.duty(person_of(actor), actor.post, city_ms)
        return duty.area if duty is not None else ""

    def name(self, person: str) -> Text | str:
        known = self.roster.person(person)
        return Text("{name}", {"name": known.name}) if known else person

    def person_name(self, person: str) -> Name:
        known = self.roster.person(person)
        return known.name if known else Name(person or "–", person or "–")


def person_of(actor: Actor) -> str:
    """The named person: who holds the post that a rule or colleague acts for, or the actor in person."""
    return actor.id if actor.kind == "person" else actor.holder
