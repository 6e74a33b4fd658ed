"""What the console asks the server and hears back: pages of what is selected, answers to what was proposed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twin.core.text import Text
from twin.core.views import ViewSource
from twin.render.choices import Choices
from twin.render.stage import Selection
from twin.render.world import World

ASK_AGAIN_S = 1.0
ASKED = ("device", "vehicle", "unit", "resident", "intersection")


@dataclass(slots=True)
class Dialogue:
    """Asks for the selected thing's page at once and every second; tells the viewer what became of a proposal."""

    source: ViewSource
    world: World
    choices: Choices
    _asked: Selection | None = None
    _when_s: float = -math.inf

    def go_on(self, now_s: float) -> None:
        """Once a frame."""
        self._hear(now_s)
        selection = self.choices.selection
        if selection is None or selection.kind not in ASKED:
            self._asked = None
        elif selection != self._asked or now_s - self._when_s >= ASK_AGAIN_S:
            self._asked, self._when_s = selection, now_s
            self.source.ask(selection.kind, selection.id)

    def _hear(self, now_s: float) -> None:
        while self.world.replies:
            reply = self.world.replies.popleft()
            label = self.choices.proposals.pop(reply.id, None)
            if reply.accepted and label is not None:
                self.choices.tell(Text("{action}: accepted", {"action": label}), now_s, good=True)
            elif not reply.accepted and label is not None:
                reason = reply.reason or Text("no reason given")
                words = Text("{action}: refused. {reason}", {"action": label, "reason": reason})
                self.choices.tell(words, now_s, good=False)
