"""Every reason that the rules can give has its sentence, so that whoever meets it can look it up."""

import ast
from pathlib import Path

from schemas import problems
from schemas.reasons import POLICY_REASONS
from tests.service.problem_pages import refusals

RULES = Path(__file__).parent.parent / "vouchers"
GIVING = {"Because", "Cause", "Reason"}


def given():
    """Return every code that the rules write down as a reason, with its place."""
    for path in sorted(RULES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in GIVING and isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value, f"{path.relative_to(RULES)}:{node.lineno}"


def test_every_reason_that_the_rules_can_give_has_its_sentence():
    assert refusals()
    known = {*problems.known(), *POLICY_REASONS}
    assert [place for code, place in given() if code not in known] == []


def test_the_search_for_reasons_finds_some():
    assert {"category-unknown", "under-sanction", "order-split"} <= {code for code, _ in given()}
