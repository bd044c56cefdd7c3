"""One sound command of every kind, whose fields tests then spoil."""

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
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from vouchers import application as app
from vouchers import wire
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
from vouchers.anchor.decisions import RecordAnchor
from vouchers.application.debts import (
    AgreeInstalments,
    ApproveWriteOff,
    CheckInstalments,
    ProposeWriteOff,
    ReceiveRepayment,
)
from vouchers.application.drawing import CommitDraw, RevealDraw
from vouchers.application.entitling import Entitle, ImportFacts
from vouchers.application.erasing import redaction_of
from vouchers.application.ordering import LapseOrder
from vouchers.application.pledging import PledgeVoucher, WithdrawPledge
from vouchers.application.providing import AccreditForTerm, VoidOrders
from vouchers.application.reassessing import Reassess
from vouchers.application.reconciling import (
    ApproveResolution,
    BookLine,
    DeclineResolution,
    ImportStatement,
    ProposeResolution,
    SetLineAside,
)
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.regrouping import RecheckGroup
from vouchers.application.remitting import MakeBankFile, PreviewBankFile
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
from vouchers.audit import to_base64
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet, UseCoupon
from vouchers.budget.decisions import Appropriate, BlockPool, CutBudget, ReopenPool, TransferBudget
from vouchers.bundle.decisions import RecordExport
from vouchers.catalogue.decisions import ChangeFee, PublishProduct, WithdrawProduct
from vouchers.clearing.decisions import ApproveClearing, CloseClearing, TakeFlows, WithdrawClearing
from vouchers.conduct.decisions import Appeal, DecideAppeal, LiftSanction, Sanction
from vouchers.correction.decisions import ApproveCorrection, Finding, ProposeCorrection, RejectCorrection
from vouchers.counter.decisions import RedeemAtCounter
from vouchers.debt.events import Instalment
from vouchers.demand.decisions import AcceptOffer, MakeOffer, PostDemand, WithdrawDemand, WithdrawOffer
from vouchers.enterprise.decisions import ChangeCreditTier, CloseOverCap, CorrectFacts, RecordFacts, RecordSuccession
from vouchers.entitlement.decisions import ClearFindings
from vouchers.erasure.decisions import CommitValue, EraseSubject
from vouchers.link.decisions import EndLink, RecordLink
from vouchers.logkey.decisions import ReopenLog, RotateKey
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import (
    AcceptDelivery,
    CancelOrder,
    ClawBack,
    FileInvoice,
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
from vouchers.round.decisions import OpenRound
from vouchers.signer.decisions import RegisterSigner, RevokeSigner
from vouchers.source.decisions import AllowCode, BarCode, EndOutage, ReportOutage
from vouchers.source.events import CameUp
from vouchers.support.decisions import DecideSupport, PaySupport, StateIncome

DAY, WHY, NUMBER = "2026-02-02", "a reason", "dfp:26310000000000000001"
INSTANT, LOG, TRIAL, PEOPLE = f"{DAY}T04:00:00Z", "town.example/log", "town.example/trial", ("officer:li", "officer:wu")
ROOT, SIGNED = to_base64(bytes(32)), to_base64(bytes([1, 2, 3, 4]) + bytes(64))
VKEY = f"{LOG}+01020304+AQ"
WORDS = {"authority": "an office", "basis": WHY, "proposed_by": PEOPLE[0], "approved_by": PEOPLE[1]}
AN_ENTRY = wire.seal(
    wire.Entry(
        *("officer:li", "source/registry", {"role": "officer"}, CameUp(DAY, WHY), DAY, INSTANT, 19),
        type="source.CameUp",
        v=1,
        ver=2,
    )
)
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
    app.redeem_at_counter: RedeemAtCounter("O-1", LAB, DIGEST, DAY, REPORT, NUMBER, DAY, 1, 1),
    app.register_signer: RegisterSigner(PUDONG, PUBLIC_KEY),
    app.revoke_signer: RevokeSigner(PUDONG, KEY, WHY),
    app.issue_booklet: IssueBooklet("B-1", PUDONG, KEY, ("O-1",), 4, 1_000, DAY, DAY),
    app.use_coupon: UseCoupon("B-1", 1, LAB, DIGEST, PROOF, DAY, REPORT, NUMBER, DAY, 1, 1),
    app.close_booklet: CloseBooklet("B-1", WHY),
    app.preview_bank_file: PreviewBankFile("S-1"),
    app.make_bank_file: MakeBankFile("S-1", "csv", "main", DAY, f"{DAY}T04:00:00Z", DIGEST, ("O-1-R1-P1",)),
    app.import_statement: ImportStatement(
        "main", "M-1", "statement", "camt.053.001.08", DIGEST, "CNY", DAY, DAY, True, 5, "credit", 5, "credit", 1, 1, 2
    ),
    app.book_line: BookLine("main", "L-1", "M-1", "statement", "debit", 1, "CNY", DAY, "ref-1", ""),
    app.propose_resolution: ProposeResolution("main", "L-1", "payment", WHY, "S-1", "O-1-R1", "O-1-R1-P1"),
    app.approve_resolution: ApproveResolution("main", "L-1"),
    app.decline_resolution: DeclineResolution("main", "L-1", WHY),
    app.set_line_aside: SetLineAside("main", "L-1", WHY),
    app.propose_correction: ProposeCorrection(
        *("C-1", "SH-STIV", "facts", WHY, DIGEST, 9, DIGEST, WHY),
        (Finding("claw_back", PUDONG, "O-1", "O-1-R1", "", 100, 500, (7,), WHY),),
    ),
    app.approve_correction: ApproveCorrection("C-1"),
    app.reject_correction: RejectCorrection("C-1", WHY),
    app.record_anchor: RecordAnchor(LOG, 1, DIGEST, DIGEST, {"office+01020304": INSTANT}, DIGEST, INSTANT),
    app.record_export: RecordExport(LOG, 1, DIGEST, DIGEST, ("csv",), WHY, "audit office"),
    app.commit_draw: CommitDraw("Q-1", DIGEST, "00", "payments", "mus", 1, "", "SH-STIV", DAY, DAY),
    app.reveal_draw: RevealDraw("Q-1", DIGEST, 1, DIGEST, 1, DIGEST),
    app.commit_value: CommitValue("subject:7", "contact", "a" * 43),
    app.erase_subject: EraseSubject("subject:7", (), WHY, *PEOPLE),
    app.redact_entry: redaction_of(AN_ENTRY, ("/data/reason",), **WORDS),
    app.rotate_key: RotateKey(LOG, VKEY, f"{VKEY}AA", "routine", SIGNED, SIGNED),
    app.reopen_log: ReopenLog(TRIAL, f"{TRIAL}+01020304+AQ", LOG, VKEY, 1, ROOT, 1, SIGNED),
}
