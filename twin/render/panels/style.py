"""ImGui's own style, set from the palette and the 8-pixel grid."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.render.panels.board import GRID
from twin.render.panels.tones import vec4
from twin.render.theme import RGB, Theme, mix


def apply_style(theme: Theme, u: float) -> None:
    """ImGui's style from the palette, on the grid, for one UI scale."""
    style = imgui.get_style()
    style.anti_aliased_lines = style.anti_aliased_fill = style.anti_aliased_line_ends = False
    grid = float(round(GRID * u))
    style.window_rounding = style.child_rounding = style.scrollbar_rounding = style.tab_rounding = 0.0
    style.frame_rounding = style.popup_rounding = style.grab_rounding = float(round(4 * u))
    style.window_border_size = style.child_border_size = style.frame_border_size = 0.0
    style.popup_border_size = 1.0
    style.window_padding = imgui.ImVec2(2 * grid, 1.5 * grid)
    style.frame_padding = imgui.ImVec2(1.25 * grid, round(5 * u))
    style.item_spacing = imgui.ImVec2(grid, round(4 * u))
    style.item_inner_spacing = imgui.ImVec2(grid, round(4 * u))
    style.cell_padding = imgui.ImVec2(round(6 * u), round(4 * u))
    style.scrollbar_size = float(round(10 * u))
    style.grab_min_size = float(round(12 * u))
    style.window_min_size = imgui.ImVec2(8, 8)
    style.mouse_cursor_scale = u
    for where, tone in _tones(theme).items():
        style.set_color_(where, vec4(tone))


def _tones(theme: Theme) -> dict[imgui.Col_, RGB]:
    """Which part of ImGui takes which of our colours."""
    return {
        imgui.Col_.text: theme.text,
        imgui.Col_.text_disabled: theme.muted,
        imgui.Col_.window_bg: theme.panel,
        imgui.Col_.child_bg: theme.panel,
        imgui.Col_.popup_bg: theme.raised,
        imgui.Col_.border: theme.line,
        imgui.Col_.frame_bg: theme.field,
        imgui.Col_.frame_bg_hovered: theme.hover,
        imgui.Col_.frame_bg_active: theme.hover,
        imgui.Col_.scrollbar_bg: theme.panel,
        imgui.Col_.scrollbar_grab: theme.line,
        imgui.Col_.scrollbar_grab_hovered: theme.hover,
        imgui.Col_.scrollbar_grab_active: theme.muted,
        imgui.Col_.check_mark: theme.selected,
        imgui.Col_.checkbox_selected_bg: theme.field,
        imgui.Col_.slider_grab: theme.muted,
        imgui.Col_.button: theme.field,
        imgui.Col_.button_hovered: theme.hover,
        imgui.Col_.button_active: theme.line,
        imgui.Col_.header: mix(theme.panel, theme.selected, 0.16),
        imgui.Col_.header_hovered: theme.raised,
        imgui.Col_.header_active: theme.hover,
        imgui.Col_.separator: theme.line,
        imgui.Col_.table_header_bg: theme.panel,
        imgui.Col_.table_border_strong: theme.line,
        imgui.Col_.table_border_light: theme.line,
        imgui.Col_.table_row_bg: theme.panel,
        imgui.Col_.table_row_bg_alt: theme.panel,
        imgui.Col_.text_selected_bg: theme.hover,
        imgui.Col_.input_text_cursor: theme.bright,
        imgui.Col_.nav_cursor: theme.selected,
    }
