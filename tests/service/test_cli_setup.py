"""Data folders: made once, by one or by many, kept as they are, and never half made."""

import stat
import tomllib

import pytest

from service.configuring import SettingInvalid
from service.settings import FILE, SEED, create_folder, load_settings
from service.wiring import Service
from tests.service.console import Console

TOGETHER = 3


def test_several_programs_that_make_one_folder_agree_on_its_seed(tmp_path):
    console = Console(tmp_path)
    programs = [console.spawn("init", "--json") for _ in range(TOGETHER)]
    told = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0] * TOGETHER, told
    assert len({answer.partition('"sampling_commitment": ')[2].partition(",")[0] for answer, _ in told}) == 1
    left = sorted(path.name for path in (tmp_path / "vouchers-data").glob(f"{SEED}*"))
    assert left == [SEED]


def test_a_new_folder_is_told_as_it_was_typed(tmp_path):
    console = Console(tmp_path)
    assert ["data", "vouchers-data"] in _words(console.tell("init"))
    elsewhere = str(tmp_path / "elsewhere")
    console.folder = tmp_path / "vouchers-data"
    assert ["data", elsewhere] in _words(console.tell("init", "--data", elsewhere))


def _words(told):
    return [line.split() for line in told.splitlines()]


def test_the_seed_is_for_its_owner_only_and_stays(tmp_path):
    settings = create_folder(str(tmp_path))
    with Service(settings) as first:
        seed = first.seed
    with Service(settings) as second:
        assert second.seed == seed
    assert stat.S_IMODE((tmp_path / SEED).stat().st_mode) == 0o600
    assert len(seed) == 32


def test_a_store_that_cannot_be_opened_leaves_no_settings_behind(tmp_path):
    console = Console(tmp_path)
    (tmp_path / "vouchers-data").mkdir()
    (tmp_path / "vouchers-data" / "log.sqlite").write_text("no database " * 500)
    assert console.refused("init", code=5) == "store-unavailable"
    assert not (tmp_path / "vouchers-data" / FILE).exists()


def test_settings_survive_quotes_and_backslashes(tmp_path):
    address = 'postgresql://u:p"\\@host/db'
    settings = create_folder(str(tmp_path), log=address, timezone="Europe/Dublin")
    assert (settings.log, settings.timezone) == (address, "Europe/Dublin")
    assert tomllib.loads((tmp_path / FILE).read_text(encoding="utf-8"))["log"] == address


def test_a_flag_comes_before_the_environment_and_that_before_the_file(tmp_path):
    create_folder(str(tmp_path), port=1001)
    environment = {"VOUCHERS_PORT": "1002"}
    assert load_settings(str(tmp_path), {}).port == 1001
    assert load_settings(str(tmp_path), environment).port == 1002
    assert load_settings(str(tmp_path), environment, port=1003).port == 1003


@pytest.mark.parametrize(
    ("port", "fits"), [("1", True), ("65535", True), ("0", False), ("65536", False), ("-1", False)]
)
def test_a_port_is_within_its_bounds(tmp_path, port, fits):
    create_folder(str(tmp_path))
    environment = {"VOUCHERS_PORT": port}
    if fits:
        assert load_settings(str(tmp_path), environment).port == int(port)
    else:
        with pytest.raises(SettingInvalid):
            load_settings(str(tmp_path), environment)
