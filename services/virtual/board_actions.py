"""What may be done on a virtual place's page, each by the posts that may; only what would not be refused now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from services.facts.virtual import (
    ClarifyRumour,
    ClosePlace,
    Closing,
    Conduct,
    DecideConductAppeal,
    DismissReport,
    LiftMeasure,
    MeasureStep,
    OpenMoreRoom,
    ReopenPlace,
    TakeMeasure,
    Unfounded,
)
from services.virtual.desk import VirtualDesk
from services.virtual.picture import Pictures
from services.virtual.words import CLOSING_TEXT, CONDUCT_TEXT, STEP_TEXT, UNFOUNDED_TEXT
from twin.city.virtual import VirtualPlace
from twin.core.text import Text
from twin.core.views import Action, Choice

_CLOSINGS: tuple[Closing, ...] = get_args(Closing)
_CONDUCTS: tuple[Conduct, ...] = get_args(Conduct)
_STEPS: tuple[MeasureStep, ...] = get_args(MeasureStep)
_UNFOUNDED: tuple[Unfounded, ...] = get_args(Unfounded)


def actions(desk: VirtualDesk, place: VirtualPlace) -> tuple[Action, ...]:
    return (*_rumours(desk, place), *_conduct(desk, place), *_of_place(desk, place))


def _rumours(desk: VirtualDesk, place: VirtualPlace) -> Iterator[Action]:
    for rumour in desk.book.state.rumours.values():
        if rumour.place == place.id and rumour.clarified_ms < 0:
            label = Text("Say what is true of {place}", {"place": desk.rumours.target(rumour.target)})
            yield Action(
                command="ClarifyRumour", label=label, fixed={"rumour": rumour.id}, posts=ClarifyRumour.posts
            )  # fmt: skip


def _conduct(desk: VirtualDesk, place: VirtualPlace) -> Iterator[Action]:
    state = desk.book.state
    people = {one.id: Pictures.name(place, one) for one in desk.book.inside(place.id)}
    waiting = [one for one in state.reports.values() if one.place == place.id and one.closed_ms < 0]
    reported = list(dict.fromkeys(one.avatar for one in waiting))
    about = tuple(Choice(id, people.get(id, id)) for id in dict.fromkeys((*reported, *people)))
    if about:
        yield Action(
            command="TakeMeasure", label=Text("Take a measure"), fixed={"place": place.id},
            asks={"about": Text("About"), "step": Text("Step"), "ground": Text("Ground"), "minutes": Text("Minutes")},
            choices={
                "about": about, "step": tuple(Choice(one, STEP_TEXT[one]) for one in _STEPS),
                "ground": tuple(Choice(one, CONDUCT_TEXT[one]) for one in _CONDUCTS),
            },
            numbers=("minutes",), danger=True, posts=TakeMeasure.posts,
        )  # fmt: skip
    if waiting:
        yield Action(
            command="DismissReport", label=Text("Dismiss a report"),
            asks={"report": Text("Report"), "ground": Text("Ground")},
            choices={
                "report": tuple(Choice(one.id, one.id) for one in waiting),
                "ground": tuple(Choice(one, UNFOUNDED_TEXT[one]) for one in _UNFOUNDED),
            },
            posts=DismissReport.posts,
        )  # fmt: skip
    standing = [one for one in state.measures.values() if one.place == place.id and one.in_force]
    if standing:
        choices = {"measure": tuple(Choice(one.id, one.id) for one in standing)}
        yield Action(
            command="LiftMeasure", label=Text("Lift a measure"), asks={"measure": Text("Measure")}, choices=choices,
            more=True, posts=LiftMeasure.posts,
        )  # fmt: skip
    for one in state.measures.values():
        if one.place == place.id and one.undecided:
            for upheld, label in ((True, Text("{measure} stands")), (False, Text("Set {measure} aside"))):
                yield Action(
                    command="DecideConductAppeal", label=Text(label.msgid, {"measure": one.id}),
                    fixed={"measure": one.id, "upheld": upheld}, posts=DecideConductAppeal.posts,
                )  # fmt: skip


def _of_place(desk: VirtualDesk, place: VirtualPlace) -> Iterator[Action]:
    state = desk.book.state.places[place.id]
    label = Text("Close the second copy to newcomers") if state.more else Text("Open a second copy of the rooms")
    yield Action(
        command="OpenMoreRoom", label=label, fixed={"place": place.id, "on": not state.more}, posts=OpenMoreRoom.posts,
        more=True,
    )  # fmt: skip
    if state.closed:
        yield Action(
            command="ReopenPlace", label=Text("Open the place again"), fixed={"place": place.id},
            posts=ReopenPlace.posts,
        )  # fmt: skip
        return
    yield Action(
        command="ClosePlace", label=Text("Close the place"), fixed={"place": place.id}, asks={"ground": Text("Ground")},
        choices={"ground": tuple(Choice(one, CLOSING_TEXT[one]) for one in _CLOSINGS)}, danger=True, more=True,
        posts=ClosePlace.posts,
    )  # fmt: skip
