"""Corrections: what a late fact or another rule takes back or gives, agreed to by two people, and old events stay."""

from dataclasses import replace

import pytest

from service.audit.replaying.sources import Opened
from service.audit.whatif import correcting
from service.audit.whatif.asking import played, read_log
from service.audit.whatif.changes import OtherFact, OtherValues, Put
from service.audit.whatif.correcting import proposals
from service.audit.whatif.late import late_facts
from tests.audit.whatif_worlds import two_orders
from tests.examples import DIGEST, PUDONG, SEED, SH_CODE, WUJIANG, YUAN, facts_of_firm, voucher_of
from tests.rulebooks import changed, with_table
from tests.service.correcting import claw_back
from tests.service.correcting import proposal as a_proposal
from tests.town import a_town
from vouchers import application as app
from vouchers.correction.decisions import (
    MOST_FINDINGS,
    ApproveCorrection,
    CorrectionBasisUnknown,
    CorrectionDecided,
    CorrectionEmpty,
    CorrectionExists,
    CorrectionNotIndependent,
    CorrectionTooLarge,
    CorrectionUnknown,
    RejectCorrection,
)
from vouchers.enterprise.decisions import CorrectFacts, RecordFacts
from vouchers.kinds import CORRECTION, DEBT, ENTITLEMENT
from vouchers.ledger.recorder import PAGE

FORTY = (Put("category.*.rate_bp", 4000),)
WHY = "the rate of 50 % was repealed on 1 March"


@pytest.fixture
def town():
    """Return a town with an order of February and one of April, each paid with 5,000 yuan."""
    with a_town() as town:
        yield two_orders(town)


def found_by(town, *changes, number="C-1", programme=SH_CODE):
    found, basis = played(read_log(Opened(town.ledger), SEED), changes)
    [command] = proposals(town.ledger, found, basis, changes, number, programme, WHY)
    return command


def propose(town, command, actor="officer:li"):
    return town.do(app.propose_correction, command, actor=actor)


def approve(town, actor, number="C-1"):
    return town.do(app.approve_correction, ApproveCorrection(number), actor=actor)


def reject(town, actor, number="C-1"):
    return town.do(app.reject_correction, RejectCorrection(number, "it was right"), actor=actor)


def carried_out(town, command):
    propose(town, command)
    approve(town, "finance:sun", command.correction_id)
    return approve(town, "finance:qian", command.correction_id)


def test_a_repealed_rate_is_taken_back_from_what_was_paid_under_it_and_from_nothing_else(town):
    command = found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    [finding] = command.findings
    assert (finding.measure, finding.order_id, finding.redemption_id) == ("claw_back", "O-april", "O-april-R1")
    assert (finding.amount, finding.stands) == (1_000 * YUAN, 5_000 * YUAN)
    assert {town.ledger.history(f"order/{finding.order_id}")[0].seq} <= set(finding.seqs)
    assert (command.basis, command.size, command.root) == ("policy", *_head(town))


def test_the_findings_are_carried_out_by_the_usual_commands_and_old_events_stay(town):
    before = [row.entry for row in town.ledger.rows(0, PAGE)]
    answer = carried_out(town, found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY)))
    assert (answer["status"], answer["carried_out"], answer["not_carried_out"]) == ("carried-out", 1, [])
    assert [row.entry for row in town.ledger.rows(0, len(before))] == before
    assert town.state("O-april").clawed_back == 1_000 * YUAN
    assert town.state("O-february").clawed_back == 0
    assert town.voucher().clawed_back == 1_000 * YUAN
    assert [each.principal for each in town.ledger.state(DEBT, "91310104MA1PE0016F").debts.values()] == [1_000 * YUAN]


def test_nothing_moves_until_two_people_beside_the_proposer_agree(town):
    propose(town, found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY)))
    for same in ("officer:li", "officer:Li", "finance:li"):
        with town.refused(CorrectionNotIndependent):
            approve(town, same)
    assert approve(town, "finance:sun")["status"] == "endorsed"
    with town.assert_quiet():
        approve(town, "finance:sun")
    with town.refused(CorrectionNotIndependent):
        approve(town, "officer:sun")
    assert town.state("O-april").clawed_back == 0
    assert approve(town, "finance:qian")["status"] == "carried-out"
    for late in (approve, reject):
        with town.refused(CorrectionDecided):
            late(town, "finance:zhao")


def test_a_correction_that_somebody_rejects_leaves_everything_as_it_is(town):
    propose(town, found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY)))
    approve(town, "finance:sun")
    with town.refused(CorrectionNotIndependent):
        reject(town, "officer:li")
    assert reject(town, "finance:qian")["status"] == "rejected"
    with town.assert_quiet():
        reject(town, "finance:qian")
    with town.refused(CorrectionDecided):
        approve(town, "finance:zhao")
    assert town.state("O-april").clawed_back == 0


def test_the_same_question_after_the_correction_finds_nothing_more(town):
    change = OtherValues(SH_CODE, "2026-03-01", FORTY)
    carried_out(town, found_by(town, change))
    assert found_by(town, change, number="C-2").findings == ()


def test_what_was_taken_back_meanwhile_is_not_taken_back_twice(town):
    propose(town, found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY)))
    town.claw_back(300 * YUAN, "O-april")
    approve(town, "finance:sun")
    answer = approve(town, "finance:qian")
    assert [(each["number"], each["code"]) for each in answer["not_carried_out"]] == [(1, "correction-overtaken")]
    assert town.state("O-april").clawed_back == 300 * YUAN


def test_a_finding_that_stands_no_longer_stops_no_other(town):
    stands = 5_000 * YUAN
    findings = [claw_back("O-april", YUAN, 7), claw_back("O-february", YUAN, stands), claw_back("O-none", YUAN, stands)]
    answer = carried_out(town, a_proposal("C-1", *findings))
    assert [each["number"] for each in answer["not_carried_out"]] == [1, 3]
    assert answer["carried_out"] == 1
    assert (town.state("O-april").clawed_back, town.state("O-february").clawed_back) == (0, YUAN)


def test_a_late_fact_takes_back_a_grant_and_all_that_was_paid_on_it(town):
    wrong = facts_of_firm(PUDONG, region="320584")
    town.do(app.correct_facts, CorrectFacts(PUDONG, "2025-12-31", "registry", DIGEST, wrong, "moved before"))
    seq = next(entry.seq for entry in town.ledger.entries() if entry.type == "enterprise.FactsCorrected")
    command = found_by(town, late_facts(Opened(town.ledger), seq))
    assert [(each.measure, each.amount) for each in command.findings] == [
        ("claw_back", 5_000 * YUAN),
        ("claw_back", 5_000 * YUAN),
        ("revoke", 290_000 * YUAN),
    ]
    assert command.basis == "facts"
    carried_out(town, command)
    assert (town.voucher().available, town.voucher().revoked) == (0, 290_000 * YUAN)
    assert town.voucher().clawed_back == 10_000 * YUAN


def test_a_late_fact_gives_a_firm_what_it_was_denied(town):
    town.record(WUJIANG)
    town.entitle(WUJIANG)
    town.go("2026-04-05")
    right = facts_of_firm(WUJIANG, region="310115")
    town.do(app.correct_facts, CorrectFacts(WUJIANG, "2025-12-31", "registry", DIGEST, right, "a slip"))
    command = found_by(town, late_facts(Opened(town.ledger), town.ledger.size() - 1))
    assert [(each.measure, each.enterprise_id, each.amount) for each in command.findings] == [
        ("grant", WUJIANG, 300_000 * YUAN)
    ]
    assert carried_out(town, command)["carried_out"] == 1
    assert town.ledger.state(ENTITLEMENT, f"{SH_CODE}/2026/{WUJIANG}").is_granted
    assert town.voucher(voucher_of(WUJIANG)).available == 300_000 * YUAN
    again = replace(command, correction_id="C-2")
    assert [each["code"] for each in carried_out(town, again)["not_carried_out"]] == ["correction-overtaken"]


def test_a_firm_that_is_not_entitled_today_is_granted_nothing_by_a_correction(town):
    town.record(WUJIANG)
    town.entitle(WUJIANG)
    command = found_by(town, OtherFact(WUJIANG, "region", "310115", "2025-12-01"))
    assert [each.measure for each in command.findings] == ["grant"]
    before = len(town.events(f"entitlement/{SH_CODE}/2026/{WUJIANG}"))
    assert [each["code"] for each in carried_out(town, command)["not_carried_out"]] == ["not-granted-today"]
    assert len(town.events(f"entitlement/{SH_CODE}/2026/{WUJIANG}")) == before


@pytest.mark.parametrize(("limit", "measure"), [(1_000, "write_off"), (999, "claw_back")])
def test_what_the_policy_lets_be_given_up_is_written_off_and_not_a_fen_more(limit, measure):
    with a_town() as town:
        town.do(app.adopt_policy, changed(with_table("recovery", write_off_up_to=limit * YUAN)))
        two_orders(town)
        command = found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
        assert [each.measure for each in command.findings] == [measure]
        carried_out(town, command)
        [debt] = town.ledger.state(DEBT, "91310104MA1PE0016F").debts.values()
        assert debt.status == ("written_off" if measure == "write_off" else "open")
        assert (debt.principal, debt.demanded.amount) == (0 if measure == "write_off" else 100_000, 100_000)


def test_a_write_off_above_the_policys_limit_is_not_carried_out(town):
    answer = carried_out(town, a_proposal("C-1", claw_back("O-april", YUAN, 5_000 * YUAN, measure="write_off")))
    assert [each["code"] for each in answer["not_carried_out"]] == ["write-off-too-large"]
    assert town.state("O-april").clawed_back == 0


def test_a_proposal_is_made_once_under_its_number(town):
    command = found_by(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    propose(town, command)
    with town.assert_quiet():
        propose(town, command)
    with town.refused(CorrectionExists):
        propose(town, replace(command, reason="another"))


def test_a_proposal_of_nothing_of_too_much_or_of_the_unheard_of_is_refused(town):
    one = claw_back("O-april", YUAN, 5_000 * YUAN)
    with town.refused(CorrectionEmpty):
        propose(town, a_proposal("C-1"))
    with town.refused(CorrectionTooLarge):
        propose(town, a_proposal("C-1", *[one] * (MOST_FINDINGS + 1)))
    with town.refused(CorrectionBasisUnknown):
        propose(town, replace(a_proposal("C-1", one), basis="whim"))
    with town.refused(CorrectionBasisUnknown):
        propose(town, a_proposal("C-1", replace(one, measure="fine")))
    with town.refused(CorrectionEmpty):
        found_by(town)


def test_what_is_too_much_for_one_correction_goes_on_under_the_next_number(town, monkeypatch):
    monkeypatch.setattr(correcting, "MOST_FINDINGS", 1)
    changes = [OtherFact(PUDONG, "region", "320584", "2025-12-01")]
    found, basis = played(read_log(Opened(town.ledger), SEED), changes)
    made = proposals(town.ledger, found, basis, changes, "C-1", SH_CODE, WHY)
    assert [each.correction_id for each in made] == ["C-1", "C-1-2", "C-1-3"]
    assert [len(each.findings) for each in made] == [1, 1, 1]


def test_a_correction_that_nobody_proposed_is_unknown(town):
    for decide in (approve, reject):
        with town.refused(CorrectionUnknown):
            decide(town, "finance:sun")


def test_the_largest_correction_is_proposed_and_carried_out_at_once(town):
    findings = [claw_back("O-april", 1, 5_000 * YUAN)] + [claw_back("O-april", 1, 1)] * (MOST_FINDINGS - 1)
    answer = carried_out(town, a_proposal("C-1", *findings))
    assert (answer["carried_out"], len(answer["not_carried_out"])) == (1, MOST_FINDINGS - 1)
    assert town.ledger.state(CORRECTION, "C-1").status == "carried-out"


def test_a_late_fact_that_changes_no_decision_leads_to_nothing(town):
    town.go("2026-04-05").do(
        app.record_facts, RecordFacts(PUDONG, "2026-04-04", "registry", DIGEST, facts_of_firm(PUDONG, staff=30))
    )
    assert found_by(town, late_facts(Opened(town.ledger), town.ledger.size() - 1)).findings == ()


def _head(town):
    size, root = town.ledger.tree.head()
    return size, root.hex()
