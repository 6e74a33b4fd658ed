"""Days as columns: who is to be where from when on, for a working day and a day off."""

from __future__ import annotations

import numpy as np

from twin.city.habits import CHRONIC, OCCUPATIONS, Habits
from twin.city.households import Flags, Ints
from twin.city.model import City, Floats
from twin.city.plan_draft import (
    CARE,
    ERRAND,
    ESCORT,
    HOUR_S,
    LEISURE,
    LUNCH,
    SCHOOL,
    SHOPPING,
    SHOPS,
    VISIT,
    WORK,
    Draft,
    Plan,
)
from twin.city.population import Population

_LEISURE = ("park", "square", "library", "mall")
_OPEN_H = 8.8  # halls and hospitals open
_SPARE_S = 1500.0  # so long before work, one goes home first


def working_day(city: City, people: Population, habits: Habits) -> Plan:
    """Work, school, escorting, and what is done beside."""
    draft = Draft(city, people, habits, "work")
    every = np.arange(len(people))
    draft.home(every, np.zeros(len(every)))
    escorts = np.unique(habits.escort[habits.escort >= 0])
    bound = np.zeros(len(people), np.bool_)
    bound[escorts] = True
    bound[people.school >= 0] = True
    until = np.zeros(len(people))  # by when the morning's escorting is over
    if len(escorts):
        until[escorts] = _bring(draft, escorts)
    ends = _work(draft, until, bound)
    fetched = _fetch(draft, escorts, ends)
    _learn(draft, fetched)
    free = ~habits.employed & (people.school < 0) & (people.households.age >= people.settings.school.from_age)
    _free(draft, np.flatnonzero(free), until, bound, 0.75)
    return draft.plan(bound)


def day_off(city: City, people: Population, habits: Habits) -> Plan:
    """No school, and work only for some."""
    draft = Draft(city, people, habits, "off")
    every = np.arange(len(people))
    draft.home(every, np.zeros(len(every)))
    nights = np.flatnonzero(habits.night)
    draft.home(nights, np.full(len(nights), 6.4 * HOUR_S))
    serving = habits.employed & ~habits.night & (habits.occupation != 0) & (draft.dice[:, 20] < 0.4)
    rows = np.flatnonzero(serving)
    begin, end = _hours(draft, rows)
    draft.add(rows, begin, WORK, habits.work_xy[rows], building=habits.work[rows])
    draft.home(rows, end)
    free = ~serving & (people.households.age >= people.settings.school.from_age)
    none = np.zeros(len(people))
    _free(draft, np.flatnonzero(free), none + 8.0 * HOUR_S, np.zeros(len(people), np.bool_), 0.85)
    return draft.plan(np.zeros(len(people), np.bool_))


def _hours(draft: Draft, rows: Ints) -> tuple[Floats, Floats]:
    """When they set out for work, and when they leave it."""
    job = np.minimum(draft.habits.occupation[rows], len(OCCUPATIONS) - 1)
    begin_h = np.array([each.begin_h for each in OCCUPATIONS])[job] + 0.7 * (draft.dice[rows, 0] - 0.5)
    end_h = np.array([each.end_h for each in OCCUPATIONS])[job] + 1.2 * (draft.dice[rows, 1] - 0.5)
    travel = draft.travel_s(rows, draft.habits.home_xy[rows], draft.habits.work_xy[rows])
    return begin_h * HOUR_S - travel, end_h * HOUR_S


def _school_of(draft: Draft, escorts: Ints) -> tuple[Ints, Floats]:
    """The school of the youngest pupil each brings."""
    brought = np.flatnonzero(draft.habits.escort >= 0)
    school = np.full(len(draft.people), -1, np.int64)
    school[draft.habits.escort[brought]] = draft.people.school[brought]
    places = school[escorts]
    return places, np.array([draft.city.places[place].xy for place in places.tolist()]).reshape(-1, 2)


def _bring(draft: Draft, escorts: Ints) -> Floats:
    """Children to school; returns by when each is done with it."""
    rules = draft.people.settings.school
    places, xy = _school_of(draft, escorts)
    travel = draft.travel_s(escorts, draft.habits.home_xy[escorts], xy)
    low, high = rules.early_s
    leave = rules.bell_h[0] * HOUR_S - (low + (high - low) * draft.dice[escorts, 2]) - travel
    draft.add(escorts, leave, ESCORT, xy, place=places)
    done = leave + travel + rules.drop_s
    begin, _ = _hours(draft, escorts)
    spare = ~draft.habits.employed[escorts] | (begin - done > _SPARE_S)
    draft.home(escorts[spare], done[spare])
    return np.asarray(done)


def _work(draft: Draft, until: Floats, bound: Flags) -> Floats:
    """(R,) when each leaves work, 0 for those without."""
    habits, dice = draft.habits, draft.dice
    ends = np.zeros(len(draft.people))
    nights = np.flatnonzero(habits.night & ~bound)
    draft.add(nights, np.full(len(nights), 21.0 * HOUR_S) + 1800.0 * dice[nights, 0], WORK, habits.work_xy[nights],
              building=habits.work[nights])  # fmt: skip
    draft.home(nights, np.full(len(nights), 6.4 * HOUR_S))
    rows = np.flatnonzero(habits.employed & ~(habits.night & ~bound))
    begin, end = _hours(draft, rows)
    begin = np.maximum(begin, until[rows])
    end = np.maximum(end, begin + 3 * HOUR_S)
    ends[rows] = end
    draft.add(rows, begin, WORK, habits.work_xy[rows], building=habits.work[rows])
    lunch = (dice[rows, 3] < draft.people.settings.work.lunch_out_share) & (begin < 11 * HOUR_S) & (end > 15 * HOUR_S)
    out, at = rows[lunch], (11.7 + 1.0 * dice[rows[lunch], 4]) * HOUR_S
    draft.shop(out, at, habits.work_xy[out], dice[out, 4], LUNCH)
    draft.add(out, at + 0.75 * HOUR_S, WORK, habits.work_xy[out], building=habits.work[out])
    plain = rows[~np.isin(rows, habits.escort)]
    leave, share = ends[plain], dice[plain, 5]
    home, near = draft.habits.home_xy, np.zeros(len(plain))
    shopping, leisure = share < 0.32, (share >= 0.32) & (share < 0.46)
    some = shopping & (share < 0.18)
    draft.shop(plain[some], leave[some], home[plain[some]], dice[plain[some], 6])
    some = shopping & (share >= 0.18)
    draft.go(plain[some], leave[some], SHOPPING, SHOPS, home[plain[some]], dice[plain[some], 6])
    draft.go(plain[leisure], leave[leisure], LEISURE, _LEISURE, home[plain[leisure]], dice[plain[leisure], 6])
    near[shopping | leisure] = (0.7 + 0.8 * dice[plain[shopping | leisure], 7]) * HOUR_S
    draft.home(plain, leave + near)
    return ends


def _fetch(draft: Draft, escorts: Ints, ends: Floats) -> Floats:
    """Children from school, those of working parents after work; returns when each pupil would go home alone."""
    rules = draft.people.settings.school
    alone = np.full(len(draft.people), rules.bell_h[1] * HOUR_S + 240.0)
    if not len(escorts):
        return alone
    places, xy = _school_of(draft, escorts)
    employed = draft.habits.employed[escorts]
    here = np.where(employed[:, None], draft.habits.work_xy[escorts], draft.habits.home_xy[escorts])
    travel = draft.travel_s(escorts, here, xy)
    early = rules.bell_h[1] * HOUR_S - travel - 300.0 * draft.dice[escorts, 8]
    leave = np.where(employed, np.maximum(ends[escorts], early), early)
    draft.add(escorts, leave, ESCORT, xy, place=places)
    there = np.maximum(leave + travel + rules.drop_s, rules.bell_h[1] * HOUR_S + 60.0)
    draft.home(escorts, there)
    brought = np.flatnonzero(draft.habits.escort >= 0)
    at = np.zeros(len(draft.people))
    at[escorts] = there + 2400.0
    alone[brought] = at[draft.habits.escort[brought]]
    return alone


def _learn(draft: Draft, home_s: Floats) -> None:
    """Pupils and students, with or without somebody who brings them."""
    people, habits, rules = draft.people, draft.habits, draft.people.settings.school
    rows = np.flatnonzero(people.school >= 0)
    if not len(rows):
        return
    places = people.school[rows].astype(np.int64)
    xy = np.array([draft.city.places[place].xy for place in places.tolist()])
    travel = draft.travel_s(rows, habits.home_xy[rows], xy)
    low, high = rules.early_s
    begin = rules.bell_h[0] * HOUR_S - (low + (high - low) * draft.dice[rows, 2]) - travel
    begin = np.where(habits.escort[rows] >= 0, rules.bell_h[0] * HOUR_S + 600.0, begin)  # only if nobody brought them
    draft.add(rows, begin, SCHOOL, xy, place=places)
    out = home_s[rows] + 240.0 * draft.dice[rows, 9]
    roams = (habits.escort[rows] < 0) & (draft.dice[rows, 10] < 0.2)
    draft.go(rows[roams], out[roams], LEISURE, _LEISURE, habits.home_xy[rows[roams]], draft.dice[rows[roams], 11])
    draft.home(rows, out + np.where(roams, 2700.0, 0.0))


def _free(draft: Draft, rows: Ints, until: Floats, bound: Flags, share: float) -> None:
    """A morning way out and an afternoon one: shopping, the park, an errand, care, a visit."""
    dice, habits = draft.dice, draft.habits
    begin = (6.6 + 3.6 * dice[rows, 12]) * HOUR_S
    begin = np.maximum(begin, until[rows] + 1800.0 * (until[rows] > 0))
    _out(draft, rows[dice[rows, 13] < share], begin[dice[rows, 13] < share], 14)
    later = rows[(dice[rows, 16] < 0.8 * share) & ~bound[rows]]
    _out(draft, later, (14.0 + 4.0 * dice[later, 17]) * HOUR_S, 18)
    night = later[(dice[later, 22] < 0.3) & (habits.health[later] != CHRONIC)]
    _out(draft, night, (19.2 + 0.8 * dice[night, 23]) * HOUR_S, 19)


def _out(draft: Draft, rows: Ints, start: Floats, column: int) -> None:
    """One way out each, and home again."""
    dice, habits = draft.dice, draft.habits
    what, which = dice[rows, column], dice[rows, column + 1]
    sick = habits.health[rows] == CHRONIC
    here = habits.home_xy[rows]
    bounds = np.where(sick[:, None], [0.28, 0.40, 0.62, 0.70, 0.92], [0.26, 0.42, 0.74, 0.84, 0.88])
    kind = (what[:, None] >= bounds).sum(axis=1)
    start = np.where((kind == 3) | (kind == 4), np.maximum(start, _OPEN_H * HOUR_S), start)  # errands and care
    table = ((SHOPPING, SHOPS), (SHOPPING, ()), (LEISURE, _LEISURE), (ERRAND, ("service_hall", "library")),
             (CARE, ("hospital",)))  # fmt: skip
    for number, (activity, kinds) in enumerate(table):
        some = kind == number
        if kinds:
            draft.go(rows[some], start[some], activity, kinds, here[some], which[some])
        else:
            draft.shop(rows[some], start[some], here[some], which[some])
    some = kind == len(table)
    draft.visit(rows[some], start[some], VISIT)
    draft.home(rows, start + (0.6 + 0.9 * which) * HOUR_S)
