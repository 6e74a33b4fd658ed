"""Where a line of words may end: between any two Chinese characters, at blanks elsewhere."""

from __future__ import annotations

from collections.abc import Callable

_FIRST_WIDE = 0x2E80
"""From here on characters stand alone: Chinese, its punctuation, full-width forms."""
_NEVER_FIRST = frozenset("，。、；：！？）》」』”’…％%,.;:!?)]}·")
_NEVER_LAST = frozenset("（《「『“‘([{")


def wide(words: str) -> bool:
    """Whether any of it is Chinese."""
    return any(ord(one) >= _FIRST_WIDE for one in words)


def folded(words: str, room: float, measure: Callable[[str], float]) -> str:
    """The words with line ends put in so that no line is wider than ``room``, as ``measure`` has it. A line ends
    before a character that may begin one; nothing is lost but blanks at line ends. A single character that is too
    wide has a line of its own."""
    return "\n".join(line for paragraph in words.split("\n") for line in _lines(paragraph, room, measure))


def _lines(words: str, room: float, measure: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    while len(words) > 1 and measure(words) > room:
        most = _fitting(words, room, measure)
        end = next((at for at in range(most, 0, -1) if _may_end(words, at)), most)
        lines.append(words[:end].rstrip(" "))
        words = words[end:].lstrip(" ")
    return [*lines, words] if words or not lines else lines


def _fitting(words: str, room: float, measure: Callable[[str], float]) -> int:
    """How many characters fit: at least one."""
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(words[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _may_end(words: str, at: int) -> bool:
    """Whether a line may end before the character ``at``."""
    before, after = words[at - 1], words[at]
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return " " in (before, after) or ord(before) >= _FIRST_WIDE or ord(after) >= _FIRST_WIDE
