"""Reasons said once: in English for the journal, and as a text for every language."""

from __future__ import annotations

from typing import TypedDict

from twin.core.text import Name, Text


class Because(TypedDict):
    """The two fields of an event that say why."""

    reason: str
    why: Text


def because(msgid: str, **args: str | int | float | Text | Name) -> Because:
    """``**because("{unit} refused", unit=name)`` in an event's making."""
    why = Text(msgid, args)
    return {"reason": english(why), "why": why}


def english(value: Text | Name | str | int | float) -> str:
    """A text in the language of its message ids."""
    match value:
        case Text():
            return value.msgid.format_map({name: english(argument) for name, argument in value.args.items()})
        case Name():
            return value.en
        case _:
            return str(value)
