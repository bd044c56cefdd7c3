"""The attack drill: every attack is played to its end, and every control says what docs/audit-drill.md says."""

import pytest
from click.testing import CliRunner

from service.audit.anchors import Anchors
from service.cli import program
from service.cli.problems import DIFFERENT
from tests.audit.attacks import ATTACKS, CONTROLS, FILES, KEY, UNNOTICED, Attack
from tests.audit.drilling import NOTHING, PAGE, asked, naming, row, rows_of
from tests.audit.striking import a_drill, happen

UNTOUCHED = Attack("nothing", "nobody did anything", FILES, lambda _: None)
ON_SERVER = [each for each in ATTACKS if each.depth != FILES or each.name.startswith("edit")]


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    with a_drill(tmp_path_factory.mktemp("drill") / "world") as found:
        yield found


@pytest.fixture(scope="module")
def on_server(postgres, tmp_path_factory):
    name = postgres.create_database()
    with a_drill(tmp_path_factory.mktemp("drill") / "world", name) as found:
        yield found
    postgres.drop_database(name)


def play(drill, attack):
    """What every control says of an attack, and the first entry that it hit; what has to be noticed was."""
    with drill.struck(attack) as home:
        said, hit = asked(home), home.hit
    assert {control for control in (*attack.noticed, *attack.named) if not said[control]} == set()
    assert {control for control in attack.named if not naming(said[control], hit)} == set()
    return said, hit


def test_no_control_finds_fault_with_an_installation_that_nobody_touched(drill):
    said, _ = play(drill, UNTOUCHED)
    assert {name: found for name, found in said.items() if found} == {}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.title)
def test_an_attack_is_noticed_by_the_controls_that_the_page_names_and_by_no_other(drill, attack):
    line = rows_of(PAGE.read_text(encoding="utf-8"))[attack.title]
    assert row(attack, *play(drill, attack)) == line, "python -m tests.audit.drilling writes the table anew"


def test_a_log_whose_key_was_replaced_is_told_apart_from_a_witness_that_does_not_answer(drill):
    attack = next(each for each in ATTACKS if each.name == "put another key")
    with drill.struck(attack) as home:
        answer = CliRunner().invoke(program, ["audit", "anchor", "compare", "--data", str(home.data)])
    assert answer.exit_code == DIFFERENT
    assert "signed with a key that is none of this log's here" in " ".join(answer.output.split())


def test_a_proof_is_of_a_checkpoint_that_the_witness_cosigned_though_others_cover_the_entry_too(drill, tmp_path):
    with drill.struck(UNTOUCHED) as home:
        with home.opened() as service:
            seq = service.ledger.size()
            for _ in range(2):
                happen(service)
                service.checkpoints.sign_if_grown()
            Anchors(service).turn(now=True)
            happen(service)
            service.checkpoints.sign_if_grown()
        proof = tmp_path / "proof"
        trust = str(home.folder / "quorum.trust")
        for typed in (
            ["proof", str(seq), "--data", str(home.data), "--output", str(proof)],
            ["note", str(proof), "--entry", f"{proof}.json", "--trust", trust],
        ):
            answer = CliRunner().invoke(program, ["audit", *typed])
            assert answer.exit_code == 0, answer.output


@pytest.mark.long
@pytest.mark.parametrize("attack", ON_SERVER, ids=lambda attack: attack.title)
def test_on_postgresql_the_owner_of_the_database_is_noticed_alike(on_server, attack):
    line = rows_of(PAGE.read_text(encoding="utf-8"))[attack.title]
    assert row(attack, *play(on_server, attack)) == line


def test_the_page_has_a_line_for_every_attack_and_a_column_for_every_control():
    lines = rows_of(PAGE.read_text(encoding="utf-8"))
    assert [*lines] == [each.title for each in ATTACKS]
    assert {line.count("|") - 3 for line in lines.values()} == {len(CONTROLS)}


def test_only_a_stolen_key_since_the_last_cosignature_goes_unnoticed():
    lines = rows_of(PAGE.read_text(encoding="utf-8"))
    silent = {title for title, line in lines.items() if set(line.split(" | ")[2:]) <= {NOTHING, f"{NOTHING} |"}}
    assert silent == {each.title for each in UNNOTICED}
    assert {each.depth for each in UNNOTICED} == {KEY}
