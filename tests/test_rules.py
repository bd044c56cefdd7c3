"""docs/rules.md and docs/asks.md say which test shows what; here the tables are held against the test suite."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from marshmallow import fields

from schemas.policy_shape import PolicySchema

ROOT = Path(__file__).parent.parent
RULES, ASKS = ROOT / "docs" / "rules.md", ROOT / "docs" / "asks.md"
NO_TEST = "does not apply: "


def rows(page):
    """Return the cells of every table row whose first cell is a number or a trap's name."""
    lines = page.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in cells if not row[0].startswith("#") and set(row[0]) != {"-"}]


@cache
def defined(path):
    """Return the names of the tests of one file, as pytest collects them."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    cases = {
        f"{node.targets[0].id}"
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.startswith("Test")
    }
    return found | cases


def named(cell):
    """Return the tests that a cell names, as (file, test)."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)


def table(path):
    """Return the fields of a table of a policy document by their keys; the name that a document chooses is an X."""
    inside, chosen = PolicySchema(), None
    for word in path.split("."):
        found = chosen or {each.data_key or name: each for name, each in inside.fields.items()}.get(word)
        found = found.inner if isinstance(found, fields.List) else found
        chosen = found.value_field if isinstance(found, fields.Dict) else None
        if found is None or (chosen is None and not isinstance(found, fields.Nested)):
            return {}
        inside = found.schema if isinstance(found, fields.Nested) else inside
    return {} if chosen else {each.data_key or name: each for name, each in inside.fields.items()}


def places(cell):
    """Return what is wrong with the places of a rule: each is a file or folder of ours, or keys of a policy table."""
    for place in re.findall(r"`([^`]*)`", cell):
        key = re.fullmatch(r"\[([\w.]+)\] ([\w, ]+)", place)
        if key:
            yield from (f"no policy key [{key[1]}] {each}" for each in key[2].split(", ") if each not in table(key[1]))
        elif not re.match(r"(vouchers|schemas|service)/", place) or not (ROOT / place).exists():
            yield f"no file {place}"


def faults(row):
    """Return what is wrong in a row: empty cells, places that are not there, tests that do not exist."""
    found = [] if all(row) and "`" in row[2] else [f"{row[0]}: an empty cell"]
    found += [f"{row[0]}: {each}" for each in places(row[2])]
    tests = named(row[-1])
    found += [f"{row[0]}: no test {path}::{test}" for path, test in tests if not exists(path, test)]
    if not tests and not row[-1].startswith(NO_TEST):
        found.append(f"{row[0]}: no test is named")
    if len(set(tests)) < len(tests) or len(tests) != row[-1].count("`") // 2:
        found.append(f"{row[0]}: a test is named twice or not by its path")
    return found


def exists(path, test):
    return (ROOT / path).is_file() and test in defined(path)


def test_all_48_rules_are_in_the_table_once():
    assert [row[0] for row in rows(RULES)] == [str(number) for number in range(1, 49)]


@pytest.mark.parametrize("row", rows(RULES), ids=lambda row: row[0])
def test_a_rule_names_where_it_stands_and_tests_that_exist(row):
    assert len(row) == 4
    assert faults(row) == []


def test_all_45_asks_are_in_the_table_once():
    assert [row[0] for row in rows(ASKS) if row[0].isdigit()] == [str(number) for number in range(1, 46)]


def test_all_traps_are_in_the_table():
    assert len([row for row in rows(ASKS) if not row[0].isdigit()]) >= 14


@pytest.mark.parametrize("row", rows(ASKS), ids=lambda row: row[0])
def test_an_ask_or_a_trap_names_a_test_that_exists_or_why_it_does_not_apply(row):
    assert len(row) == 4
    assert faults(row) == []


def test_a_row_that_is_wrong_is_found_out():
    good = ["1", "a rule", "`vouchers/money.py`", "`tests/test_rules.py::test_a_row_that_is_wrong_is_found_out`"]
    assert faults(good) == []
    assert faults([*good[:3], "`tests/test_rules.py::test_nothing`"]) == [
        "1: no test tests/test_rules.py::test_nothing"
    ]
    assert faults([*good[:3], "none"]) == ["1: no test is named"]
    assert faults([*good[:3], f"{good[3]} {good[3]}"]) == ["1: a test is named twice or not by its path"]
    assert faults(["1", "", *good[2:]]) == ["1: an empty cell"]
    assert faults(["1", "a rule", "`vouchers/nothing.py`", good[3]]) == ["1: no file vouchers/nothing.py"]
    assert faults(["1", "a rule", "`[deadlines] nothing`", good[3]]) == ["1: no policy key [deadlines] nothing"]
    assert faults(["1", "a rule", "`[nothing] use_by`", good[3]]) == ["1: no policy key [nothing] use_by"]
    for place in ("[deadlines] use_by", "[category.X] never, base", "[beneficiary.lookback] months", "[stacking] with"):
        assert faults(["1", "a rule", f"`{place}`", good[3]]) == []
