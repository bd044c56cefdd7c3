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
