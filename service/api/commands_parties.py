"""Commands over HTTP about parties: enterprises, providers, and what is said, decided and owed between them."""

from typing import Final

from service.api.acting import Act
from service.api.making import (
    currency_of_member,
    demand_number,
    firm,
    legal,
    offer_number,
    open_orders,
    same_as,
    today,
)
from vouchers import application as app

_ENTERPRISE: Final = "/enterprises/<name:enterprise_id>"
_PROVIDER: Final = "/providers/<name:provider_id>"
_PARTY: Final = "/parties/<name:subject>"
_PAYEE: Final = "/parties/<name:payee_id>"
_DEBT: Final = "/debts/<name:party_id>/<name:debt_id>"
_DEMAND: Final = "/demands/<name:demand_id>"

ENTERPRISES: Final = (
    Act(f"{_ENTERPRISE}/facts", app.record_facts, made={"enterprise_id": legal("enterprise_id")}),
    Act(f"{_ENTERPRISE}/credit-tier", app.change_credit_tier),
    Act(f"{_ENTERPRISE}/ceilings/clearance", app.close_over_cap),
    Act(f"{_ENTERPRISE}/aid", app.declare_aid, whose=("enterprise_id",)),
    Act(f"{_ENTERPRISE}/aid/<name:scope>/<name:declaration_id>/withdrawal", app.withdraw_aid),
    Act("/sources/<name:source_name>/outages", app.report_outage, default={"from_on": today}),
    Act("/sources/<name:source_name>/recovery", app.end_outage, default={"from_on": today}),
    Act("/credit-codes/<name:code>/permission", app.allow_code),
    Act("/credit-codes/<name:code>/prohibition", app.bar_code),
)
PROVIDERS: Final = (
    Act(f"{_PROVIDER}/entry", app.admit, made={"provider_id": legal("provider_id")}),
    Act(
        f"{_PROVIDER}/application",
        app.self_evaluate,
        whose=("provider_id",),
        made={"provider_id": legal("provider_id")},
    ),
    Act(f"{_PROVIDER}/application/withdrawal", app.withdraw_application, whose=("provider_id",)),
    Act(f"{_PROVIDER}/verification", app.verify_provider),
    Act(f"{_PROVIDER}/objections", app.object_to_admission),
    Act(f"{_PROVIDER}/objections/<int:number>/upholding", app.uphold_objection),
    Act(f"{_PROVIDER}/objections/<int:number>/dismissal", app.dismiss_objection),
    Act(f"{_PROVIDER}/admission", app.join_after_notice),
    Act(f"{_PROVIDER}/accreditations", app.accredit),
    Act(f"{_PROVIDER}/accreditations/terms", app.accredit_for_term),
    Act(f"{_PROVIDER}/accreditations/<name:category>/renewal", app.renew_accreditation),
    Act(f"{_PROVIDER}/accreditations/<name:category>/withdrawal", app.withdraw_accreditation),
    Act(f"{_PROVIDER}/reinstatement", app.reinstate),
    Act(f"{_PROVIDER}/removal", app.remove_provider),
    Act(f"{_PROVIDER}/voided-orders", app.void_orders, default={"orders": open_orders}),
    Act(f"{_PROVIDER}/sites", app.add_site, whose=("provider_id",)),
    Act(f"{_PROVIDER}/sites/<name:site_id>/closing", app.close_site, whose=("provider_id",)),
    Act(
        f"{_PROVIDER}/products",
        app.publish_product,
        whose=("provider_id",),
        made={"currency": currency_of_member("fee")},
    ),
    Act(f"{_PROVIDER}/products/<name:product_id>/fees", app.change_fee, whose=("provider_id",)),
    Act(f"{_PROVIDER}/products/<name:product_id>/withdrawal", app.withdraw_product, whose=("provider_id",)),
)
DEMANDS: Final = (
    Act(
        "/demands",
        app.post_demand,
        whose=("enterprise_id",),
        made={"currency": currency_of_member("budget")},
        default={"enterprise_id": firm("enterprise"), "demand_id": demand_number},
        status=201,
        location="/v1/demands/{demand_id}",
    ),
    Act(
        f"{_DEMAND}/withdrawal",
        app.withdraw_demand,
        whose=("enterprise_id",),
        default={"enterprise_id": firm("enterprise")},
    ),
    Act(
        f"{_DEMAND}/offers",
        app.make_offer,
        whose=("provider_id",),
        default={"provider_id": firm("provider"), "offer_id": offer_number},
        status=201,
        location="/v1/demands/{demand_id}",
    ),
    Act(
        f"{_DEMAND}/offers/<name:offer_id>/withdrawal",
        app.withdraw_offer,
        whose=("provider_id",),
        default={"provider_id": firm("provider")},
    ),
    Act(
        f"{_DEMAND}/offers/<name:offer_id>/acceptance",
        app.accept_offer,
        whose=("enterprise_id",),
        default={"enterprise_id": firm("enterprise")},
    ),
)
STANDING: Final = (
    Act("/links", app.record_link),
    Act("/links/end", app.end_link),
    Act(f"{_PARTY}/tier", app.move_tier),
    Act(f"{_PARTY}/repair", app.repair_credit),
    Act(f"{_PARTY}/reward", app.reward_clean),
    Act(f"{_PARTY}/sanctions", app.sanction, default={"from_on": today}),
    Act(f"{_PARTY}/acts/<int:act>/end", app.lift_sanction, default={"from_on": today}),
    Act(f"{_PARTY}/acts/<int:act>/appeal", app.appeal, whose=("subject",)),
    Act(f"{_PARTY}/acts/<int:act>/appeal/decision", app.decide_appeal),
)
MONEY: Final = (
    Act(f"{_PAYEE}/accounts", app.propose_account, whose=("payee_id",), default={"holder_id": same_as("payee_id")}),
    Act(f"{_PAYEE}/accounts/approval", app.approve_account),
    Act(f"{_PAYEE}/accounts/refusal", app.decline_account),
    Act(f"{_DEBT}/repayments", app.receive_repayment),
    Act(f"{_DEBT}/instalments", app.agree_instalments),
    Act(f"{_DEBT}/instalments/check", app.check_instalments),
    Act(f"{_DEBT}/write-off", app.propose_write_off),
    Act(f"{_DEBT}/write-off/approval", app.approve_write_off),
)
ROWS: Final = (*ENTERPRISES, *PROVIDERS, *DEMANDS, *STANDING, *MONEY)
