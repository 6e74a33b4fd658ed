"""How quick, how careful and how wordy automatic colleagues are (``config/colleagues.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec

from services.facts.posts import POST_TEXT
from twin.core.chance import fraction
from twin.core.errors import ConfigError

_QUICKEST = 0.25  # of the mean
_DEVIATIONS = 6.0**0.5  # two uniform numbers less one have this many standard deviations in one


class ServiceTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """City seconds that a task takes once it is begun. ``afield``: others do it meanwhile, and the colleague only says
    when: it keeps nobody from the next task and runs from the moment at which it waits."""

    mean_s: float
    spread_s: float = 0.0
    afield: bool = False

    def drawn_ms(self, seed: int, *keys: int | str) -> int:
        """One duration for the keys."""
        off = fraction(seed, "first", *keys) + fraction(seed, "second", *keys) - 1.0
        return round(1000 * max(_QUICKEST * self.mean_s, self.mean_s + self.spread_s * _DEVIATIONS * off))


class Manner(msgspec.Struct, frozen=True):
    """How a post is filled: what it does at all, how long each task takes, and how often a choice is wrong."""

    tasks: Mapping[str, ServiceTime]
    slip: float = 0.0


class Settings(msgspec.Struct, frozen=True):
    """``words`` by task: what a colleague writes."""

    leave_alone_s: float
    retry_s: float
    posts: Mapping[str, Manner]
    words: Mapping[str, str]

    def time(self, post: str, task: str) -> ServiceTime | None:
        """None where a colleague at this post leaves such a task to a person."""
        manner = self.posts.get(post)
        return None if manner is None else manner.tasks.get(task)

    def slips(self, seed: int, post: str, *keys: int | str) -> bool:
        """Whether this choice goes wrong."""
        manner = self.posts.get(post)
        return manner is not None and fraction(seed, "slip", post, *keys) < manner.slip


class _File(msgspec.Struct, forbid_unknown_fields=True):
    leave_alone_s: float
    retry_s: float
    posts: dict[str, dict[str, float | ServiceTime]]
    words: dict[str, str] = {}


def load_colleagues(path: Path) -> Settings:
    """Raises :class:`ConfigError` naming file and key."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    posts = {post: _manner(path, post, entries) for post, entries in file.posts.items()}
    return Settings(file.leave_alone_s, file.retry_s, MappingProxyType(posts), MappingProxyType(file.words))


def _manner(path: Path, post: str, entries: dict[str, float | ServiceTime]) -> Manner:
    where = f"{path}: posts.{post}"
    if post not in POST_TEXT:
        raise ConfigError(where, "there is no such post")
    slip = entries.pop("slip", 0.0)
    if not isinstance(slip, float | int) or not 0.0 <= slip <= 1.0:
        raise ConfigError(f"{where}.slip", "a share from 0 to 1")
    tasks: dict[str, ServiceTime] = {}
    for task, time in entries.items():
        if not isinstance(time, ServiceTime) or time.mean_s <= 0 or time.spread_s < 0:
            raise ConfigError(f"{where}.{task}", "mean_s above 0 and spread_s of 0 or more")
        tasks[task] = time
    return Manner(MappingProxyType(tasks), float(slip))
