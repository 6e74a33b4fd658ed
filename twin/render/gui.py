"""Dear ImGui's context on pygame: fonts, scale, and every event it wants to hear."""

from __future__ import annotations

import pygame
from imgui_bundle import imgui

from twin.render.lettering import Lettering
from twin.render.painter import Painter
from twin.render.panels.board import LINE_PER_EM, TEXT_PX
from twin.render.panels.style import apply_style
from twin.render.theme import Theme

KEYS: dict[int, imgui.Key] = {
    pygame.K_TAB: imgui.Key.tab,
    pygame.K_LEFT: imgui.Key.left_arrow,
    pygame.K_RIGHT: imgui.Key.right_arrow,
    pygame.K_UP: imgui.Key.up_arrow,
    pygame.K_DOWN: imgui.Key.down_arrow,
    pygame.K_PAGEUP: imgui.Key.page_up,
    pygame.K_PAGEDOWN: imgui.Key.page_down,
    pygame.K_HOME: imgui.Key.home,
    pygame.K_END: imgui.Key.end,
    pygame.K_INSERT: imgui.Key.insert,
    pygame.K_DELETE: imgui.Key.delete,
    pygame.K_BACKSPACE: imgui.Key.backspace,
    pygame.K_SPACE: imgui.Key.space,
    pygame.K_RETURN: imgui.Key.enter,
    pygame.K_KP_ENTER: imgui.Key.keypad_enter,
    pygame.K_ESCAPE: imgui.Key.escape,
    pygame.K_a: imgui.Key.a,
    pygame.K_c: imgui.Key.c,
    pygame.K_v: imgui.Key.v,
    pygame.K_x: imgui.Key.x,
    pygame.K_y: imgui.Key.y,
    pygame.K_z: imgui.Key.z,
}
BUTTONS = {1: 0, 3: 1, 2: 2}
WHEEL_STEP = 1.0


class Gui:
    """One ImGui context; several may live in one process (stills, tests)."""

    def __init__(self, letters: Lettering) -> None:
        self._context = imgui.create_context()
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.set_ini_filename("")
        io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
        config = imgui.ImFontConfig()
        config.pixel_snap_h = True
        config.oversample_h = config.oversample_v = 1
        self.regular = io.fonts.add_font_from_file_ttf(str(letters.path("regular")), TEXT_PX, config)
        self.medium = io.fonts.add_font_from_file_ttf(str(letters.path("medium")), TEXT_PX, config)
        self.painter = Painter()
        self._style: tuple[str, float] = ("", 0.0)
        self._typing = False

    def close(self) -> None:
        """Free the context."""
        imgui.destroy_context(self._context)

    def hear(self, event: pygame.event.Event) -> None:
        """Hand one pygame event to ImGui."""
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        if event.type == pygame.MOUSEMOTION:
            io.add_mouse_pos_event(float(event.pos[0]), float(event.pos[1]))
        elif event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP) and event.button in BUTTONS:
            io.add_mouse_pos_event(float(event.pos[0]), float(event.pos[1]))
            io.add_mouse_button_event(BUTTONS[event.button], event.type == pygame.MOUSEBUTTONDOWN)
        elif event.type == pygame.MOUSEWHEEL:
            io.add_mouse_wheel_event(event.precise_x * WHEEL_STEP, event.precise_y * WHEEL_STEP)
        elif event.type in (pygame.KEYDOWN, pygame.KEYUP):
            down = event.type == pygame.KEYDOWN
            held = getattr(event, "mod", 0)
            io.add_key_event(imgui.Key.mod_ctrl, bool(held & pygame.KMOD_CTRL))
            io.add_key_event(imgui.Key.mod_shift, bool(held & pygame.KMOD_SHIFT))
            key = KEYS.get(event.key)
            if key is not None:
                io.add_key_event(key, down)
        elif event.type == pygame.TEXTINPUT:
            io.add_input_characters_utf8(event.text)
        elif event.type == pygame.WINDOWLEAVE:
            io.add_mouse_pos_event(-1e9, -1e9)
        elif event.type == pygame.WINDOWFOCUSLOST:
            io.add_focus_event(False)
        elif event.type == pygame.WINDOWFOCUSGAINED:
            io.add_focus_event(True)

    @property
    def wants_mouse(self) -> bool:
        imgui.set_current_context(self._context)
        return bool(imgui.get_io().want_capture_mouse)

    @property
    def wants_keys(self) -> bool:
        """True while a text field is being typed in."""
        imgui.set_current_context(self._context)
        return bool(imgui.get_io().want_text_input)

    def begin(self, size: tuple[int, int], dt_s: float, theme: Theme, ui: float) -> None:
        """Start a frame of ``size`` device pixels."""
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.display_size = imgui.ImVec2(float(size[0]), float(size[1]))
        io.delta_time = max(dt_s, 1e-4)
        if self._style != (theme.name, ui):
            apply_style(theme, ui)
            imgui.get_style().font_size_base = float(round(TEXT_PX * LINE_PER_EM * ui))
            self.painter.forget()
            self._style = (theme.name, ui)
        imgui.new_frame()

    def end(self, surface: pygame.Surface, typing: tuple[float, float, float, float] | None = None) -> None:
        """Finish the frame and paint it; the keyboard of a touch screen or input method follows the text fields.
        ``typing``: the box of the one that is typed in, beside which an input method shows its choices."""
        imgui.render()
        self.painter.paint(imgui.get_draw_data(), surface)
        wanted = bool(imgui.get_io().want_text_input)
        if wanted != self._typing and pygame.display.get_init():
            (pygame.key.start_text_input if wanted else pygame.key.stop_text_input)()
            self._typing = wanted
        if wanted and typing is not None and pygame.display.get_init():
            pygame.key.set_text_input_rect(pygame.Rect(*map(round, typing)))
