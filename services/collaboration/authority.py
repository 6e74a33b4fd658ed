"""Who stands behind a decision: the rule that took it and the named holder of the post that authorised the rule."""

from __future__ import annotations

from services.collaboration.roster import Roster
from services.facts.base import Actor, Command
from services.facts.collaboration import Post
from twin.core.text import Text


class Authority:
    """Makes actors, and refuses commands from those who may not give them."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster

    def rule(self, rule: str, post: Post, city_ms: int) -> Actor | None:
        """The actor for a rule's decision, or None when nobody is on duty to answer for it."""
        holder = self.roster.holder(post, city_ms)
        return None if holder is None else Actor("rule", rule, post, holder.id)

    def refusal(self, command: Command, city_ms: int) -> Text | None:
        """Why this sender may not give this command now; None where they may."""
        actor = command.actor
        if actor.kind != "person":
            return Text("only a person at a post gives this command")
        if actor.post not in command.posts:
            return Text("the post of {post} may not do this", {"post": POST_TEXT.get(actor.post, Text("viewer"))})
        if not self.roster.holds(actor.id, (actor.post,), city_ms):
            return Text("{person} is not on duty at this post now", {"person": self.name(actor.id)})
        return None

    def name(self, person: str) -> Text | str:
        known = self.roster.person(person)
        return Text("{name}", {"name": known.name}) if known else person


POST_TEXT: dict[str, Text] = {
    "acceptor": Text("acceptor"),
    "dispatcher": Text("dispatcher"),
    "duty_chief": Text("duty chief"),
    "handler": Text("department handler"),
    "collector": Text("collector"),
    "clerk": Text("clerk"),
}
