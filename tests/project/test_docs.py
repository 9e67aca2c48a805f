"""What the README names exists, and what exists is named there."""

import re
from pathlib import Path

import typer.main

from evaldash.cli import app
from evaldash.importers import IMPORTERS
from evaldash.sampling import STRATEGIES
from evaldash.ui.sample_form import TITLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING = re.compile(r"\bEVALDASH_[A-Z_]+\b")


def commands() -> dict[str, list[str]]:
    group = typer.main.get_command(app)
    return {name: list(getattr(command, "commands", {})) for name, command in group.commands.items()}  # type: ignore[attr-defined]


def section(heading: str) -> str:
    return README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_every_command_is_named_and_every_named_command_exists() -> None:
    named = set(re.findall(r"`([a-z][a-z-]*)`", section("Commands")))
    there = commands()
    assert set(there) <= named
    assert named <= {*there, *(inner for group in there.values() for inner in group)}


def test_every_format_is_named_and_every_named_format_exists() -> None:
    named = set(re.findall(r"^\| `([a-z_]+)` \|", section("Your own traces"), flags=re.MULTILINE))
    assert named == {importer.name for importer in IMPORTERS}


def test_every_setting_is_named_and_every_named_setting_is_read() -> None:
    read = {
        name for path in (ROOT / "evaldash").rglob("*.py") for name in SETTING.findall(path.read_text(encoding="utf-8"))
    }
    assert set(SETTING.findall(section("Settings"))) == read


def test_every_page_is_walked_through() -> None:
    walk = section("The five-minute walk") + section("Your own traces")
    for title in re.findall(r'(?<!page_)title="(\w+)"', (ROOT / "app.py").read_text(encoding="utf-8")):
        assert f"**{title}**" in walk


def test_every_strategy_has_a_card() -> None:
    assert {strategy.name for strategy in STRATEGIES} <= set(TITLES)


def test_every_link_and_picture_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
    for target in re.findall(r"`((?:docs|data)/[\w./-]+)`", README):
        assert (ROOT / target).exists(), target


def test_every_layer_is_described() -> None:
    packages = {path.parent.name for path in (ROOT / "evaldash").glob("*/__init__.py")}
    described = set(re.findall(r"`(?:evaldash/)?(\w+)`", section("Layers")))
    assert packages <= described
