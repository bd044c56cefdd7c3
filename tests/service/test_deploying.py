"""The files with which an installation is deployed name commands, folders and times that exist."""

import configparser
import re
import shlex
import shutil
import subprocess

import pytest

from service.cli import COMMANDS
from service.front.settings import Front
from service.settings import dotted, pattern_of
from tests.service.console import ROOT

UNITS = sorted((ROOT / "docs" / "deploy").glob("*.service"))
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
EACH = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)


class Several(dict):
    """A section in which a name may stand several times."""

    def __setitem__(self, name, value):
        if name in self and isinstance(value, list):
            self[name].extend(value)
        else:
            super().__setitem__(name, value)


def section(unit, name="Service"):
    parser = configparser.RawConfigParser(dict_type=Several, strict=False, comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(unit.read_text(encoding="utf-8"))
    return dict(parser.items(name))


@EACH
def test_a_unit_starts_commands_that_exist_and_stops_later_than_the_server(unit):
    service = section(unit)
    lines = [line for name in ("ExecStartPre", "ExecStart") for line in service[name].splitlines()]
    words = [shlex.split(line) for line in lines if line]
    assert {each[0] for each in words} == {"/usr/local/lib/vouchers/bin/vouchers"}
    assert {each[1] for each in words} <= set(COMMANDS)
    assert int(service["TimeoutStopSec"]) > Front().stop_seconds
    assert int(service["LimitNOFILE"]) > Front().connections * 2
    hardened = ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictNamespaces")
    assert {service[name] for name in hardened} == {"yes"}
    assert (service["ProtectSystem"], service["StateDirectoryMode"], service["UMask"]) == ("strict", "0700", "0077")
    assert service["Environment"] == f"VOUCHERS_DATA=/var/lib/{service['StateDirectory']}"


@EACH
def test_systemd_finds_no_fault_in_a_unit(unit):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not on this machine")
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=30, check=False
    )
    # The program is not installed where the unit looks for it.
    told = [line for line in run.stderr.splitlines() if unit.name in line and "is not executable" not in line]
    assert told == []


def test_the_container_copies_what_exists_and_sets_what_is_a_setting():
    copied = [word for line in re.findall(r"^COPY (?!--)(.+)$", CONTAINER, re.MULTILINE) for word in line.split()[:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    variables = re.findall(r"\b(VOUCHERS_\w+)=", CONTAINER)
    assert [name for name in variables if name != "VOUCHERS_DATA" and not pattern_of(dotted(name))] == []
    command = re.search(r'^CMD \["(\w+)"\]$', CONTAINER, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    assert re.search(r"^USER vouchers$", CONTAINER, re.MULTILINE)
    assert int(re.search(r"--stop-timeout (\d+)", CONTAINER)[1]) > Front().stop_seconds
