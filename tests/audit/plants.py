"""What is planted in a log for each audit test: its lines, the entries that must be found, and what is told beside."""

import pytest

from tests.audit.suite_worlds import LABS, SECOND_LAB, digest, encoded
from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, SH_CODE, YUAN
from vouchers.draw.decisions import commitment_of, seed_of

THRESHOLD = {"programme": SH_CODE, "name": "second offer", "measure": "gross", "amount": 20_000 * YUAN}
NONCE = "5e" * 32


def a_missing_entry(world):
    lines = world.lines()
    return lines[:40] + lines[41:], {41, _first_of_stream(world, 40)}, {}


def an_entry_twice(world):
    lines = world.lines()
    return lines[:41] + lines[40:], {40, _first_of_stream(world, 40)}, {}


def a_version_that_is_missing(world):
    world.lines()
    entry = world.find("order.DeliveryAccepted", key="O-3")
    lines = world.lines()
    entry["ver"] += 1
    return (
        lines[: entry["seq"]] + [encoded(entry)] + lines[entry["seq"] + 1 :],
        {world.find("order.Registered", key="O-3")["seq"]},
        {},
    )


def a_time_that_goes_back(world):
    entry = world.find("order.Paid", key="O-4")
    entry["rec"] = "2026-01-02T03:00:00.000000Z"
    return world.lines(), [entry], {}


def an_entry_older_than_the_anchor_before_it(world):
    world.add("anchor.AnchorRecorded", "log", _anchor(50, "2026-09-01T00:00:00Z"))
    late = world.add(
        "voucher.Extended", "V-1", {"use_by_on": "2026-12-31", "redeem_by_on": "2027-03-31", "reason": "x"}
    )
    return world.lines(), [late], {}


def an_entry_newer_than_the_checkpoint_that_covers_it(world):
    last = world.entries[-1]
    world.add("anchor.AnchorRecorded", "log", _anchor(len(world.entries), "2026-06-01T00:00:00Z"))
    lines = world.lines()
    return lines, [last] + [e["seq"] for e in world.entries[:-1] if e["rec"] > "2026-06-01T00:00:06"], {}


def a_payment_that_the_order_does_not_know(world):
    moved = world.find("voucher.Paid", order_id="O-2")
    moved["data"]["amount"] -= 1
    return world.lines(), [moved], {}


def a_pool_that_says_another_sum(world):
    lines = world.lines()
    entry = list(world.each("budget.Committed"))[-1]
    entry["data"]["committed"] += 100
    lines[entry["seq"]] = encoded(entry)
    return lines, [entry], {}


def value_out_of_nothing(world):
    moved = world.add("voucher.Released", "V-NOBODY", {**world.find("voucher.Reserved")["data"], "reason": "x"})
    return world.lines(), [moved], {}


def an_invoice_in_two_orders(world):
    first, second = world.find("order.InvoiceFiled", key="O-1"), world.find("order.InvoiceFiled", key="O-2")
    second["data"]["invoice"] = first["data"]["invoice"]
    return world.lines(), [first, second], {}


def an_invoice_written_otherwise(world):
    first, second = world.find("invoice.Filed", order_id="O-0"), world.find("invoice.Filed", order_id="O-3")
    first["agg"], second["agg"] = "invoice/inv:IE:LAB:A-0017", "invoice/inv:IE:LAB:AO17"
    return world.lines(), [first, second], {}


def orders_split_in_two(world):
    made = [world.copy("O-0", f"O-10{n}", changes=_priced(12_000 + n))[0] for n in (0, 1)]
    for entry in made:
        entry["data"]["registered_on"] = "2026-07-14"
    return world.lines(), made, {"thresholds": [THRESHOLD]}


def orders_just_below_the_threshold(world):
    made = [world.copy("O-0", f"O-1{n:02d}", changes=_priced(19_300 + n))[0] for n in range(10)]
    return world.lines(), made, {"thresholds": [THRESHOLD]}


def a_link_on_record(world):
    order = world.find("order.Registered", key="O-7")
    link = world.add("link.LinkRecorded", order["data"]["enterprise_id"], {
        "other": order["data"]["provider_id"], "kind": "shareholder", "direction": "over", "share_bp": 5_000,
        "from_on": "2025-01-01", "until_on": "", "source": "register", "digest": "00", "by": "officer:li",
    })  # fmt: skip
    paired = {e["seq"] for e in _numbered(world, "order.Registered") if _pair(e) == _pair(order)}
    return world.lines(), [link, *paired], {}


def one_controller(world):
    owner = next(world.each("enterprise.FactsRecorded", key=CHANGNING))["data"]["facts"]["controller"]
    world.find("provider.Admitted", key=LABS[1])["data"]["facts"]["controller"] = owner
    orders = _numbered(world, "order.Registered")
    return world.lines(), {e["seq"] for e in orders if _pair(e) == (CHANGNING, LABS[1])} or {None}, {}


def one_account(world):
    first, second = (world.find("provider.AccountSet", key=lab) for lab in LABS[:2])
    second["data"]["account_ref"] = first["data"]["account_ref"]
    return world.lines(), [first, second], {}


def one_contract_of_two_firms(world):
    first, other = world.find("order.Registered", key="O-0"), world.find("order.Registered", key="O-3")
    other["data"]["contract_digest"] = first["data"]["contract_digest"]
    return world.lines(), [first, other], {}


def subsidies_above_the_price(world):
    made = [entry for n in range(3) for entry in world.copy("O-0", f"O-10{n}")]
    orders = [e for e in made if e["type"] == "order.Registered"]
    for entry in orders:
        entry["data"]["contract_digest"] = digest("one contract")
    return world.lines(), orders, {}


def a_late_record(world):
    entry = world.find("order.Registered", key="O-5")
    entry["eff"] = "2026-01-07"
    return world.lines(), [entry], {}


def a_decision_under_no_policy(world):
    entry = world.find("order.Registered", key="O-6")
    entry["data"]["policy_digest"] = digest("another policy")
    return world.lines(), [entry], {}


def a_policy_on_record_too_late(world):
    adopted = world.find("programme.PolicyAdopted")
    world.entries.remove(adopted)
    world.entries.append({**adopted, "rec": world.entries[-1]["rec"], "eff": world.entries[-1]["rec"][:10]})
    return world.lines(), {e["seq"] for e in _numbered(world, "order.Registered", "entitlement.Granted")}, {}


def a_policy_adopted_after_its_first_day(world):
    adopted = world.find("programme.PolicyAdopted")
    late = world.add(
        "programme.PolicyAdopted", SH_CODE, {**adopted["data"], "version": "2", "effective_on": "2026-06-01"}
    )
    return world.lines(), [late], {}


def an_erasure_approved_by_who_proposed_it(world):
    erased = world.add("erasure.SubjectErased", "s-1", {
        "subject": "s-1", "fields": [], "seqs": [], "basis": "x", "proposed_by": "finance:li",
        "approved_by": "officer:li",
    })  # fmt: skip
    return world.lines(), [erased], {}


def a_batch_approved_by_who_proposed_it(world):
    entry = world.find("settlement.Approved", key="S-1")
    entry["data"]["approved_by"] = "officer:Sun"  # finance:sun, in another role and typed otherwise
    return world.lines(), [entry], {}


def overrides_of_one_reviewer(world):
    reviews = list(world.each("review.Approved", reviewer="reviewer:zhao"))
    made = [
        world.add("review.Overridden", each["agg"].partition("/")[2], {
            "order_id": each["data"]["order_id"], "reviewer": "reviewer:zhao", "signals": ["own-share"], "reason": "x",
        })
        for each in (reviews * 3)[:3]
    ]  # fmt: skip
    return world.lines(), made, {}


def acts_on_a_saturday(world):
    made = [world.add("voucher.Extended", f"V-{n}", extension(), actor="officer:li", auth={"role": "officer"},
                      rec=f"2026-08-15T03:0{n}:00.000000Z") for n in range(3)]  # fmt: skip
    return world.lines(), made, {}


def a_check_within_a_minute(world):
    assigned = world.find("review.Assigned")
    approved = world.find("review.Approved", key=assigned["agg"].partition("/")[2])
    at = world.entries.index(assigned)
    world.entries.remove(approved)
    world.entries.insert(at + 1, {**approved, "rec": assigned["rec"][:17] + "59.900000Z"})
    assigned["rec"] = assigned["rec"][:17] + "00.000000Z"
    return world.lines(), [world.entries[at + 1]], {}


def one_provider_takes_all(world):
    orders = _numbered(world, "order.Registered")
    for entry in orders:
        entry["data"]["provider_id"] = SECOND_LAB
    return world.lines(), {e["seq"] for e in orders}, {"concentration_least": 8}


def a_provider_that_has_just_joined(world):
    admitted = world.find("provider.Admitted", key=LABS[2])
    invoice = world.find("invoice.Filed", order_id="O-2")
    world.entries.remove(admitted)
    world.entries.insert(world.entries.index(world.find("order.Registered", key="O-1")), admitted)
    admitted["eff"] = "2026-02-20"
    return world.lines(), [admitted, invoice], {}


def round_invoices(world):
    theirs = list(world.each("invoice.Filed", provider_id=LAB))
    for place, entry in enumerate(theirs):
        entry["data"]["gross"] = (place + 1) * 2_000 * YUAN
    return world.lines(), theirs, {"round_least": 3}


def invoices_in_an_unbroken_row(world):
    theirs = list(world.each("invoice.Filed", provider_id=LAB))
    for place, entry in enumerate(theirs):
        entry["agg"] = f"invoice/dfp:{place + 41:020d}"
    return world.lines(), theirs, {"consecutive_least": 3}


def a_payment_nobody_approved(world):
    world.entries.remove(world.find("order.RedemptionApproved", key="O-1"))
    paid = world.find("order.Paid", key="O-1")
    return world.lines(), [paid], {}


def a_payment_above_the_claim(world):
    paid = world.find("order.Paid", key="O-1")
    paid["data"]["amount"] += 1
    return world.lines(), [paid], {}


def a_confirmation_without_an_instruction(world):
    confirmed = world.find("settlement.Confirmed", key="S-2")
    world.entries.remove(world.find("settlement.Instructed", key="S-2"))
    return world.lines(), [confirmed], {}


def a_debit_that_no_book_has(world):
    heard = world.add("bankline.Heard", "A-1/L-1", {
        "bank_account": "A-1", "statement_id": "T-1", "source": "statement", "direction": "debit", "amount": 90_000,
        "currency": "CNY", "booked_on": "2026-06-12", "bank_reference": "b-9", "bank_reason": "", "instruction_id": "",
    })  # fmt: skip
    return world.lines(), [heard], {}


def firms_that_serve_one_another(world):
    one, other = world.find("order.Registered", key="O-0"), world.find("order.Registered", key="O-3")
    one["data"] |= {"enterprise_id": PUDONG, "provider_id": CHANGNING}
    other["data"] |= {"enterprise_id": CHANGNING, "provider_id": PUDONG}
    return world.lines(), [one, other], {}


def three_firms_in_a_ring(world):
    orders = [world.find("order.Registered", key=f"O-{n}") for n in range(3)]
    firms = (PUDONG, CHANGNING, JIANGSU_LAB)
    for place, entry in enumerate(orders):
        entry["data"] |= {"enterprise_id": firms[place], "provider_id": firms[(place + 1) % 3]}
    return world.lines(), orders, {}


def an_own_share_that_came_back(world):
    refunded = world.add(
        "order.OwnShareRefunded", "O-5", {"amount": 5_000, "refunded_on": "2026-06-12", "digest": "0", "needed": 9}
    )
    return world.lines(), [refunded], {}


def one_report_for_two_orders(world):
    first, other = world.find("order.DeliveryAccepted", key="O-2"), world.find("order.DeliveryAccepted", key="O-6")
    other["data"]["report_digest"] = first["data"]["report_digest"]
    return world.lines(), [first, other], {}


def a_nonce_that_was_never_revealed(world):
    committed = world.add("draw.Committed", "Q1", committed_draw())
    world.add("voucher.Extended", "V-1", extension(), rec="2026-08-03T03:00:00.000000Z")
    return world.lines(), [committed], {}


def a_root_that_is_not_the_logs(world):
    committed = world.add("draw.Committed", "Q1", committed_draw())
    world.lines()
    root = "ab" * 32
    seed = seed_of(bytes.fromhex(root), bytes.fromhex(NONCE)).hex()
    revealed = world.add("draw.Revealed", "Q1", {
        "nonce": NONCE, "size": committed["seq"] + 1, "root": root, "seed": seed, "note_size": committed["seq"] + 1,
        "note_digest": digest("note"),
    })  # fmt: skip
    return world.lines(), [revealed], {}


def _first_of_stream(world, seq):
    return next(entry["seq"] for entry in world.entries if entry["agg"] == world.entries[seq]["agg"])


def _anchor(size, time):
    return {
        "origin": "log", "size": size, "root_hash": "0" * 44, "note_sha256": "0" * 64,
        "cosignature_times": {"office 1234": time}, "tsr_sha256": "", "tsr_at": "",
    }  # fmt: skip


def committed_draw():
    return {
        "commitment": commitment_of(NONCE), "salt": "00", "population": "payments", "method": "mus", "items": 3,
        "strata": "", "programme": "", "from_on": "", "until_on": "",
    }  # fmt: skip


def extension():
    return {"use_by_on": "2026-12-31", "redeem_by_on": "2027-03-31", "reason": "the laboratory was flooded"}


def _priced(yuan):
    return {"order.Registered": {"gross": yuan * YUAN, "net": yuan * YUAN}}


def _pair(entry):
    return entry["data"]["enterprise_id"], entry["data"]["provider_id"]


def _numbered(world, *topics):
    world.lines()
    return [entry for topic in topics for entry in world.each(topic)]


PLANTED = {
    "T01": (a_missing_entry, an_entry_twice, a_version_that_is_missing),
    "T02": (
        a_time_that_goes_back, an_entry_older_than_the_anchor_before_it,
        an_entry_newer_than_the_checkpoint_that_covers_it,
    ),
    "T03": (a_payment_that_the_order_does_not_know, a_pool_that_says_another_sum, value_out_of_nothing),
    "T04": (an_invoice_in_two_orders, an_invoice_written_otherwise),
    "T05": (orders_split_in_two,),
    "T06": (orders_just_below_the_threshold,),
    "T07": (a_link_on_record, one_controller, one_account),
    "T08": (one_contract_of_two_firms, subsidies_above_the_price),
    "T09": (a_late_record,),
    "T10": (a_decision_under_no_policy, a_policy_on_record_too_late, a_policy_adopted_after_its_first_day),
    "T11": (a_batch_approved_by_who_proposed_it, an_erasure_approved_by_who_proposed_it),
    "T12": (overrides_of_one_reviewer,),
    "T13": (acts_on_a_saturday,),
    "T14": (a_check_within_a_minute,),
    "T15": (one_provider_takes_all,),
    "T16": (a_provider_that_has_just_joined,),
    "T17": (round_invoices,),
    "T19": (invoices_in_an_unbroken_row,),
    "T23": (
        a_payment_nobody_approved, a_payment_above_the_claim, a_confirmation_without_an_instruction,
        a_debit_that_no_book_has,
    ),
    "T24": (firms_that_serve_one_another, three_firms_in_a_ring, an_own_share_that_came_back),
    "T25": (one_report_for_two_orders,),
    "T26": (a_nonce_that_was_never_revealed, a_root_that_is_not_the_logs),
}  # fmt: skip
EACH = [
    pytest.param(test, plant, id=f"{test}-{plant.__name__}") for test, plants in PLANTED.items() for plant in plants
]
