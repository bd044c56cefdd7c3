"""What the view of booklets counts, in a random year: coupons that came in, one of them twice, and the end of both."""

from dataclasses import replace
from functools import partial

from tests.examples import CHANGNING, LAB, PROOF, REPORT, voucher_of
from tests.town import Town
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from vouchers import application as app
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet, UseCoupon
from vouchers.days import add_days
from vouchers.signer.decisions import RegisterSigner

ORDER, BOOKLET = "with-coupons", "B-year"


def hand_in(town: Town) -> None:
    """An order of a firm with two coupons, of which one comes in twice and the other never."""
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
    town.go(add_days(on, 3)).do(app.close_booklet, CloseBooklet(BOOKLET, "its last day is over"), actor=firm)
