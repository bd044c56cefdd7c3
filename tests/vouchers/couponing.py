"""Booklets of a town: a firm's key, what it sets aside in orders, and what its providers hand in."""

from dataclasses import replace
from functools import partial
from typing import Any

from tests.examples import INSTITUTE, LAB, PROOF, PUDONG, REPORT
from vouchers import application as app
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet, UseCoupon
from vouchers.booklet.state import Booklet
from vouchers.kinds import BOOKLET
from vouchers.signer.decisions import RegisterSigner, thumbprint

YUAN = 100
PUBLIC_KEY = "A" * 42 + "E"
KEY = thumbprint(PUBLIC_KEY)
USE_BY, SYNC_BY = "2026-02-20", "2026-02-27"


def sign_up(town: Any, party: str = PUDONG, public_key: str = PUBLIC_KEY) -> Any:
    """Register a key."""
    return town.do(app.register_signer, RegisterSigner(party, public_key), actor="enterprise:pudong")


def issue(town: Any, *orders: str, **changes: Any) -> Any:
    """Issue four coupons of 1,000 yuan on orders."""
    command = IssueBooklet("B-1", PUDONG, KEY, orders or ("O-1",), 4, 1_000 * YUAN, USE_BY, SYNC_BY)
    return town.do(app.issue_booklet, replace(command, **changes), actor="enterprise:pudong")


def use(town: Any, number: int = 1, **changes: Any) -> Any:
    """Hand a coupon in, with an invoice over 1,600 yuan of which half is public."""
    command = UseCoupon(
        booklet_id="B-1",
        number=number,
        provider_id=LAB,
        presentation_digest=f"{number:064x}",
        receipt_digest=f"{number + 1_000:064x}",
        delivered_on=town.on,
        report_digest=REPORT,
        invoice=f"dfp:{number:020d}",
        issued_on=town.on,
        gross=1_600 * YUAN,
        net=1_600 * YUAN,
        evidence=dict.fromkeys(("contract", "service_report", "test_report", "own_share_payment_proof"), PROOF),
    )
    use_coupon = partial(app.use_coupon, seed=town.seed)
    return town.do(use_coupon, replace(command, **changes), actor="provider:lab")


def close(town: Any, *, keep_orders: bool = False) -> Any:
    """Close the booklet."""
    return town.do(app.close_booklet, CloseBooklet("B-1", "the days are over", keep_orders), actor="enterprise:pudong")


def booklet(town: Any) -> Booklet:
    """How the booklet stands."""
    return town.ledger.state(BOOKLET, "B-1")


def two_orders(town: Any) -> None:
    """An order with the laboratory and one with the institute, of 10,000 yuan each, half of it public."""
    town.admit(INSTITUTE, account="account:2")
    town.accredit(INSTITUTE)
    town.order("O-1")
    town.order("O-2", provider_id=INSTITUTE, contract_digest="5" * 64)
