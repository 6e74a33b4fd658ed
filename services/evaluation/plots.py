"""Plots as SVG to stand inside a page: text stays text, and the same figures give the same bytes."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK, QUIET, LINE, GRID = "#1f2933", "#5b6773", "#d5dbe1", "#eef1f4"
BETTER, WORSE, UNCLEAR = "#0f766e", "#b45309", "#7b8794"
_WIDTH_IN, _ROW_IN, _LINE_IN, _PAIRS_IN, _REST_IN = 7.6, 0.31, 0.14, 2.5, 0.85
_LETTERS, _WIDE_LETTERS = 30, 15
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "axes.edgecolor": LINE, "axes.linewidth": 0.8, "axes.labelcolor": QUIET,
    "axes.labelsize": 8.5, "axes.titlesize": 9.5, "axes.titlecolor": INK, "axes.titlepad": 8.0, "xtick.color": QUIET,
    "ytick.color": INK, "xtick.labelsize": 8.0, "ytick.labelsize": 8.5, "xtick.major.size": 0.0,
    "ytick.major.size": 0.0, "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
    "grid.color": GRID, "axes.axisbelow": True, "text.color": INK, "axes.unicode_minus": True,
}  # fmt: skip


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its interval, where there is one, and a note at the right."""

    middle: float | None
    low: float | None = None
    high: float | None = None
    colour: str = UNCLEAR
    note: str = ""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One axis: as many rows as the plot has labels. ``points`` instead of marks: a row's figures in their order."""

    title: str
    axis: str
    marks: Sequence[Mark] = ()
    points: Sequence[Sequence[float | None]] = ()
    notes: Sequence[str] = ()


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of each seed under both policies; a line is coloured by which of the two is better."""

    title: str
    axis: str
    pairs: Sequence[tuple[float, float]]
    lower_is_better: bool


class Plots:
    """Draws with one font, given as a file, so that what is measured does not depend on the machine."""

    def __init__(self, font: Path) -> None:
        fontManager.addfont(str(font))
        self._family = FontProperties(fname=str(font)).get_name()

    def intervals(self, name: str, labels: Sequence[str], panels: Sequence[Panel], strong: int = 0) -> str:
        """Rows of dots with their intervals around a line at 0; the first ``strong`` rows are set apart."""
        with self._drawing(name, _rows_in(labels), len(panels)) as (figure, axes):
            for axis, panel in zip(axes, panels, strict=True):
                self._rows(axis, panel, labels)
                for row, mark in enumerate(panel.marks):
                    self._mark(axis, row, mark, heavy=row < strong)
                    axis.text(
                        1.02, row, mark.note, transform=axis.get_yaxis_transform(), va="center", fontsize=8, color=QUIET
                    )
                if 0 < strong < len(labels):
                    axis.axhline(strong - 0.5, color=LINE, linewidth=0.8)
            return _svg(figure)

    def sweeps(self, name: str, labels: Sequence[str], panels: Sequence[Panel]) -> str:
        """Rows of figures joined from a hollow dot (lowest factor) by a full one to a square (highest)."""
        with self._drawing(name, _rows_in(labels), len(panels)) as (figure, axes):
            for axis, panel in zip(axes, panels, strict=True):
                self._rows(axis, panel, labels)
                for row, points in enumerate(panel.points):
                    self._sweep(axis, row, points)
                for row, note in enumerate(panel.notes):
                    axis.annotate(
                        note, (0.995, row), xytext=(0, 7), xycoords=axis.get_yaxis_transform(),
                        textcoords="offset points", ha="right", va="center", fontsize=7.5, color=WORSE,
                    )  # fmt: skip
            return _svg(figure)

    def pairs(self, name: str, sides: tuple[str, str], panels: Sequence[Pairs]) -> str:
        """One line for each seed from the first side to the second."""
        with self._drawing(name, _PAIRS_IN, len(panels)) as (figure, axes):
            for axis, panel in zip(axes, panels, strict=True):
                axis.set_title(_folded(panel.title), loc="left")
                axis.set_ylabel(panel.axis)
                axis.set_xticks((0, 1), sides)
                axis.set_xlim(-0.35, 1.35)
                axis.grid(axis="y")
                axis.yaxis.set_major_locator(MaxNLocator(5))
                axis.yaxis.set_major_formatter(FuncFormatter(_tick))
                axis.tick_params(axis="y", colors=QUIET, labelsize=8, labelleft=True)
                for first, second in panel.pairs:
                    gain = first - second if panel.lower_is_better else second - first
                    colour = BETTER if gain > 0 else WORSE if gain < 0 else UNCLEAR
                    axis.plot(
                        (0, 1), (first, second), "o-", color=colour, alpha=0.6, linewidth=1.0, ms=3.6, mew=0, zorder=2
                    )
            return _svg(figure)

    @contextmanager
    def _drawing(self, name: str, high_in: float, panels: int) -> Iterator[tuple[Figure, Sequence[Axes]]]:
        with mpl.rc_context(_STYLE | {"svg.hashsalt": f"civitwin {name}", "font.family": [self._family]}):
            figure = Figure(figsize=(_WIDTH_IN, high_in + _REST_IN), layout="constrained")
            FigureCanvasSVG(figure)
            axes = figure.subplots(1, panels, squeeze=False)[0]
            yield figure, list(axes)

    def _rows(self, axis: Axes, panel: Panel, labels: Sequence[str]) -> None:
        many = len(axis.figure.axes) > 1
        axis.set_title(_folded(panel.title) if many else panel.title, loc="left")
        axis.set_xlabel(_folded(panel.axis) if many else panel.axis)
        axis.set_yticks(range(len(labels)), [_folded(label) for label in labels])
        axis.tick_params(axis="y", labelleft=axis is axis.figure.axes[0])  # once for all panels
        axis.set_ylim(len(labels) - 0.4, -0.6)
        axis.axvline(0.0, color=QUIET, linewidth=0.9, zorder=1)
        axis.grid(axis="x")
        axis.xaxis.set_major_locator(MaxNLocator(3 if many else 8))
        axis.xaxis.set_major_formatter(FuncFormatter(_tick))
        axis.margins(x=0.08)

    @staticmethod
    def _mark(axis: Axes, row: int, mark: Mark, heavy: bool) -> None:
        if mark.middle is None:
            return
        if mark.low is not None and mark.high is not None:
            axis.plot((mark.low, mark.high), (row, row), color=mark.colour, linewidth=2.6 if heavy else 1.6, zorder=2)
        face = "white" if mark.colour == UNCLEAR else mark.colour
        axis.plot([mark.middle], [row], "o", ms=6.6 if heavy else 5.1, mfc=face, mec=mark.colour, mew=1.4, zorder=3)

    @staticmethod
    def _sweep(axis: Axes, row: int, points: Sequence[float | None]) -> None:
        seen = [point for point in points if point is not None]
        if not seen:
            return
        axis.plot((min(seen), max(seen)), (row, row), color=QUIET, linewidth=1.4, zorder=2)
        for index, point in enumerate(points):
            if point is None:
                continue
            last = index == len(points) - 1
            axis.plot(
                [point], [row], "s" if last else "o", ms=4.9, mfc="white" if index == 0 else INK, mec=INK, mew=1.1,
                zorder=3 + index,
            )  # fmt: skip


def _rows_in(labels: Sequence[str]) -> float:
    """Height of so many rows; a label may have two lines, more need more room."""
    lines = max((_folded(label).count("\n") + 1 for label in labels), default=1)
    return len(labels) * (_ROW_IN + _LINE_IN * max(0, lines - 2))


def _folded(label: str) -> str:
    """On several lines where it is long; what has no spaces (Chinese) may break anywhere."""
    wide = any(ord(letter) > 0x2E7F for letter in label)
    return "\n".join(textwrap.wrap(label, _WIDE_LETTERS if wide else _LETTERS))


def _tick(value: float, position: int | None) -> str:
    """``25,000``, ``−0.5``."""
    return f"{value:,.6g}".replace("-", "−")


_IDS = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:href="#|url\(#)([^")]*)')


def _svg(figure: Figure) -> str:
    """The drawing alone, without prologue, date, maker or ids that nothing points at (several stand in one page)."""
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    whole = buffer.getvalue()
    drawing = whole[whole.index("<svg") :]
    used = set(_USED.findall(drawing))
    drawing = _IDS.sub(lambda found: found.group(0) if found.group(1) in used else "", drawing)
    return re.sub(r'^<svg [^>]*viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', drawing).strip()
