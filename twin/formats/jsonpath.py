"""A small part of JSONPath: ``$``, ``$.a.b``, ``$.a[0]``, ``$['odd key']``. It selects one value and runs nothing."""

from __future__ import annotations

import re
from typing import Any

from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.formats.refusal import Reason, Refused

_STEP = re.compile(r"\.([^.\[\]'\"\s]+)|\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


class PathError(CivitwinError):
    """A path that is not in the part of JSONPath read here."""


class JsonPath:
    """One compiled path."""

    def __init__(self, text: str) -> None:
        steps: list[str | int] = []
        at = 1
        while at < len(text) and text[0] == "$":
            match = _STEP.match(text, at)
            if match is None:
                break
            name, index, single, double = match.groups()
            steps.append(int(index) if index is not None else next(k for k in (name, single, double) if k is not None))
            at = match.end()
        if not text.startswith("$") or at != len(text):
            raise PathError(f"{text!r} is no path; one looks like $.sensors[0].temp")
        self.text = text
        self._steps = tuple(steps)

    def get(self, document: Any) -> Any:
        """The value at the path. Raises :class:`Refused`, saying what stands there instead."""
        value = document
        for step in self._steps:
            if not _has(value, step):
                raise Refused(Reason.MALFORMED, f"nothing at {self.text}", _what_is_there(self.text, value))
            value = value[step]
        return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, str):
        return isinstance(value, dict) and step in value
    return isinstance(value, list) and -len(value) <= step < len(value)


def _what_is_there(path: str, value: Any) -> Text:
    if isinstance(value, dict):
        keys = ", ".join(map(str, list(value)[:12])) or "–"
        return Text(
            "the payload has no {path}; where the path ends, it has the keys: {keys}", {"path": path, "keys": keys}
        )
    if isinstance(value, list):
        return Text("the payload has no {path}; there is a list of {count}", {"path": path, "count": len(value)})
    return Text("the payload has no {path}; there is the bare value {value}", {"path": path, "value": str(value)[:40]})
