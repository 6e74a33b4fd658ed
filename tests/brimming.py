"""A department, a scene and a rule added to a configuration by files alone."""

from __future__ import annotations

from pathlib import Path

DEPARTMENT = """
[bin_service]
name = { en = "Bin service", zh = "垃圾箱服务队" }
colour = "#aabbcc"
depots = "sanitation"

[[bin_service.units]]
kind = "bin_van"
name = { en = "Bin van", zh = "垃圾箱车" }
per_depot = 1
skills = ["empty"]
speed_factor = 1.0
response_s = 30
emergency = false
"""
PERSON = """
[p-900]
name = { en = "Bin Head", zh = "鲍斌" }
duties = [
  { post = "handler", department = "bin_service" },
  { post = "department_head", department = "bin_service" },
]
"""
RULE = """
[[rules]]
id = "R-001"
name = { en = "Brimming bins go to their service", zh = "满桶归服务队" }
department = "bin_service"
author = "duty_chief"
effective = 2026-01-01
when = { scenes = ["brimming_bin"] }
"""


def brim(config: Path) -> None:
    """The scene of overflowing bins makes way for one of brimming bins, whose cases go to a service of their own."""
    scene = (config / "scenes" / "overflowing_bin.toml").read_text(encoding="utf-8")
    (config / "scenes" / "brimming_bin.toml").write_text(scene.replace("Overflowing", "Brimming"), encoding="utf-8")
    retire(config, "brimming_bin")
    for name, words in (("departments.toml", DEPARTMENT), ("people.toml", PERSON)):
        with (config / name).open("a", encoding="utf-8") as file:
            file.write(words)
    rules = config / "routing.toml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("[[rules]]", RULE + "\n[[rules]]", 1), encoding="utf-8")


def retire(config: Path, successor: str) -> None:
    """The scene of overflowing bins goes; whoever names it means another from now on."""
    (config / "scenes" / "overflowing_bin.toml").unlink()
    for path in (config / "scenes").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if '"overflowing_bin"' in text:
            path.write_text(text.replace('"overflowing_bin"', f'"{successor}"'), encoding="utf-8")
