"""The table in docs/governance.md is the lifecycle's own; running this file writes it anew."""

from __future__ import annotations

from pathlib import Path

from services.facts.because import english
from services.governance.lifecycle import ANYWHERE, CLOSED_ONLY, posts_text
from services.governance.rows import ROWS, Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "governance.md"
BEGIN, END = "<!-- lifecycle table -->", "<!-- end of lifecycle table -->"


def told() -> str:
    """One line a step, states that share it together."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in ROWS:
        stays = row.next is row.state
        key = (row.step, "" if stays else row.next, row.who, row.guard, row.starts, row.stops, row.owner)
        groups.setdefault(key, []).append(row)
    lines = ["| in | step | who | guard | to | clocks | offered to |", "|---|---|---|---|---|---|---|"]
    for rows in groups.values():
        row = rows[0]
        states = ", ".join(one.state for one in rows)
        clocks = [f"+{name}" for name in row.starts]
        clocks += ["−all"] if len(row.stops) == 5 else [f"−{name}" for name in row.stops]
        lines.append(
            f"| {states} | {row.step.__name__} | {english(posts_text(row.who))} | "
            f"{row.guard.__name__ if row.guard else ''} | {'' if row.next is row.state else row.next} | "
            f"{' '.join(clocks)} | {row.owner.replace('_', ' ')} |"
        )
    for steps, where in ((ANYWHERE, "any that is open"), (CLOSED_ONLY, "closed")):
        for step, (who, guard) in steps.items():
            lines.append(
                f"| {where} | {step.__name__} | {english(posts_text(who))} | {guard.__name__ if guard else ''} | | | |"
            )
    return "\n".join(lines)


def test_the_page_shows_the_table_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == told()


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{told()}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
