"""What an exercise is: begun, over, and scored against those who were not there."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from services.facts.base import Command, Event
from twin.core.text import Name

Rating = Literal["P", "S", "M", "U"]
"""Performed without challenges, with some, with major ones (met, but other activities suffered), unable to perform."""


class ObjectiveScore(msgspec.Struct, frozen=True, kw_only=True):
    """0–100 each; ``share`` of the whole is the objective's weight. None where nothing in it could be judged."""

    id: str
    title: Name
    share: float
    trainee: float | None
    rating: Rating | None
    nobody: float | None
    colleague: float | None


class ReportScore(Command, frozen=True, kw_only=True):
    """The exercise's control hands in the score, once the comparison runs are there."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    exercise: str
    trainee: float
    nobody: float
    colleague: float
    objectives: tuple[ObjectiveScore, ...]
    improve: tuple[Name, ...]
    page: str


class ExerciseBegun(Event, frozen=True, kw_only=True):
    """``posts`` are the trainee's; ``until_ms`` is city time."""

    exercise: str
    title: Name
    trainee: Name
    posts: tuple[str, ...]
    until_ms: int


class ExerciseEnded(Event, frozen=True, kw_only=True):
    exercise: str


class ExerciseScored(Event, frozen=True, kw_only=True):
    """0–100: the trainee's score, and on the same seed that of an empty seat and of automatic colleagues in it."""

    exercise: str
    trainee: float
    nobody: float
    colleague: float
    objectives: tuple[ObjectiveScore, ...]
    improve: tuple[Name, ...]
    page: str
