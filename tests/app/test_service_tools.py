"""``run.py services check``."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.app.service_tools import check_services
from services.hall.hall_settings import load_hall
from twin.core.errors import CivitwinError, ConfigError

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG / "services", tmp_path / "services")
    for name in ("departments.toml", "people.toml"):
        shutil.copy(CONFIG / name, tmp_path)
    return tmp_path


def said(config: Path) -> tuple[int, str]:
    out = io.StringIO()
    code = check_services(config, Console(file=out, width=200))
    return code, out.getvalue()


def test_the_projects_own_catalogue_is_without_a_fault() -> None:
    code, text = said(CONFIG)
    assert code == 0 and "29 single items and 6 life events without a fault." in text


def test_what_the_halls_file_names_is_there(config: Path) -> None:
    text = (CONFIG / "hall.toml").read_text().replace('employed = "work_since"', 'employed = "shoe_size"')
    (config / "hall.toml").write_text(text)
    code, found = said(config)
    assert code == 1 and "declared.employed" in found and "no form asks 'shoe_size'" in found
    assert "closed_by.fire" in found and "there is no scene 'fire'" in found
    (config / "hall.toml").write_text(text.replace("look_s = 60", "look_s = -1"))
    with pytest.raises(ConfigError, match="look_s"):
        said(config)


def test_the_hall_takes_as_long_as_the_comparison_says() -> None:
    hall = load_hall(CONFIG / "hall.toml")
    compared = msgspec.toml.decode((CONFIG / "evaluation" / "services.toml").read_bytes())["time"]
    assert list(hall.share_of_promise) == compared["share_of_promise"] and list(hall.post_days) == compared["post_days"]


def test_every_fault_is_said_and_the_exit_code_is_one(config: Path) -> None:
    for file, old, new in (
        ("deed_tax.toml", "promised = { hours = 4 }", "promised = { days = 21 }"),
        ("signboard.toml", 'zh = "招牌文字"', 'zh = ""'),
    ):
        path = config / "services" / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    code, text = said(config)
    assert code == 1 and "2 faults" in text
    assert "deed_tax.toml" in text and "items[0].promised" in text and "168 h promised" in text
    assert "signboard.toml" in text and "fields[2].name.zh" in text and "no text in Chinese" in text


def test_a_counter_without_a_clerk_is_a_fault(config: Path) -> None:
    people = config / "people.toml"
    text = people.read_text(encoding="utf-8")
    clerk = '{ post = "clerk", department = "tax"'
    assert clerk in text
    people.write_text(text.replace(clerk, '{ post = "clerk", department = "water"'), encoding="utf-8")
    code, said_text = said(config)
    assert code == 1 and "'tax' has no clerk in people.toml" in said_text and "deed_tax.toml" in said_text


def test_a_folder_without_services_is_said(tmp_path: Path) -> None:
    with pytest.raises(CivitwinError, match="no services"):
        check_services(tmp_path)
