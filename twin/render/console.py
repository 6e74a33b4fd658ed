"""The console's composition: views come in, the world is drawn, panels lie over it, clicks and keys go out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pygame

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.text import Text
from twin.core.views import Card, ViewSource
from twin.render.actors import Actors
from twin.render.attention import Attention
from twin.render.camera import Camera
from twin.render.choices import Choices
from twin.render.ground import Ground
from twin.render.gui import Gui
from twin.render.hud import Hud, severity_tone
from twin.render.icons import Icons
from twin.render.keys import press
from twin.render.labels import Labels
from twin.render.language import Language
from twin.render.lettering import Lettering
from twin.render.marks import MapMarks
from twin.render.moments import age, zone
from twin.render.pages import own_page
from twin.render.panels.board import Board
from twin.render.panels.card import card_width, draw_card, page_of
from twin.render.panels.foot import draw_foot, foot_height
from twin.render.panels.overlays import draw_help, draw_layers, draw_search
from twin.render.panels.queue import draw_queue, queue_width
from twin.render.panels.topbar import HIGH, draw_topbar
from twin.render.pick import pick
from twin.render.plan import Plan, make_plan
from twin.render.stage import Selection, Stage
from twin.render.theme import THEMES
from twin.render.things import DeviceMarks, LightBars
from twin.render.world import World

DRAG_PX = 4
ASK_AGAIN_S = 1.0
FOLLOW_PX_PER_M = 2.6


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
        self.actors, self.marks, self.labels = Actors(), MapMarks(), Labels(city)
        self.devices, self.lights, self.hud = DeviceMarks(city), LightBars(city), Hud()
        self.attention = Attention()
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
        self.board = Board(
            self.world,
            city,
            kinds,
            source,
            self.choices,
            self.camera,
            self.gui.painter,
            self.icons,
            self.language,
            theme,
            self.gui.regular,
            self.gui.medium,
            zone(city.meta.time_zone),
            ui,
            *surface.get_size(),
            go_to=self.go_to,
        )
        self._caption: Text | None = None
        self._caption_severity = 0
        self._pressed: tuple[int, int] | None = None
        self._dragged = False
        self._asked: tuple[Selection | None, float] = (None, -math.inf)
        self._page: Card | None = None
        self._inset(surface, at_once=True)
        self.camera.home(at_once=True)

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
            self._hear(event)
        self.world.take(self.source.poll(), wall_ms)
        self._replies()
        self._look_after_camera(dt_s)
        self._ask_again()
        self._draw_map(surface, complete=complete)
        self._draw_panels(surface, dt_s)

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

    # input

    def _hear(self, event: pygame.event.Event) -> None:
        self.gui.hear(event)
        if event.type == pygame.QUIT:
            self.choices.quit = True
        elif event.type == pygame.KEYDOWN and not self.gui.wants_keys:
            press(self, event)
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self.choices.search_open = False
        elif event.type == pygame.MOUSEWHEEL and not self._over_panel(pygame.mouse.get_pos()):
            self._zoom(event)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 2) and not self._over_panel(event.pos):
            self._pressed, self._dragged = event.pos, False
        elif event.type == pygame.MOUSEMOTION and self._pressed is not None:
            self._drag(event)
        elif event.type == pygame.MOUSEBUTTONUP and event.button in (1, 2) and self._pressed is not None:
            if not self._dragged and event.button == 1:
                self._click(event.pos)
            self._pressed = None

    def _over_panel(self, spot: tuple[int, int]) -> bool:
        return not self.free.collidepoint(spot) or self.gui.wants_mouse

    def _zoom(self, event: pygame.event.Event) -> None:
        where = getattr(event, "pos", None) or pygame.mouse.get_pos()
        self.camera.zoom_at(1 if event.precise_y > 0 else -1, *where)
        self.take_over(keep_mover=True)

    def _drag(self, event: pygame.event.Event) -> None:
        if self._pressed is None:
            return
        dx, dy = event.pos[0] - self._pressed[0], event.pos[1] - self._pressed[1]
        if self._dragged or math.hypot(dx, dy) > DRAG_PX * self.ui:
            self._dragged = True
            self.camera.pan(dx, dy)
            self._pressed = event.pos
            self.take_over()

    def take_over(self, *, keep_mover: bool = False) -> None:
        """The viewer moved the map: the camera follows events no more."""
        self.choices.follow_events = False
        self.attention.yield_to_viewer()
        self._caption = None
        if not keep_mover:
            self.choices.follow_mover = -1

    def _click(self, spot: tuple[int, int]) -> None:
        found = pick(self.stage, self.marks, self.devices, *spot)
        self.choices.select(found)
        if found is not None and found.kind in ("vehicle", "unit", "resident"):
            self.choices.follow_mover = -1

    def go_to(self, selection: Selection) -> None:
        """Select a thing and fly to where it is."""
        spot = self.spot_of(selection)
        if selection.kind != "street":
            self.choices.select(selection)
        if spot is not None:
            self.take_over()
            level = max(self.camera.goal_level, self.camera.level_for(2.0))
            self.camera.fly_to(*spot, level)

    def spot_of(self, selection: Selection) -> tuple[float, float] | None:
        """Where a thing is, in metres."""
        world, city = self.world, self.city
        card = world.cards.get(selection.id) or world.pages.get(selection.id)
        mark = world.marks.get(card.mark if card is not None else selection.id)
        if mark is None and card is not None:
            mark = next((one for one in world.marks.values() if one.card == card.id), None)
        if mark is not None:
            return self.marks.at(self.stage, mark)
        if selection.kind == "place":
            return next((place.xy for place in city.places if place.id == selection.id), None)
        if selection.kind == "device":
            return next((device.xy for device in city.devices if device.id == selection.id), None)
        if selection.kind == "intersection":
            lit = next((one for one in city.intersections if one.id == selection.id), None)
            return (
                None
                if lit is None
                else (float(city.roads.node_xy[lit.node, 0]), float(city.roads.node_xy[lit.node, 1]))
            )
        if selection.kind == "street":
            line = city.roads.shape(int(selection.id))
            return float(line[:, 0].mean()), float(line[:, 1].mean())
        movers = self.stage.movers
        row = movers.row(int(selection.id)) if movers is not None and selection.id.lstrip("-").isdigit() else -1
        return (float(movers.x_m[row]), float(movers.y_m[row])) if movers is not None and row >= 0 else None

    # what goes out and comes back

    def _ask_again(self) -> None:
        """Ask for the page of what is selected, and again every second while it stays so."""
        selection = self.choices.selection
        if selection is None or selection.kind in ("place", "card", "mark"):
            return
        asked, when = self._asked
        if asked != selection or self.stage.now_s - when >= ASK_AGAIN_S:
            self._asked = (selection, self.stage.now_s)
            self.source.ask(selection.kind, selection.id)

    def _replies(self) -> None:
        while self.world.replies:
            reply = self.world.replies.popleft()
            label = self.choices.proposals.pop(reply.id, None)
            if not reply.accepted and reply.reason is not None:
                if label is None:
                    self.choices.tell(reply.reason, self.stage.now_s, good=False)
                else:
                    words = Text("{action}: refused. {reason}", {"action": label, "reason": reply.reason})
                    self.choices.tell(words, self.stage.now_s, good=False)
            elif label is not None:
                self.choices.tell(Text("{action}: accepted", {"action": label}), self.stage.now_s, good=True)

    def _look_after_camera(self, dt_s: float) -> None:
        stage, choices = self.stage, self.choices
        stage.movers = self.world.movers(round(stage.now_s * 1000))
        if choices.follow_mover >= 0 and stage.movers is not None:
            row = stage.movers.row(choices.follow_mover)
            if row >= 0:
                self.camera.fly_to(float(stage.movers.x_m[row]), float(stage.movers.y_m[row]))
                if self.camera.detail < 1.0:
                    self.camera.goal_level = self.camera.level_for(FOLLOW_PX_PER_M)
        elif choices.follow_events:
            look = self.attention.choose(self.world.marks.values(), stage.now_s)
            if look is not None and look.mark is None:
                self.camera.home()
                self._caption = None
            elif look is not None and look.mark is not None:
                self.camera.fly_to(*self.marks.at(stage, look.mark), self.camera.level_for(look.px_per_m))
                self._caption = look.caption
                self._caption_severity = look.mark.severity
                if look.mark.card:
                    choices.select(Selection("card", look.mark.card))
            elif self.attention.on in self.world.marks and self.world.marks[self.attention.on].follows >= 0:
                self.camera.fly_to(*self.marks.at(stage, self.world.marks[self.attention.on]))
        self.camera.advance(dt_s)

    # drawing

    def _draw_map(self, surface: pygame.Surface, *, complete: bool) -> None:
        stage, layers = self.stage, self.choices.layers
        self.ground.draw(surface, self.camera, complete=complete)
        self.marks.draw_ground(stage)
        if layers.lights:
            self.lights.draw(stage)
        if layers.devices:
            self.devices.draw(stage)
        if stage.movers is not None:
            self.actors.draw(stage, stage.movers)
        self._draw_selected()
        self.marks.draw(stage)
        if layers.labels:
            self.labels.draw(stage)
        status = self.world.status
        if layers.rain and status is not None and status.rain_mm_h > 0.5 and not stage.stale:
            self.hud.draw_rain(stage, self.free, status.rain_mm_h)
        self._draw_hud()

    def _draw_selected(self) -> None:
        """A ring under what is selected, unless its own mark already shows it."""
        selection = self.choices.selection
        if selection is None or selection.kind in ("card", "mark", "device"):
            return
        spot = self.spot_of(selection)
        if spot is None:
            return
        x, y = self.camera.to_screen(*spot)
        radius = max(12 * self.ui, 4.0 * self.camera.scale)
        pygame.draw.circle(self.stage.surface, self.stage.theme.selected, (x, y), radius, self.stage.px(2))

    def _draw_hud(self) -> None:
        stage, free, wall_ms = self.stage, self.free, self.board.wall_ms
        self.hud.draw_scale(stage, free)
        if self.choices.legend_open and free.width > 420 * self.ui:
            self.hud.draw_legend(stage, free)
        late = self.world.late_s(wall_ms)
        if late == math.inf:
            self.hud.draw_stale(stage, free, self.language.words("No server: nothing has been heard yet"))
            return
        if stage.stale:
            since = Text(
                "Nothing heard for {age}: what you see is old",
                {"age": age((wall_ms - self.world.frame_wall_ms) / 1000)},
            )
            self.hud.draw_stale(stage, free, self.language.translate(since))
            return
        if self.choices.notice is not None and stage.now_s < self.choices.notice_until_s:
            tone = stage.theme.good if self.choices.notice_good else stage.theme.stop
            self.hud.draw_caption(stage, free, self.language.translate(self.choices.notice), tone)
        elif self._caption is not None:
            tone = severity_tone(stage, self._caption_severity)
            self.hud.draw_caption(stage, free, self.language.translate(self._caption), tone)

    def _draw_panels(self, surface: pygame.Surface, dt_s: float) -> None:
        board, choices = self.board, self.choices
        self.gui.begin(surface.get_size(), dt_s, board.theme, self.ui)
        self._page = self._find_page()
        bottom = surface.get_height() - foot_height(board)
        draw_foot(board)
        draw_queue(board, bottom)
        if self._page is not None:
            draw_card(board, self._page, bottom)
        draw_topbar(board)
        if choices.layers_open:
            draw_layers(board)
        if choices.search_open:
            draw_search(board)
        if choices.help_open:
            draw_help(board)
        self.gui.end(surface)

    def _find_page(self) -> Card | None:
        selection = self.choices.selection
        if selection is None:
            return None
        page = page_of(self.board, selection)
        if page is None:
            page = own_page(self.world, self.board.kinds, selection, self.stage.movers, self.board.city_ms)
        return page
