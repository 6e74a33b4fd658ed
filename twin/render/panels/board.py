"""What the panels are drawn with: the palette, two weights of one family, an 8-pixel grid, words and icons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo

from imgui_bundle import imgui

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.views import ViewSource
from twin.render.camera import Camera
from twin.render.choices import Choices
from twin.render.icons import Icons
from twin.render.language import Language
from twin.render.moments import age, clock, countdown
from twin.render.painter import Painter
from twin.render.panels.tones import packed, vec4
from twin.render.rooms import RoomPictures
from twin.render.stage import Selection
from twin.render.theme import RGB, Theme, mix
from twin.render.world import World
from twin.render.wrapping import folded, wide

GRID = 8
TEXT_PX = 14.0
SMALL_PX = 12.0
LARGE_PX = 17.0
CLOCK_PX = 20.0
BROAD_FROM = 1700
LINE_PER_EM = 1.448
"""ImGui sizes a font by its line, we by its em as the map does; this is Noto Sans SC's ratio."""

FIXED = (
    imgui.WindowFlags_.no_title_bar
    | imgui.WindowFlags_.no_resize
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_collapse
    | imgui.WindowFlags_.no_saved_settings
    | imgui.WindowFlags_.no_nav
)
DOCKED = FIXED | imgui.WindowFlags_.no_bring_to_front_on_focus


@dataclass(slots=True)
class Board:
    """One frame's circumstances for the panels. ``u`` device pixels a logical one."""

    world: World
    city: City
    kinds: dict[str, DeviceKind]
    source: ViewSource
    choices: Choices
    camera: Camera
    painter: Painter
    icons: Icons
    language: Language
    theme: Theme
    regular: imgui.ImFont
    medium: imgui.ImFont
    zone: tzinfo
    u: float
    width: int
    height: int
    wall_ms: int = 0
    city_ms: int = 0
    rooms: RoomPictures = field(default_factory=RoomPictures)
    go_to: Callable[[Selection], None] = field(default=lambda _selection: None)
    spots: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    typing: tuple[float, float, float, float] | None = None  # box of the text field that is typed in

    @property
    def broad(self) -> bool:
        """Whether there is room for a page and a card side by side."""
        return self.width / self.u >= BROAD_FROM

    # words

    def _(self, msgid: str) -> str:
        return self.language.words(msgid)

    def say(self, text: Text | Name | str | float) -> str:
        return self.language.translate(text)

    def when(self, city_ms: int) -> str:
        """City time and, beside it, how long ago or how far ahead."""
        ago = self.say(age(abs(self.city_ms - city_ms) / 1000))
        if city_ms > self.city_ms + 1000:
            ago = self.say(Text("in {age}", {"age": ago}))
        return f"{clock(city_ms, self.zone)} · {ago}"

    def due(self, due_ms: int) -> tuple[str, bool]:
        """What is left of a deadline, and whether it has passed."""
        left = (due_ms - self.city_ms) / 1000
        return countdown(left), left < 0

    # sizes

    def px(self, logical: float) -> float:
        return float(round(logical * self.u))

    def size(self, wide: float, high: float) -> imgui.ImVec2:
        return imgui.ImVec2(self.px(wide), self.px(high))

    # drawing

    @contextmanager
    def window(
        self,
        name: str,
        box: tuple[float, float, float, float],
        *,
        ground: RGB | None = None,
        flags: int = 0,
        padding: tuple[float, float] = (16, 12),
        above: bool = False,
    ) -> Iterator[None]:
        """A docked window at ``box`` = x, y, width, height in device pixels; ``above`` lies over the docked ones."""
        imgui.set_next_window_pos(imgui.ImVec2(box[0], box[1]))
        imgui.set_next_window_size(imgui.ImVec2(box[2], box[3]))
        imgui.push_style_color(imgui.Col_.window_bg, vec4(ground or self.theme.panel))
        imgui.push_style_color(imgui.Col_.child_bg, vec4(ground or self.theme.panel))
        imgui.push_style_var(imgui.StyleVar_.window_padding, self.size(*padding))
        imgui.begin(name, None, flags | (FIXED if above else DOCKED))
        imgui.pop_style_var()
        try:
            yield
        finally:
            imgui.end()
            imgui.pop_style_color(2)

    @contextmanager
    def style(self, colour: RGB | None = None, size: float = TEXT_PX, *, bold: bool = False) -> Iterator[None]:
        """Text drawn inside has this colour, size and weight."""
        imgui.push_font(self.medium if bold else self.regular, self.px(size * LINE_PER_EM))
        imgui.push_style_color(imgui.Col_.text, vec4(colour or self.theme.text))
        try:
            yield
        finally:
            imgui.pop_style_color()
            imgui.pop_font()

    def text(self, words: str, colour: RGB | None = None, size: float = TEXT_PX, *, bold: bool = False) -> None:
        with self.style(colour, size, bold=bold):
            imgui.text_unformatted(words)

    def word(
        self,
        x: float,
        middle: float,
        words: str,
        colour: RGB | None = None,
        size: float = TEXT_PX,
        *,
        bold: bool = False,
    ) -> float:
        """Text at window position ``x`` (device pixels from its left), its line centred on ``middle``; gives its width.

        Leaves the cursor alone, so that one line may hold several sizes and buttons without drifting.
        """
        with self.style(colour, size, bold=bold):
            room = imgui.calc_text_size(words)
            corner = imgui.get_window_pos()
            spot = imgui.ImVec2(corner.x + x, round(corner.y + middle - room.y / 2))
            imgui.get_window_draw_list().add_text(spot, packed(colour or self.theme.text), words)
        return float(room.x)

    def bead(self, x: float, middle: float, colour: RGB, size: float = 8) -> None:
        """A filled disc at a window position, centred on ``middle``."""
        corner, half = imgui.get_window_pos(), self.px(size) / 2
        spot = imgui.ImVec2(corner.x + x + half, round(corner.y + middle))
        imgui.get_window_draw_list().add_circle_filled(spot, half, packed(colour), 20)

    def wrapped(self, words: str, colour: RGB | None = None, size: float = TEXT_PX, *, bold: bool = False) -> None:
        """Text in as many lines as its column makes of it; ImGui knows no line ends between Chinese characters."""
        with self.style(colour, size, bold=bold):
            if wide(words):
                room = imgui.get_content_region_avail().x
                words = folded(words, room, lambda part: float(imgui.calc_text_size(part).x))
            imgui.push_text_wrap_pos(0.0)
            imgui.text_unformatted(words)
            imgui.pop_text_wrap_pos()

    def right(self, words: str, colour: RGB | None = None, size: float = TEXT_PX, *, bold: bool = False) -> None:
        """Text that ends where its column does."""
        with self.style(colour, size, bold=bold):
            room = imgui.get_content_region_avail().x - imgui.calc_text_size(words).x
            if room > 0:
                imgui.set_cursor_pos_x(imgui.get_cursor_pos_x() + room)
            imgui.text_unformatted(words)

    def fitted(self, words: str, room: float) -> str:
        """The words, shortened with three dots to fit ``room`` device pixels in the current font."""
        if imgui.calc_text_size(words).x <= room:
            return words
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            if imgui.calc_text_size(words[:middle].rstrip() + "...").x <= room:
                low = middle
            else:
                high = middle - 1
        return words[:low].rstrip() + "..."

    def icon(self, name: str, size: float = 16, colour: RGB | None = None) -> None:
        picture = self.icons.draw(name, round(self.px(size)), colour or self.theme.text)
        imgui.image(self.painter.texture_of(picture), imgui.ImVec2(*picture.get_size()))

    def stamp_icon(self, name: str, x: float, y: float, size: float, colour: RGB) -> None:
        """An icon at a screen position, without moving the cursor."""
        picture = self.icons.draw(name, round(self.px(size)), colour)
        imgui.get_window_draw_list().add_image(
            self.painter.texture_of(picture),
            imgui.ImVec2(x, y),
            imgui.ImVec2(x + picture.get_width(), y + picture.get_height()),
        )

    def icon_button(self, id: str, name: str, hint: str, *, lit: bool = False, size: float = 32) -> bool:
        """A square button; ``hint`` says what it does."""
        theme = self.theme
        imgui.push_style_color(imgui.Col_.button, vec4(mix(theme.raised, theme.selected, 0.22) if lit else theme.panel))
        corner = imgui.get_cursor_screen_pos()
        clicked = imgui.button(f"##{id}", self.size(size, size))
        imgui.pop_style_color()
        colour = theme.selected if lit else theme.bright if imgui.is_item_hovered() else theme.muted
        inner = 16 if size >= 28 else 12
        shift = self.px((size - inner) / 2)
        self.stamp_icon(name, corner.x + shift, corner.y + shift, inner, colour)
        self.hint(hint)
        return clicked

    def spot(self, name: str) -> None:
        """Note where the last item is on the screen (its middle, and whether it can be seen), for whoever points at it
        by name: scripts that show or test a console."""
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        self.spots[name] = (low.x + high.x) / 2, (low.y + high.y) / 2, imgui.is_item_visible()

    def hint(self, words: str) -> None:
        if imgui.is_item_hovered(imgui.HoveredFlags_.delay_short):
            with self.style(self.theme.text, SMALL_PX):
                imgui.set_tooltip(words)

    def button(self, words: str, *, strong: bool = False, danger: bool = False, width: float = 0.0) -> bool:
        theme = self.theme
        ground = theme.field
        if danger:
            ground = mix(theme.raised, theme.severity[0], 0.5)
        elif strong:
            ground = mix(theme.raised, theme.selected, 0.3)
        imgui.push_style_color(imgui.Col_.button, vec4(ground))
        with self.style(theme.bright if strong or danger else theme.text):
            clicked = imgui.button(words, imgui.ImVec2(width, self.px(32)))
        imgui.pop_style_color()
        return clicked

    def dot(self, colour: RGB, size: float = 8) -> None:
        """A filled disc in the line of text, as a department's or provenance's colour."""
        spot = imgui.get_cursor_screen_pos()
        high = imgui.get_text_line_height()
        half = self.px(size) / 2
        imgui.get_window_draw_list().add_circle_filled(
            imgui.ImVec2(spot.x + half, spot.y + high / 2 + 1), half, packed(colour), 16
        )
        imgui.dummy(imgui.ImVec2(half * 2, high))

    def chip(self, words: str, colour: RGB, *, filled: bool = False) -> None:
        """A small plate with a word in it."""
        theme = self.theme
        with self.style(theme.on(colour) if filled else colour, SMALL_PX, bold=True):
            room = imgui.calc_text_size(words)
            pad_x, pad_y = self.px(7), self.px(2)
            corner = imgui.get_cursor_screen_pos()
            far = imgui.ImVec2(corner.x + room.x + 2 * pad_x, corner.y + room.y + 2 * pad_y)
            ground = colour if filled else mix(theme.panel, colour, 0.18)
            imgui.get_window_draw_list().add_rect_filled(corner, far, packed(ground), self.px(4))
            imgui.get_window_draw_list().add_text(
                imgui.ImVec2(corner.x + pad_x, corner.y + pad_y), packed(theme.on(colour) if filled else colour), words
            )
            imgui.dummy(imgui.ImVec2(far.x - corner.x, far.y - corner.y))

    def rule(self, gap: float = 8) -> None:
        """A hairline across the panel with equal room above and below."""
        self.gap(gap)
        corner = imgui.get_cursor_screen_pos()
        wide = imgui.get_content_region_avail().x
        imgui.get_window_draw_list().add_rect_filled(
            corner, imgui.ImVec2(corner.x + wide, corner.y + max(1.0, self.px(1))), packed(self.theme.line)
        )
        self.gap(gap + 1)

    def gap(self, high: float) -> None:
        imgui.dummy(imgui.ImVec2(1, self.px(high)))

    def heading(self, words: str) -> None:
        self.text(words, self.theme.muted, SMALL_PX, bold=True)
