"""Verbs for orders in parts: several deliveries, invoices and redemptions, changes, red letters, own shares."""

import hashlib
from functools import partial
from itertools import count
from typing import Any

from schemas import policies
from tests.examples import CONTRACT, PROOF, SH
from tests.town import Town
from vouchers import application as app
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.reviewing import ApproveReview
from vouchers.application.settling import ConfirmPayment
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import RequestRedemption
from vouchers.order.own_shares import ProveOwnShare, ReportRefund
from vouchers.programme.decisions import AdoptPolicy

A, B, C = (f"dfp:2631000000000000010{n}" for n in range(3))
RED, RED2 = (f"dfp:2631000000000000090{n}" for n in range(2))
_digests = (f"{n:064x}" for n in count(1))


def file(town: Town, number: str, gross: int, order_id: str = "O-1", **changes: Any) -> Any:
    """File an invoice, gross and net alike."""
    return town.invoice(order_id, gross=gross, number=number, **changes)


def claim(town: Town, order_id: str = "O-1", *, more: bool = False) -> Any:
    """Ask for the subsidy on what was invoiced so far, with all evidence."""
    registered = town.state(order_id).registered
    evidence = dict.fromkeys((*(registered.evidence if registered else ()), "acceptance", "site_visit"), PROOF)
    command = RequestRedemption(order_id, evidence, more)
    return town.do(partial(app.request_redemption, seed=town.seed), command, actor="provider:lab")


def change(town: Town, gross: int, order_id: str = "O-1", **changes: Any) -> Any:
    """Agree on another price, and perhaps on other days."""
    registered = town.state(order_id).registered
    ends_on = registered.ends_on if registered else town.on
    terms = {"net": gross, "ends_on": ends_on, "contract_digest": CONTRACT, "reason": "the parties agreed", **changes}
    return town.do(app.change_order, ChangeOrder(order_id=order_id, gross=gross, **terms), actor="enterprise:pudong")


def reverse(town: Town, invoice: str, gross: int, red: str = RED, order_id: str = "", **changes: Any) -> Any:
    """Report a red-letter invoice of today, gross and net alike."""
    terms = {"net": gross, "issued_on": town.on, "order_id": order_id, **changes}
    return town.do(app.reverse_invoice, ReverseInvoice(invoice, red, gross, **terms), actor="provider:lab")


def prove(town: Town, amount: int, digest: str = "", order_id: str = "O-1") -> Any:
    """Prove a payment of the own share."""
    command = ProveOwnShare(order_id, amount, town.on, digest or next(_digests))
    return town.do(app.prove_own_share, command, actor="enterprise:pudong")


def refund(town: Town, amount: int, digest: str = "", order_id: str = "O-1") -> Any:
    """Report that the own share came back."""
    return town.do(app.report_refund, ReportRefund(order_id, amount, town.on, digest or next(_digests)))


def approve(town: Town, redemption_id: str, order_id: str = "O-1") -> None:
    """Let whoever is needed approve a redemption that waits."""
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).claims[redemption_id].status == "requested":
            town.do(app.approve_review, ApproveReview(order_id, "in order", redemption_id), actor=reviewer)


def pay(town: Town, settlement_id: str, order_id: str = "O-1") -> None:
    """Settle whatever is approved of an order, and confirm every payment."""
    town.propose(settlement_id, order_id)
    town.sign(settlement_id)
    for redemption_id in town.settlement(settlement_id).lines:
        command = ConfirmPayment(settlement_id, order_id, f"bank-{redemption_id}", town.on, redemption_id=redemption_id)
        town.do(app.confirm_payment, command, actor="finance:qian")


def adopt(town: Town, version: str, table: str, without: str = "", **values: Any) -> None:
    """Adopt the Shanghai policy from today on with other values in one of its tables, perhaps without a key."""
    _, document = policies.load_policy(policies.shipped()[SH])
    document.pop("examples", None)
    document["programme"].update(version=version, effective_on=town.on)
    found = document
    for name in table.split("."):
        found = found[name]
    found.pop(without, None)
    found.update(values)
    text = policies.canonical(document)
    programme, digest = document["programme"], hashlib.sha256(text.encode()).hexdigest()
    people = "officer:li", "officer:wu"
    command = AdoptPolicy(programme["code"], version, town.on, programme["ends_on"], digest, text, *people)
    town.do(app.adopt_policy, command)


def caps_of(town: Town, order_id: str = "O-1") -> set[int]:
    """What the ceilings of an order have counted."""
    return {town.events(stream)[-1].total for stream in town.state(order_id).registered.caps}
