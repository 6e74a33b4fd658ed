"""Who may give a command: the posts written beside it in ``services.facts``, and nobody else."""

from __future__ import annotations

from services.facts.base import Command, CommandRefused
from services.facts.posts import WHO_TEXT
from twin.core.text import Text


def may(command: Command) -> bool:
    """A person or rule by post; a unit, a resident or the system where the posts name them; a command without posts
    is the system's alone."""
    actor, posts = command.actor, type(command).posts
    if actor.kind == "system":
        return not posts or "system" in posts
    if actor.kind in ("unit", "resident"):
        return actor.kind in posts
    return bool(actor.post) and actor.post in posts


def refusal(command: Command) -> CommandRefused | None:
    """The refusal that the engine journals, or None where the actor may."""
    if may(command):
        return None
    given = command.actor.post or command.actor.kind
    posts = dict.fromkeys(type(command).posts or ("system",))
    why = Text("{post} may not do this: it is for {posts}", {"post": word(given), "posts": joined(tuple(posts))})
    return CommandRefused(actor=command.actor, command=type(command).__name__, cause=command.id, why=why)


def word(post: str) -> Text:
    """A person without a post of these looks on."""
    return WHO_TEXT.get(post, Text("viewer"))


def joined(posts: tuple[str, ...]) -> Text:
    """``acceptor or duty chief``."""
    told = word(posts[0])
    for post in posts[1:]:
        told = Text("{some} or {another}", {"some": told, "another": word(post)})
    return told


def nothing_came_of(command: Command) -> CommandRefused:
    """No desk answered: a person must not be left to guess."""
    name = type(command).__name__
    why = Text("Nothing came of it: nobody acts on that as things stand")
    return CommandRefused(actor=command.actor, command=name, cause=command.id, why=why)
