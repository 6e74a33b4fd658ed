"""Virtual places: who enters, walks, talks and joins what; what comes of it; and how conduct there is judged.

Nothing that somebody wrote about a person stands here in plain words: conduct, grounds and phrases are codes from
lists, speech is ciphertext under its speaker's key, names are picked from the place's own list. No right is refused by
software alone: what is taken is taken by a named moderator, ends by itself, and can be appealed to somebody else.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from services.facts.base import Command, Event

PlaceId = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]
SessionId = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]
AvatarId = Annotated[str, msgspec.Meta(pattern="^A-[0-9]{1,9}$")]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{0,48}$")]
Metres = Annotated[float, msgspec.Meta(ge=-1000.0, le=1000.0)]
Speech = Annotated[str, msgspec.Meta(max_length=200)]
MeasureMinutes = Annotated[int, msgspec.Meta(ge=0, le=43_200)]
"""Thirty days at most."""

Conduct = Literal["harassment", "threat", "hate", "fraud", "rumour", "spam", "impersonation", "disturbance"]
MeasureStep = Literal["notice", "mute", "remove", "ban"]
LeftBecause = Literal["self", "elsewhere", "served", "stay_over", "removed", "banned", "down", "closed", "erased"]
NotEntered = Literal["no_such_place", "full", "banned", "down", "closed", "consent", "erased"]
Unfounded = Literal["within_the_code", "no_evidence", "duplicate", "abusive"]
Closing = Literal["maintenance", "safety", "emergency"]
SessionResult = Literal["prescription", "referred", "attendance", "not_attended", "interview", "declined", "broken_off"]


class EnterPlace(Command, frozen=True, kw_only=True):
    """``nick`` is picked from the place's list of names; empty: one is given."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: PlaceId
    nick: Code = ""


class LeavePlace(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: PlaceId


class MoveAvatar(Command, frozen=True, kw_only=True):
    """Walk towards a point of the place's own metres; nobody is faster than its walking speed."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: PlaceId
    x_m: Metres
    y_m: Metres


class JoinSession(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("resident",)
    session: SessionId


class QuitSession(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("resident",)
    session: SessionId


class SayInPlace(Command, frozen=True, kw_only=True):
    """A phrase of the place's list, or free words: these are sealed by the server before anything is written down."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: PlaceId
    phrase: Code = ""
    text: Speech = ""
    sealed: bytes = b""


class ReportConduct(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: PlaceId
    about: AvatarId
    conduct: Conduct


class AppealMeasure(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("resident",)
    measure: str


class TakeMeasure(Command, frozen=True, kw_only=True):
    """A graded response by a named moderator. ``minutes`` of a mute or ban; a notice and a removal have none."""

    posts: ClassVar[tuple[str, ...]] = ("moderator",)
    place: PlaceId
    about: AvatarId
    step: MeasureStep
    ground: Conduct
    minutes: MeasureMinutes = 0


class DismissReport(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("moderator",)
    report: str
    ground: Unfounded


class LiftMeasure(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("moderator",)
    measure: str


class DecideConductAppeal(Command, frozen=True, kw_only=True):
    """By the head of the department that runs the place, never by whoever took the measure."""

    posts: ClassVar[tuple[str, ...]] = ("department_head",)
    measure: str
    upheld: bool


class OpenMoreRoom(Command, frozen=True, kw_only=True):
    """A second copy of the rooms beside the first: the place holds more people; ``on`` false closes it to newcomers."""

    posts: ClassVar[tuple[str, ...]] = ("moderator",)
    place: PlaceId
    on: bool


class ClosePlace(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("moderator", "duty_chief")
    place: PlaceId
    ground: Closing


class ReopenPlace(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("moderator", "duty_chief")
    place: PlaceId


class ClarifyRumour(Command, frozen=True, kw_only=True):
    """What is true is said to everybody who heard otherwise, in the place and on their phones."""

    posts: ClassVar[tuple[str, ...]] = ("moderator", "acceptor", "dispatcher", "duty_chief")
    rumour: str


class AvatarEntered(Event, frozen=True, kw_only=True):
    """``nick`` and ``number`` make the name that others see; ``look`` seeds the figure."""

    place: str
    avatar: str
    person: str
    pseudonym: str
    nick: str
    number: int
    look: int
    waited_ms: int = 0
    errand: str = ""  # what they are here for


class EntryQueued(Event, frozen=True, kw_only=True):
    """The place is full: a number in the queue before it."""

    place: str
    person: str
    pseudonym: str
    nick: str
    number: int
    errand: str = ""


class EntryRefused(Event, frozen=True, kw_only=True):
    """``until_ms`` of a ban; -1 where nobody can tell."""

    place: str
    person: str
    pseudonym: str
    ground: NotEntered
    until_ms: int = -1


class AvatarLeft(Event, frozen=True, kw_only=True):
    place: str
    person: str
    pseudonym: str
    ground: LeftBecause


class OfficerTurn(Event, frozen=True, kw_only=True):
    """A clerk on duty receives the next applicant in the virtual hall."""

    place: str
    person: str
    clerk: str
    until_ms: int


class AvatarMoved(Event, frozen=True, kw_only=True):
    place: str
    person: str
    x_m: float
    y_m: float


class SpokenInPlace(Event, frozen=True, kw_only=True):
    """``phrase`` of the place's list, or ``sealed`` words under the speaker's key."""

    place: str
    person: str
    phrase: str
    sealed: bytes


class PlaceWordRefused(Event, frozen=True, kw_only=True):
    """What a phone said of a place and what could not be done; ``why`` is told to the phone."""

    place: str
    person: str
    pseudonym: str
    word: str


class SessionOpened(Event, frozen=True, kw_only=True):
    """Its hour has come and a named host is there; ``until_ms`` of one that all attend together, else -1."""

    session: str
    host: str
    until_ms: int


class SessionClosed(Event, frozen=True, kw_only=True):
    session: str
    host: str


class SessionJoined(Event, frozen=True, kw_only=True):
    session: str
    person: str


class SessionLeft(Event, frozen=True, kw_only=True):
    session: str
    person: str


class TalkBegun(Event, frozen=True, kw_only=True):
    """One visitor's turn with the host."""

    session: str
    person: str
    host: str
    until_ms: int


class TalkEnded(Event, frozen=True, kw_only=True):
    """What came of it for one visitor; ``credential`` or ``appointment`` where there is one."""

    session: str
    person: str
    pseudonym: str
    host: str
    result: SessionResult
    credential: str = ""
    appointment: str = ""


class InterviewAppointed(Event, frozen=True, kw_only=True):
    """``by`` is the recruiter who confirmed it for the employer."""

    appointment: str
    session: str
    person: str
    pseudonym: str
    employer: str
    vacancy: str
    at_ms: int
    by: str


class ContactKept(Event, frozen=True, kw_only=True):
    """Two of one family or circle met for long enough."""

    place: str
    person: str
    other: str
    tie: Literal["family", "friend"]


class ConductReported(Event, frozen=True, kw_only=True):
    report: str
    place: str
    by: str
    about: str
    avatar: str
    conduct: Conduct


class ReportClosed(Event, frozen=True, kw_only=True):
    """Answered by a measure, or found to be none."""

    report: str
    place: str
    measure: str = ""
    unfounded: Unfounded | Literal[""] = ""


class MeasureTaken(Event, frozen=True, kw_only=True):
    """``moderator`` is the named person; ``until_ms`` when a mute or ban ends by itself, -1 for what has no
    duration."""

    measure: str
    place: str
    about: str
    pseudonym: str
    avatar: str
    step: MeasureStep
    ground: Conduct
    until_ms: int
    moderator: str


class MeasureEnded(Event, frozen=True, kw_only=True):
    """By its time, lifted by a moderator, set aside on appeal, or because nobody decided the appeal in time."""

    measure: str
    how: Literal["time", "lifted", "set_aside", "undecided"]


class MeasureAppealed(Event, frozen=True, kw_only=True):
    measure: str
    person: str
    decide_by_ms: int


class ConductAppealDecided(Event, frozen=True, kw_only=True):
    measure: str
    person: str
    pseudonym: str
    upheld: bool
    head: str


class MoreRoomOpened(Event, frozen=True, kw_only=True):
    place: str
    on: bool


class PlaceWentDown(Event, frozen=True, kw_only=True):
    """Its platform is no longer heard."""

    place: str


class PlaceCameBack(Event, frozen=True, kw_only=True):
    place: str


class PlaceClosed(Event, frozen=True, kw_only=True):
    place: str
    ground: Closing


class PlaceReopened(Event, frozen=True, kw_only=True):
    place: str


class RumourSpread(Event, frozen=True, kw_only=True):
    """Said among so many: ``heard`` are those in the place at that time, ``told`` their phones. ``target`` is the place
    of the real city that it sends people to."""

    rumour: str
    kind: str
    place: str
    person: str
    target: str
    heard: int
    told: tuple[str, ...]


class RumourClarified(Event, frozen=True, kw_only=True):
    """``told`` are the phones of those who heard it."""

    rumour: str
    place: str
    by: str
    target: str
    told: tuple[str, ...]


class VirtualNoticed(Event, frozen=True, kw_only=True):
    """A scene's condition on a virtual place passed from one side of its thresholds to another."""

    condition: str
    place: str
    state: Literal["beyond", "between", "calm"]
    value: float
