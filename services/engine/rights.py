"""Who may give a command: the posts written beside it in ``services.facts``, and nobody else."""

from __future__ import annotations

from services.facts.base import Command, CommandRefused
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
    posts = ", ".join(type(command).posts) or "system"
    given = command.actor.post or command.actor.kind
    why = Text(
        "{command} may be given by {posts}, not by {post}",
        {
            "command": type(command).__name__,
            "posts": posts,
            "post": given,
        },
    )
    return CommandRefused(actor=command.actor, command=type(command).__name__, cause=command.id, why=why)


def nothing_came_of(command: Command) -> CommandRefused:
    """No desk answered: a person must not be left to guess."""
    name = type(command).__name__
    why = Text("Nothing came of {command}: nobody acts on it as things stand", {"command": name})
    return CommandRefused(actor=command.actor, command=name, cause=command.id, why=why)
