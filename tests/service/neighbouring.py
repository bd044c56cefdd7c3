"""A turn of events between neighbours: two programmes of two levels pay one contract, two regions settle a month."""

from tests.examples import DIGEST, LAB, SH_CODE, YRD_CODE, YUAN, voucher_of
from tests.neighbours import order, programme, stacked
from tests.town import Town
from vouchers import application as app
from vouchers.aid.decisions import DeclareAid, WithdrawAid
from vouchers.application.settling import ReturnPayment
from vouchers.clearing.decisions import ApproveClearing, CloseClearing, TakeFlows, WithdrawClearing
from vouchers.days import add_months
from vouchers.identifiers import make_credit_code

CODE, SCOPE = "NEIGHBOUR-IV", "EU-DE-MINIMIS-XX"
HERE, ACROSS = make_credit_code("9", "1", "310115", 9_100), make_credit_code("9", "1", "320509", 9_101)
AID = {"scope": SCOPE, "period": "rolling", "months": 36, "ceiling": 300_000 * YUAN, "counts_at": "reservation"}
CONTRACT = "c" * 64


def neighbour(town: Town) -> None:
    """Everything that happens between programmes, levels of government and regions."""
    stack(town)
    settle(town)


def stack(town: Town) -> None:
    """A firm declares other aid; a second programme of two levels tops up its Shanghai order on the same invoice."""
    programme(town, CODE, aid=AID, stacking={"with": [SH_CODE], "ceiling_bp": 10_000}, category=stacked())
    town.record(HERE, as_of_on="2025-12-01")
    for code in (SH_CODE, CODE):
        town.entitle(HERE, programme=code)
    declared = DeclareAid(HERE, SCOPE, "A-1", "export loan", "2026-01-02", 1_000 * YUAN, "declaration", DIGEST)
    town.do(app.declare_aid, declared)
    town.do(app.withdraw_aid, WithdrawAid(HERE, SCOPE, "A-1", "recovered"))
    order(town, "N-1", SH_CODE, HERE, contract_digest=CONTRACT)
    top_up = {"contract_digest": CONTRACT, "asked": 4_000 * YUAN, "attributes": {"tops_up": "N-1"}}
    order(town, "N-2", CODE, HERE, **top_up)
    for number in ("N-1", "N-2"):
        town.deliver(number)
        town.invoice(number, 8_000 * YUAN, number="dfp:26310000000000009100")
        town.redeem(number)


def settle(town: Town) -> None:
    """A payment of Wujiang to Shanghai is cleared, sent back by the bank, and taken out again a month later."""
    town.record(ACROSS, as_of_on="2025-12-01")
    town.entitle(ACROSS, programme=YRD_CODE)
    order(town, "N-3", YRD_CODE, ACROSS, voucher_id=voucher_of(ACROSS, YRD_CODE), provider_id=LAB)
    town.deliver("N-3")
    town.invoice("N-3")
    town.redeem("N-3")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state("N-3").status == "requested":
            town.approve("N-3", reviewer)
    town.propose("S-N-3", "N-3", programme=YRD_CODE)
    town.sign("S-N-3")
    town.confirm("S-N-3", "N-3")
    first = clear(town)
    town.do(app.return_payment, ReturnPayment("S-N-3", "N-3", "account closed", town.on, "N-3-R1-P1"))
    town.do(app.withdraw_clearing, WithdrawClearing(YRD_CODE, first, "looked at again"), actor="finance:sun")
    town.do(app.close_clearing, CloseClearing(YRD_CODE, first), actor="finance:sun")
    town.do(app.approve_clearing, ApproveClearing(YRD_CODE, first), actor="finance:qian")
    clear(town)


def clear(town: Town) -> str:
    """The present month is over: its flows are taken in and its positions stated."""
    month = town.on[:7]
    town.go(add_months(f"{month}-01", 1))
    town.do(app.take_flows, TakeFlows(YRD_CODE, month, ("N-3",)), actor="finance:sun")
    town.do(app.close_clearing, CloseClearing(YRD_CODE, month), actor="finance:sun")
    return month
