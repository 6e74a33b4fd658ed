"""A text that a person will read, before any language is chosen."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A gettext message id (English) and its named arguments; each console speaks its own language.

    ``Text("{unit} sent to {place}", {"unit": "Pump 2", "place": Text("Underpass")})``. An argument may itself be a
    Text or a Name.
    """

    msgid: str
    args: dict[str, str | int | float | Text | Name] = {}


class Name(msgspec.Struct, frozen=True, tag="name"):
    """A proper name given in both languages by data (a street, a department, a scene)."""

    en: str
    zh: str
