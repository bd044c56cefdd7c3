"""Corrections for a random year: one that is carried out as far as it stands, and one that is rejected."""

from tests.examples import DIGEST, PUDONG, SH_CODE
from tests.town import Town
from vouchers import application as app
from vouchers.correction.decisions import ApproveCorrection, Finding, ProposeCorrection, RejectCorrection

WHY = "the rate was repealed before the order"


def proposal(number: str, *findings: Finding, programme: str = SH_CODE) -> ProposeCorrection:
    """A proposal of findings that a what-if came to."""
    return ProposeCorrection(number, programme, "policy", "another rate", DIGEST, 100, DIGEST, WHY, findings)


def claw_back(
    order_id: str, amount: int, stands: int, enterprise_id: str = PUDONG, measure: str = "claw_back"
) -> Finding:
    """A finding that a redemption was paid too much."""
    return Finding(measure, enterprise_id, order_id, f"{order_id}-R1", "", amount, stands, (7, 9), WHY)


def put_right(town: Town, order_id: str) -> None:
    """Two people agree to take a part of a payment back, and a finding that stands no longer is named."""
    registered, claim = town.state(order_id).registered, town.state(order_id).claims[f"{order_id}-R1"]
    found = claw_back(order_id, 10, claim.paid - claim.clawed_back, registered.enterprise_id)
    gone = claw_back(order_id, 10, claim.paid - claim.clawed_back, registered.enterprise_id)
    town.do(app.propose_correction, proposal("C-year", found, gone, programme=registered.programme))
    for person in ("finance:sun", "finance:qian"):
        town.do(app.approve_correction, ApproveCorrection("C-year"), actor=person)
    town.do(app.propose_correction, proposal("C-rejected", found, programme=registered.programme))
    town.do(app.reject_correction, RejectCorrection("C-rejected", "it was right"), actor="finance:sun")
