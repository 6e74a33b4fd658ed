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
    lives: Lives, rules: CounterRules, usual: Itinerary, now: Itinerary, able: Flags, each: float, seed: int
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Waits in minutes, and counts. ``each`` resident's errand stands for so many people's, who come around the same
    time and take their own time; the same ones in every run of a seed."""
    before, today = _visits(usual), _visits(now)
    copies = max(round(each), 1)
    counters = max(round(len(lives) * each / rules.residents_each), 1)
    halls = np.unique(usual.entries.place[before])
    visits = np.array([float(np.count_nonzero(usual.entries.place[before] == hall)) for hall in halls.tolist()])
    waited, fewer, excluded = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]
    late, open_counters, kept = 0, 0, 0
    for hall, of_old, open_here in zip(halls.tolist(), visits, shared_out(counters, visits), strict=False):
        here = today[now.entries.place[today] == hall]
        arrive, service, row = _people(now, here, copies, rules, seed)
        in_time = arrive <= rules.closes_h * 3600.0
        late += int(np.count_nonzero(~in_time))
        arrive, service, row = arrive[in_time], service[in_time], row[in_time]
        cut = max(math.ceil(open_here * len(here) / of_old - 1e-9), 1)
        open_counters, kept = open_counters + open_here, kept + cut
        waited.append(waits(arrive, service, open_here, rules.opens_h * 3600.0))
        fewer.append(waits(arrive, service, cut, rules.opens_h * 3600.0))
        excluded.append(fewer[-1][~able[row]])
    all_min, fewer_min, excluded_min = (np.concatenate(part) / 60.0 for part in (waited, fewer, excluded))
    return {
        "counter_visits_per_1000": 1000.0 * len(today) / max(len(lives), 1),
        "counter_wait_min": _mean(all_min),
        "counter_wait_p90_min": float(np.quantile(all_min, _LATE)) if len(all_min) else None,
        "fewer_counters_wait_min": _mean(fewer_min),
        "fewer_counters_excluded_wait_min": _mean(excluded_min),
    }, {
        "counters": float(open_counters), "fewer_counters": float(kept), "counter_people": float(len(all_min)),
        "turned_away": float(late),
    }  # fmt: skip


def _visits(day: Itinerary) -> Ints:
    """Stays at a hall."""
    return np.flatnonzero((day.entries.kind == COUNTER) & (day.entries.place >= 0))


def _people(day: Itinerary, stays: Ints, copies: int, rules: CounterRules, seed: int) -> tuple[Floats, Floats, Ints]:
    """Arrival and time at the counter of all for whom these stays stand, and the resident of each."""
    low, high = rules.service_min
    parts = []
    for stay in stays.tolist():
        number = int(day.entries.number[stay])
        dice = generator(seed, "adoption", "counter", number).random((copies, 2))
        come = day.arrive_s[stay] + (2.0 * dice[:, 0] - 1.0) * rules.spread_min * 60.0
        parts.append((come, (low + (high - low) * dice[:, 1]) * 60.0, np.full(copies, day.entries.row[stay])))
    if not parts:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    come, takes, row = (np.concatenate(column) for column in zip(*parts, strict=True))
    return come, takes, row


def _mean(minutes: Floats) -> float | None:
    return float(minutes.mean()) if len(minutes) else None
