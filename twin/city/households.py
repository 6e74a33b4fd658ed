"""Households and who belongs to them, as columns drawn from a few marginals: the first so many are always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.model import Floats
from twin.city.population_settings import Ages, PopulationSettings
from twin.core.chance import generator

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HEAD, SPOUSE, CHILD, GROWN, PARENT = range(5)
MEMBERS = {"head": HEAD, "spouse": SPOUSE, "child": CHILD, "grown": GROWN, "parent": PARENT}
_EXPECTING_AT = 3  # within every so many households, the one that expects a child
_EXPECTING_FROM, _EXPECTING_YEARS = 25, 12
_OLDEST = 95
_WIFE_HEADS = 0.3  # of couples


@dataclass(frozen=True, slots=True)
class Households:
    """Per household (H,): ``first`` row of its members, ``size`` as it is in full, ``alone`` an elderly single,
    ``family`` the number that gives its surname. Per resident (R,): household, member, woman, age."""

    first: Ints
    size: Ints
    alone: Flags
    family: Floats
    of: Ints
    member: Ints
    woman: Flags
    age: Ints
    expecting: Flags


def households(settings: PopulationSettings, seed: int, count: int) -> Households:
    """As many as ``count`` residents need; the last may be cut short."""
    dice = generator(seed, "households").random((max(count, 1), 8))
    spread = generator(seed, "households", "years").standard_normal((max(count, 1), 4))
    shares = np.cumsum([household.share for household in settings.household])
    kind = np.minimum(np.searchsorted(shares, dice[:, 0], side="right"), len(shares) - 1)
    every = settings.newborn.every_households
    expecting = np.arange(len(kind)) % every == _EXPECTING_AT if every > 0 else np.zeros(len(kind), np.bool_)
    kind[expecting] = _couple(settings)
    makeup, sizes = _makeup(settings)
    size = sizes[kind]
    first = np.concatenate(([0], np.cumsum(size)[:-1]))
    used = first < count
    of = np.repeat(np.arange(len(kind)), size)[:count]
    ordinal = np.arange(count) - first[of]
    member = makeup[kind[of], ordinal]
    years = _years(settings, kind, dice, spread, makeup, expecting)
    woman = _women(makeup[kind], years[:, 0] >= settings.age.elderly_from, dice)
    woman[expecting, 1], woman[expecting, 0] = True, False
    age = years[of, ordinal]
    alone = (size == 1) & (years[:, 0] >= settings.age.elderly_from)
    hers = woman[of, ordinal]
    mothers = expecting[of] & hers & (member == SPOUSE)
    return Households(
        first[used], size[used], alone[used], dice[used, 7], of, member, hers, age, mothers
    )  # fmt: skip


def _couple(settings: PopulationSettings) -> int:
    """The make-up of a young couple: the first of head and spouse."""
    made = [household.members for household in settings.household]
    return made.index(("head", "spouse")) if ("head", "spouse") in made else 0


def _makeup(settings: PopulationSettings) -> tuple[Ints, Ints]:
    """(T, most) members of each kind of household, -1 beyond its size; (T,) sizes."""
    sizes = np.array([len(household.members) for household in settings.household])
    table = np.full((len(sizes), int(sizes.max())), -1, np.int64)
    for row, household in enumerate(settings.household):
        table[row, : len(household.members)] = [MEMBERS[member] for member in household.members]
    return table, sizes


def _years(
    settings: PopulationSettings, kind: Ints, dice: Floats, spread: Floats, makeup: Ints, expecting: Flags
) -> Ints:
    """(H, most) ages. Where there is a child, its age comes first and its parents' follow."""
    ages, members = settings.age, makeup[kind]
    low = np.array([household.head[0] for household in settings.household])[kind]
    high = np.array([household.head[1] for household in settings.household])[kind]
    child = drawn(ages, np.zeros_like(low), np.full_like(low, 17), dice[:, 1])
    grown = drawn(ages, np.full_like(low, 18), np.full_like(low, 25), dice[:, 1])
    second = np.maximum(child - 2 - np.floor(4 * dice[:, 2]).astype(np.int64), 0)
    eldest = np.where((members == GROWN).any(axis=1), grown, child)
    mean, deviation = ages.mother_at_birth
    mother = eldest + np.clip(mean + deviation * spread[:, 0], 20, 43).astype(np.int64)
    with_child = np.isin(members, (CHILD, GROWN)).any(axis=1)
    head = np.where(with_child, mother, drawn(ages, low, high, dice[:, 1]))
    head = np.where(expecting, _EXPECTING_FROM + np.floor(_EXPECTING_YEARS * dice[:, 1]).astype(np.int64), head)
    other = np.clip(head + np.rint(2.0 + 2.0 * spread[:, 1]).astype(np.int64), 20, _OLDEST)
    grand = np.clip(mother + np.rint(26.0 + 4.0 * spread[:, 2]).astype(np.int64), 48, _OLDEST)
    fellow = np.clip(grand + np.rint(-1.0 + 3.0 * spread[:, 3]).astype(np.int64), 48, _OLDEST)
    years = np.zeros(members.shape, np.int64)
    for column in range(members.shape[1]):
        before = members[:, :column]
        first_child, first_parent = ~(before == CHILD).any(axis=1), ~(before == PARENT).any(axis=1)
        choices = [other, np.where(first_child, child, second), grown, np.where(first_parent, grand, fellow)]
        years[:, column] = np.select(
            [members[:, column] == one for one in (SPOUSE, CHILD, GROWN, PARENT)], choices, head
        )
    his = (members == SPOUSE).any(axis=1) & (expecting | (dice[:, 3] >= _WIFE_HEADS))  # hers was drawn, he is the head
    years[his, 0], years[his, 1] = other[his], head[his]
    return years


def drawn(ages: Ages, low: Ints, high: Ints, share: Floats) -> Ints:
    """Ages between two bounds (both included) as the pyramid has them."""
    weight = np.zeros(_OLDEST + 2)
    for begin, end, part in ages.pyramid:
        weight[begin + 1 : min(end, _OLDEST + 1) + 1] += part / (end - begin)
    below = np.cumsum(weight)  # below[a]: share younger than a
    low, high = np.clip(low, 0, _OLDEST), np.clip(high, 0, _OLDEST)
    found = np.searchsorted(below, below[low] + share * (below[high + 1] - below[low]), side="right") - 1
    return np.clip(found, low, high).astype(np.int64)


def _women(members: Ints, elderly: Flags, dice: Floats) -> Flags:
    """(H, most): couples are a man and a woman, in whichever order; the elderly alone and lone parents mostly women."""
    couple = (members == SPOUSE).any(axis=1)
    lone_parent = ~couple & (members == CHILD).any(axis=1)
    share = np.where(couple, _WIFE_HEADS, np.where(elderly, 0.66, np.where(lone_parent, 0.7, 0.5)))
    head = dice[:, 3] < share
    granny = dice[:, 4] < 0.6
    woman = np.zeros(members.shape, np.bool_)
    for column in range(members.shape[1]):
        earlier = (members[:, :column] == PARENT).any(axis=1)
        child = (dice[:, 5] * (column + 1)) % 1.0 < 0.48
        options = [~head, child, child, granny ^ earlier]
        kinds = [members[:, column] == one for one in (SPOUSE, CHILD, GROWN, PARENT)]
        woman[:, column] = np.select(kinds, options, head)
    return woman
