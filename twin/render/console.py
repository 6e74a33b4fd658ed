"""The console's composition: views come in, the world is drawn, panels lie over it, clicks and keys go out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pygame

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.views import Card, ViewSource
from twin.render.actors import Actors
from twin.render.camera import Camera
from twin.render.choices import Choices
from twin.render.dialogue import Dialogue
from twin.render.ground import Ground
from twin.render.gui import Gui
from twin.render.halls import Halls
from twin.render.hud import Hud
from twin.render.icons import Icons
from twin.render.labels import Labels
from twin.render.language import Language
from twin.render.lettering import Lettering
from twin.render.marks import MapMarks
from twin.render.moments import zone
from twin.render.notice import draw_notice
from twin.render.pages import own_page
from twin.render.panels.board import Board
from twin.render.panels.card import card_width, draw_card, page_of
from twin.render.panels.foot import draw_foot, foot_height
from twin.render.panels.overlays import draw_help, draw_layers, draw_search
from twin.render.panels.own import draw_own
from twin.render.panels.page import BOARD_KINDS, draw_boards, draw_page
from twin.render.panels.queue import draw_queue, queue_width
from twin.render.panels.topbar import HIGH, draw_topbar
from twin.render.pilot import Pilot
from twin.render.plan import Plan, make_plan
from twin.render.pointer import Pointer
from twin.render.shoes import Shoes
from twin.render.stage import Selection, Stage
from twin.render.theme import THEMES
from twin.render.things import DeviceMarks, LightBars
from twin.render.watermark import Watermark
from twin.render.whereabouts import spot_of
from twin.render.world import World

GO_TO_PX_PER_M = 2.0


class Console:
    """One window's worth of console. ``frame`` draws onto ``surface``; it never waits and never decides."""

    def __init__(
        self,
        source: ViewSource,
        city: City,
        kinds: dict[str, DeviceKind],
        assets: Path,
        surface: pygame.Surface,
        *,
        language: str = "en",
        ui: float = 1.0,
        plan: Plan | None = None,
    ) -> None:
        self.source, self.city, self.ui = source, city, ui
        self.choices = Choices()
        self.world = World(city)
        self.letters = Lettering(assets / "fonts")
        self.gui = Gui(self.letters)
        self.icons = Icons(assets / "icons" / "icons.toml")
        self.language = Language(assets / "text", language)
        theme = THEMES[self.choices.theme]
        self.camera = Camera(city.extent, *surface.get_size(), ui)
        self.ground = Ground(plan or make_plan(city), theme)
        self.actors, self.marks, self.labels, self.halls = Actors(), MapMarks(), Labels(city), Halls(city)
        self.devices, self.lights, self.hud = DeviceMarks(city), LightBars(city), Hud()
        self.watermark = Watermark()
        self.pilot = Pilot(self.camera, self.choices, self.marks)
        self.shoes = Shoes(city, source)
        self.dialogue = Dialogue(source, self.world, self.choices)
        self.pointer = Pointer(self)
        self.stage = Stage(
            surface,
            self.camera,
            theme,
            self.language,
            self.letters,
            self.icons,
            city,
            kinds,
            self.world,
            self.choices.layers,
            ui,
        )
        self.board = self._make_board(kinds, surface.get_size())
        self._page: Card | None = None
        self._inset(surface, at_once=True)
        self.camera.home(at_once=True)

    def _make_board(self, kinds: dict[str, DeviceKind], size: tuple[int, int]) -> Board:
        return Board(
            self.world,
            self.city,
            kinds,
            self.source,
            self.choices,
            self.camera,
            self.gui.painter,
            self.icons,
            self.language,
            THEMES[self.choices.theme],
            self.gui.regular,
            self.gui.medium,
            zone(self.city.meta.time_zone),
            self.ui,
            *size,
            go_to=self.go_to,
        )

    def close(self) -> None:
        """Free what pygame does not."""
        self.gui.close()

    # one frame

    def frame(
        self,
        surface: pygame.Surface,
        events: Sequence[pygame.event.Event],
        dt_s: float,
        wall_ms: int,
        *,
        complete: bool = False,
    ) -> None:
        """Hear ``events``, take what the source has, draw. ``complete`` waits for every ground tile (stills)."""
        self._begin(surface, dt_s, wall_ms)
        for event in events:
            self.pointer.hear(event)
        self.world.take(self.source.poll(), wall_ms)
        self._open_wanted()
        self.dialogue.go_on(self.stage.now_s)
        self.stage.movers = self.world.movers(wall_ms)
        if self.world.in_shoes:
            self._be_there(dt_s, wall_ms)
        self.stage.stands = self.halls.stands(self.world.marks, self.camera, self.ui)
        self.pilot.fly(self.stage, dt_s)
        self._draw_map(surface, complete=complete)
        self._draw_panels(surface, dt_s)

    def _be_there(self, dt_s: float, wall_ms: int) -> None:
        """A resident's console: words to the own twin's body, and its figure where it is by now."""
        if self.stage.own == -2:  # the first time: what is the centre's is not shown
            self.choices.layers.devices = self.choices.legend_open = False
        if self.gui.wants_keys:
            self.shoes.let_go()
        self.shoes.step(self.world, wall_ms, dt_s)
        self.shoes.place(self.stage.movers, self.world.own)
        self.stage.own = self.world.own.mover if self.world.own is not None else -1

    def _open_wanted(self) -> None:
        """The page that the server wants seen; whoever looks at another one or fills in a form is left alone."""
        wanted, self.world.opens = self.world.opens, ""
        if wanted and self.choices.page is None and self.choices.form is None:
            self.choices.page = Selection(wanted, "")

    def _begin(self, surface: pygame.Surface, dt_s: float, wall_ms: int) -> None:
        stage, board, world = self.stage, self.board, self.world
        theme = THEMES[self.choices.theme]
        if surface.get_size() != (board.width, board.height) or self.ui != stage.ui:
            stage.ui = board.u = self.ui
            board.width, board.height = surface.get_size()
            self._inset(surface, at_once=True)
        stage.surface, stage.theme, board.theme, self.ground.theme = surface, theme, theme, theme
        stage.now_s = wall_ms / 1000
        board.wall_ms = wall_ms
        stage.city_ms = board.city_ms = world.city_ms(wall_ms)
        stage.stale = not self.source.connected or world.late_s(wall_ms) > 0
        stage.selection = self.choices.selection
        stage.taken.clear()
        self._inset(surface, at_once=False)

    def _inset(self, surface: pygame.Surface, *, at_once: bool) -> None:
        """Tell the camera what the panels cover. Only a new window changes the scale that shows the whole city."""
        board = self.board
        card = self._page
        right = card_width(board, card)
        inset = (queue_width(board), board.px(HIGH), right, foot_height(board))
        if at_once:
            settled = (queue_width(board), board.px(HIGH), 0.0, board.px(32))
            self.camera.resize(*surface.get_size(), self.ui, settled)
        self.camera.inset = inset

    @property
    def free(self) -> pygame.Rect:
        """The part of the window that shows the map."""
        left, top, right, bottom = (round(edge) for edge in self.camera.inset)
        return pygame.Rect(left, top, self.camera.width - left - right, self.camera.height - top - bottom)

    def go_to(self, selection: Selection) -> None:
        """Select a thing and fly to where it is; a street is only flown to."""
        spot = spot_of(self.stage, self.marks, selection)
        if selection.kind != "street":
            self.choices.select(selection)
        if spot is not None:
            self.pilot.take_over()
            self.camera.fly_to(*spot, max(self.camera.goal_level, self.camera.level_for(GO_TO_PX_PER_M)))

    # drawing

    def _draw_map(self, surface: pygame.Surface, *, complete: bool) -> None:
        stage, layers = self.stage, self.choices.layers
        self.ground.draw(surface, self.camera, complete=complete)
        self.marks.draw_ground(stage)
        if layers.labels:
            self.labels.draw(stage, below=True)
        if layers.lights:
            self.lights.draw(stage)
        if layers.devices:
            self.devices.draw(stage)
        if stage.movers is not None:
            self.actors.draw(stage, stage.movers)
        self._draw_selected()
        legend = self.choices.legend_open and self.free.width > 720 * self.ui
        if legend:
            stage.taken.append(self.hud.legend_box(stage, self.free))
        self.marks.draw(stage)
        if layers.labels:
            self.labels.draw(stage, below=False)
        status = self.world.status
        if layers.rain and status is not None and status.rain_mm_h > 0.5 and not stage.stale:
            self.hud.draw_rain(stage, self.free, status.rain_mm_h)
        if self.world.exercise:
            self.watermark.draw(stage, self.free)
        self.hud.draw_scale(self.stage, self.free)
        if legend:
            self.hud.draw_legend(self.stage, self.free)
        draw_notice(self.hud, self.stage, self.choices, self.pilot, self.free, self.board.wall_ms)

    def _draw_selected(self) -> None:
        """A ring under what is selected, unless its own mark already shows it."""
        selection = self.choices.selection
        spot = None
        if selection is not None and selection.kind not in ("card", "mark", "device"):
            spot = spot_of(self.stage, self.marks, selection)
        if self.world.in_shoes:
            spot = self.shoes.spot or spot
        if spot is None:
            return
        x, y = self.camera.to_screen(*spot)
        if self.world.in_shoes:  # a ring on the ground, so that the figure is seen
            ring = pygame.Rect(0, 0, self.stage.px(26), self.stage.px(13))
            ring.center = round(x), round(y)
            pygame.draw.ellipse(self.stage.surface, self.stage.theme.selected, ring, self.stage.px(2))
            return
        radius = min(max(12 * self.ui, 4.0 * self.camera.scale), 22 * self.ui)
        pygame.draw.circle(self.stage.surface, self.stage.theme.selected, (x, y), radius, self.stage.px(2))

    def _draw_panels(self, surface: pygame.Surface, dt_s: float) -> None:
        board, choices = self.board, self.choices
        self.gui.begin(surface.get_size(), dt_s, board.theme, self.ui)
        self._page = self._find_page()
        bottom = surface.get_height() - foot_height(board)
        draw_foot(board)
        board.spots.clear()
        board.typing = None
        (draw_own if self.world.in_shoes else draw_queue)(board, bottom)
        if choices.page is not None:
            whole = self.world.whole.get((choices.page.kind, choices.page.id))
            draw_page(board, whole, choices.page, card_width(board, self._page), bottom)
        if self._page is not None:
            draw_card(board, self._page, bottom)
        draw_topbar(board)
        if choices.boards_open and not self.world.in_shoes:
            draw_boards(board)
        if choices.layers_open:
            draw_layers(board)
        if choices.search_open:
            draw_search(board)
        if choices.help_open:
            draw_help(board)
        self.gui.end(surface, board.typing)

    def _find_page(self) -> Card | None:
        """What stands on the right; nothing beside a board that needs the room."""
        selection, whole = self.choices.selection, self.choices.page
        if selection is None or (whole is not None and whole.kind in BOARD_KINDS and not self.board.broad):
            return None
        page = page_of(self.board, selection)
        if page is None:
            page = own_page(self.world, self.board.kinds, selection, self.stage.movers, self.board.city_ms)
        return page
