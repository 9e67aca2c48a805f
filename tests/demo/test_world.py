"""The world as people read it, in README.md, is the one that programs read."""

import re
from typing import Any

from tools.demo.written import FOLDER, read_world

WORLD = read_world()
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def table(title: str) -> list[list[str]]:
    """Return the cells of the first table after a heading, without its head."""
    lines = README.split(f"## {title}", 1)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_catalogue_is_the_same() -> None:
    rows = {row[0]: row for row in table("Catalogue")}
    assert rows.keys() == WORLD["catalogue"].keys()
    for number, article in WORLD["catalogue"].items():
        assert rows[number][1] in (article["name"], ""), number
        assert int(rows[number][3]) == article["price"], number
        for key, unit in (("limit", "devices"), ("litres_per_minute", "L/min")):
            assert key not in article or f"up to {article[key]} {unit}" in rows[number][4], number


def test_the_plans_are_the_same() -> None:
    rows = {row[0]: row[1:] for row in table("Plans")}
    for column, plan in enumerate(WORLD["plans"].values()):
        for name, key in (("price", "price"), ("devices", "devices"), ("alert recipients", "recipients")):
            assert int(rows[name][column]) == plan[key]
        told = rows["SMS included"][column].replace(",", "")
        assert told.startswith("none") if plan["sms"] == 0 else int(told) == plan["sms"]


def test_the_customers_are_the_same() -> None:
    rows = {row[0]: row for row in table("Customers")}
    assert rows.keys() == WORLD["customers"].keys()
    for account, customer in WORLD["customers"].items():
        _, who, where, plan, _ = rows[account]
        assert who.startswith(f"{customer['name']}, {customer['who']}"), account
        assert where == f"{', '.join(customer['sites'])}, {customer['zone']}", account
        assert plan.startswith(customer["plan"]), account


def test_every_article_and_tool_is_named() -> None:
    policies = README.split("## Policies", 1)[1].split("## Tools", 1)[0]
    assert set(re.findall(r"\*\*(H-\d\d) ", policies)) == set(WORLD["articles"])
    assert set(re.findall(r"`([a-z]+_[a-z_]+)`", README.split("## Tools", 1)[1].split("##", 1)[0])) == set(
        WORLD["tools"]
    )


def test_both_versions_are_dated_as_they_were_in_use() -> None:
    versions: list[dict[str, Any]] = WORLD["versions"]
    assert [row[0] for row in table("Two versions of Wick")] == [version["version"] for version in versions]
