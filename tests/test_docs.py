"""The documents tell the truth: what they name exists, what they let people type works, and every event is told."""

import re
import shlex
import subprocess
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from tomllib import loads

import click
import pytest

from schemas.policies import shipped
from service.cli import program
from tests import event_pages, policy_pages
from vouchers.kinds import KINDS
from vouchers.wire import EVENTS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("bench/*.md"), *ROOT.glob("docs/*.md")])
EACH = pytest.mark.parametrize("page", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCUMENTS])
SUFFIXES = {".c", ".cfg", ".md", ".py", ".toml"}
THEIRS = {"keys.toml", "vouchers.toml"}  # The keys and the settings of an installation.
# The folders of the machine that this was written on, and of its owner; and what a private index of packages is called.
FOREIGN = re.compile(
    r"(?<![\w.])/(?:work|root|home|opt|mnt)/|(?:[a-z0-9-]+\.)+(?:internal|local|lan)\b|artifactory|nexus"
)


def words(path):
    return path.read_text(encoding="utf-8")


@cache
def files():
    """Return every file of the repository, those that are not committed yet among them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout, which alone knows what is in the repository")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def quoted(text):
    """Return what stands in backticks, outside blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def is_path(name):
    tops = {PurePosixPath(file).parts[0] for file in files()}
    inside = "/" in name and name.partition("/")[0] in tops
    named = PurePosixPath(name).suffix in SUFFIXES and not name.startswith("/")
    return bool(re.fullmatch(r"[\w.*<>/-]+", name)) and (inside or named) and name not in THEIRS


def exists(name):
    """Tell whether a file or folder of the repository has this name, or one that ends with it."""
    pattern = re.sub(r"<\w+>", "*", name.rstrip("/"))
    parents = {str(parent) for file in files() for parent in PurePosixPath(file).parents}
    return any(fnmatch(found, pattern) or fnmatch(found, f"*/{pattern}") for found in {*files(), *parents})


@EACH
def test_every_file_that_a_document_names_exists(page):
    assert [name for name in quoted(words(page)) if is_path(name) and not exists(name)] == []


def test_a_file_that_does_not_exist_is_found_out():
    assert all(is_path(name) and not exists(name) for name in ("nothing.py", "vouchers/none/", "docs/none.md"))
    assert all(is_path(name) and exists(name) for name in ("days.py", "vouchers/<kind>/", "vouchers/policies/*.toml"))
    assert not any(map(is_path, ("order/O-...", "POST /v1/orders", "/v1/orders", "vouchers.toml")))


def typed(text):
    """Return every command line that a document shows, in blocks and between the lines."""
    joined = re.sub(r"\\\n\s*", "", text)
    blocks = re.findall(r"^```\w*\n(.*?)^```$", joined, flags=re.MULTILINE | re.DOTALL)
    lines = [part for block in blocks for line in commands_of(block) for part in line.split("&&")]
    lines += [name for name in quoted(joined) if name.startswith("vouchers ")]
    found = [re.sub(r"^\$ ", "", line.strip()) for line in lines]
    return [re.sub(r"^\S*/vouchers ", "vouchers ", line) for line in found if re.match(r"(\S*/)?vouchers ", line)]


def commands_of(block):
    """Return the lines of a block that are typed: those with a prompt where there are any, for the others answer."""
    lines = block.splitlines()
    return [line for line in lines if line.startswith("$ ")] or lines


def fault_of(line):
    """Return what of a command line the program does not know, or nothing."""
    command = program
    for token in shlex.split(re.sub(r"\[.*", "", line))[1:]:
        if token.startswith("-"):
            options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
            if token.partition("=")[0] not in {*options, "--help"}:
                return f"{line}: {token}"
        elif isinstance(command, click.Group) and token not in ("...", "…"):
            found = command.get_command(click.Context(command), token)
            if found is None:
                return f"{line}: {token}"
            command = found
    return ""


@EACH
def test_every_command_that_a_document_shows_can_be_typed(page):
    assert list(filter(None, map(fault_of, typed(words(page))))) == []


def test_the_readme_shows_commands():
    assert len(typed(words(ROOT / "README.md"))) > 10


def test_an_answer_below_a_prompt_is_no_command():
    assert typed("```console\n$ vouchers expire\nvouchers expired  2\n```") == ["vouchers expire"]
    assert typed("```\nvouchers init\nvouchers serve\n```") == ["vouchers init", "vouchers serve"]


def test_a_command_that_cannot_be_typed_is_found_out():
    assert fault_of("vouchers nothing").endswith(": nothing")
    assert fault_of("vouchers budget appropriate SH-STIV 2026 --purse x").endswith(": --purse")
    assert fault_of("vouchers budget forget SH-STIV").endswith(": forget")
    assert not fault_of("vouchers budget appropriate SH-STIV 2026 --pool all")


def test_every_event_is_in_the_catalogue():
    page = words(event_pages.PAGE)
    assert [name for name in EVENTS if f"\n| `{name}` | " not in page] == []
    assert page == event_pages.text(), "run: python -m tests.event_pages"


def test_every_shipped_policy_is_told_with_what_its_values_rest_on():
    assert words(policy_pages.PAGE) == policy_pages.text(), "run: python -m tests.policy_pages"
    assert [name for name in shipped() if f"`{name}`" not in words(ROOT / "README.md")] == []


def test_every_kind_of_stream_tells_how_it_is_named():
    assert event_pages.KEYS.keys() == {kind.name for kind in KINDS}


def test_every_kind_of_the_map_has_its_three_files():
    told = re.search(r"`vouchers/<kind>/` \| (\d+) kinds of stream", words(ROOT / "ARCHITECTURE.md"))
    assert told is not None
    assert int(told[1]) == len(KINDS)
    parts = [f"vouchers/{kind.name}/{part}.py" for kind in KINDS for part in ("events", "state", "decisions")]
    assert [part for part in parts if part not in files()] == []


@pytest.mark.parametrize("folder", ["vouchers", "vouchers/application", "vouchers/policy", "vouchers/ledger"])
def test_every_module_of_the_rules_is_on_the_map(folder):
    told = set(quoted(words(ROOT / "ARCHITECTURE.md")))
    modules = [PurePosixPath(name) for name in files() if PurePosixPath(name).match(f"{folder}/*.py")]
    inside = [path for path in modules if str(path.parent) == folder and path.name != "__init__.py"]
    assert [str(path) for path in inside if not {path.name, str(path)} & told] == []


def test_the_tests_are_run_as_the_readme_says():
    blocks = re.findall(r"^```\n(python3 .*?)\n```$", words(ROOT / "README.md"), flags=re.MULTILINE)
    demo, tests = blocks
    lines = words(ROOT / ".ci" / "run").splitlines()
    steps = [line for line in lines if "$environment" in line and not line.startswith(("trap", "TESTS_ON"))]
    assert " && ".join(re.sub(r'"\$environment([^"]*)"', r".venv\1", step) for step in steps) == tests
    assert f"```\n{tests}\n```" in words(ROOT / "CONTRIBUTING.md")
    scripts = loads(words(ROOT / "pyproject.toml"))["project"]["scripts"]
    assert demo.split("&& ")[-1] == ".venv/bin/vouchers demo"
    assert {name: callable(resolve_name(place)) for name, place in scripts.items()} == {"vouchers": True}


def test_nothing_of_one_machine_is_in_the_repository():
    found = []
    for name in files():
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {hit[0]}" for hit in FOREIGN.finditer(text) if name != "tests/test_docs.py"]
    assert found == []


def test_the_search_for_one_machine_bites():
    assert all(map(FOREIGN.search, ("see /work/main", "pip.some.internal", "'/home/li/x'")))
    assert not any(map(FOREIGN.search, ("network/x", "docs/homework/x", "a local day")))
