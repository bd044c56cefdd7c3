"""The derived tables: what they are made of, and the rows of single entries."""

import json
import sqlite3
from dataclasses import fields

import duckdb
import pytest

from service.audit import tables
from service.audit.tables import sqlite
from service.audit.tables.deriving import rows_of
from vouchers.wire import EVENTS, parse


def entry(topic: str, agg: str, data: dict, seq: int = 0, **more) -> bytes:
    whole = {"actor": "officer:li", "agg": agg, "auth": {"role": "officer"}, "data": data, "eff": "2026-01-05"}
    whole |= {"rec": "2026-01-05T09:00:00.000000Z", "seq": seq, "type": topic, "v": 1, "ver": 1} | more
    return json.dumps(whole).encode()


def row(table: str, *lines: bytes) -> dict:
    chosen = tables.BY_NAME[table]
    return dict(zip(chosen.names, list(rows_of(chosen, lines))[-1], strict=True))


@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_every_table_reads_only_fields_that_its_events_have(table):
    events = [event for source in table.sources for event in source.events if event != "*"]
    names = {field.name for event in events for field in fields(EVENTS[event])}
    paths = [path for column in table.columns for path in column.path.split("|")]
    paths += [source.each for source in table.sources]
    read = {path.split(".")[1] for path in paths if path.startswith("data.")}
    assert read <= names


# What only repeats other events: it is among all entries, and in no table of its own.
REPEATS = {"flow.Cleared", "flow.Uncleared", "request.Answered", "watch.Listed"}


def test_every_other_event_has_a_table_beside_that_of_all_entries():
    told = {event for table in tables.TABLES for source in table.sources for event in source.events}
    assert set(EVENTS) - told == REPEATS


def test_the_tables_can_be_made_in_both_engines():
    lite, duck = sqlite3.connect(":memory:"), duckdb.connect()
    sqlite.create(lite, tables.TABLES)
    for table in tables.TABLES:
        columns = ", ".join(f"{name} VARCHAR" for name in table.names)  # Unquoted: no name is a word of SQL.
        duck.execute(f"CREATE TABLE {table.name} ({columns})")
        assert lite.execute(f"SELECT {', '.join(table.names)} FROM {table.name}").fetchall() == []
    lite.close()
    duck.close()


def test_a_movement_says_from_where_to_where_and_in_which_money():
    issued = entry(
        "voucher.Issued", "voucher/V-1", {"programme": "SH", "period": "2026", "currency": "CNY", "face": 300_00}
    )
    paid = entry("voucher.Paid", "voucher/V-1", {"programme": "SH", "amount": 12_05, "order_id": "O-1"}, seq=1)
    found = row("movements", issued, paid)
    assert (found["voucher_id"], found["from_place"], found["to_place"]) == ("V-1", "claimed", "paid")
    assert (found["amount"], found["amount_decimal"], found["currency"]) == (1205, "12.05", "CNY")
    assert row("movements", issued)["from_place"] is None


def test_a_currency_without_decimals_is_written_without_a_point():
    issued = entry("voucher.Issued", "voucher/V-1", {"currency": "JPY", "face": 300})
    assert row("vouchers", issued)["face_decimal"] == "300"


def test_an_empty_text_is_nothing():
    assert row("orders", entry("order.Registered", "order/O-1", {"pool": "", "programme": "SH"}))["pool"] is None


def test_true_is_no_number():
    facts = entry("enterprise.FactsRecorded", "enterprise/E", {"facts": {"in_incubator": True}})
    assert (row("enterprise_facts", facts)["text"], row("enterprise_facts", facts)["number"]) == ("true", None)


def test_the_rows_of_one_entry_are_numbered_through():
    data = {"enterprise_facts": {"b": 2, "a": 1}, "provider_facts": {"c": ["x"]}, "attributes": {}}
    line = entry("order.Registered", "order/O-1", data)
    found = [dict(zip(tables.BY_NAME["decision_facts"].names, each, strict=True)) for each in
             rows_of(tables.BY_NAME["decision_facts"], [line])]  # fmt: skip
    assert [(each["place"], each["fact_set"], each["name"], each["text"]) for each in found] == [
        (1, "enterprise_facts", "a", "1"),
        (2, "enterprise_facts", "b", "2"),
        (3, "provider_facts", "c", '["x"]'),
    ]


def test_a_policy_is_spread_into_its_single_values():
    document = json.dumps({"cap": [{"level": "enterprise", "limit": 5}], "never": []})
    line = entry("programme.PolicyAdopted", "programme/SH", {"programme": "SH", "version": "1", "document": document})
    names = tables.BY_NAME["policy_values"].names
    found = [dict(zip(names, each, strict=True)) for each in rows_of(tables.BY_NAME["policy_values"], [line])]
    assert [(each["name"], each["text"], each["number"]) for each in found] == [
        ("cap.0.level", "enterprise", None),
        ("cap.0.limit", "5", 5),
    ]
    assert row("policy_caps", line)["cap_limit"] == 5


def test_the_number_of_an_order_stands_in_the_stream_of_orders_only():
    assert row("decisions", entry("order.Registered", "order/O-1", {}))["order_id"] == "O-1"
    assert row("decisions", entry("entitlement.Denied", "entitlement/SH/2026/E", {}))["order_id"] is None


def test_definitions_are_plain_json():
    assert parse(json.dumps(tables.definitions())) == tables.definitions()
