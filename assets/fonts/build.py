"""Cut the console's fonts out of the full Noto Sans SC: GB 2312, Latin-1, figures, arrows and the marks we use.

``python assets/fonts/build.py NotoSansSC_400Regular.ttf NotoSansSC_500Medium.ttf`` writes ``NotoSansSC-Regular.ttf``
and ``NotoSansSC-Medium.ttf`` beside this script. Hinting and layout tables are dropped: neither SDL_ttf nor Dear ImGui
reads them, and they are half the weight. The figures of Noto Sans SC are tabular as they are; the script proves it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
BEYOND_GB2312 = "–—‘’“”…‰′″€№™←↑→↓↔↕↗↘↙↖⇄⇅−×÷≤≥≠≈±°²³µ·•●○◐■□▲△▼▽◆◇★☆✓✕✗✔⌘⏎␣ⅠⅡⅢⅣⅤⅥ㎡㎥℃埇囍浔堃玥祎旸昉琤瑄"


def characters() -> set[int]:
    """GB 2312's 7,445 characters and ours, as code points."""
    points = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {ord(mark) for mark in BEYOND_GB2312}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return points


def cut(source: Path, target: Path) -> int:
    """Write the subset and give its size in bytes; ValueError when the figures are not of one width."""
    font = TTFont(source)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG", "STAT", "gasp", "prep"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    names = font.getBestCmap()
    widths = {font["hmtx"][names[ord(figure)]][0] for figure in "0123456789"}
    if len(widths) != 1:
        raise ValueError(f"{source.name}: figures are not tabular ({sorted(widths)})")
    font.save(target)
    return target.stat().st_size


def main(sources: list[str]) -> None:
    """Build each weight named by its source file."""
    for source in map(Path, sources):
        weight = "Medium" if "Medium" in source.name else "Regular"
        cut(source, HERE / f"NotoSansSC-{weight}.ttf")


if __name__ == "__main__":
    main(sys.argv[1:])
