"""The queue at a hall's counters: first come, first served, by whichever counter is free first."""

from __future__ import annotations

import heapq

import numpy as np

from twin.city.model import Floats


def waits(arrive_s: Floats, service_s: Floats, counters: int, opens_s: float) -> Floats:
    """(N,) seconds between coming (the hall's opening, for those who come before it) and being served, in the order
    given. ValueError without a counter."""
    if counters < 1:
        raise ValueError("a hall has at least one counter")
    free = [opens_s] * counters  # a heap: when each is free again
    found = np.zeros(len(arrive_s))
    for row in np.argsort(arrive_s, kind="stable").tolist():
        ready = max(float(arrive_s[row]), opens_s)
        begin = max(ready, free[0])
        heapq.heapreplace(free, begin + float(service_s[row]))
        found[row] = begin - ready
    return found


def shared_out(total: int, weights: Floats) -> list[int]:
    """``total`` counters over halls by weight, one each at least, the largest remainders first."""
    if not len(weights):
        return []
    spare, all_of_them = max(total - len(weights), 0), float(weights.sum())
    quota = weights / all_of_them * spare if all_of_them > 0.0 else np.full(len(weights), spare / len(weights))
    whole = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - whole), kind="stable")
    whole[order[: spare - int(whole.sum())]] += 1
    return [int(count) + 1 for count in whole]
