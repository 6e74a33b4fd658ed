"""How residents spend their days: their keys, work, ways and plans. Known to the field alone, never to the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from twin.city.habits import EXPECTING, MODES, NAMES, Habits, habits
from twin.city.model import City
from twin.city.plan_draft import ACTIVITIES, Plan
from twin.city.plans import day_off, working_day
from twin.city.population import Population, population
from twin.city.population_settings import PopulationSettings
from twin.core.text import Name


@dataclass(frozen=True, slots=True)
class Activity:
    """From ``start_s`` (second of the day) the person is, or is on the way, here."""

    start_s: float
    activity: str
    xy: tuple[float, float]
    building: int = -1
    place: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """One resident's private part. ``private_key`` is the phone's Ed25519 seed; ``work_building`` is -1 without work.
    ``plan`` is that of a working day: it begins at second 0 at home and is in order of time."""

    resident: str
    private_key: bytes
    occupation: Name
    work_building: int
    mode: str
    plan: tuple[Activity, ...]
    expects_newborn: bool


class Lives(Sequence[Life]):
    """All of them, as columns; one at a time on demand."""

    def __init__(self, city: City, people: Population) -> None:
        self._city = city
        self.people = people
        self.habits: Habits = habits(city, people)
        self.plans: tuple[Plan, Plan] = (
            working_day(city, people, self.habits), day_off(city, people, self.habits),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.people)

    def expects_newborn(self, row: int) -> bool:
        return bool(self.habits.health[row] == EXPECTING)

    def private_key(self, row: int) -> bytes:
        return self.people.private_key(row)

    @overload
    def __getitem__(self, row: int) -> Life: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Life, ...]: ...
    def __getitem__(self, row: int | slice) -> Life | tuple[Life, ...]:
        if isinstance(row, slice):
            return tuple(self._life(each) for each in range(*row.indices(len(self))))
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        return self._life(row % len(self))

    def __iter__(self) -> Iterator[Life]:
        return (self._life(row) for row in range(len(self)))

    def _life(self, row: int) -> Life:
        mine = self.habits
        return Life(
            self.people.id(row), self.people.private_key(row), NAMES[int(mine.occupation[row])],
            int(mine.work[row]), MODES[int(mine.mode[row])], self.day(row, 0), self.expects_newborn(row),
        )  # fmt: skip

    def day(self, row: int, which: int) -> tuple[Activity, ...]:
        """A working day (0) or a day off (1)."""
        plan, places = self.plans[which], self._city.places
        return tuple(
            Activity(
                float(plan.start_s[at]), ACTIVITIES[int(plan.activity[at])],
                (float(plan.x_m[at]), float(plan.y_m[at])), int(plan.building[at]),
                places[int(plan.place[at])].id if plan.place[at] >= 0 else "",
            )
            for at in range(int(plan.first[row]), int(plan.first[row + 1]))
        )  # fmt: skip


def lives(city: City, seed: int, count: int = 300, settings: PopulationSettings | None = None) -> Lives:
    """The private side of the people of :func:`twin.city.residents.register`, in the same order."""
    return Lives(city, population(city, seed, count, settings))
