"""What the console asks the server and hears back: pages of what is selected, answers to what was proposed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from twin.core.text import Text
from twin.core.views import ViewSource
from twin.render.choices import Choices
from twin.render.stage import Selection
from twin.render.world import World

ASK_AGAIN_S = 1.0
SHOWN = "shown"
"""Kind of what is selected where a proposal was answered with a page."""
ASKED = ("device", "vehicle", "unit", "resident", "intersection", "life", "hall")


@dataclass(slots=True)
class Dialogue:
    """Asks for the pages that are shown at once and every second; tells the viewer what became of a proposal."""

    source: ViewSource
    world: World
    choices: Choices
    _asked: dict[Selection, float] = field(default_factory=dict)  # when
    _shown: str = ""  # the proposal whose answer showed something, which is gone once it is closed

    def go_on(self, now_s: float) -> None:
        """Once a frame."""
        self._hear(now_s)
        self._forget()
        shown = (self.choices.selection, self.choices.page)
        wanted = [one for one in shown if one is not None and (one.kind in ASKED or one is self.choices.page)]
        if self.world.in_shoes:
            wanted.append(Selection("life", self.world.person))  # says who one is
        self._asked = {one: when for one, when in self._asked.items() if one in wanted}
        for one in wanted:
            if now_s - self._asked.get(one, -math.inf) >= ASK_AGAIN_S:
                self._asked[one] = now_s
                self.source.ask(one.kind, one.id)

    def _forget(self) -> None:
        """What was shown once is not kept behind the viewer's back."""
        if self._shown and self.choices.selection != Selection(SHOWN, self._shown):
            self.world.pages.pop(self._shown, None)
            self._shown = ""

    def _hear(self, now_s: float) -> None:
        while self.world.replies:
            reply = self.world.replies.popleft()
            label = self.choices.proposals.pop(reply.id, None)
            draft = next((one for one in self.choices.applications.values() if one.sent == reply.id), None)
            if draft is not None and not reply.accepted:
                draft.refused = reply.reason or Text("no reason given")
            if label is not None:
                self._asked.clear()  # what was just done is to be seen at once
                if reply.card is not None:
                    self._forget()
                    self._shown = reply.id
                    self.choices.select(Selection(SHOWN, reply.id))
            if reply.accepted and label is not None:
                self.choices.tell(Text("{action}: accepted", {"action": label}), now_s, good=True)
            elif not reply.accepted and label is not None:
                reason = reply.reason or Text("no reason given")
                words = Text("{action}: refused. {reason}", {"action": label, "reason": reason})
                self.choices.tell(words, now_s, good=False)
