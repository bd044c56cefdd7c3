"""Our style, as rules that are run: what a review would otherwise have to say each time."""

import ast
import importlib
import pkgutil
import subprocess
import sys
import sysconfig
import types
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from vouchers.kinds import KINDS
from vouchers.refusals import Refused
from vouchers.values import Value

ROOT = Path(__file__).parent.parent
PACKAGES = [name for name in ("vouchers", "schemas", "service") if any((ROOT / name).glob("**/*.py"))]
CHECKED = [name for name in (*PACKAGES, "tests", "bench") if any((ROOT / name).glob("**/*.py"))]
LIBRARIES = {
    "vouchers.ledger": {"eventsourcing", "psycopg"},
    "vouchers.wire": {"msgspec"},
    "vouchers.values": {"msgspec"},
}
IMPURE_MODULES = {"http", "random", "secrets", "socket", "subprocess", "urllib.request"}
IMPURE_CALLS = {"float", "getenv", "input", "now", "open", "print", "today", "utcnow", "uuid1", "uuid4"}
IMPURE_PAIRS = {("os", "environ"), ("os", "urandom"), ("time", "time"), ("time", "time_ns")}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
LONGER = {"service.audit.bundle.verify": 760}  # An auditor is given one file that needs nothing else.
CHECKS = {"none_of", "raises", "warns", "fail", "then", "refused"}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def called(node: ast.AST) -> set[str]:
    """Return the last names of everything that is called inside a node."""
    names = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "") for name in names}


def is_inexact(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Constant) and isinstance(node.value, float | complex)


def impurities(node: ast.AST) -> list[str]:
    """Return what a node alone (not its children) brings in from outside, or from floating point."""
    if is_inexact(node):
        return ["a float, or a true division, which makes one"]
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
            return [f"{name}()"]
        case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in IMPURE_PAIRS:
            return [f"{module}.{name}"]
        case ast.Import(names=names):
            return [alias.name for alias in names if is_impure(alias.name)]
        case ast.ImportFrom(module=str(module), names=names):
            pairs = [f"{module}.{alias.name}" for alias in names if (module, alias.name) in IMPURE_PAIRS]
            return pairs + [module] * is_impure(module)
    return []


def is_impure(module: str) -> bool:
    return module in IMPURE_MODULES or module.partition(".")[0] in IMPURE_MODULES


def foreign_imports(path: Path) -> list[str]:
    """Return the top names that a module imports from outside the standard library and our rules."""
    module = module_of(path)
    allowed = {"vouchers", *sys.stdlib_module_names}
    for owner, libraries in LIBRARIES.items():
        if module == owner or module.startswith(f"{owner}."):
            allowed |= libraries
    found = []
    for node in ast.walk(tree(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        found += [f"{place(path, node)} {name}" for name in names if name.split(".")[0] not in allowed]
    return found


def none_of(findings: Iterable[str]) -> None:
    """Fail with one finding a line."""
    if found := list(findings):
        pytest.fail("\n".join(found), pytrace=False)


def test_the_rules_are_pure():
    """No float, no clock, no chance, no file: a decision depends on its arguments only."""
    none_of(
        f"{place(path, node)} {impurity}"
        for path in sources("vouchers")
        for node in ast.walk(tree(path))
        for impurity in impurities(node)
        # The ledger waits for fractions of a second, and never sees an amount.
        if not (is_inexact(node) and module_of(path).startswith("vouchers.ledger"))
    )


def test_the_rules_need_the_standard_library_only():
    none_of(found for path in sources("vouchers") for found in foreign_imports(path))


@pytest.mark.parametrize(
    "line",
    ["a = 0.5", "a = 1 / 2", "a /= 2", "float(1)", "datetime.now()", "date.today()", "uuid4()", "open('x')", "print()"]
    + [
        "import random",
        "from random import choice",
        "import urllib.request",
        "import http.client",
        "os.environ['X']",
        "time.time()",
    ]
    + ["from time import time", "from os import environ"],
)
def test_the_guard_of_purity_bites(line):
    assert [impurity for node in ast.walk(ast.parse(line)) for impurity in impurities(node)]


def test_files_stay_short_enough_to_read():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*PACKAGES)}
    none_of(
        f"{module_of(path)} has {lines} lines"
        for path, lines in lengths.items()
        if lines > LONGER.get(module_of(path), LONGEST_FILE)
    )


def test_functions_stay_short_enough_to_read():
    none_of(
        f"{place(path, node)} {node.name} has {lines} lines"
        for path in sources(*PACKAGES)
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    )


def is_storable(kind: Any) -> bool:
    """Tell whether a type has one JSON form: scalars; sequences, objects and values of such."""
    if kind in {str, int, bool, type(None)}:
        return True
    arguments = [argument for argument in get_args(kind) if argument is not Ellipsis]
    if get_origin(kind) is Literal:
        return all(type(argument) in {str, int} for argument in arguments)
    if get_origin(kind) in {dict, Mapping}:
        return arguments[0] is str and is_storable(arguments[1])
    if get_origin(kind) in {tuple, list, Union, types.UnionType}:
        return all(map(is_storable, arguments))
    return is_value(kind) and all(map(is_storable, get_type_hints(kind).values()))


def is_value(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Value)


EVENTS = [pytest.param(event, id=f"{kind.name}.{event.__name__}") for kind in KINDS for event in kind.events]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_can_be_stored_as_it_is(event):
    assert is_value(event)
    types_of = get_type_hints(event)
    none_of(field.name for field in fields(event) if not is_storable(types_of[field.name]))
    assert event.__doc__.strip().splitlines()[0].endswith(".")


def test_the_guard_of_storable_fields_bites():
    assert all(map(is_storable, [tuple[str, ...] | None, Mapping[str, str | int], Literal["A"]]))
    assert not any(
        map(is_storable, [float, bytes, set[str], dict[str, float], dict[int, str], Any, list[float], object, Refused])
    )


def all_refusals() -> list[type[Refused]]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, waiting = [], [Refused]
    while waiting:
        found.append(refusal := waiting.pop())
        waiting += refusal.__subclasses__()
    return [refusal for refusal in found if refusal.__module__.split(".")[0] in PACKAGES]


def test_every_refusal_has_a_code_of_its_own_and_a_sentence():
    refusals = all_refusals()
    none_of(code for code, times in Counter(refusal.code for refusal in refusals).items() if times > 1)
    none_of(refusal.__name__ for refusal in refusals if not (refusal.__doc__ or "").strip().endswith("."))
    known = {400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 428, 429, 503}
    assert {refusal.status for refusal in refusals} <= known


def test_every_test_checks_something():
    none_of(test for path in sources("tests") for test in idle_tests(path))


def idle_tests(path: Path) -> list[str]:
    # A test may check through a helper of its own file, or through one that is named for it.
    helpers = {node.name for node in functions(path) if checks(node)}
    tests = [node for node in functions(path) if node.name.startswith("test_")]
    return [f"{place(path, test)} {test.name}" for test in tests if not checks(test) and not called(test) & helpers]


def checks(node: ast.AST) -> bool:
    names = called(node)
    asserts = any(isinstance(child, ast.Assert) for child in ast.walk(node))
    return asserts or bool(names & CHECKS) or any(name.startswith(("assert_", "check_")) for name in names)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--quiet", "--output-format=concise", *CHECKED], id="ruff"),
        pytest.param(["ruff", "format", "--check", "--quiet", *CHECKED], id="format"),
        pytest.param(["mypy", *(name for name in PACKAGES if name != "service")], id="mypy"),
        pytest.param(["lint-imports", "--no-logo"], id="imports"),
    ],
)
def test_the_tools_agree(command):
    program = Path(sysconfig.get_path("scripts")) / command[0]
    run = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if run.returncode:
        pytest.fail(f"{' '.join(command)}\n{run.stdout}{run.stderr}", pytrace=False)
