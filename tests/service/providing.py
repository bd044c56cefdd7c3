"""A turn of events about providers: one joins and one does not, products, demands, sites, a rating, removals."""

from contextlib import suppress
from dataclasses import replace

from tests.examples import DIGEST, INSTITUTE, JIANGSU_LAB, LAB, PUDONG, YUAN, facts_of_provider
from tests.town import Town
from vouchers import application as app
from vouchers.account.decisions import DeclineAccount, ProposeAccount
from vouchers.admission.decisions import (
    DismissObjection,
    JoinAfterNotice,
    ObjectToAdmission,
    SelfEvaluate,
    UpholdObjection,
    Verify,
    WithdrawApplication,
)
from vouchers.application.providing import AccreditForTerm
from vouchers.catalogue.decisions import ChangeFee, PublishProduct, WithdrawProduct
from vouchers.days import add_days
from vouchers.demand.decisions import AcceptOffer, MakeOffer, PostDemand, WithdrawDemand, WithdrawOffer
from vouchers.identifiers import make_credit_code
from vouchers.provider.decisions import Remove, RenewAccreditation, WithdrawAccreditation
from vouchers.provider.sites import AddSite, CloseSite
from vouchers.rating.decisions import RateProvider
from vouchers.refusals import Refused

OTHERS = tuple(make_credit_code("9", "1", "310104", 7_000 + number) for number in range(3))


def provide(town: Town) -> None:
    """Everything that can happen to a provider beside its orders, on some days from now on."""
    join(town)
    publish(town)
    answer_demands(town)
    open_sites(town)
    with suppress(Refused):
        town.do(app.rate_provider, RateProvider("last-paid", town.state("last-paid").registered.enterprise_id, 4))
    leave(town)


def apply(town: Town, code: str, **facts: object) -> None:
    """Apply with a self-evaluation, and have it verified."""
    command = SelfEvaluate(code, "SH-STIV", "Laboratory", DIGEST, {"kind": "lab"}, "account:7")
    town.do(app.self_evaluate, command, actor="provider:lab")
    town.do(app.verify_provider, Verify(code, "register", DIGEST, facts_of_provider(**facts)), actor="officer:wu")


def join(town: Town) -> None:
    """One joins though somebody objected; the others fail, are stopped, or give up."""
    stopped, failed, given_up = OTHERS
    for code in (JIANGSU_LAB, stopped, given_up):
        apply(town, code)
    apply(town, failed, founded_on=town.on)
    for code in (JIANGSU_LAB, stopped):
        town.do(app.object_to_admission, ObjectToAdmission(code, "no team"), actor="enterprise:rival")
    town.do(app.dismiss_objection, DismissObjection(JIANGSU_LAB, 1, "there is one"), actor="officer:zhou")
    town.do(app.uphold_objection, UpholdObjection(stopped, 1, "there is none"), actor="officer:zhou")
    town.do(app.withdraw_application, WithdrawApplication(given_up, "too busy"), actor="provider:lab")
    town.go(add_days(town.on, 7)).do(app.join_after_notice, JoinAfterNotice(JIANGSU_LAB))


def publish(town: Town) -> None:
    """Two products, of which one gets another fee and one is withdrawn."""
    product = PublishProduct(LAB, "P-1", "TEST", "a test", "GB 1", 500 * YUAN, "case", "CNY")
    town.do(app.publish_product, product)
    town.do(app.publish_product, replace(product, product_id="P-2"))
    town.do(app.change_fee, ChangeFee(LAB, "P-1", 600 * YUAN, town.on))
    town.do(app.withdraw_product, WithdrawProduct(LAB, "P-2", town.on, "the machine broke"))


def answer_demands(town: Town) -> None:
    """Two demands: one is withdrawn, and one gets offers of which one is accepted."""
    post = PostDemand("D-1", PUDONG, "TEST", "a test", DIGEST, 900 * YUAN, "CNY", town.on)
    for number in ("D-1", "D-2"):
        town.do(app.post_demand, replace(post, demand_id=number), actor="enterprise:pudong")
    town.do(app.withdraw_demand, WithdrawDemand("D-2", PUDONG, "no longer needed"), actor="enterprise:pudong")
    offer = MakeOffer("D-1", "A-1", JIANGSU_LAB, 800 * YUAN, town.on, town.on)
    town.accredit(JIANGSU_LAB, "TEST", town.on, "2027-12-30")
    for number in ("A-1", "A-2"):
        town.do(app.make_offer, replace(offer, offer_id=number), actor="provider:lab")
    town.do(app.withdraw_offer, WithdrawOffer("D-1", "A-2", JIANGSU_LAB), actor="provider:lab")
    town.do(app.accept_offer, AcceptOffer("D-1", "A-1", PUDONG), actor="enterprise:pudong")
    with suppress(Refused):
        named = {"demand_id": "D-1", "offer_id": "A-1"}
        town.order("last-asked-for", provider_id=JIANGSU_LAB, gross=800 * YUAN, ends_on=town.on, attributes=named)


def open_sites(town: Town) -> None:
    """A site with an account of its own opens, another closes; one account is declined."""
    town.do(app.add_site, AddSite(LAB, "north", "North site", "320508", "access:1"))
    town.do(app.add_site, AddSite(LAB, "south", "South site", "330102"))
    town.move_account("account:north", site="north")
    town.do(app.close_site, CloseSite(LAB, "south", town.on, "the lease ended"))
    town.do(app.propose_account, ProposeAccount(LAB, "account:8", LAB))
    town.do(app.decline_account, DeclineAccount(LAB, "account:8", "the letter is forged"), actor="finance:qian")


def leave(town: Town) -> None:
    """Accreditations are renewed and withdrawn; one provider is removed, another removed and admitted again."""
    town.do(app.withdraw_accreditation, WithdrawAccreditation(LAB, "RND", town.on, "the qualification lapsed"))
    town.do(app.remove_provider, Remove(INSTITUTE, town.on, "void", "false reports", "2099-12-31"))
    town.do(app.remove_provider, Remove(JIANGSU_LAB, town.on, "finish", "it closed"))
    apply(town, JIANGSU_LAB)
    town.go(add_days(town.on, 7)).do(app.join_after_notice, JoinAfterNotice(JIANGSU_LAB))
    town.adopt("de-goinno")
    town.do(app.accredit_for_term, AccreditForTerm(JIANGSU_LAB, "DE-GOINNO", "STAGE1", town.on))
    town.do(app.renew_accreditation, RenewAccreditation(JIANGSU_LAB, "DE-GOINNO", "STAGE1"))
