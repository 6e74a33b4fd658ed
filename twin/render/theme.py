"""The look as data: every colour that is drawn has a name and a meaning here, once a theme."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

RGB = tuple[int, int, int]
ThemeName = Literal["night", "day", "print"]


def rgb(code: str) -> RGB:
    """``"#rrggbb"`` to three bytes; ValueError on anything else."""
    if len(code) != 7 or code[0] != "#":
        raise ValueError(f"not a colour: {code!r}")
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """``share`` of ``other`` in ``one``, 0–1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@dataclass(frozen=True, slots=True)
class Theme:
    """One palette. Ground tones are close together; colour is kept for meaning."""

    name: ThemeName
    # ground
    land: RGB
    land_use: dict[str, RGB]
    outside: RGB
    water: RGB
    shore: RGB
    building_low: RGB
    building_high: RGB
    building_edge: RGB
    shadow: RGB
    shadow_alpha: int
    casing: RGB
    deck: RGB  # rim of bridges
    roads: tuple[RGB, ...]  # fill by RoadClass - 1
    lane_mark: RGB
    pavement: RGB
    tree: RGB
    # lettering on the map
    label: RGB
    label_street: RGB
    label_water: RGB
    label_park: RGB
    label_district: RGB
    halo: RGB
    # what moves
    mover: RGB
    mover_edge: RGB
    person: RGB
    coats: tuple[RGB, ...]  # of residents' figures, eight quiet tones
    skin: RGB
    hair: tuple[RGB, RGB]  # of the younger, of the elderly
    # meaning
    severity: tuple[RGB, RGB, RGB, RGB]
    calm: RGB  # a device that is fresh and has nothing to say
    stale: RGB
    selected: RGB
    provenance: tuple[RGB, RGB, RGB, RGB]
    go: RGB
    caution: RGB
    stop: RGB
    flood: RGB
    rain: RGB
    # panels
    panel: RGB
    raised: RGB
    field: RGB
    hover: RGB
    line: RGB
    text: RGB
    muted: RGB
    bright: RGB
    good: RGB

    def of_severity(self, severity: int) -> RGB:
        """The national colour of Ⅰ–Ⅳ; muted text where no level applies."""
        return self.severity[severity - 1] if 1 <= severity <= 4 else self.muted

    def on(self, ground: RGB) -> RGB:
        """Black or white, whichever reads better on ``ground`` (ITU-R BT.601 luma)."""
        red, green, blue = ground
        return (12, 16, 22) if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else (250, 252, 255)


NIGHT = Theme(
    name="night",
    land=rgb("#131a22"),
    land_use={
        "park": rgb("#173026"),
        "wood": rgb("#142c22"),
        "square": rgb("#1a222b"),
        "residential": rgb("#161f29"),
        "business": rgb("#18222f"),
        "industrial": rgb("#1b1f24"),
        "campus": rgb("#172524"),
        "oldtown": rgb("#1d2023"),
        "farmland": rgb("#141e1c"),
        "other": rgb("#151c24"),
    },
    outside=rgb("#0d1218"),
    water=rgb("#0f2d45"),
    shore=rgb("#1f4a66"),
    building_low=rgb("#212c38"),
    building_high=rgb("#425264"),
    building_edge=rgb("#303d4b"),
    shadow=rgb("#05080c"),
    shadow_alpha=100,
    casing=rgb("#0c1117"),
    deck=rgb("#56677a"),
    roads=(
        rgb("#74879b"),
        rgb("#6a7d91"),
        rgb("#5a6b7d"),
        rgb("#475665"),
        rgb("#394653"),
        rgb("#2e3944"),
        rgb("#28323c"),
        rgb("#2a3a3a"),
        rgb("#2a343c"),
    ),
    lane_mark=rgb("#8594a3"),
    pavement=rgb("#1e2832"),
    tree=rgb("#1f4131"),
    label=rgb("#b8c5d1"),
    label_street=rgb("#93a3b3"),
    label_water=rgb("#74abce"),
    label_park=rgb("#6fa088"),
    label_district=rgb("#a3b2c2"),
    halo=rgb("#0d1218"),
    mover=rgb("#e9eff5"),
    mover_edge=rgb("#10161d"),
    person=rgb("#f2ead9"),
    coats=(
        rgb("#8fa9c4"),
        rgb("#93b08f"),
        rgb("#c29c84"),
        rgb("#ab93b5"),
        rgb("#cdbd94"),
        rgb("#84b3ae"),
        rgb("#c598a0"),
        rgb("#b4bec8"),
    ),
    skin=rgb("#e9cdb4"),
    hair=(rgb("#3a3230"), rgb("#d7dbe0")),
    severity=(rgb("#ff4b4b"), rgb("#ff9436"), rgb("#f7d447"), rgb("#4fa3ff")),
    calm=rgb("#6e8296"),
    stale=rgb("#a48cc0"),
    selected=rgb("#6ff2d0"),
    provenance=(rgb("#7fd894"), rgb("#8fb4d9"), rgb("#c3a1e6"), rgb("#f0a6c0")),
    go=rgb("#3ecf7d"),
    caution=rgb("#f5b840"),
    stop=rgb("#f2555a"),
    flood=rgb("#3a9ee0"),
    rain=rgb("#9db8d0"),
    panel=rgb("#10161d"),
    raised=rgb("#17202a"),
    field=rgb("#1b2530"),
    hover=rgb("#243140"),
    line=rgb("#263240"),
    text=rgb("#d5dee7"),
    muted=rgb("#8495a6"),
    bright=rgb("#f6f9fc"),
    good=rgb("#5fce91"),
)

DAY = replace(
    NIGHT,
    name="day",
    land=rgb("#f1f3f5"),
    land_use={
        "park": rgb("#d5e6d3"),
        "wood": rgb("#cbdfca"),
        "square": rgb("#e5e5e1"),
        "residential": rgb("#eef1f3"),
        "business": rgb("#ebeff4"),
        "industrial": rgb("#ecebe9"),
        "campus": rgb("#eaf0ea"),
        "oldtown": rgb("#f2eee8"),
        "farmland": rgb("#e6ebdb"),
        "other": rgb("#e9ecee"),
    },
    outside=rgb("#dfe3e7"),
    water=rgb("#b4d3e6"),
    shore=rgb("#93bcd6"),
    building_low=rgb("#d6dce3"),
    building_high=rgb("#bfc9d5"),
    building_edge=rgb("#aab4c0"),
    shadow=rgb("#5f6e80"),
    shadow_alpha=40,
    casing=rgb("#c2cad3"),
    deck=rgb("#8d99a6"),
    roads=(
        rgb("#fbe9bd"),
        rgb("#fcedc9"),
        rgb("#fdf3da"),
        rgb("#fefaf0"),
        rgb("#ffffff"),
        rgb("#ffffff"),
        rgb("#fbfcfd"),
        rgb("#f2f7f2"),
        rgb("#f6f6f4"),
    ),
    lane_mark=rgb("#a9b3bf"),
    pavement=rgb("#e2e6ea"),
    tree=rgb("#aed0ab"),
    label=rgb("#36434f"),
    label_street=rgb("#57646f"),
    label_water=rgb("#3f7898"),
    label_park=rgb("#46795a"),
    label_district=rgb("#6b7783"),
    halo=rgb("#f6f8fa"),
    mover=rgb("#25313d"),
    mover_edge=rgb("#f4f6f8"),
    person=rgb("#5a3d12"),
    coats=(
        rgb("#4f6d8f"),
        rgb("#5c7f58"),
        rgb("#96684b"),
        rgb("#765a83"),
        rgb("#93814b"),
        rgb("#447f79"),
        rgb("#96606a"),
        rgb("#69757f"),
    ),
    skin=rgb("#e6c4a4"),
    hair=(rgb("#2e2624"), rgb("#a7aeb6")),
    severity=(rgb("#d92b2f"), rgb("#dd6b0c"), rgb("#b98a00"), rgb("#1f6fd1")),
    calm=rgb("#7c8a98"),
    stale=rgb("#7d5fa3"),
    selected=rgb("#008f72"),
    provenance=(rgb("#1d8a44"), rgb("#3a6ea5"), rgb("#7d4fb0"), rgb("#b83a6b")),
    go=rgb("#149a52"),
    caution=rgb("#d18a00"),
    stop=rgb("#d02c33"),
    flood=rgb("#2b86c9"),
    rain=rgb("#6d8298"),
    panel=rgb("#fafbfc"),
    raised=rgb("#eff2f5"),
    field=rgb("#e7ebf0"),
    hover=rgb("#d9e2ec"),
    line=rgb("#d3dae1"),
    text=rgb("#24303b"),
    muted=rgb("#66747f"),
    bright=rgb("#0d151c"),
    good=rgb("#15803f"),
)

PRINT = replace(
    DAY,
    name="print",
    land=rgb("#ffffff"),
    land_use={kind: mix(tone, (255, 255, 255), 0.55) for kind, tone in DAY.land_use.items()},
    outside=rgb("#ffffff"),
    water=rgb("#d6e8f3"),
    shore=rgb("#8fb4cb"),
    building_low=rgb("#e4e7ea"),
    building_high=rgb("#ccd3da"),
    building_edge=rgb("#98a3ae"),
    shadow_alpha=0,
    casing=rgb("#8b96a1"),
    roads=tuple(rgb("#ffffff") for _ in range(9)),
    pavement=rgb("#f4f5f6"),
    tree=rgb("#d6e8d4"),
    halo=rgb("#ffffff"),
    label=rgb("#10181f"),
    label_street=rgb("#2c3842"),
    panel=rgb("#ffffff"),
    raised=rgb("#f5f6f7"),
    line=rgb("#c3cad1"),
    text=rgb("#10181f"),
)

THEMES: dict[ThemeName, Theme] = {"night": NIGHT, "day": DAY, "print": PRINT}
