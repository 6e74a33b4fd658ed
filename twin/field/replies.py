"""Residents who are asked whether what they reported is solved: some answer, by what they can see."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from twin.core.chance import fraction
from twin.field.hazards.base import Moment
from twin.field.people_settings import ReplySettings
from twin.field.phones import Phones
from twin.formats.civic import Inquiry, PersonReply

KEPT = 400
"""Reports and inquiries remembered; who is asked about anything older has forgotten it."""
_HOUR_MS = 3_600_000.0


class Told(msgspec.Struct):
    """A report that was sent; ``site`` is the hazard, empty for what was not there."""

    row: int
    city_ms: int
    site: str


class Owed(msgspec.Struct):
    """An answer that somebody is about to give."""

    inquiry: str
    told: Told
    at_s: float


class ReplyState(msgspec.Struct):
    told: list[Told] = msgspec.field(default_factory=list)
    asked: list[str] = msgspec.field(default_factory=list)
    owed: list[Owed] = msgspec.field(default_factory=list)


class Replies:
    """Who reported nothing real, or has forgotten, keeps quiet."""

    def __init__(self, phones: Phones, settings: ReplySettings, seed: int) -> None:
        self._phones, self._settings, self._seed = phones, settings, seed
        self.state = ReplyState()

    def told(self, row: int, city_ms: int, site: str) -> None:
        self.state.told.append(Told(row, city_ms, site))
        del self.state.told[:-KEPT]

    def asked(self, row: int, inquiry: Inquiry, now: Moment) -> None:
        """Once for each inquiry, however often it arrives."""
        state, rules = self.state, self._settings
        told = next((one for one in state.told if (one.row, one.city_ms) == (row, inquiry.reported_ms)), None)
        if inquiry.inquiry in state.asked or told is None or not told.site:
            return
        state.asked.append(inquiry.inquiry)
        del state.asked[:-KEPT]
        if fraction(self._seed, "reply", row, inquiry.inquiry) < rules.share:
            low, high = rules.delay_s
            delay_s = low + (high - low) * fraction(self._seed, "reply", row, inquiry.inquiry, "delay")
            state.owed.append(Owed(inquiry.inquiry, told, now.since_s + delay_s))

    def step(self, now: Moment, there: Collection[str]) -> None:
        """``there``: the hazards that last."""
        for owed in [owed for owed in self.state.owed if owed.at_s <= now.since_s]:
            self.state.owed.remove(owed)
            solved = owed.told.site not in there
            soon = now.city_ms - owed.told.city_ms <= self._settings.content_within_h * _HOUR_MS
            content = self._settings.content_share[0 if soon else 1]
            satisfied = solved and fraction(self._seed, "reply", owed.told.row, owed.inquiry, "content") < content
            reply = PersonReply(inquiry=owed.inquiry, solved=solved, satisfied=satisfied)
            self._phones.say(owed.told.row, "reply", reply, now.city_ms)
