"""The counter in a random year: coupons that came in, one of them twice, a code, a lost key, and the end of it."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

from tests.examples import CHANGNING, LAB, PROOF, REPORT, voucher_of
from tests.town import Town
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from vouchers import application as app
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet, UseCoupon
from vouchers.counter.decisions import RedeemAtCounter
from vouchers.days import add_days
from vouchers.order.coupons import SetAsideForCoupons
from vouchers.signer.decisions import RegisterSigner, RevokeSigner

ORDER, BOOKLET = "with-coupons", "B-year"


def hand_in(town: Town) -> None:
    """An order of a firm with two coupons, of which one comes in twice and the other never, and a bill with a code."""
    on, firm = town.on, "enterprise:changning"
    town.order(
        ORDER, enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING), gross=2_000_00, ends_on=add_days(on, 20)
    )
    town.do(app.register_signer, RegisterSigner(CHANGNING, PUBLIC_KEY), actor=firm)
    issue = IssueBooklet(BOOKLET, CHANGNING, KEY, (ORDER,), 2, 300_00, add_days(on, 1), add_days(on, 2))
    town.do(app.issue_booklet, issue, actor=firm)
    registered = town.state(ORDER).registered
    assert registered is not None
    evidence = dict.fromkeys((*registered.evidence, "acceptance", "site_visit"), PROOF)
    bill = f"dfp:{next(town.invoices):020d}", on, 500_00, 500_00
    coupon = UseCoupon(BOOKLET, 1, LAB, "a" * 64, "b" * 64, on, REPORT, *bill, evidence)
    use_coupon = partial(app.use_coupon, seed=town.seed)
    town.do(use_coupon, coupon, actor="provider:lab")
    town.do(use_coupon, replace(coupon, presentation_digest="c" * 64), actor="provider:lab")
    code = RedeemAtCounter(ORDER, LAB, "d" * 64, on, PROOF, f"dfp:{next(town.invoices):020d}", *bill[1:], evidence)
    at_counter = partial(app.redeem_at_counter, seed=town.seed)
    with suppress(SetAsideForCoupons):  # What is set aside can be claimed by nobody, unless more is to come.
        town.do(at_counter, code, actor="provider:lab")
    town.do(at_counter, replace(code, more_to_come=True), actor="provider:lab")
    town.do(app.revoke_signer, RevokeSigner(CHANGNING, KEY, "the phone was lost"), actor=firm)
    town.go(add_days(on, 3)).do(app.close_booklet, CloseBooklet(BOOKLET, "its last day is over"), actor=firm)
