"""The last steps of every import: the rules that make a working city of a bare one, then its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twin.city.catalogue import load_catalogue
from twin.city.draft import Draft
from twin.city.seeding import seed_city
from twin.city.write import write
from twin.core.text import Text

Progress = Callable[[float, Text], None]
"""Called with the share done, 0 to 1, and what is being done."""


def title_of(path: Path) -> str:
    """A file's name without its endings."""
    return path.name.split(".")[0]


def finish(draft: Draft, out: Path, seed: int, tell: Progress) -> None:
    """Seed the draft and write it to its folder."""
    seed_city(draft, seed, load_catalogue(), lambda share, what: tell(0.4 + 0.5 * share, what))
    tell(0.95, Text("Writing the layers"))
    write(draft, out)
    tell(1.0, Text("Done"))
