"""Settings: declared once, read from file, environment and flags, each with its origin; faults have a place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from service.configuring import (
    HIDDEN,
    SettingInvalid,
    SettingUnknown,
    build,
    leaves,
    masked,
    named,
    setting,
    table,
    tables,
)
from service.settings import FILE, Settings, create_folder, dotted, load_settings, trace_settings
from tests.service import setting_pages
from tests.service.console import Console


@dataclass(frozen=True, slots=True)
class Till:
    """A table with one setting of each type."""

    token: str = setting("", "A secret.", secret=True)
    size: int = setting(3, "A number.", least=2, most=9)
    loud: bool = setting(False, "A switch.")
    names: tuple[str, ...] = setting((), "Some words.")
    kind: str = setting("a", "A choice.", among=("a", "b"))


@dataclass(frozen=True, slots=True)
class Shop:
    """Tables in tables."""

    till: Till = table(Till)
    doors: tuple[Till, ...] = tables("Doors.")
    rooms: Mapping[str, Till] = named("Rooms.")


def written(folder, text):
    create_folder(str(folder))
    (folder / FILE).write_text(text, encoding="utf-8")
    return str(folder)


def test_tables_are_read_in_every_form():
    values = {
        "till": {"size": "9", "loud": "TRUE", "names": "x, y", "kind": "b"},
        "doors": [{"size": 2}, {}],
        "rooms": {"hall": {"names": ["z"]}},
    }
    shop = build(Shop, values)
    assert shop.till == Till("", 9, True, ("x", "y"), "b")
    assert [door.size for door in shop.doors] == [2, 3]
    assert shop.rooms["hall"].names == ("z",)
    assert build(Shop, asdict(shop)) == shop


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"till": 3}, "/till"),
        ({"till": {"size": 1}}, "/till/size"),
        ({"till": {"size": 10}}, "/till/size"),
        ({"till": {"size": True}}, "/till/size"),
        ({"till": {"size": 2.5}}, "/till/size"),
        ({"till": {"size": "9" * 400}}, "/till/size"),
        ({"till": {"loud": "perhaps"}}, "/till/loud"),
        ({"till": {"kind": "c"}}, "/till/kind"),
        ({"till": {"kind": 1}}, "/till/kind"),
        ({"till": {"names": ["x"] * 101}}, "/till/names"),
        ({"till": {"names": 7}}, "/till/names"),
        ({"doors": {"size": 1}}, "/doors"),
        ({"doors": [{}] * 51}, "/doors"),
        ({"doors": [{}, {"size": 0}]}, "/doors/1/size"),
        ({"rooms": [{}]}, "/rooms"),
        ({"rooms": {"A B": {}}}, "/rooms"),
        ({"rooms": {"hall": {"size": 0}}}, "/rooms/hall/size"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(values, pointer):
    with pytest.raises(SettingInvalid) as refused:
        build(Shop, values)
    assert refused.value.pointer == pointer
    assert refused.value.remedy


def test_a_mistyped_name_is_refused_with_the_one_that_was_meant():
    with pytest.raises(SettingUnknown) as refused:
        build(Shop, {"till": {"tokem": "x"}})
    assert refused.value.pointer == "/till/tokem"
    assert "token" in refused.value.remedy


def test_no_fault_shows_a_secret(tmp_path):
    with pytest.raises(SettingInvalid) as refused:
        build(Shop, {"till": {"token": 12345}})
    assert "12345" not in refused.value.detail
    with pytest.raises(SettingInvalid) as refused:
        load_settings(written(tmp_path, 'log = "mysql://li:geheim@db/x"'), {})
    assert "geheim" not in f"{refused.value.detail}{refused.value.remedy}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://li:geheim@db/x", f"postgresql://li:{HIDDEN}@db/x"),
        ("postgresql://li@db/x?password=geheim&a=b", f"postgresql://li@db/x?password={HIDDEN}&a=b"),
        ("sqlite:log.sqlite", "sqlite:log.sqlite"),
        ("postgresql:///x?host=/run", "postgresql:///x?host=/run"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown):
    assert masked(address) == shown


def test_the_environment_reaches_into_tables_and_files_keep_secrets(tmp_path):
    (tmp_path / "dsn").write_text("postgresql://li:geheim@db/x\n")
    environment = {"VOUCHERS_OBSERVING__LEVEL": "debug", "VOUCHERS_LOG_FILE": str(tmp_path / "dsn"), "PATH": "/bin"}
    folder = written(tmp_path / "data", "[observing]\nlevel = 'error'\nform = 'json'\n")
    settings, origins = trace_settings(folder, environment, port=1003)
    assert (settings.observing.level, settings.observing.form, settings.port) == ("debug", "json", 1003)
    assert settings.log == "postgresql://li:geheim@db/x"
    assert origins == {
        "observing.level": "VOUCHERS_OBSERVING__LEVEL",
        "observing.form": FILE,
        "log": f"VOUCHERS_LOG_FILE={tmp_path / 'dsn'}",
        "port": "--port",
    }


def test_a_variable_of_another_purpose_sets_nothing(tmp_path):
    environment = {"VOUCHERS_DATA": "x", "VOUCHERS_AS": "officer:li", "VOUCHERS_OBSERVING": "x", "VOUCHERS_": "x"}
    settings, origins = trace_settings(written(tmp_path, ""), environment)
    assert settings == Settings(tmp_path.resolve())
    assert origins == {}
    assert dotted("HOME") == ""


def test_every_setting_is_said_in_a_sentence():
    told = {leaf.name: leaf.about.text for leaf in leaves(Settings)}
    assert {"log", "port", "observing.level"} <= set(told)
    assert [name for name, text in told.items() if not text.endswith(".") and not text.endswith("://...")] == []
    assert Settings(Path()).port == 8080


def test_the_page_lists_every_setting_as_it_is_declared():
    page = setting_pages.PAGE.read_text(encoding="utf-8")
    assert page == setting_pages.whole(page), "run: python -m tests.service.setting_pages"
    assert all(f"| `{leaf.name}` |" in page for leaf in leaves(Settings))


def test_tables_in_lists_are_numbered_in_the_environment(tmp_path):
    environment = {"VOUCHERS_ISSUER__0__URL": "https://id.example.org", "VOUCHERS_ISSUER__0__AUDIENCE": "urn:x"}
    settings, origins = trace_settings(written(tmp_path, ""), environment)
    assert settings.issuer[0].url == "https://id.example.org"
    assert origins["issuer.0.url"] == "VOUCHERS_ISSUER__0__URL"
    with pytest.raises(SettingInvalid):
        load_settings(str(tmp_path), {"VOUCHERS_ISSUER__1__URL": "https://id.example.org"})


@pytest.fixture
def console(tmp_path):
    console = Console(tmp_path)
    console.ask("init")
    return console


def test_an_operator_sees_what_holds_and_where_it_comes_from(console, monkeypatch):
    path = console.folder / "vouchers-data" / FILE
    path.write_text('timezone = "Europe/Dublin"\nlog = "postgresql://li:geheim@db/x"\n')
    monkeypatch.setenv("VOUCHERS_PORT", "1002")
    rows = {row["setting"]: row for row in console.ask("config", "show", "--origin")["settings"]}
    assert rows["port"] == {"setting": "port", "value": "1002", "origin": "VOUCHERS_PORT"}
    assert rows["timezone"]["origin"] == FILE
    assert rows["host"]["origin"] == "default"
    assert rows["log"]["value"] == f"postgresql://li:{HIDDEN}@db/x"
    changed = {row["setting"] for row in console.ask("config", "show", "--changed")["settings"]}
    assert changed == {"port", "timezone", "log"}
    assert "geheim" not in console.tell("config", "show", "--origin")


def test_a_check_finds_what_cannot_be_and_what_sets_nothing(console, monkeypatch):
    assert console.ask("config", "check")["idle"] == []
    monkeypatch.setenv("VOUCHERS_PROT", "1002")
    assert console.ask("config", "check", code=3)["idle"] == ["VOUCHERS_PROT"]
    (console.folder / "vouchers-data" / FILE).write_text("prot = 1\n")
    assert console.refused("config", "check", code=2) == "setting-unknown"
