"""The residents' errands put together: settings, forms, terminals and phones."""

from __future__ import annotations

from pathlib import Path

from twin.city.errand_forms import Forms, load_forms
from twin.city.errand_plans import Planner
from twin.city.errand_settings import Tempo, load_errand_settings
from twin.city.model import City
from twin.field.applicants import Applicants
from twin.field.hazards.all import Hazards
from twin.field.people import People
from twin.field.publish import Bounds, Publisher
from twin.field.speaking import Speaking
from twin.field.terminals import Terminals
from twin.field.wishes import Wishes


def applicants(
    city: City, people: People, publisher: Publisher, hazards: Hazards, config: Path, seed: int, tempo: Tempo,
    bounds: Bounds,
) -> Applicants:  # fmt: skip
    """``config`` is ``config/field``. Raises :class:`ConfigError`."""
    settings, register = load_errand_settings(config.parent / "errands.toml"), people.register
    forms = Forms(load_forms(config / "forms.toml"), city, register, seed)
    planner = Planner(settings, people.lives.people, register, forms, seed)
    terminals = Terminals(city, register, people.phones, publisher)
    broken = hazards.kiosks.broken
    speaking = Speaking(register, people.phones, terminals, planner, broken, settings.conduct.mandate_days)
    wishes = Wishes(settings, people.lives, seed, tempo, city.meta.time_zone, people.opened_ms)
    return Applicants(people, settings, planner, speaking, wishes, seed, tempo, asks=bounds.errands)
