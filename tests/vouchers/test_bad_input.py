"""Whatever a field of a command holds, the answer is a refusal that a clerk understands, and the log is unchanged."""

from dataclasses import fields, is_dataclass, replace
from functools import partial
from inspect import get_annotations, isfunction, signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import (
    CONTRACT,
    DIGEST,
    JIANGSU_LAB,
    LAB,
    PROOF,
    PUDONG,
    REPORT,
    WUJIANG,
    adoption,
    an_order,
    facts_of_firm,
    voucher_of,
)
from vouchers import application as app
from vouchers import texts, wire
from vouchers.account.decisions import ApproveAccount, DeclineAccount, ProposeAccount
from vouchers.admission.decisions import (
    DismissObjection,
    JoinAfterNotice,
    ObjectToAdmission,
    SelfEvaluate,
    UpholdObjection,
    Verify,
    WithdrawApplication,
)
from vouchers.aid.decisions import DeclareAid, WithdrawAid
from vouchers.application.checking import CHECKS
from vouchers.application.debts import (
    AgreeInstalments,
    ApproveWriteOff,
    CheckInstalments,
    ProposeWriteOff,
    ReceiveRepayment,
)
from vouchers.application.entitling import Entitle, ImportFacts
from vouchers.application.ordering import LapseOrder
from vouchers.application.pledging import PledgeVoucher, WithdrawPledge
from vouchers.application.providing import AccreditForTerm, VoidOrders
from vouchers.application.reassessing import Reassess
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.regrouping import RecheckGroup
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.rounds import CloseRound, LeaveRound, ServeQueue
from vouchers.application.sampling import CommitSeed, DrawRechecks, Recheck, RevealSeed
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
    ReturnPayment,
    WithdrawSettlement,
)
from vouchers.application.signalling import LiftHold, RaiseSignal, RecheckTies
from vouchers.application.supervising import MoveTier, RepairCredit, RewardClean
from vouchers.application.vouchering import CarryOver, ExpireVoucher, Extend, RestoreValue, ReturnValue, Revoke
from vouchers.budget.decisions import Appropriate, BlockPool, CutBudget, ReopenPool, TransferBudget
from vouchers.catalogue.decisions import ChangeFee, PublishProduct, WithdrawProduct
from vouchers.clearing.decisions import ApproveClearing, CloseClearing, TakeFlows, WithdrawClearing
from vouchers.conduct.decisions import Appeal, DecideAppeal, LiftSanction, Sanction
from vouchers.days import DayMalformed, DayOutOfRange, DayUnknown, InstantMalformed
from vouchers.debt.events import Instalment
from vouchers.demand.decisions import AcceptOffer, MakeOffer, PostDemand, WithdrawDemand, WithdrawOffer
from vouchers.enterprise.decisions import ChangeCreditTier, CloseOverCap, CorrectFacts, RecordFacts, RecordSuccession
from vouchers.entitlement.decisions import ClearFindings
from vouchers.ledger import Meta
from vouchers.link.decisions import EndLink, RecordLink
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import (
    AcceptDelivery,
    CancelOrder,
    ClawBack,
    FileInvoice,
    RegisterOrder,
    RequestRedemption,
    ReverseRedemption,
)
from vouchers.order.own_shares import ProveOwnShare, ReportRefund
from vouchers.order.subcontracting import ReportSubcontracting
from vouchers.programme.decisions import Announce, CloseProgramme
from vouchers.provider.decisions import (
    Accredit,
    Admit,
    Reinstate,
    Remove,
    RenewAccreditation,
    Suspend,
    WithdrawAccreditation,
)
from vouchers.provider.sites import AddSite, CloseSite
from vouchers.rating.decisions import RateProvider
from vouchers.refusals import Cause, EntryTooLarge, Ineligible, Malformed, Refused
from vouchers.round.decisions import OpenRound
from vouchers.source.decisions import AllowCode, BarCode, EndOutage, ReportOutage
from vouchers.support.decisions import DecideSupport, PaySupport, StateIncome

DAY, WHY, NUMBER = "2026-02-02", "a reason", "dfp:26310000000000000001"
RECORD = RecordFacts(PUDONG, DAY, "registry", DIGEST, facts_of_firm(staff=8))
COMMANDS = {
    app.announce: Announce("NEW", "New vouchers", "Commission", "CNY", DIGEST),
    app.adopt_policy: adoption(),
    app.appropriate: Appropriate("SH-STIV", "2026", "TEST", 1, "act"),
    app.cut_budget: CutBudget("SH-STIV", "2026", "TEST", 1, "act"),
    app.close_programme: CloseProgramme("SH-STIV", DAY, WHY),
    app.record_facts: RECORD,
    app.import_facts: ImportFacts((RECORD,), ("SH-STIV",)),
    app.change_credit_tier: ChangeCreditTier(PUDONG, "A", WHY),
    app.entitle: Entitle("SH-STIV", (PUDONG,)),
    app.admit: Admit(LAB, "Lab", "register", DIGEST, {"kind": "lab"}, "account:2"),
    app.accredit: Accredit(LAB, "RND", DAY, DAY),
    app.suspend: Suspend(LAB, DAY, "finish", WHY),
    app.reinstate: Reinstate(LAB, DAY, WHY),
    app.register_order: an_order(),
    app.preview_order: an_order(),
    app.accept_delivery: AcceptDelivery("O-1", DAY, REPORT),
    app.file_invoice: FileInvoice("O-1", NUMBER, DAY, 100, 94),
    app.request_redemption: RequestRedemption("O-1", {"test_report": PROOF}),
    app.approve_review: ApproveReview("O-1", "note"),
    app.reject_review: RejectReview("O-1", WHY),
    app.reverse_redemption: ReverseRedemption("O-1", WHY),
    app.cancel_order: CancelOrder("O-1", WHY),
    app.lapse_order: LapseOrder("O-1"),
    app.preview_settlement: ProposeSettlement("S-1", "SH-STIV", ("O-1",)),
    app.propose_settlement: ProposeSettlement("S-1", "SH-STIV", ("O-1",)),
    app.approve_settlement: ApproveSettlement("S-1"),
    app.confirm_payment: ConfirmPayment("S-1", "O-1", "bank-1", DAY, "O-1-R1-P1"),
    app.fail_payment: FailPayment("S-1", "O-1", WHY, "O-1-R1-P1"),
    app.reinstruct_payment: ReinstructPayment("S-1", "O-1"),
    app.withdraw_settlement: WithdrawSettlement("S-1", "nobody approves it"),
    app.change_order: ChangeOrder("O-1", 100, 94, DAY, CONTRACT, WHY),
    app.prove_own_share: ProveOwnShare("O-1", 1, DAY, DIGEST),
    app.report_refund: ReportRefund("O-1", 1, DAY, DIGEST),
    app.reverse_invoice: ReverseInvoice(NUMBER, "dfp:26310000000000000009", 1, 1, DAY, "O-1"),
    app.claw_back: ClawBack("O-1", 1, WHY),
    app.expire_voucher: ExpireVoucher(voucher_of()),
    app.return_value: ReturnValue(voucher_of(), 1, WHY),
    app.revoke_voucher: Revoke(voucher_of(), WHY),
    app.state_income: StateIncome("SH-PLATFORM", LAB, "2026", 1, 2, 9_000, DIGEST),
    app.decide_support: DecideSupport("SH-PLATFORM", LAB, "2026"),
    app.pay_support: PaySupport("SH-PLATFORM", LAB, "2026", DAY, "bank-1"),
    app.extend_voucher: Extend(voucher_of(), DAY, DAY, WHY),
    app.carry_over_voucher: CarryOver(voucher_of()),
    app.restore_value: RestoreValue(voucher_of(), 1, WHY),
    app.pledge_voucher: PledgeVoucher(voucher_of(), "O-1", WUJIANG, 1, DAY),
    app.withdraw_pledge: WithdrawPledge(voucher_of(), "O-1", WHY),
    app.record_link: RecordLink(PUDONG, LAB, "family", 10_000, DAY, DAY, WHY, DIGEST),
    app.end_link: EndLink(PUDONG, LAB, "family", DAY, WHY),
    app.sanction: Sanction(PUDONG, "warned", DAY, DAY, "finish", WHY, "27", True),
    app.lift_sanction: LiftSanction(PUDONG, 1, DAY, WHY),
    app.appeal: Appeal(PUDONG, 1, WHY),
    app.decide_appeal: DecideAppeal(PUDONG, 1, True, WHY),
    app.move_tier: MoveTier(PUDONG, "A", WHY, "27"),
    app.repair_credit: RepairCredit(PUDONG, "SH-STIV"),
    app.reward_clean: RewardClean(PUDONG, "SH-STIV", ("O-1",)),
    app.commit_seed: CommitSeed("SH-STIV", DAY),
    app.reveal_seed: RevealSeed("SH-STIV", "2026"),
    app.draw_rechecks: DrawRechecks("SH-STIV", DAY, ("O-1",)),
    app.recheck: Recheck("O-1", "in-order", "note", "O-1-R1"),
    app.recheck_ties: RecheckTies("O-1"),
    app.raise_signal: RaiseSignal("O-1", "burst", WHY, "O-1-R1"),
    app.lift_hold: LiftHold("O-1", WHY, "O-1-R1"),
    app.transfer_budget: TransferBudget("SH-STIV", "2026", "TEST", "RND", 1, "act", "officer:wu"),
    app.block_pool: BlockPool("SH-STIV", "2026", "TEST", 1, WHY),
    app.reopen_pool: ReopenPool("SH-STIV", "2026", "TEST", WHY),
    app.open_round: OpenRound("SH-STIV", "2026", "TEST", DAY),
    app.join_round: an_order(),
    app.leave_round: LeaveRound("SH-STIV", "2026", "TEST", "O-1", WHY),
    app.close_round: CloseRound("SH-STIV", "2026", "TEST"),
    app.serve_queue: ServeQueue("SH-STIV", "2026", "TEST"),
    app.return_payment: ReturnPayment("S-1", "O-1", WHY, DAY, "O-1-R1-P1"),
    app.claw_back_breach: ClawBackBreach("O-1", WHY, 5_000),
    app.receive_repayment: ReceiveRepayment(LAB, "O-1-R1-C1", 1, DAY, "bank-2"),
    app.agree_instalments: AgreeInstalments(LAB, "O-1-R1-C1", (Instalment(DAY, 1),), WHY),
    app.check_instalments: CheckInstalments(LAB, "O-1-R1-C1"),
    app.propose_write_off: ProposeWriteOff(LAB, "O-1-R1-C1", WHY, "[D]"),
    app.approve_write_off: ApproveWriteOff(LAB, "O-1-R1-C1"),
    app.declare_aid: DeclareAid(PUDONG, "EU-DE-MINIMIS", "A-1", "a measure", DAY, 1, "declaration", DIGEST),
    app.withdraw_aid: WithdrawAid(PUDONG, "EU-DE-MINIMIS", "A-1", WHY),
    app.take_flows: TakeFlows("YRD-STIV", "2026-01", ("O-1",)),
    app.close_clearing: CloseClearing("YRD-STIV", "2026-01"),
    app.approve_clearing: ApproveClearing("YRD-STIV", "2026-01"),
    app.withdraw_clearing: WithdrawClearing("YRD-STIV", "2026-01", WHY),
    app.propose_account: ProposeAccount(LAB, "account:2", LAB, "", ""),
    app.approve_account: ApproveAccount(LAB, "account:2", ""),
    app.decline_account: DeclineAccount(LAB, "account:2", WHY, ""),
    app.self_evaluate: SelfEvaluate(JIANGSU_LAB, "SH-STIV", "Lab", DIGEST, {"kind": "lab"}, "account:3"),
    app.verify_provider: Verify(JIANGSU_LAB, "register", DIGEST, {"kind": "lab"}),
    app.object_to_admission: ObjectToAdmission(JIANGSU_LAB, WHY),
    app.uphold_objection: UpholdObjection(JIANGSU_LAB, 1, WHY),
    app.dismiss_objection: DismissObjection(JIANGSU_LAB, 1, WHY),
    app.join_after_notice: JoinAfterNotice(JIANGSU_LAB),
    app.withdraw_application: WithdrawApplication(JIANGSU_LAB, WHY),
    app.accredit_for_term: AccreditForTerm(LAB, "SH-STIV", "RND", DAY),
    app.renew_accreditation: RenewAccreditation(LAB, "SH-STIV", "TEST"),
    app.withdraw_accreditation: WithdrawAccreditation(LAB, "TEST", DAY, WHY),
    app.add_site: AddSite(LAB, "north", "North site", "310113", "access:1"),
    app.close_site: CloseSite(LAB, "north", DAY, WHY),
    app.remove_provider: Remove(LAB, DAY, "void", WHY, DAY),
    app.void_orders: VoidOrders(LAB, ("O-1",)),
    app.publish_product: PublishProduct(LAB, "P-1", "TEST", "a test", "GB 1", 1, "case", "CNY", ""),
    app.change_fee: ChangeFee(LAB, "P-1", 2, DAY),
    app.withdraw_product: WithdrawProduct(LAB, "P-1", DAY, WHY),
    app.post_demand: PostDemand("D-1", PUDONG, "TEST", "a test", DIGEST, 100, "CNY", DAY),
    app.make_offer: MakeOffer("D-1", "A-1", LAB, 100, DAY, DAY, "P-1"),
    app.withdraw_offer: WithdrawOffer("D-1", "A-1", LAB),
    app.accept_offer: AcceptOffer("D-1", "A-1", PUDONG),
    app.withdraw_demand: WithdrawDemand("D-1", PUDONG, WHY),
    app.correct_facts: CorrectFacts(PUDONG, "2025-12-31", "registry", DIGEST, facts_of_firm(staff=8), WHY),
    app.record_succession: RecordSuccession(PUDONG, WUJIANG, "merger", DAY, PROOF, WHY, ("SH-STIV",)),
    app.reassess_enterprise: Reassess(PUDONG, "SH-STIV"),
    app.clear_findings: ClearFindings("SH-STIV", "2026", PUDONG, WHY),
    app.recheck_group: RecheckGroup(PUDONG, ("O-1",)),
    app.close_over_cap: CloseOverCap(PUDONG, "cap/group/SH-STIV:c1/2026", WHY),
    app.report_outage: ReportOutage("registry", DAY, WHY),
    app.end_outage: EndOutage("registry", DAY, WHY),
    app.allow_code: AllowCode("91350100M0001TGQXM", WHY, PROOF),
    app.bar_code: BarCode("91350100M0001TGQXM", WHY),
    app.rate_provider: RateProvider("O-1", PUDONG, 5),
    app.report_subcontracting: ReportSubcontracting("O-1", 2_500),
}
POISONS = {
    "half a character": "\ud800",
    "a zero byte": "a\x00b",
    "ten megabytes": "x" * 10_000_000,
    "not a number": float("nan"),
    "a broken number": 1.5,
    "below zero": -1,
    "beyond exact": 2**53,
    "bytes": b"bytes",
    "a list": ["a"],
    "a broken table": {"\ud800": "1"},
    "an object": object(),
    "ten thousand and one": ("a",) * 10_001,
}
FIELDS = [
    pytest.param(use_case, field.name, id=f"{use_case.__name__}.{field.name}")
    for use_case, command in COMMANDS.items()
    for field in fields(command)
]


def _seeded(use_case):
    return partial(use_case, seed=b"s") if "seed" in signature(use_case).parameters else use_case


def test_every_command_of_the_application_is_here():
    kinds = {use_case: list(get_annotations(use_case).values())[1] for use_case in COMMANDS}
    offered = {name for name in app.__all__ if isfunction(getattr(app, name))}
    commands = {name for name in offered if {"unit", "command"} <= set(signature(getattr(app, name)).parameters)}
    assert {use_case.__name__ for use_case in COMMANDS} == commands
    assert all(is_dataclass(command) and type(command) is kinds[use_case] for use_case, command in COMMANDS.items())


def test_every_field_of_every_command_has_a_limit():
    names = {field.name for command in COMMANDS.values() for field in fields(command)}
    assert names <= set(CHECKS)


@pytest.mark.parametrize(("use_case", "name"), FIELDS)
def test_a_poisoned_field_is_refused_and_nothing_is_recorded(town, use_case, name):
    before = town.ledger.size(), town.ledger.last_hash()
    for poison in POISONS.values():
        with pytest.raises(Refused) as caught:
            town.do(_seeded(use_case), replace(COMMANDS[use_case], **{name: poison}))
        refused = caught.value
        assert refused.status in {400, 422}, refused
        assert refused.pointer.startswith(f"/{name}")
        assert refused.detail.endswith(".")
        assert len(refused.detail) < 1_000
        assert refused.remedy
        refused.detail.encode()
    assert (town.ledger.size(), town.ledger.last_hash()) == before


@pytest.mark.parametrize("name", ["facts", "attributes"])
@pytest.mark.parametrize("poison", sorted(POISONS.keys() - {"below zero"}))
def test_a_poisoned_fact_is_refused_with_its_place(town, name, poison):
    value = POISONS[poison]
    command = RECORD if name == "facts" else an_order()
    use_case = app.record_facts if name == "facts" else app.register_order
    with town.refused(_refusal_of(value)) as caught:
        town.do(use_case, replace(command, **{name: {"staff": value}}))
    assert caught.value.pointer == f"/{name}/staff"


def _refusal_of(poison):
    if isinstance(poison, str):
        return texts.TextMalformed if len(poison) < 10 else texts.TextBeyondLimit
    return texts.NotAFact


@pytest.mark.parametrize("name", ["", "1st", "staff\n", "员工", "a" * 65, 7, "\ud800"])
def test_the_name_of_a_fact_is_a_plain_name(town, name):
    with town.refused(texts.IdMalformed):
        town.do(app.record_facts, replace(RECORD, facts={name: 1}))


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
def test_an_order_has_at_most_twenty_attributes(town, count, fits):
    command = an_order(attributes={f"a{n}": n for n in range(count)})
    if fits:
        assert town.do(app.register_order, command)["subsidy"] == 5_000_00
    else:
        with town.refused(texts.TooMany):
            town.do(app.register_order, command)


@pytest.mark.parametrize(("length", "fits"), [(500, True), (501, False)])
def test_a_reason_has_at_most_five_hundred_characters(town, length, fits):
    town.order()
    command = CancelOrder("O-1", "因" * length)
    if fits:
        assert town.do(app.cancel_order, command)["status"] == "cancelled"
    else:
        with town.refused(texts.TextBeyondLimit):
            town.do(app.cancel_order, command)


@pytest.mark.parametrize("reason", ["", " ", "\u3000"])
def test_a_reason_says_something(town, reason):
    town.order()
    with town.refused(texts.TextMissing):
        town.do(app.cancel_order, CancelOrder("O-1", reason))


@pytest.mark.parametrize("reason", ["a\nb", "a\x7fb", "a\u2028b", "a\u202eb", "a\ufffeb", "\udfff", "a\tb"])
def test_a_reason_has_no_characters_that_hide_or_break(town, reason):
    town.order()
    with town.refused(texts.TextMalformed) as caught:
        town.do(app.cancel_order, CancelOrder("O-1", reason))
    assert "U+" in caught.value.detail


@pytest.mark.parametrize("reason", ["因为合同取消。", "naïve – “yes”", "𠮷野家", "e\u0301", "全角\u3000空格", "👩‍🔬"])
def test_a_reason_may_be_written_as_people_write(town, reason):
    town.order()
    town.do(app.cancel_order, CancelOrder("O-1", reason))
    assert town.events("order/O-1")[-1].reason == reason


@pytest.mark.parametrize("number", ["", "O 1", "O/1", "é", "O" * 65, "订单", "O-1\n", "../x"])
def test_an_order_number_is_a_short_code(town, number):
    with town.refused(texts.IdMalformed):
        town.do(app.register_order, an_order(number))


@pytest.mark.parametrize("name", ["Wang Xiaoming", "王小明", "", "one\n"])
def test_a_party_is_a_credit_code_or_an_opaque_reference_never_a_name(town, name):
    with town.refused(texts.IdMalformed):
        town.do(app.record_link, RecordLink(PUDONG, name, "family", 10_000, DAY, "", WHY))
    town.do(app.record_link, RecordLink(PUDONG, "person:7f3a", "family", 10_000, DAY, "", WHY))


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        ("2026-02-30", DayUnknown),
        ("2026-2-3", DayMalformed),
        ("02/02/2026", DayMalformed),
        ("2026-02-02T00:00", DayMalformed),
        ("", DayMalformed),
        ("２０２６-02-02", DayMalformed),
        ("1026-02-02", DayOutOfRange),
        (20260202, DayMalformed),
        (None, DayMalformed),
    ],
)
def test_a_wrong_day_is_refused(town, day, refusal):
    with town.refused(refusal):
        town.do(app.register_order, an_order(contract_on=day))
    with town.refused(refusal):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", "officer", day))


@pytest.mark.parametrize("digest", ["", "1" * 63, "1" * 65, "A" * 64, "g" * 64, None])
def test_a_document_is_named_by_its_digest(town, digest):
    with town.refused(texts.NotADigest):
        town.do(app.register_order, an_order(contract_digest=digest))
    with town.refused(texts.NotADigest) as caught:
        town.do(partial(app.request_redemption, seed=b"s"), RequestRedemption("O-1", {"test_report": digest}))
    assert caught.value.pointer == "/evidence/test_report"
    assert texts.check_digest(CONTRACT) == CONTRACT


@pytest.mark.parametrize(
    "key",
    [
        "26310000000000000001",
        "DFP:26310000000000000001",
        "dfp: 26310000000000000001",
        "dfp:2631000000000000000",
        "dfp:２６310000000000000001",
        "fp:310012:12345678",
        "inv:CN:SUPPLIER:1",
        "inv:ie:SUPPLIER:1",
    ],
)
def test_an_invoice_has_one_spelling(town, key):
    town.order()
    town.deliver()
    with town.refused(texts.InvoiceKeyMalformed):
        town.invoice(number=key)


@pytest.mark.parametrize("key", [NUMBER, "fp:3100123456:12345678", "fp:310012345678:12345678", "inv:IE:IE6388047V:A/1"])
def test_each_kind_of_invoice_is_taken(town, key):
    town.order()
    town.deliver()
    town.invoice(number=key)
    assert town.state().invoice.invoice == key


@pytest.mark.parametrize("actor", ["", "a b", "a/b", "\ud800", "x" * 65, None])
def test_an_actor_is_a_short_code(town, actor):
    with town.refused(texts.IdMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta(actor, "officer", DAY))
    with town.refused(texts.IdMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", actor, DAY))


def test_an_instant_is_an_instant(town):
    with town.refused(InstantMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", "officer", DAY, "yesterday"))


@pytest.mark.parametrize("key", ["a b", "\ud800", "x" * 129, "a\x00"])
def test_an_idempotency_key_is_a_short_code(town, key):
    with town.refused(texts.IdMalformed):
        town.order(key=key)


def test_what_is_too_large_for_the_log_is_refused(town):
    command = an_order(attributes={f"a{n}": ("因" * 500,) * 3 for n in range(20)})
    with town.refused(EntryTooLarge):
        town.do(app.register_order, command)
    assert town.order()["subsidy"] == 5_000_00


def test_a_refusal_of_poison_is_recorded_in_a_form_that_can_be_kept(town):
    broken = RegisterOrder(*["\ud800" * 100] * 9, gross=float("nan"), net="x", asked=True)
    refused = Ineligible(tuple(Cause("c", "clause", "x\ud800" * 10_000, "remedy") for _ in range(1_000)))
    app.record_refusal(town.ledger, "register_order", broken, PUDONG, refused, Meta("officer:li", "officer", DAY))
    recorded = town.events(f"refusal/{PUDONG}")[-1]
    assert (recorded.amount, recorded.order_id, len(recorded.reasons)) == (0, "?" * 64, 40)
    assert recorded.reasons[0].text.startswith("x?x?")


def test_a_refusal_of_nobody_is_not_recorded(town):
    with town.refused(texts.IdMalformed):
        app.record_refusal(town.ledger, "x", None, "\ud800", Malformed("No."), Meta("officer:li", "officer", DAY))


def test_a_plain_refusal_is_recorded_with_its_sentence(town):
    with pytest.raises(Refused) as caught:
        town.order(gross=1)
    meta = Meta("enterprise:pudong", "enterprise", DAY)
    app.record_refusal(town.ledger, "register_order", an_order(gross=1), PUDONG, caught.value, meta)
    recorded = town.events(f"refusal/{PUDONG}")[-1]
    assert (recorded.code, recorded.amount, recorded.category) == ("nothing-to-reserve", 1, "TEST")
    assert [why.text for why in recorded.reasons] == [caught.value.detail]
    assert town.voucher().available == 300_000_00


@given(st.text(st.characters(codec=None), max_size=600))
def test_whatever_text_is_taken_is_kept_to_the_last_character(text):
    try:
        texts.check_text(text)
    except Malformed:
        assert texts.check_text(texts.clip(text)) == texts.clip(text)
    else:
        assert wire.parse(wire.canonical(text)) == text
