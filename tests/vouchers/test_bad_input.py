"""Whatever a field of a command holds, the answer is a refusal that a clerk understands, and the log is unchanged."""

from dataclasses import fields, is_dataclass, replace
from functools import partial
from inspect import get_annotations, isfunction, signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import (
    CONTRACT,
    PUDONG,
    an_order,
)
from tests.vouchers.every_command import COMMANDS, DAY, NUMBER, RECORD, WHY
from vouchers import application as app
from vouchers import texts, wire
from vouchers.application.checking import CHECKS
from vouchers.days import DayMalformed, DayOutOfRange, DayUnknown, InstantMalformed
from vouchers.ledger import Meta
from vouchers.link.decisions import RecordLink
from vouchers.order.decisions import (
    CancelOrder,
    RegisterOrder,
    RequestRedemption,
)
from vouchers.refusals import Cause, EntryTooLarge, Ineligible, Malformed, Refused

POISONS = {
    "half a character": "\ud800",
    "a zero byte": "a\x00b",
    "ten megabytes": "x" * 10_000_000,
    "not a number": float("nan"),
    "a broken number": 1.5,
    "below zero": -1,
    "beyond exact": 2**53,
    "bytes": b"bytes",
    "a list": ["a"],
    "a broken table": {"\ud800": "1"},
    "an object": object(),
    "ten thousand and one": ("a",) * 10_001,
}
FIELDS = [
    pytest.param(use_case, field.name, id=f"{use_case.__name__}.{field.name}")
    for use_case, command in COMMANDS.items()
    for field in fields(command)
]


def _seeded(use_case):
    return partial(use_case, seed=b"s") if "seed" in signature(use_case).parameters else use_case


def test_every_command_of_the_application_is_here():
    kinds = {use_case: list(get_annotations(use_case).values())[1] for use_case in COMMANDS}
    offered = {name for name in app.__all__ if isfunction(getattr(app, name))}
    commands = {name for name in offered if {"unit", "command"} <= set(signature(getattr(app, name)).parameters)}
    assert {use_case.__name__ for use_case in COMMANDS} == commands
    assert all(is_dataclass(command) and type(command) is kinds[use_case] for use_case, command in COMMANDS.items())


def test_every_field_of_every_command_has_a_limit():
    names = {(type(command).__name__, field.name) for command in COMMANDS.values() for field in fields(command)}
    assert [each for each in sorted(names) if each[1] not in CHECKS and ".".join(each) not in CHECKS] == []


@pytest.mark.parametrize(("use_case", "name"), FIELDS)
def test_a_poisoned_field_is_refused_and_nothing_is_recorded(town, use_case, name):
    before = town.ledger.size(), town.ledger.last_hash()
    for poison in POISONS.values():
        with pytest.raises(Refused) as caught:
            town.do(_seeded(use_case), replace(COMMANDS[use_case], **{name: poison}))
        refused = caught.value
        assert refused.status in {400, 422}, refused
        assert refused.pointer.startswith(f"/{name}")
        assert refused.detail.endswith(".")
        assert len(refused.detail) < 1_000
        assert refused.remedy
        refused.detail.encode()
    assert (town.ledger.size(), town.ledger.last_hash()) == before


@pytest.mark.parametrize("name", ["facts", "attributes"])
@pytest.mark.parametrize("poison", sorted(POISONS.keys() - {"below zero"}))
def test_a_poisoned_fact_is_refused_with_its_place(town, name, poison):
    value = POISONS[poison]
    command = RECORD if name == "facts" else an_order()
    use_case = app.record_facts if name == "facts" else app.register_order
    with town.refused(_refusal_of(value)) as caught:
        town.do(use_case, replace(command, **{name: {"staff": value}}))
    assert caught.value.pointer == f"/{name}/staff"


def _refusal_of(poison):
    if isinstance(poison, str):
        return texts.TextMalformed if len(poison) < 10 else texts.TextBeyondLimit
    return texts.NotAFact


@pytest.mark.parametrize("name", ["", "1st", "staff\n", "员工", "a" * 65, 7, "\ud800"])
def test_the_name_of_a_fact_is_a_plain_name(town, name):
    with town.refused(texts.IdMalformed):
        town.do(app.record_facts, replace(RECORD, facts={name: 1}))


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
def test_an_order_has_at_most_twenty_attributes(town, count, fits):
    command = an_order(attributes={f"a{n}": n for n in range(count)})
    if fits:
        assert town.do(app.register_order, command)["subsidy"] == 5_000_00
    else:
        with town.refused(texts.TooMany):
            town.do(app.register_order, command)


@pytest.mark.parametrize(("length", "fits"), [(500, True), (501, False)])
def test_a_reason_has_at_most_five_hundred_characters(town, length, fits):
    town.order()
    command = CancelOrder("O-1", "因" * length)
    if fits:
        assert town.do(app.cancel_order, command)["status"] == "cancelled"
    else:
        with town.refused(texts.TextBeyondLimit):
            town.do(app.cancel_order, command)


@pytest.mark.parametrize("reason", ["", " ", "\u3000"])
def test_a_reason_says_something(town, reason):
    town.order()
    with town.refused(texts.TextMissing):
        town.do(app.cancel_order, CancelOrder("O-1", reason))


@pytest.mark.parametrize("reason", ["a\nb", "a\x7fb", "a\u2028b", "a\u202eb", "a\ufffeb", "\udfff", "a\tb"])
def test_a_reason_has_no_characters_that_hide_or_break(town, reason):
    town.order()
    with town.refused(texts.TextMalformed) as caught:
        town.do(app.cancel_order, CancelOrder("O-1", reason))
    assert "U+" in caught.value.detail


@pytest.mark.parametrize("reason", ["因为合同取消。", "naïve – “yes”", "𠮷野家", "e\u0301", "全角\u3000空格", "👩‍🔬"])
def test_a_reason_may_be_written_as_people_write(town, reason):
    town.order()
    town.do(app.cancel_order, CancelOrder("O-1", reason))
    assert town.events("order/O-1")[-1].reason == reason


@pytest.mark.parametrize("number", ["", "O 1", "O/1", "é", "O" * 65, "订单", "O-1\n", "../x"])
def test_an_order_number_is_a_short_code(town, number):
    with town.refused(texts.IdMalformed):
        town.do(app.register_order, an_order(number))


@pytest.mark.parametrize("name", ["Wang Xiaoming", "王小明", "", "one\n"])
def test_a_party_is_a_credit_code_or_an_opaque_reference_never_a_name(town, name):
    with town.refused(texts.IdMalformed):
        town.do(app.record_link, RecordLink(PUDONG, name, "family", 10_000, DAY, "", WHY))
    town.do(app.record_link, RecordLink(PUDONG, "person:7f3a", "family", 10_000, DAY, "", WHY))


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        ("2026-02-30", DayUnknown),
        ("2026-2-3", DayMalformed),
        ("02/02/2026", DayMalformed),
        ("2026-02-02T00:00", DayMalformed),
        ("", DayMalformed),
        ("２０２６-02-02", DayMalformed),
        ("1026-02-02", DayOutOfRange),
        (20260202, DayMalformed),
        (None, DayMalformed),
    ],
)
def test_a_wrong_day_is_refused(town, day, refusal):
    with town.refused(refusal):
        town.do(app.register_order, an_order(contract_on=day))
    with town.refused(refusal):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", "officer", day))


@pytest.mark.parametrize("digest", ["", "1" * 63, "1" * 65, "A" * 64, "g" * 64, None])
def test_a_document_is_named_by_its_digest(town, digest):
    with town.refused(texts.NotADigest):
        town.do(app.register_order, an_order(contract_digest=digest))
    with town.refused(texts.NotADigest) as caught:
        town.do(partial(app.request_redemption, seed=b"s"), RequestRedemption("O-1", {"test_report": digest}))
    assert caught.value.pointer == "/evidence/test_report"
    assert texts.check_digest(CONTRACT) == CONTRACT


@pytest.mark.parametrize(
    "key",
    [
        "26310000000000000001",
        "DFP:26310000000000000001",
        "dfp: 26310000000000000001",
        "dfp:2631000000000000000",
        "dfp:２６310000000000000001",
        "fp:310012:12345678",
        "inv:CN:SUPPLIER:1",
        "inv:ie:SUPPLIER:1",
    ],
)
def test_an_invoice_has_one_spelling(town, key):
    town.order()
    town.deliver()
    with town.refused(texts.InvoiceKeyMalformed):
        town.invoice(number=key)


@pytest.mark.parametrize("key", [NUMBER, "fp:3100123456:12345678", "fp:310012345678:12345678", "inv:IE:IE6388047V:A/1"])
def test_each_kind_of_invoice_is_taken(town, key):
    town.order()
    town.deliver()
    town.invoice(number=key)
    assert town.state().invoice.invoice == key


@pytest.mark.parametrize("actor", ["", "a b", "a/b", "\ud800", "x" * 65, None])
def test_an_actor_is_a_short_code(town, actor):
    with town.refused(texts.IdMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta(actor, "officer", DAY))
    with town.refused(texts.IdMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", actor, DAY))


def test_an_instant_is_an_instant(town):
    with town.refused(InstantMalformed):
        app.run(town.ledger, app.register_order, an_order(), Meta("officer:li", "officer", DAY, "yesterday"))


@pytest.mark.parametrize("key", ["a b", "\ud800", "x" * 129, "a\x00"])
def test_an_idempotency_key_is_a_short_code(town, key):
    with town.refused(texts.IdMalformed):
        town.order(key=key)


def test_what_is_too_large_for_the_log_is_refused(town):
    command = an_order(attributes={f"a{n}": ("因" * 500,) * 3 for n in range(20)})
    with town.refused(EntryTooLarge):
        town.do(app.register_order, command)
    assert town.order()["subsidy"] == 5_000_00


def test_a_refusal_of_poison_is_recorded_in_a_form_that_can_be_kept(town):
    broken = RegisterOrder(*["\ud800" * 100] * 9, gross=float("nan"), net="x", asked=True)
    refused = Ineligible(tuple(Cause("c", "clause", "x\ud800" * 10_000, "remedy") for _ in range(1_000)))
    app.record_refusal(town.ledger, "register_order", broken, PUDONG, refused, Meta("officer:li", "officer", DAY))
    recorded = town.events(f"refusal/{PUDONG}")[-1]
    assert (recorded.amount, recorded.order_id, len(recorded.reasons)) == (0, "?" * 64, 40)
    assert recorded.reasons[0].text.startswith("x?x?")


def test_a_refusal_of_nobody_is_not_recorded(town):
    with town.refused(texts.IdMalformed):
        app.record_refusal(town.ledger, "x", None, "\ud800", Malformed("No."), Meta("officer:li", "officer", DAY))


def test_a_plain_refusal_is_recorded_with_its_sentence(town):
    with pytest.raises(Refused) as caught:
        town.order(gross=1)
    meta = Meta("enterprise:pudong", "enterprise", DAY)
    app.record_refusal(town.ledger, "register_order", an_order(gross=1), PUDONG, caught.value, meta)
    recorded = town.events(f"refusal/{PUDONG}")[-1]
    assert (recorded.code, recorded.amount, recorded.category) == ("nothing-to-reserve", 1, "TEST")
    assert [why.text for why in recorded.reasons] == [caught.value.detail]
    assert town.voucher().available == 300_000_00


@given(st.text(st.characters(codec=None), max_size=600))
def test_whatever_text_is_taken_is_kept_to_the_last_character(text):
    try:
        texts.check_text(text)
    except Malformed:
        assert texts.check_text(texts.clip(text)) == texts.clip(text)
    else:
        assert wire.parse(wire.canonical(text)) == text
