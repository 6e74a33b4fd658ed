"""How the running hall works (``config/hall.toml``): how long things take that nobody works on, and what the register
says about a form."""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.facts.hall import ClosingGround
from services.hall.eligibility import FACTS
from twin.core.errors import ConfigError

Span = tuple[float, float]


class HallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``share_of_promise``: of the promised time, until the inquiries behind an item are over; ``post_days``, in
    working days. Seconds of work: ``look_s`` an officer's look at whether everything is there, ``missing_s`` to ask for
    a fact that the form left out, ``check_s`` to look at a material, ``hand_over_s``. Working days to come for an
    application, for an item's part in person, and to fetch a document before it is posted. ``declared``: the field of
    the form by which an applicant declares what the register does not know; ``register``: fields that the register can
    be held against, and what of it. ``closed_by``: scenes whose open incidents close the counters of halls within
    ``closed_within_m``, and why."""

    share_of_promise: Span
    post_days: Span
    look_s: float
    missing_s: float
    check_s: float
    hand_over_s: float
    intake_days: float
    item_days: float
    pick_up_days: float
    declared: dict[str, str] = {}
    register: dict[str, str] = {}
    closed_by: dict[str, ClosingGround] = {}
    closed_within_m: float = 0.0


DEFAULTS = HallSettings(
    share_of_promise=(0.4, 1.0), post_days=(1.0, 3.0), look_s=60.0, missing_s=40.0, check_s=45.0, hand_over_s=90.0,
    intake_days=5.0, item_days=10.0, pick_up_days=20.0,
)  # fmt: skip
"""Of a configuration from before there was such a file."""


def load_hall(path: Path) -> HallSettings:
    """Raises :class:`ConfigError` naming file, key and reason."""
    if not path.exists():
        return DEFAULTS
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=HallSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    for key in ("share_of_promise", "post_days"):
        low, high = getattr(settings, key)
        if not 0.0 <= low <= high:
            raise ConfigError(f"{path}: {key}", "shortest and longest, not negative")
    for key in ("look_s", "missing_s", "check_s", "hand_over_s", "closed_within_m"):
        if getattr(settings, key) < 0.0:
            raise ConfigError(f"{path}: {key}", "not negative")
    for key in ("intake_days", "item_days", "pick_up_days"):
        if not 0.0 < getattr(settings, key) <= 250.0:
            raise ConfigError(f"{path}: {key}", "more than 0, and at most 250 working days")
    if unknown := sorted(set(settings.declared) - set(FACTS)):
        raise ConfigError(f"{path}: declared", f"nobody asks whether {unknown[0]}")
    for field, of in settings.register.items():
        if of not in ("name",):
            raise ConfigError(f"{path}: register.{field}", f"the register has no {of!r} to hold it against")
    return settings
