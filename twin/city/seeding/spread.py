"""Choosing some of many points so that they lie well apart, or serve well."""

from __future__ import annotations

import numpy as np

from twin.city.model import Floats


def apart(xy: Floats, count: int) -> list[int]:
    """Up to ``count`` indices of (N, 2) points, each as far as possible from those before; begins in the middle."""
    if not len(xy) or count <= 0:
        return []
    chosen = [int(np.argmin(np.hypot(*(xy - np.median(xy, axis=0)).T)))]
    gap = np.hypot(*(xy - xy[chosen[0]]).T)
    while len(chosen) < min(count, len(xy)):
        best = int(np.argmax(gap))
        if gap[best] <= 0.0:
            break
        chosen.append(best)
        gap = np.minimum(gap, np.hypot(*(xy - xy[best]).T))
    return chosen


def serving(sites: Floats, demand: Floats, count: int, given: Floats) -> list[int]:
    """Indices of ``count`` sites, each chosen to bring the demand points nearest to help the most (greedy p-median).
    ``given`` (K, 2) helps already."""
    gap = np.full(len(demand), 1e6)
    for spot in given:
        gap = np.minimum(gap, np.hypot(*(demand - spot).T))
    chosen: list[int] = []
    away = np.hypot(sites[:, None, 0] - demand[None, :, 0], sites[:, None, 1] - demand[None, :, 1])
    for _ in range(min(count, len(sites))):
        total = np.minimum(away, gap[None, :]).sum(axis=1)
        total[chosen] = np.inf
        best = int(np.argmin(total))
        chosen.append(best)
        gap = np.minimum(gap, away[best])
    return chosen
