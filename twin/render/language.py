"""What a person reads, in the language they chose: gettext part files merged at load, switchable while running."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import Formatter

from babel.messages.pofile import PoFileError, read_po

from twin.core.errors import ConfigError
from twin.core.text import Name, Text

ENGLISH = "en"
CHINESE = "zh_CN"
LANGUAGES = (ENGLISH, CHINESE)
OWN_NAMES = {ENGLISH: "EN", CHINESE: "中文"}


def read_parts(directory: Path) -> dict[str, str]:
    """All ``*.po`` files of one language folder as one catalogue, later files (by name) winning.

    Fuzzy and empty translations are left out, so that English shows instead. Raises :class:`ConfigError` naming file
    and line.
    """
    catalogue: dict[str, str] = {}
    for part in sorted(directory.glob("*.po")):
        with part.open("rb") as lines:
            try:
                messages = read_po(lines, abort_invalid=True)
            except (PoFileError, UnicodeDecodeError) as fault:
                raise ConfigError(part, str(fault)) from fault
        for message in messages:
            if message.id and message.string and not message.fuzzy:
                catalogue[str(message.id)] = str(message.string)
    return catalogue


class Language:
    """Speaks one language at a time. ``current`` may be set at any moment; the next frame speaks it."""

    def __init__(self, directory: Path, current: str = ENGLISH) -> None:
        self._catalogues = {code: read_parts(directory / code) for code in LANGUAGES}
        self._formatter = Formatter()
        self.current = self.closest(current)

    @staticmethod
    def closest(code: str) -> str:
        """``zh``, ``zh-CN``, ``zh_Hans`` … are Chinese; all else is English."""
        return CHINESE if code.lower().startswith("zh") else ENGLISH

    def next(self) -> str:
        """Switch to the other language and give its code."""
        self.current = CHINESE if self.current == ENGLISH else ENGLISH
        return self.current

    def words(self, msgid: str) -> str:
        """The translation of one msgid, or the msgid itself where there is none."""
        return self._catalogues[self.current].get(msgid, msgid)

    def translate(self, value: Text | Name | str | float) -> str:
        """Any text as a string; nested arguments are translated too. A missing argument shows as ``{its_name}``."""
        if isinstance(value, Name):
            return value.zh if self.current == CHINESE and value.zh else value.en or value.zh
        if isinstance(value, Text):
            return self._fill(self.words(value.msgid), value.args)
        if isinstance(value, float):
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        return str(value)

    def _fill(self, pattern: str, args: dict[str, str | int | float | Text | Name]) -> str:
        if "{" not in pattern:
            return pattern
        pieces: list[str] = []
        for literal, field, form, _ in self._parts(pattern):
            pieces.append(literal)
            if field is None:
                continue
            value = args.get(field)
            if value is None:
                pieces.append("{" + field + "}")
            elif form and isinstance(value, int | float):
                pieces.append(format(value, form))
            else:
                pieces.append(self.translate(value))
        return "".join(pieces)

    def _parts(self, pattern: str) -> Iterable[tuple[str, str | None, str | None, str | None]]:
        try:
            return list(self._formatter.parse(pattern))
        except ValueError:  # an unbalanced brace is shown as it is rather than losing the line
            return [(pattern, None, None, None)]
