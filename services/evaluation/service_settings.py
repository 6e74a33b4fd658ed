"""What the comparison of one-stop services with counters takes for given (``config/evaluation/services.toml``)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name

Span = tuple[float, float]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class NameIn(_Strict, frozen=True):
    en: str
    zh: str


class Work(_Strict, frozen=True):
    """Seconds: an answer, sending a material, copying one, looking at one, verifying a credential, handing over."""

    question_s: float
    upload_s: float
    copy_s: float
    check_s: float
    verify_s: float
    hand_over_s: float


class Faults(_Strict, frozen=True):
    """The shares of answers and of materials that come back."""

    answer: float
    material: float


class Time(_Strict, frozen=True):
    """Shortest and longest: a share of what is promised, and working days."""

    share_of_promise: Span
    free_days: Span
    answer_days: Span
    post_days: Span


class Published(_Strict, frozen=True):
    """A reform's own figure: before and after, or the relative change; ``service`` empty: all."""

    claim: NameIn
    source: str
    measure: str
    service: str = ""
    before: float | None = None
    after: float | None = None
    change: float | None = None

    @property
    def name(self) -> Name:
        return Name(self.claim.en, self.claim.zh)

    @property
    def relative(self) -> float | None:
        """The relative change, −0.62 for 62 % less."""
        if self.change is not None or not self.before or self.after is None:
            return self.change
        return self.after / self.before - 1.0


class ServiceSettings(_Strict, frozen=True):
    seeds: int
    first_seed: int
    days: int
    residents: int
    hall: str
    wallet: tuple[str, ...]
    work: Work
    faults: Faults
    time: Time
    published: tuple[Published, ...] = ()


def load_service_settings(path: Path, services: Collection[str], measures: Collection[str]) -> ServiceSettings:
    """Read and check the file against the catalogue's services and the measures there are. Raises
    :class:`ConfigError` naming file, key and reason."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=ServiceSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for key, reason in _faults(settings, services, measures):
        raise ConfigError(f"{path}: {key}", reason)
    return settings


def _faults(settings: ServiceSettings, services: Collection[str], measures: Collection[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in ("seeds", "days", "residents"):
        if getattr(settings, key) < 1:
            found.append((key, "at least 1"))
    found += [("wallet", f"nobody issues {id!r}") for id in settings.wallet if id not in services]
    for key, value in msgspec.structs.asdict(settings.work).items():
        if value < 0.0:
            found.append((f"work.{key}", "not negative"))
    for key, value in msgspec.structs.asdict(settings.faults).items():
        if not 0.0 <= value < 1.0:
            found.append((f"faults.{key}", "a share, from 0 to below 1"))
    for key, (low, high) in msgspec.structs.asdict(settings.time).items():
        if not 0.0 <= low <= high:
            found.append((f"time.{key}", "shortest and longest, not negative"))
    for index, one in enumerate(settings.published):
        if one.service and one.service not in services:
            found.append((f"published[{index}].service", f"no service {one.service!r}"))
        if one.measure not in measures:
            found.append((f"published[{index}].measure", f"no measure {one.measure!r}"))
        if one.relative is None:
            found.append((f"published[{index}]", "before and after, or change"))
    return found
