"""What the viewer has chosen: selection, panels, layers, who to follow. The console's only state of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.core.text import Text
from twin.render.stage import Layers, Selection
from twin.render.theme import ThemeName

Answer = str | int | float | bool | list[str]


@dataclass(slots=True)
class Form:
    """An action of a page being filled in or confirmed; ``page`` is the page's ``kind/id``."""

    page: str
    command: str
    fixed: dict[str, str | int | float | bool]
    answers: dict[str, Answer]
    begun: bool = False  # its first field has been given the keyboard


@dataclass(slots=True)
class Talk:
    """A talk on screen: lines known so far, and frames for which it still goes to its newest one (its size is only
    known once it was drawn)."""

    lines: int = 0
    settling: int = 0


@dataclass(slots=True)
class Draft:
    """The one form of a service while it is filled in. ``left``: questions that were answered and left; ``tried``: it
    was to be sent; ``agreed`` None until the person said either; ``sent`` is the proposal's id, ``refused`` why not."""

    answers: dict[str, str]
    papers: set[str] = field(default_factory=set)
    unwanted: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    agreed: bool | None = None
    tried: bool = False
    sent: str = ""
    refused: Text | None = None
    show: str = ""  # the question that is to be scrolled to


@dataclass(slots=True)
class Choices:
    """Changed by panels, keys and clicks; read by everything that draws."""

    theme: ThemeName = "night"
    selection: Selection | None = None
    page: Selection | None = None  # a whole page over the map
    boards_open: bool = False
    more_open: str = ""  # the page whose rarer actions are shown
    applications: dict[str, Draft] = field(default_factory=dict)  # by service and ward
    drafts: dict[str, str] = field(default_factory=dict)  # lines half written, by where they are to be said
    talks: dict[str, Talk] = field(default_factory=dict)  # how far each talk was followed, by its key
    layers: Layers = field(default_factory=Layers)
    tab: str = "open"
    queue_open: bool = True
    alerts_open: bool = False
    help_open: bool = False
    layers_open: bool = False
    search_open: bool = False
    legend_open: bool = True
    follow_events: bool = True
    follow_mover: int = -1
    with_own: bool = True  # a resident's map stays with their own twin
    query: str = ""
    sort_column: int = 0
    sort_down: bool = False
    form: Form | None = None
    proposals: dict[str, Text] = field(default_factory=dict)  # id → what was proposed
    notice: Text | None = None
    notice_good: bool = True
    notice_until_s: float = 0.0
    quit: bool = False

    def select(self, selection: Selection | None) -> None:
        """Choose one thing, or nothing; a half-filled form is dropped."""
        if selection != self.selection:
            self.form = None
        self.selection = selection
        if selection is None:
            self.follow_mover = -1

    def tell(self, notice: Text, now_s: float, *, good: bool) -> None:
        """Show one line for some seconds."""
        self.notice, self.notice_good, self.notice_until_s = notice, good, now_s + 6.0
