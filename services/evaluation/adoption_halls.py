"""The halls' queues on a day: with all counters open, and with as many fewer as visits are fewer."""

from __future__ import annotations

import math

import numpy as np

from services.evaluation.adoption_settings import CounterRules
from services.evaluation.choices import COUNTER
from services.evaluation.counters import shared_out, waits
from services.evaluation.itinerary import Itinerary
from twin.city.households import Flags, Ints
from twin.city.lives import Lives
from twin.city.model import Floats
from twin.core.chance import generator

_LATE = 0.9


def queues(
    lives: Lives, rules: CounterRules, usual: Itinerary, now: Itinerary, able: Flags, seed: int
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Waits in minutes, and counts. Whoever comes takes the same time at the counter in every run of a seed."""
    before, today = _visits(usual), _visits(now)
    total = max(round(len(lives) / rules.residents_each), 1)
    halls = np.unique(usual.entries.place[before])
    visits = np.array([float(np.count_nonzero(usual.entries.place[before] == hall)) for hall in halls.tolist()])
    waited, fewer, excluded = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]
    late = counters = kept = 0
    opens_s, dice = rules.opens_h * 3600.0, generator(seed, "adoption", "counter").random(lives.plans[0].first[-1])
    for hall, usually, here in zip(halls.tolist(), visits.tolist(), shared_out(total, visits), strict=True):
        stays = today[now.entries.place[today] == hall]
        in_time = stays[now.arrive_s[stays] <= rules.closes_h * 3600.0]
        arrive, service = now.arrive_s[in_time], _service_s(rules, dice[now.entries.number[in_time]])
        cut = max(math.ceil(here * len(stays) / usually - 1e-9), 1)
        late, counters, kept = late + len(stays) - len(in_time), counters + here, kept + cut
        waited.append(waits(arrive, service, here, opens_s))
        fewer.append(waits(arrive, service, cut, opens_s))
        excluded.append(fewer[-1][~able[now.entries.row[in_time]]])
    all_min, fewer_min, excluded_min = (np.concatenate(part) / 60.0 for part in (waited, fewer, excluded))
    return {
        "counter_visits_per_1000": 1000.0 * len(today) / max(len(lives), 1),
        "counter_wait_min": _mean(all_min),
        "counter_wait_p90_min": float(np.quantile(all_min, _LATE)) if len(all_min) else None,
        "fewer_counters_wait_min": _mean(fewer_min),
        "fewer_counters_excluded_wait_min": _mean(excluded_min),
    }, {
        "counters": float(counters), "fewer_counters": float(kept), "served": float(len(all_min)),
        "turned_away": float(late),
    }  # fmt: skip


def _service_s(rules: CounterRules, share: Floats) -> Floats:
    low, high = rules.service_min
    return (low + (high - low) * share) * 60.0


def _visits(day: Itinerary) -> Ints:
    """Stays at a hall."""
    return np.flatnonzero((day.entries.kind == COUNTER) & (day.entries.place >= 0))


def _mean(minutes: Floats) -> float | None:
    return float(minutes.mean()) if len(minutes) else None
