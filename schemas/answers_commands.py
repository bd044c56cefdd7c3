"""What every command of the table answers: its members by name, and what a member of each name is."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields

from schemas.answers import WORDS, said, several
from schemas.commands import AMOUNTS
from schemas.shapes import TEXT, TRUTH, Shape, count, or_none, referred
from schemas.values import Money

# What counts minor units in the answers of commands; there a budget is the name of one.
MONEY: Final = (AMOUNTS - {"budget"}) | {
    *("appropriated", "available", "base", "claimed", "clawback_ground", "clawed_back", "committed", "demanded", "due"),
    *("free", "interest", "invoice_gross", "invoice_net", "lapsed", "limit", "money", "needed", "netted", "owed"),
    *("own_share", "paid", "pledged", "principal", "proven", "received", "released", "reserved", "reserved_more"),
    *("subsidy", "to_appropriated", "total", "used", "written_off"),
}
_COUNTS: Final = (
    "act denied drawn failed flows granted number offers outages passed pending stars subcontracted_bp taken unchanged"
    " vouchers waiting"
)
_TRUTHS: Final = "down recorded void withdrawn"
_LISTS: Final = "allowed cleared dropped explanation left open served voided"
_NAMES: Final[Mapping[str, str]] = {
    "announce close_programme": "programme",
    "appropriate cut_budget": "budget appropriated committed",
    "block_pool reopen_pool": "budget blocked_since free",
    "entitle": "granted denied unchanged vouchers pending passed failed reasons",
    "clear_findings": "enterprise_id period cleared",
    "open_round": "round number closes_on",
    "serve_queue": "round served dropped reasons waiting",
    "close_round": "round number asked money allotted served dropped reasons",
    "leave_round": "order_id round waiting",
    "commit_seed": "programme period commitment",
    "reveal_seed": "programme period seed",
    "draw_rechecks": "programme from_on until_on drawn",
    "take_flows": "clearing status flows gross positions nets taken",
    "close_clearing approve_clearing withdraw_clearing": "clearing status flows gross positions nets",
    "state_income": "support period",
    "decide_support": "support period amount explanation",
    "pay_support": "support period amount paid_on",
    "record_facts": "enterprise_id recorded",
    "change_credit_tier": "enterprise_id tier",
    "close_over_cap": "enterprise_id open",
    "declare_aid": "enterprise_id declaration_id recorded",
    "withdraw_aid": "enterprise_id declaration_id withdrawn",
    "report_outage": "source down from_on",
    "end_outage": "source down outages",
    "allow_code bar_code": "code allowed",
    "admit reinstate": "provider_id",
    "self_evaluate object_to_admission uphold_objection dismiss_objection withdraw_application join_after_notice": (
        "provider_id status notice_first_on notice_last_on open_objections"
    ),
    "verify_provider": "provider_id status notice_first_on notice_last_on open_objections reasons",
    "accredit": "provider_id category",
    "accredit_for_term": "provider_id category from_on until_on",
    "renew_accreditation": "provider_id category until_on",
    "withdraw_accreditation": "provider_id category from_on",
    "remove_provider": "provider_id effect removed_on",
    "void_orders": "provider_id voided left",
    "add_site": "provider_id site_id",
    "close_site": "provider_id site_id closed_on",
    "publish_product change_fee withdraw_product": "provider_id product_id category fee currency unit withdrawn_on",
    "post_demand withdraw_demand make_offer withdraw_offer accept_offer": "demand_id status offers accepted order_id",
    "record_link": "party other kind",
    "end_link": "party other until_on",
    "move_tier repair_credit reward_clean lift_sanction appeal decide_appeal": "subject tier act",
    "sanction": "subject tier act controller",
    "propose_account approve_account decline_account": "payee_id site_id account_ref proposed",
    "receive_repayment agree_instalments check_instalments propose_write_off approve_write_off": (
        "party_id debt_id order_id programme currency demanded due_on status principal interest owed received netted"
        " written_off"
    ),
    "return_value restore_value revoke_voucher extend_voucher carry_over_voucher expire_voucher": (
        "voucher_id available reserved use_by_on redeem_by_on"
    ),
    "pledge_voucher": "voucher_id order_id enterprise_id currency pledged until_on",
    "withdraw_pledge": "voucher_id order_id currency pledged",
    "change_order": "order_id status base subsidy own_share reserved_more released",
    "prove_own_share report_refund": "order_id status proven needed void clawback_ground",
    "report_subcontracting": "order_id subcontracted_bp",
    "rate_provider": "order_id provider_id stars",
    "lapse_order": "order_id status released",
    "claw_back claw_back_breach": "order_id status redemption_id claimed clawed_back debts",
    "raise_signal lift_hold": "order_id redemption_id hold",
    "recheck_ties": "order_id finding until_on",
    "recheck": "order_id redemption_id recheck",
    "reverse_invoice": "invoice red_invoice gross net orders",
    "return_payment": "settlement_id order_id redemption_id status due",
}
_MEMBERS: Final[Mapping[str, str]] = {case: names for cases, names in _NAMES.items() for case in cases.split()}


def _made(name: str, about: str, **members: Any) -> Schema:
    schema: Schema = type(name, (Schema,), {**members, "__doc__": about})()
    return schema


def _word(name: str) -> fields.Field[Any]:
    """A member by its name; texts and days may be empty, where there is nothing yet."""
    if name in MONEY:
        return fields.Nested(Money(), required=True)
    shape: str | Shape = or_none("Day") if name.endswith(("_on", "_since")) else TEXT
    return said(shape)


def _words(names: str) -> dict[str, fields.Field[Any]]:
    return {name: _word(name) for name in names.split()}


_DEBTS: Final = _made("Demanded", "Money demanded back of a party.", **_words("party_id debt_id due_on amount"))
_OWED: Final = _made("RegionOwes", "What one region owes another.", **_words("region_from region_to amount"))
_REVERSED: Final = _made(
    "OrderReversed",
    "What a red letter took from one order.",
    **_words("order_id status gross net clawed_back"),
    reversed=several(said(TEXT)),
)
SIGNED: Final[Shape] = {
    "type": "object",
    "properties": {"amount": {"type": "integer"}, "currency": referred("Currency")},
    "required": ["amount", "currency"],
    "description": "An amount that is below zero where more went back than was paid, or where a region owes.",
}
_BESIDE: Final[Mapping[str, fields.Field[Any]]] = {
    **{name: said(count()) for name in _COUNTS.split()},
    **{name: said(TRUTH) for name in _TRUTHS.split()},
    **{name: several(said(TEXT)) for name in _LISTS.split()},
    "allotted": fields.Dict(fields.String(), fields.Nested(Money()), required=True),
    "debts": several(_DEBTS),
    "nets": said({"type": "object", "additionalProperties": SIGNED}),
    "open_objections": several(said(count())),
    "orders": several(_REVERSED),
    "positions": several(_OWED),
    "proven": said(SIGNED),
    "reasons": said({"description": "Sentences, or how often each code was the reason."}),
}


def answered(use_case: str) -> Schema:
    """The schema of what a command answers, with the position that it made."""
    names = _MEMBERS[use_case]
    members = {name: _BESIDE.get(name) or _word(name) for name in names.split()}
    if "nets" in members:
        members["gross"] = said(SIGNED)
    title = "".join(part.capitalize() for part in use_case.split("_"))
    return _made(f"{title}Answer", "What the command answers.", **members, position=said(WORDS["position"]))
