"""Receipts: every decision has one, whoever it is about may have it, and nobody can change a bit of it."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from service.audit.checkpoints import NoCheckpoint
from service.audit.receipts import check_receipt, make_receipt, parse_receipt
from service.audit.receipts.checking import ReceiptNotTrue
from service.audit.receipts.forms import MOST_ENTRIES, ReceiptMalformed
from service.audit.receipts.making import EntryTakenOut, EntryUnknown, entry_at, may_have
from service.audit.receipts.page import fact_told, page_of
from service.audit.receipts.telling import DECISIONS, NotADecision
from service.audit.redactions import redact
from service.audit.trust import LogNotTrusted, load_policy
from service.outward.audience import Audience
from tests.audit.private import OFFICER, PEOPLE, a_played_one, an_installation, trusting
from tests.examples import CHANGNING, LAB, PUDONG, SH_CODE, YUAN, voucher_of
from tests.service.clients import an_api, check_problem, frozen
from tests.service.console import Console
from tests.town import Town
from vouchers import wire
from vouchers.audit import Note
from vouchers.kinds import PROGRAMME, VOUCHER
from vouchers.refusals import Refused
from vouchers.replay import voucher_as_of
from vouchers.voucher.events import PLACES

VERIFY = Path(__file__).parents[2] / "service" / "audit" / "bundle" / "verify.py"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A played installation and its trust policy."""
    folder = tmp_path_factory.mktemp("played")
    with a_played_one(folder) as service:
        yield service, trusting(service, folder)


@pytest.fixture(scope="module")
def decided(played):
    """The decisions of the played year: the numbers of each kind."""
    found = {}
    for entry in played[0].ledger.entries():
        if entry.type in DECISIONS:
            found.setdefault(entry.type, []).append(entry.seq)
    return found


@pytest.fixture(scope="module")
def reservation(played, decided):
    """The receipt of an order's registration."""
    return make_receipt(played[0], decided["order.Registered"][0])


def test_every_decision_of_a_year_has_a_receipt_that_is_true(played, decided):
    service, trust = played
    assert len(decided) > 15
    for seqs in decided.values():
        for seq in (seqs[0], seqs[-1]):
            made = make_receipt(service, seq)
            confirmed = check_receipt(parse_receipt(made.content), trust)
            assert confirmed.checkpoint.size > seq
            assert made.entries[0].entry == service.ledger.rows(seq, seq + 1)[0].entry
            assert made.decision["kind"] == DECISIONS[made.decision["event"]].word


def test_a_reservation_tells_its_policy_clauses_facts_arithmetic_and_what_is_left(reservation, played):
    said = reservation.decision
    event = wire.decode("order.Registered", reservation.entries[0].entry).data
    assert said["policy"]["sha256"] == event.policy_digest
    assert (said["amount"], said["currency"]) == (event.subsidy, event.currency)
    assert said["clauses"]
    assert [line["text"] for line in said["reasoning"]] == [line.text for line in event.trace]
    assert said["facts"]["enterprise_facts"] == wire.parse(wire.canonical(dict(event.enterprise_facts)))
    [balance] = said["balances"]
    history = played[0].ledger.history(VOUCHER.stream(event.voucher_id))
    state = voucher_as_of(history, position=balance["after"] + 1)
    assert {place: balance[place] for place in PLACES} == {place: getattr(state, place) for place in PLACES}
    assert sum(balance[place] for place in PLACES) == state.face
    assert state.reserved >= event.subsidy


def test_a_denial_tells_every_reason_with_its_clause_and_what_would_help(played, decided):
    made = make_receipt(played[0], decided["entitlement.Denied"][0])
    assert made.decision["kind"] == "denial"
    assert all(line["text"] for line in made.decision["reasoning"])
    assert "balances" not in made.decision


def test_a_refusal_tells_the_policy_of_its_day_and_every_reason(played, decided):
    service, trust = played
    for seq in decided["refusal.Recorded"][:12]:
        made = make_receipt(service, seq)
        event = wire.decode("refusal.Recorded", made.entries[0].entry).data
        assert [line["text"] for line in made.decision["reasoning"]] == [why.text for why in event.reasons]
        state = service.ledger.state(PROGRAMME, event.programme)
        assert made.decision["policy"]["version"] in {policy.version for policy in state.policies}
        assert made.decision["policy"]["programme"] == event.programme
        check_receipt(parse_receipt(made.content), trust)


def test_an_approval_rests_on_the_claim_and_the_policy_of_the_order(played, decided):
    said = make_receipt(played[0], decided["order.RedemptionApproved"][0]).decision
    assert said["kind"] == "approval"
    assert said["amount"] > 0
    assert said["policy"]["version"]
    assert said["reasoning"]


def test_the_rulebook_comes_along_where_it_is_asked_for(played, decided):
    made = make_receipt(played[0], decided["order.Registered"][0], policy=True)
    adopted = [each for each in made.entries if b'"programme.PolicyAdopted"' in each.entry]
    assert len(adopted) == 1
    check_receipt(made, played[1])


def test_one_bit_of_a_receipt_changes_and_it_is_refused(reservation, played):
    content, dice = reservation.content, Random(7)
    places = {dice.randrange(len(content) * 8) for _ in range(700)} | {*range(len(content) * 8 - 64, len(content) * 8)}
    accepted = []
    for place in sorted(places):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        try:
            check_receipt(parse_receipt(bytes(changed)), played[1])
        except (Refused, wire.NotCanonical):
            continue
        accepted.append(place)
    # What follows the last bracket is no part of the receipt: a newline that became another blank.
    assert accepted == []


@pytest.mark.parametrize("name", ["amount", "kind", "balances", "effective_on", "policy", "sentence"])
def test_a_word_of_the_decision_that_its_entries_do_not_say_is_refused(reservation, played, name):
    document = reservation.document
    said = document["decision"][name]
    for other in ("something else", None):
        changed = {**document, "decision": {**document["decision"], name: other}}
        if other is None:
            del changed["decision"][name]
        assert said != other
        with pytest.raises(ReceiptNotTrue) as caught:
            check_receipt(parse_receipt(json.dumps(changed).encode()), played[1])
        assert caught.value.pointer == f"/decision/{name}"


def test_a_word_more_an_entry_less_and_another_decision_are_refused(reservation, played, decided):
    service, trust = played
    document = reservation.document
    other = make_receipt(service, decided["order.Registered"][1])
    more = {**document, "decision": {**document["decision"], "promise": "you get more next year"}}
    less = {**document, "entries": document["entries"][:1]}
    swapped = {**document, "entries": document["entries"][::-1]}
    foreign = {**document, "proof": other.document["proof"]}
    for changed in (more, less, swapped, foreign):
        with pytest.raises(ReceiptNotTrue):
            check_receipt(parse_receipt(json.dumps(changed).encode()), trust)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format":"vouchers-receipt/1"}',
        b"\xff",
        b"[" * 100_000,
        b'{"format":1,"format":1}',
        b"x" * 9_000_000,
    ],
)
def test_what_is_no_receipt_is_refused(content):
    with pytest.raises(ReceiptMalformed):
        parse_receipt(content)


def test_a_receipt_has_at_least_one_entry_and_not_too_many(reservation):
    document = reservation.document
    for entries in ([], document["entries"][:1] * (MOST_ENTRIES + 1)):
        with pytest.raises(ReceiptMalformed):
            parse_receipt(json.dumps({**document, "entries": entries}).encode())


def test_another_log_that_signs_the_same_is_not_trusted(reservation, played, tmp_path):
    with a_played_one(tmp_path, steps=5) as other, pytest.raises(LogNotTrusted):
        check_receipt(reservation, trusting(other, tmp_path))


def test_there_is_no_receipt_before_a_checkpoint_of_what_decides_nothing_and_of_what_is_not_there(tmp_path):
    with an_installation(tmp_path / "data") as service:
        granted = next(entry.seq for entry in service.ledger.entries() if entry.type == "entitlement.Granted")
        with pytest.raises(NoCheckpoint):
            make_receipt(service, granted)
        service.checkpoints.sign_if_grown()
        assert make_receipt(service, granted).decision["kind"] == "grant"
        facts = next(entry.seq for entry in service.ledger.entries() if entry.type == "enterprise.FactsRecorded")
        with pytest.raises(NotADecision):
            make_receipt(service, facts)
        for missing in (service.ledger.size(), 10**15):
            with pytest.raises(EntryUnknown):
                make_receipt(service, missing)


def test_the_checkpoint_with_most_cosigners_is_taken(tmp_path):
    with an_installation(tmp_path / "data") as service:
        granted = next(entry.seq for entry in service.ledger.entries() if entry.type == "entitlement.Granted")
        first = service.checkpoints.sign_if_grown()
        witness = first.note.signatures[0]._replace(name="office.example/w1", key_id=b"1234")
        service.checkpoints.add_cosignatures(Note(first.note.text, (witness,)))
        town = Town(service.ledger, on="2026-02-02", seed=service.seed)
        town.give_back(100 * YUAN)
        assert service.checkpoints.sign_if_grown().checkpoint.size > first.checkpoint.size
        assert make_receipt(service, granted).proof.checkpoint.size == first.checkpoint.size
        latest = service.ledger.size() - 1
        assert make_receipt(service, latest).proof.checkpoint.size == latest + 1


def test_a_redacted_decision_has_no_receipt(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = service.ledger.size()
        Town(service.ledger, on="2026-02-02", seed=service.seed).give_back(100 * YUAN)
        redact(service, seq, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", **PEOPLE)
        service.checkpoints.sign_if_grown()
        with pytest.raises(EntryTakenOut):
            make_receipt(service, seq)


def test_a_party_is_given_what_is_its_own_and_nothing_of_others(played, decided):
    service, trust = played
    seen = {"enterprise": 0, "provider": 0}
    readers = [Audience("enterprise", (PUDONG,)), Audience("enterprise", (CHANGNING,)), Audience("provider", (LAB,))]
    for seqs in decided.values():
        for seq in seqs[:3]:
            for reader in readers:
                try:
                    made = make_receipt(service, seq, reader)
                except EntryUnknown:
                    continue
                seen[reader.role] += 1
                check_receipt(made, trust)
                for each in made.entries:
                    entry = wire.decode(json.loads(each.entry)["type"], each.entry)
                    if entry.type == "programme.PolicyAdopted":  # A rulebook is everybody's.
                        continue
                    parties = service.feed.parties.of(entry.agg, entry.data).parties
                    assert f"{reader.role}:{reader.subjects[0]}" in parties, entry.type
                    if reader.role == "provider":
                        assert "enterprise_facts" not in wire.plain(entry.data)
                        assert not entry.agg.startswith("voucher/")
    assert min(seen.values()) > 5


def test_a_site_and_a_key_for_some_programmes_get_receipts_within_their_reach_only(played, decided):
    own = Audience("provider", (LAB,))
    theirs = [seq for seq in decided["order.RedemptionApproved"] if may_have(played[0], own, entry_at(played[0], seq))]
    seq = theirs[0]
    assert make_receipt(played[0], seq, own).decision["kind"] == "approval"
    for reader in (Audience("provider", (LAB,), "elsewhere"), Audience("provider", (LAB,), "", ("OTHER",))):
        with pytest.raises(EntryUnknown):
            make_receipt(played[0], seq, reader)


def test_over_http_each_party_gets_its_own_with_the_tree_that_it_holds_for(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        order_id = api.approved()
        api.service.checkpoints.sign_if_grown()
        events = {entry.type: entry.seq for entry in api.service.ledger.history(f"order/{order_id}")}
        registered, approved = events["order.Registered"], events["order.RedemptionApproved"]
        trust = trusting(api.service, tmp_path)
        for seq, who in [
            (registered, "enterprise"),
            (registered, "regulator"),
            (approved, "provider"),
            (approved, "officer"),
        ]:
            answer = api.get(f"/v1/audit/receipts/{seq}", who)
            assert answer.status_code == 200, answer.json
            confirmed = check_receipt(parse_receipt(answer.data), trust)
            assert answer.headers["Audit-Tree-Size"] == str(confirmed.checkpoint.size)
            assert answer.headers["Audit-Root"] == confirmed.checkpoint.text.split("\n")[2]
        others = [(registered, "provider"), (registered, "other-enterprise"), (approved, "other-provider")]
        for seq, who in [*others, (api.service.ledger.size(), "regulator")]:
            check_problem(api.get(f"/v1/audit/receipts/{seq}", who), 404, "entry-unknown")
            check_problem(api.get(f"/v1/audit/decisions/{seq}/explanation", who), 404, "entry-unknown")
        check_problem(api.get("/v1/audit/receipts/0", "regulator"), 404, "not-a-decision")
        for about, who in [(order_id, "enterprise"), (f"{order_id}-R1", "provider"), (voucher_of(), "enterprise")]:
            answer = api.get(f"/v1/audit/receipts?about={about}", who)
            assert answer.status_code == 200, answer.json
            check_receipt(parse_receipt(answer.data), trust)
        for about, who in [(order_id, "other-enterprise"), ("O-9", "enterprise"), (SH_CODE, "enterprise")]:
            check_problem(api.get(f"/v1/audit/receipts?about={about}", who), 404, "entry-unknown")


@pytest.fixture
def console(tmp_path):
    with an_installation(tmp_path / "vouchers-data") as service:
        town = Town(service.ledger, on="2026-02-02", seed=service.seed)
        town.paid()
        assert trusting(service, tmp_path).logs
    return Console(tmp_path)


@pytest.mark.parametrize(
    ("what", "kind"),
    [("O-1", "reservation"), ("O-1-R1", "approval"), (voucher_of(), "grant"), (PUDONG, "grant")],
)
def test_a_decision_is_named_as_people_name_it_and_checked_without_an_installation(console, what, kind):
    made = console.ask("audit", "receipt", "make", what, "-o", "mine.json")
    assert made["decision"]["kind"] == kind
    assert made["files"] == ["mine.json", "mine.tlog-proof", "mine.entry.json"]
    assert "True: entry" in console.tell("audit", "receipt", "check", "mine.json", "--trust", "trust.policy")
    assert console.refused("audit", "receipt", "make", what, "-o", "mine.json") == "receipt-in-place"


def test_a_receipt_is_read_as_a_page_that_needs_nothing_beside_itself(console):
    console.ask("audit", "receipt", "make", "O-1", "-o", "mine.json")
    for name in ("one.html", "two.html"):
        console.tell("audit", "receipt", "check", "mine.json", "--trust", "trust.policy", "--page", name)
    page = (console.folder / "one.html").read_text(encoding="utf-8")
    assert page == (console.folder / "two.html").read_text(encoding="utf-8")
    assert "reservation of 2026-02-02" in page
    assert "50 %" in page
    assert "9,000,000.00 CNY" in page
    assert hashlib.sha256((console.folder / "mine.json").read_bytes()).hexdigest() in page
    assert re.search(r"(?:src|href|url)\s*[=(]", page) is None
    again = ("audit", "receipt", "check", "mine.json", "--trust", "trust.policy", "--page", "one.html")
    assert console.refused(*again) == "receipt-in-place"


@pytest.mark.parametrize(
    ("name", "fact", "currency", "said"),
    [
        ("revenue", 900_000_000, "CNY", "9,000,000.00 CNY"),
        ("assets", 900_000_000, "JPY", "900,000,000 JPY"),
        ("budget_total", 100, "CNY", "1.00 CNY"),
        ("revenue", 900_000_000, "", "900,000,000 (minor units)"),
        ("staff", 20, "CNY", "20"),
        ("sound_finance", False, "CNY", "no"),
        ("lists", [], "CNY", "none"),
        ("lists", ["a", "b"], "CNY", "a, b"),
    ],
)
def test_a_fact_is_told_as_people_write_it(name, fact, currency, said):
    assert fact_told(name, fact, currency) == said


def test_every_kind_of_receipt_has_its_page(played, decided):
    for seqs in decided.values():
        made = make_receipt(played[0], seqs[0])
        page = page_of(made, check_receipt(made, played[1]))
        assert f"<title>{made.decision['kind']}: " in page


def test_the_program_of_the_bundle_checks_a_receipt_too_and_refuses_a_changed_one(console):
    console.ask("audit", "receipt", "make", "O-1", "-o", "mine.json")

    def verdict():
        typed = [sys.executable, "-I", str(VERIFY), "--receipt", "mine.tlog-proof", "--entry", "mine.entry.json"]
        return subprocess.run([*typed, "--trust", "trust.policy"], cwd=console.folder, capture_output=True, check=False)

    assert verdict().returncode == 0, verdict()
    entry = (console.folder / "mine.entry.json").read_bytes()
    (console.folder / "mine.entry.json").write_bytes(entry.replace(b'"TEST"', b'"BEST"'))
    assert verdict().returncode == 2


def test_a_receipt_whose_log_is_not_listed_is_refused(console):
    console.ask("audit", "receipt", "make", "O-1", "-o", "mine.json")
    (console.folder / "empty.policy").write_text("quorum none\n")
    assert load_policy(console.folder / "empty.policy").logs == ()
    assert console.refused("audit", "receipt", "check", "mine.json", "--trust", "empty.policy") == "log-not-trusted"
    assert console.refused("audit", "receipt", "make", "O-9") == "nothing-named"
