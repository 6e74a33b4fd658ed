"""Whoever sits at a console and tries everything: any command of any kind, with values that fit, nearly fit, or not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from services.app.composition import Twin
from services.facts.base import Actor, Command
from services.governance.automation import AutomationDesk
from twin.core.views import Action

SYSTEMS_OWN = ("NoteRestart", "ReloadConfig", "AttachFeed", "DetachFeed", "SetClock", "ErasePerson")
"""Left out: they are given by the server, or stop the clock."""
WORDS = (
    "",
    " ",
    "\u0000\u0007",
    "because",
    "堵塞",
    "\u202egnirts",
    "x" * 500,
    "y" * 4_001,
    "z" * 30_000,
    "{case}",
    "%s",
)
NUMBERS = (-1, 0, 1, 30, 60, 10_000, 10**12, -(10**15), 2**63 - 1)


class Monkey:
    """Commands for a twin, all of them by the dice."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        classes = [cls for cls in twin.facts.classes if issubclass(cls, Command) and cls.posts]
        self.classes: Sequence[type[Command]] = [cls for cls in classes if cls.__name__ not in SYSTEMS_OWN]
        self._wild = False
        self._scenes = next(desk for desk in twin.desks if isinstance(desk, AutomationDesk)).scenes

    def absurd(self, id: str, city_ms: int, dice: random.Random) -> Command:
        """Any command; half of them with any values at all, mostly from somebody who may give it."""
        cls = dice.choice(self.classes)
        self._wild = dice.random() < 0.5
        fields: dict[str, Any] = {
            field.name: self._value(field.name, field.type, dice)
            for field in msgspec.inspect.type_info(cls).fields  # type: ignore[attr-defined]
            if field.name not in ("id", "actor")
        }
        return cls(id=id, actor=self._actor(cls.posts, city_ms, dice), **fields)

    def clicked(self, id: str, action: Action, city_ms: int, dice: random.Random) -> Command | None:
        """What a person makes of a button: its blanks filled as the form demands."""
        cls = self._twin.facts.by_tag[action.command]
        assert issubclass(cls, Command)
        fields: dict[str, Any] = dict(action.fixed)
        for name in action.asks:
            choices = [choice.value for choice in action.choices.get(name, ())]
            if name in action.choices and not choices:
                return None
            if name in action.many:
                fields[name] = list(dict.fromkeys(dice.choices(choices, k=2)))
            elif choices:
                fields[name] = dice.choice(choices)
            else:
                fields[name] = dice.choice((1, 10, 60)) if name in action.numbers else "as it stands"
        body = msgspec.json.encode({"t": action.command, **fields})
        return self._twin.facts.proposed(body, id, self._actor(action.posts or cls.posts, city_ms, dice))

    def _actor(self, posts: Sequence[str], city_ms: int, dice: random.Random) -> Actor:
        roster = self._twin.world.roster
        hour, weekday = roster.hour(city_ms), roster.weekday(city_ms)
        fit = [
            (person.id, duty.post)
            for person in roster.people for duty in person.duties
            if duty.post in posts and duty.covers(hour, weekday)
        ]  # fmt: skip
        if not fit or dice.random() < 0.1:
            return Actor("person", dice.choice(roster.people).id, dice.choice(("", "handler", "duty_chief", "viewer")))
        return Actor("person", *dice.choice(fit))

    def _value(self, name: str, kind: Any, dice: random.Random) -> Any:
        match kind:
            case msgspec.inspect.BoolType():
                return dice.random() < 0.5
            case msgspec.inspect.IntType():
                return dice.choice(NUMBERS if self._wild else (1, 10, 60))
            case msgspec.inspect.FloatType():
                return float(dice.choice(NUMBERS if self._wild else (1, 10, 60)))
            case msgspec.inspect.LiteralType():
                return dice.choice(kind.values)
            case msgspec.inspect.VarTupleType():
                many = dice.choice((0, 1, 2, 1_000) if self._wild else (1, 2))
                return tuple(self._value(name, kind.item_type, dice) for _ in range(many))
            case msgspec.inspect.StructType():
                made = {field.name: self._value(field.name, field.type, dice) for field in kind.fields}
                return kind.cls(**made)
            case msgspec.inspect.StrType():
                return self._text(name, dice)
            case msgspec.inspect.UnionType():
                return self._value(name, dice.choice(kind.types), dice)
            case msgspec.inspect.NoneType():
                return None
            case msgspec.inspect.BytesType():
                return dice.randbytes(dice.choice((0, 16, 1_000)))
            case msgspec.inspect.DictType():
                pairs = range(dice.choice((0, 1, 70)) if self._wild else 1)
                return {f"{self._text(name, dice)}{n}": self._value(name, kind.value_type, dice) for n in pairs}
            case _:
                raise AssertionError(f"{name}: {kind}")

    def _text(self, name: str, dice: random.Random) -> str:
        """Mostly of what there is under that name."""
        world, number = self._twin.world, f"{dice.randrange(1, 6):04d}"
        known: dict[str, Sequence[str]] = {
            "case": [f"C-{number}"], "into": [f"C-{number}"], "request": [f"Q-{number}"], "whistle": [f"W-{number}"],
            "resolution": [f"D-{number}"], "handover": ["", f"H-{number}"], "report": [f"U-{number}"],
            "department": list(world.departments), "departments": list(world.departments), "unit": list(world.units),
            "scene": list(self._scenes), "person": [person.id for person in world.roster.people],
            "signals": [f"S-{dice.randrange(1, 30)}"], "code": ["06010", "01003"], "post": ["acceptor", "handler"],
        }  # fmt: skip
        pool = known.get(name)
        if pool and (not self._wild or dice.random() < 0.7):
            return dice.choice(pool)
        return dice.choice(WORDS) if self._wild else "as it stands"
