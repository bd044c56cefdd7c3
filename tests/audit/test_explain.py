"""The story of anything: who did what and why, between which outside times, and how it is proven."""

import json
from dataclasses import replace
from datetime import timedelta
from zipfile import ZipFile

import pytest
from freezegun import freeze_time

from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.explaining import decision_told, explain, explain_decision, grounds_of, standing
from service.audit.finding import NothingNamed, decision_of, history_of, streams_of
from service.audit.packed import grounds_in
from service.audit.receipts.making import EntryUnknown
from service.audit.receipts.telling import NotADecision
from service.audit.redactions import redact
from service.audit.replaying.sources import LogNotReadable, Opened, opened
from service.audit.signing import Signer
from service.audit.trust import load_policy
from service.outward.audience import Audience
from tests.audit.houses import OFFICER as HOUSE
from tests.audit.houses import house, watched
from tests.audit.private import OFFICER, PEOPLE, an_installation
from tests.audit.witnessing import Office, served
from tests.examples import CHANGNING, PUDONG, SH_CODE, YUAN, voucher_of
from tests.service.clients import an_api, frozen
from tests.service.console import Console
from tests.town import Town
from vouchers.audit import Note, Party, parse_checkpoint, parse_note

STORIES = ("anchor/log", "source/home-1", "source/home-5", "source/home-8")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """An installation in which an order was paid and a part of it demanded back."""
    with an_installation(tmp_path_factory.mktemp("told") / "data") as service:
        town = Town(service.ledger, on="2026-02-02", seed=service.seed)
        town.paid()
        town.claw_back(100 * YUAN)
        town.order("O-2")
        yield service


def test_the_story_of_an_order_is_told_in_the_order_of_the_log_with_every_reason(service):
    steps = explain(grounds_of(service), "O-1")
    numbers = [step.line.seq for step in steps]
    assert numbers == sorted(numbers)
    assert {"order/O-1", "review/O-1-R1"} >= {step.line.stream for step in steps}
    words = [step.decision for step in steps if step.decision]
    assert words[0] == "reservation"
    assert {"approval", "payment", "clawback"} <= set(words)
    assert steps[0].line.arithmetic
    assert steps[0].line.clause
    assert json.dumps([step.told for step in steps])


def test_the_story_of_a_claim_leaves_other_claims_and_orders_out(service):
    entries = history_of(Opened(service.ledger), "O-1-R1")
    assert {entry.agg for entry in entries} == {"order/O-1", "review/O-1-R1"}
    assert {getattr(entry.data, "redemption_id", "O-1-R1") for entry in entries} == {"O-1-R1"}


def test_a_firm_is_told_with_the_decisions_about_its_entitlements(service):
    assert f"entitlement/{SH_CODE}/2026/{PUDONG}" in streams_of(Opened(service.ledger), PUDONG)
    assert "grant" in [step.decision for step in explain(grounds_of(service), PUDONG)]


def test_a_stream_is_named_by_its_name(service):
    assert {entry.agg for entry in history_of(Opened(service.ledger), f"programme/{SH_CODE}")} == {
        f"programme/{SH_CODE}"
    }


@pytest.mark.parametrize("what", ["O-9", "V-0000-0000-0000-0", "91310000MA1FL0000B", "nothing", "order/none", "O-9-R1"])
def test_what_never_was_is_told_as_such(service, what):
    with pytest.raises(NothingNamed):
        explain(grounds_of(service), what)


def test_the_decision_that_a_name_means(service):
    events = {entry.seq: entry.type for entry in service.ledger.entries()}
    meant = {
        what: events[decision_of(Opened(service.ledger), what)]
        for what in ("O-1", "O-1-R1", voucher_of(), PUDONG, "17")
    }
    assert meant["O-1"] == "order.Registered"
    assert meant["O-1-R1"] == "order.RedemptionApproved"
    assert meant[voucher_of()] == meant[PUDONG] == "entitlement.Granted"
    assert meant["17"] == events[17]
    with pytest.raises(EntryUnknown):
        decision_of(Opened(service.ledger), f"programme/{SH_CODE}")


def test_one_decision_is_explained_to_whom_it_is_about_only(service):
    seq = decision_of(Opened(service.ledger), "O-1")
    mine = explain_decision(service, seq, Audience("enterprise", (PUDONG,)))
    assert mine["decision"]["kind"] == "reservation"
    assert mine["redacted"] == []
    for reader in (
        Audience("enterprise", (CHANGNING,)),
        Audience("provider", ("x",)),
        Audience("administrator", ("x",)),
    ):
        with pytest.raises(EntryUnknown):
            explain_decision(service, seq, reader)
    with pytest.raises(NotADecision):
        decision_told(grounds_of(service), 0)
    with pytest.raises(EntryUnknown):
        decision_told(grounds_of(service), service.ledger.size())


def test_a_step_tells_which_checkpoint_covers_it_first_and_who_cosigned(tmp_path):
    with an_installation(tmp_path / "data") as service:
        assert standing(service, 0).size == 0
        first = service.checkpoints.sign_if_grown()
        Town(service.ledger, on="2026-02-02", seed=service.seed).give_back(100 * YUAN)
        assert standing(service, service.ledger.size() - 1).size == 0
        service.checkpoints.sign_if_grown()
        assert standing(service, 0).size == first.checkpoint.size
        assert standing(service, 0).cosigners == ()
        witness = first.note.signatures[0]._replace(name="office.example/w1", key_id=b"1234")
        service.checkpoints.add_cosignatures(Note(first.note.text, (witness,)))
        assert standing(service, 0).cosigners == ("office.example/w1",)


def test_a_step_lies_between_two_times_of_outsiders_and_a_clock_that_went_wrong_is_told(tmp_path):
    office = Office(tmp_path)
    with served(office.app) as url, house(tmp_path / "home", office.address(url)) as home:
        keys = home.service.checkpoints.keys
        office.store.trust(keys.origin, keys.public[-1].vkey)
        office.witness._now = lambda: int(home.present.timestamp())
        home.grow()
        home.turn(now=True)
        home.wait(minutes=20)
        home.grow()
        home.ahead = timedelta(days=3)
        home.grow()
        home.ahead = timedelta()
        home.wait(minutes=20)
        home.turn(now=True)
        first, second, third = (
            step for number in (1, 2, 3) for step in explain(grounds_of(home.service), f"source/home-{number}")
        )
        assert (first.not_before, bool(first.not_after)) == ("", True)
        assert first.not_after < second.line.rec
        assert second.not_before < second.line.rec < second.not_after
        assert second.fault == first.fault == ""
        assert f"Entry {third.line.seq:,} says that it was recorded at 2026-03-05" in third.fault
        assert third.proof.cosigners
    office.store.close()


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A bundle of a house that an office witnesses, the trust file of both, and the stories as the house tells them."""
    folder = tmp_path_factory.mktemp("packed")
    with watched(folder) as (home, _):
        for turned in (True, True, False, True):
            home.wait(hours=20)
            home.grow(2)
            if turned:
                home.turn(now=True)
        with freeze_time(home.present):
            export_bundle(home.service, Wanted(folder / "b.zip", (), "task", "office"), HOUSE)
        own = [f"log {key.vkey}\n" for key in home.service.checkpoints.keys.public]
        witnesses = [f"witness w{at} {key}\n" for at, key in enumerate(home.witnesses[0].keys)]
        (folder / "trust.policy").write_text("".join([*own, *witnesses, "quorum none\n"]))
        grounds = grounds_of(home.service)
        yield folder, {what: explain(grounds, what) for what in STORIES}


def test_a_bundle_tells_the_same_story_with_the_same_times_to_who_has_the_trust_file(packed, tmp_path):
    folder, known = packed
    console = Console(tmp_path)
    typed = ("--log", str(folder / "b.zip"), "--trust", str(folder / "trust.policy"))
    for what in STORIES:
        steps = console.ask("audit", "explain", what, *typed)["steps"]
        # What came after the checkpoint of the bundle is not in it.
        assert len(known[what]) - len(steps) == (what == "anchor/log")
        for step, told in zip(known[what], steps, strict=False):
            assert (step.not_before, step.not_after) == (told["not_before"], told["not_after"])
            assert step.proof.cosigners == tuple(told["proof"]["cosigners"]) != ()
            assert step.proof.size == told["proof"]["size"]
        assert not (tmp_path / "vouchers-data").exists()


def test_a_bundle_without_a_trust_file_proves_nothing_and_says_so(packed, tmp_path):
    console = Console(tmp_path)
    found = console.ask("audit", "explain", "source/home-5", "--log", str(packed[0] / "b.zip"))["steps"][0]
    assert (found["not_before"], found["not_after"], found["proof"]["size"]) == ("", "", 0)
    process = console.run("audit", "explain", "source/home-5", "--log", str(packed[0] / "b.zip"))
    assert "name your trust file with --trust" in process.stderr
    assert "checkpoint" not in process.stdout
    assert console.run("audit", "explain", "source/home-5", "--trust", str(packed[0] / "trust.policy")).exit_code == 2


def test_a_note_of_a_bundle_that_another_log_signed_or_that_was_changed_proves_nothing(packed, tmp_path):
    folder = tmp_path / "bundle"
    with ZipFile(packed[0] / "b.zip") as archive:
        archive.extractall(folder)
    policy = load_policy(packed[0] / "trust.policy")
    with opened(str(folder)) as source:
        [before] = explain(grounds_in(str(folder), source, policy), "source/home-3")
        [note] = [
            path
            for path in (folder / "anchors").iterdir()
            if parse_checkpoint(parse_note(path.read_bytes()).text).size == 2
        ]
        note.write_bytes(note.read_bytes().replace(b"\n\n", b"\nmore\n\n", 1))
        [after] = explain(grounds_in(str(folder), source, policy), "source/home-3")
        assert (bool(before.not_before), after.not_before) == (True, "")
        foreign = replace(policy, logs=(Party(Signer.new(policy.logs[0].key.name).key),))
        [nothing] = explain(grounds_in(str(folder), source, foreign), "source/home-3")
        assert (nothing.proof.size, nothing.not_before, nothing.not_after) == (0, "", "")
        (folder / "checkpoints.jsonl").write_text("no note\n")
        with pytest.raises(LogNotReadable, match="A checkpoint of the bundle"):
            grounds_in(str(folder), source, policy)


def test_a_decision_of_which_a_text_was_taken_out_says_so(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = service.ledger.size()
        Town(service.ledger, on="2026-02-02", seed=service.seed).give_back(100 * YUAN)
        redact(service, seq, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", **PEOPLE)
        found = decision_told(grounds_of(service), seq)
        assert found["redacted"] == ["/data/reason"]
        assert found["decision"]["amount"] == 100 * YUAN


def test_over_http_an_explanation_has_the_tree_that_it_holds_for(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        seq = decision_of(Opened(api.service.ledger), api.registered())
        answer = api.get(f"/v1/audit/decisions/{seq}/explanation")
        assert answer.status_code == 200
        assert answer.json["decision"]["kind"] == "reservation"
        assert answer.json["proof"] == {"size": 0, "signed_at": "", "cosigners": []}
        assert answer.headers["Audit-Tree-Size"] == str(api.service.ledger.size())
        api.service.checkpoints.sign_if_grown()
        again = api.get(f"/v1/audit/decisions/{seq}/explanation", "regulator").json
        assert again["proof"]["size"] == api.service.ledger.size()


def test_a_clerk_reads_the_story_and_one_decision(tmp_path):
    with an_installation(tmp_path / "vouchers-data") as service:
        Town(service.ledger, on="2026-02-02", seed=service.seed).paid()
    console = Console(tmp_path)
    story = console.tell("audit", "explain", "O-1")
    assert "[reservation]" in story
    assert "no checkpoint covers it yet" in story
    assert len(console.tell("audit", "explain", "O-1", "--short")) < len(story)
    seq = console.ask("audit", "explain", "O-1")["steps"][0]["seq"]
    assert "no outsider has vouched for it yet" in console.tell("audit", "explain", str(seq))
    assert console.refused("audit", "explain", "O-9") == "nothing-named"
