"""Templates with captures: ``plant/{site}/{device}/temp`` read from a topic, ``{site}-{device}`` written from it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twin.core.errors import CivitwinError

_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}")


class TemplateError(CivitwinError):
    """A template that cannot be used; the message says why."""


def names_of(template: str) -> tuple[str, ...]:
    """The captures that a template reads or needs, in order. Raises :class:`TemplateError` on a stray brace."""
    rest = _FIELD.sub("", template)
    if "{" in rest or "}" in rest:
        raise TemplateError(f"{template!r}: a capture is written {{name}}")
    return tuple(_FIELD.findall(template))


def render(template: str, captures: Mapping[str, str]) -> str:
    """The template with its captures filled in."""
    return _FIELD.sub(lambda match: captures[match[1]], template)


class Pattern:
    """A template that is read. In a topic a capture never crosses a ``/``; ``+`` and a final ``#`` match as in MQTT."""

    def __init__(self, template: str, *, topic: bool = True) -> None:
        names = names_of(template)
        if len(set(names)) != len(names):
            raise TemplateError(f"{template!r}: a capture stands twice")
        if not template:
            raise TemplateError("an empty template")
        self.names = names
        self._regex = re.compile(_topic_regex(template) if topic else _regex(template, ".+"))
        self.filter = "/".join("+" if "{" in level else level for level in template.split("/"))

    def read(self, text: str) -> dict[str, str] | None:
        """The captures, or None when the text does not fit."""
        match = self._regex.fullmatch(text)
        return None if match is None else match.groupdict()


def _regex(template: str, inside: str) -> str:
    parts = _FIELD.split(template)  # literal, name, literal, name, …
    return "".join(f"(?P<{part}>{inside})" if index % 2 else re.escape(part) for index, part in enumerate(parts))


def _topic_regex(template: str) -> str:
    levels = template.split("/")
    if "#" in "".join(levels[:-1]) or any(set(level) & set("+#") and len(level) > 1 for level in levels):
        raise TemplateError(f"{template!r}: + and # stand alone in a level, # only in the last")
    body: list[str] = []
    for level in levels:
        if level == "#":
            return "/".join(body) + (r"(?:/.*)?" if body else r".*")
        body.append(r"[^/]*" if level == "+" else _regex(level, "[^/]+"))
    return "/".join(body)
