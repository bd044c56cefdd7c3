"""Every decision is decided again: what was recorded rightly comes out the same, and what was not is named."""

import random
from dataclasses import fields, replace

import pytest
from msgspec import structs

from tests.audit.replayed import Kept, coverage_page, entries_of_a_year, first, past_of, replayed, tampered
from tests.examples import CHANGNING, PUDONG, SH, WUJIANG, YUAN, revised
from tests.service.console import ROOT
from tests.town import a_town
from tests.treasury import a_treasury
from tests.vouchers.parts import approve, claim, file, pay
from vouchers import application as app
from vouchers import wire
from vouchers.budget import events as budget
from vouchers.cap import events as cap
from vouchers.entitlement import events as entitlement
from vouchers.order import events as order
from vouchers.programme import events as programme
from vouchers.redeciding import FACT, OUTCOME, POLICY, Past, judged_again, redecide, turns
from vouchers.redeciding.coverage import covered
from vouchers.redeciding.outcomes import CHECKS
from vouchers.review import events as review
from vouchers.settlement import events as settlement
from vouchers.voucher import events as voucher


@pytest.fixture(scope="module")
def year():
    return list(entries_of_a_year())


def findings(folder, entries, level=POLICY):
    return replayed(folder, entries, level).findings


@pytest.mark.parametrize("level", [OUTCOME, FACT, POLICY])
def test_a_year_that_was_recorded_rightly_comes_out_the_same(year, tmp_path, level):
    found = replayed(tmp_path, year, level)
    assert (found.findings, found.differing) == ([], 0)
    assert found.entries == len(year)
    assert found.agreeing > len(year) * (8 if level >= FACT else 1) // 10


def test_what_is_not_decided_again_is_what_the_table_says(year, tmp_path):
    found = replayed(tmp_path, year)
    told = {each.event: each for each in covered()}
    assert [event for event in found.stated if told[event].levels] == []
    assert all(told[event].levels for event in found.checked)


def test_every_event_of_the_log_is_decided_again_or_there_is_a_reason():
    assert [each.event for each in covered() if not each.how] == []
    assert {each.event for each in covered()} == set(wire.EVENTS)
    assert {wire.TOPICS[kind] for kind in CHECKS} <= {each.event for each in covered() if OUTCOME in each.levels}


def test_the_page_says_of_every_event_what_the_table_says():
    page = (ROOT / "docs" / "audit-replay.md").read_text(encoding="utf-8")
    assert coverage_page() in page, "Put the output of `python -m tests.audit.replayed` into the page."


# One wrong outcome for each kind of decision that its own record decides: which event, and what is changed in it.
WRONG_OUTCOMES = [
    (entitlement.Granted, lambda e: {"vouchers": (replace(e.vouchers[0], face=e.vouchers[0].face + 1),)}, "vouchers"),
    (entitlement.Granted, lambda e: {"rules": e.rules[:-1]}, "rules"),
    (entitlement.Denied, lambda e: {"reasons": (replace(e.reasons[0], text="No."), *e.reasons[1:])}, "reasons"),
    (entitlement.Denied, lambda _: {"reasons": ()}, "reasons"),
    (order.Registered, lambda e: {"subsidy": e.subsidy + 1}, "subsidy"),
    (order.Registered, lambda e: {"base": e.base - 1}, "base"),
    (order.Registered, lambda _: {"own_share": 0}, "own_share"),
    (order.Registered, lambda _: {"evidence": ()}, "evidence"),
    (
        order.Registered,
        lambda e: {"trace": (e.trace[0], replace(e.trace[1], text="half"), *e.trace[2:])},
        "trace line 2",
    ),
    (order.Registered, lambda e: {"trace": e.trace[1:]}, "trace"),
    (order.Registered, lambda _: {"starts_on": "2020-01-01", "contract_on": "2020-01-01"}, "refused"),
    (order.Changed, lambda e: {"subsidy": e.subsidy - 1}, "subsidy"),
    (order.RedemptionRequested, lambda e: {"amount": e.amount - 1}, "amount"),
    (order.RedemptionRequested, lambda e: {"amount": e.amount + 1}, "amount"),
    (review.Spared, lambda e: {"draw_bp": e.sample_bp - 1}, "decision"),
    (review.Spared, lambda e: {"sample_bp": e.sample_bp - 1}, "sample_bp"),
    (review.Assigned, lambda e: {"sample_bp": e.sample_bp + 1}, "sample_bp"),
    (review.RecheckSpared, lambda e: {"draw_bp": e.sample_bp - 1}, "decision"),
    (review.RecheckDrawn, lambda e: {"draw_bp": e.sample_bp}, "decision"),
    (order.OverpaymentFound, lambda e: {"amount": e.amount + 1}, "amount"),
]


@pytest.mark.parametrize(("kind", "change", "what"), WRONG_OUTCOMES)
def test_a_wrong_outcome_is_found_from_its_own_record(year, tmp_path, kind, change, what):
    entry = first(year, kind, lambda event: kind is not review.Spared or event.sample_bp > 1)
    found = findings(tmp_path, tampered(year, entry.seq, **change(entry.data)), OUTCOME)
    assert next((each.seq, each.level, each.what) for each in found if each.seq == entry.seq) == (
        entry.seq,
        OUTCOME,
        what,
    )
    assert all(each.seq >= entry.seq for each in found)


def bumped(facts):
    """Facts of which one whole number is one higher."""
    name = next(name for name, value in sorted(facts.items()) if type(value) is int)
    return {**facts, name: facts[name] + 1}


# One wrong fact for each place where facts are recorded: which event, what is changed, and where the finding says so.
WRONG_FACTS = [
    (entitlement.Granted, lambda e: {"facts": {**e.facts, "note": "x"}}, "facts.note"),
    (entitlement.Granted, lambda _: {"facts_digest": "0" * 64}, "facts_digest"),
    (entitlement.Denied, lambda e: {"facts": {**e.facts, "note": "x"}}, "facts.note"),
    (order.Registered, lambda e: {"enterprise_facts": bumped(e.enterprise_facts)}, "enterprise_facts."),
    (order.Registered, lambda e: {"provider_facts": {**e.provider_facts, "note": "x"}}, "provider_facts.note"),
    (order.Registered, lambda e: {"attributes": {**e.attributes, "budget_total": 1}}, "attributes.budget_total"),
    (order.Registered, lambda _: {"tier": "A"}, "tier"),
    (cap.Counted, lambda e: {"total": e.total + 1}, "total"),
    (budget.Committed, lambda e: {"committed": e.committed + 1}, "committed"),
    (voucher.Reserved, lambda e: {"amount": e.amount + 1}, "amount"),
    (voucher.Expired, lambda e: {"amount": e.amount - 1}, "amount"),
    (voucher.Issued, lambda _: {"use_by_on": "2027-12-31"}, "use_by_on"),
    (settlement.LineAdded, lambda e: {"amount": e.amount - 1}, "amount"),
    (settlement.LineAdded, lambda _: {"account_ref": "acct:mine"}, "account_ref"),
    (settlement.Instructed, lambda _: {"account_ref": "acct:mine"}, "account_ref"),
    (order.RedemptionRequested, lambda e: {"evidence": {**e.evidence, "contract": "0" * 64}}, "evidence.contract"),
]


@pytest.mark.parametrize(("kind", "change", "what"), WRONG_FACTS)
def test_a_wrong_fact_is_found_on_the_log_before_it_though_its_own_record_agrees(year, tmp_path, kind, change, what):
    entry = first(year, kind, lambda event: getattr(event, "tier", "B") != "A")
    wrong = tampered(year, entry.seq, **change(entry.data))
    found = findings(tmp_path, wrong, FACT)
    assert [(each.level, each.what.startswith(what)) for each in found if each.seq == entry.seq] == [(FACT, True)]
    assert all(each.seq >= entry.seq for each in found)


def test_what_is_taken_out_of_a_decision_is_missed_on_the_log_before_it(year, tmp_path):
    gone = first(year, budget.Committed)
    found = findings(tmp_path, [moved_up(each, gone.seq) for each in year if each is not gone], FACT)
    missed = next(each for each in found if each.what == "turn")
    assert missed.expected == f"budget.Committed of {gone.agg}"


def test_what_is_put_into_a_decision_is_not_expected_there(year, tmp_path):
    paid = first(year, voucher.Paid)
    again = replace(paid.data, amount=1)
    more = structs.replace(paid, seq=paid.seq + 1, data=again, ver=paid.ver + 1)
    behind = [moved(each, 1, paid.seq) for each in year[paid.seq + 1 :]]
    found = findings(tmp_path, [*year[: paid.seq + 1], more, *behind], FACT)
    assert found[0].seq == more.seq
    assert found[0].sentence.endswith("entry is voucher.Paid, and from the log before it it is nothing.")


def moved_up(entry, gone):
    """An entry behind one that was taken out, numbered anew."""
    return moved(entry, -1, gone)


def moved(entry, by, after):
    """An entry with its number and its cause moved, where they lie behind another."""
    cause = entry.cause if entry.cause is None or entry.cause <= after else entry.cause + by
    return structs.replace(entry, seq=entry.seq + by * (entry.seq > after), cause=cause)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"eff": "2026-01-01"}, "eff"),
        ({"actor": "officer:nobody"}, "actor"),
        ({"auth": {"role": "officer", "session": "x"}}, "auth"),
        ({"cause": 1}, "cause"),
    ],
)
def test_an_entry_that_says_otherwise_than_its_decision_who_when_and_why_is_found(year, tmp_path, change, what):
    reserved = first(year, voucher.Reserved)
    wrong = [structs.replace(each, **change) if each is reserved else each for each in year]
    found = findings(tmp_path, wrong, FACT)
    assert [(each.seq, each.what) for each in found if each.seq == reserved.seq] == [(reserved.seq, what)]


def test_a_decision_that_the_log_before_it_refuses_is_found(year, tmp_path):
    """A batch that pays an order twice."""
    taken = first(year, order.Settling)
    claimed = next(
        entry for entry in year if entry.agg == taken.agg and isinstance(entry.data, order.RedemptionApproved)
    )
    without = [moved_up(each, claimed.seq) for each in year if each is not claimed]
    found = [each for each in findings(tmp_path, without, FACT) if each.what == "refused"]
    assert found
    assert "would be refused from the log before it" in found[0].sentence


# What an event may say wrongly of its policy.
@pytest.mark.parametrize("kind", [entitlement.Granted, entitlement.Denied, order.Registered])
def test_a_policy_that_nobody_adopted_is_found(year, tmp_path, kind):
    entry = first(year, kind)
    found = findings(tmp_path, tampered(year, entry.seq, policy_digest="0" * 64))
    assert [(each.seq, each.level, each.what) for each in found] == [(entry.seq, POLICY, "policy")]


def test_a_policy_that_was_not_in_force_is_found(tmp_path):
    with a_town() as town:
        town.record(CHANGNING)
        town.entitle(PUDONG)
        town.do(app.adopt_policy, revised(SH, "2026"))
        town.entitle(CHANGNING)
        entries = list(town.ledger.entries())
    old, new = (entry.data for entry in entries if isinstance(entry.data, programme.PolicyAdopted))
    assert findings(tmp_path, entries) == []
    granted = [entry for entry in entries if isinstance(entry.data, entitlement.Granted)][-1]
    assert granted.data.policy_digest == new.digest
    wrong = tampered(entries, granted.seq, policy_version=old.version, policy_digest=old.digest)
    found = findings(tmp_path, wrong)
    assert [(each.seq, each.level) for each in found] == [(granted.seq, POLICY)]
    assert found[0].expected.startswith(new.version)
    assert findings(tmp_path, wrong, FACT) == []


def test_a_document_that_was_exchanged_under_its_digest_is_found(year, tmp_path):
    adopted = first(year, programme.PolicyAdopted)
    document = adopted.data.document.replace("Team", "Crew")
    assert document != adopted.data.document
    found = findings(tmp_path, tampered(year, adopted.seq, document=document))
    assert (found[0].seq, found[0].level, found[0].what) == (adopted.seq, POLICY, "digest")


def test_everything_that_was_planted_at_once_is_found_and_nothing_before_the_first_of_it(year, tmp_path):
    wrong, planted = year, set()
    for kind, change, _ in (*WRONG_OUTCOMES, *WRONG_FACTS):
        entry = next(
            each
            for each in year
            if isinstance(each.data, kind)
            and each.seq not in planted
            and getattr(each.data, "tier", "B") != "A"
            and (kind is not review.Spared or each.data.sample_bp > 1)
        )
        wrong = tampered(wrong, entry.seq, **change(entry.data))
        planted.add(entry.seq)
    found = {each.seq for each in findings(tmp_path, wrong)}
    assert planted <= found
    assert min(found) == min(planted)


def test_the_town_of_the_tests_comes_out_the_same(tmp_path):
    with a_town() as town:
        town.record(CHANGNING)
        town.record(WUJIANG)
        town.entitle(PUDONG, CHANGNING, WUJIANG)
        town.paid("O-1")
        town.claw_back(1_000 * YUAN)
        town.order("O-2")
        town.cancel("O-2")
        town.claimed("O-3")
        town.do(app.adopt_policy, revised(SH, "2026"))
        town.order("O-4", key="once")
        entries = list(town.ledger.entries())
    assert replayed(tmp_path, entries).findings == []


def test_a_breach_of_an_order_that_was_paid_in_parts_comes_out_the_same(tmp_path):
    with a_treasury() as town:
        town.order()
        for number, gross, settlement in (("A", 4_001, "S-1"), ("B", 5_000, "S-2")):
            town.deliver()
            file(town, f"dfp:2631000000000000090{ord(number) - 64}", gross * YUAN)
            claim(town, more=number == "A")
            approve(town, f"O-1-R{ord(number) - 64}")
            pay(town, settlement)
        town.breach(enterprise_bp=3_333)
        entries = list(town.ledger.entries())
    assert replayed(tmp_path, entries).findings == []


def test_a_turn_whose_text_was_taken_out_is_told_apart(year):
    cancelled = first(year, order.Cancelled)
    past = past_of(year[: cancelled.seq])
    (turn,) = turns([entry for entry in year if cancelled.seq in (entry.seq, entry.cause)])
    left = turn._replace(entries=(structs.replace(turn.first, redacted="x" * 44), *turn.entries[1:]))
    assert {each.levels for each in judged_again(left, past)} == {()}


def test_a_past_that_remembers_little_comes_to_the_same(year):
    """What is forgotten is read again, so that memory does not grow with the log."""
    past = Past(Kept(year), remembered=40)
    judged = [each for _, turn in redecide(year, past) for each in turn]
    assert not any(each.gaps for each in judged)
    assert sum(bool(each.levels) for each in judged) > len(year) * 8 // 10


def mangled(value, chance):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 10**9))
    if isinstance(value, str):
        return chance.choice(("", "x", "9999-12-31", f"{value}0"))
    if isinstance(value, tuple):
        return value[1:] if value else value
    return {} if isinstance(value, dict) else value


def test_a_log_that_was_mangled_anywhere_is_replayed_to_its_end(year):
    """Whatever a forger writes, the replay ends; all but what people state is found where it was written."""
    chance = random.Random(4711)
    told = {each.event: each for each in covered()}
    decided = [entry for entry in year[100:2_000] if told[entry.type].levels]
    begins = [entry.seq for entry in year if entry.cause is None]
    found = 0
    for _ in range(100):
        entry = chance.choice(decided)
        name = chance.choice([*(field.name for field in fields(entry.data)), "agg", "ver", "eff"])
        if name in ("agg", "ver", "eff"):
            other = structs.replace(entry, **{name: {"agg": "nothing/1", "ver": 99, "eff": "2031-01-01"}[name]})
        else:
            value = mangled(getattr(entry.data, name), chance)
            other = structs.replace(entry, data=replace(entry.data, **{name: value}))
        start = max(seq for seq in begins if seq <= entry.seq)
        around = [other if each is entry else each for each in year[start : entry.seq + 50]]
        judged = [each for _, turn in redecide(around, past_of(year[:start])) for each in turn]
        assert len(judged) == len(around)
        found += any(each.gaps for each in judged)
    assert found > 80
