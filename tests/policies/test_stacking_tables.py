"""The tables about regions, stacking and aid: what they say, and every fault named with its place."""

import pytest

from tests.policies.cases import EVERY, SH, YRD, document, policy
from vouchers.policy import PolicyFaults, parse
from vouchers.policy.regions import area_of, payer_of
from vouchers.policy.stacking import Aid, LookBack, Stacking

AID = {"scope": "S", "ceiling": 1, "period": "rolling", "months": 36, "counts_at": "grant"}
BACK = {"programme": "X", "months": 60, "text": "Only once.", "remedy": "Wait."}
SPLIT = [{"level": "province", "share_bp": 5_000}, {"level": "city", "share_bp": 5_000}]


def changed(**tables):
    """The Shanghai policy with these tables."""
    text = document()
    for name, table in tables.items():
        text[name] = text.get(name, {}) | table
    return text


def faults_of(text):
    """The faults of a document, by path."""
    with pytest.raises(PolicyFaults) as raised:
        parse(text)
    return {fault.path: fault for fault in raised.value.faults}


def test_shanghai_counts_neither_contracts_nor_aid():
    assert (policy(SH).stacking, policy(SH).aid, policy(SH).settlement.payer_areas) == (None, None, ())
    assert all(not each.lookbacks for each in policy(SH).beneficiaries)


def test_the_delta_names_who_pays_whose_admissions_count_and_that_it_pays_alone():
    delta = policy(YRD)
    assert delta.settlement.payer_areas == ("31", "310118", "320509", "330421", "3405")
    assert delta.admission.recognises == ("31", "32", "33", "34")
    assert delta.stacking == Stacking((), 10_000, (), True, "no cumulation")


@pytest.mark.parametrize("name", [each for each in ("ie-iv", "at-ffg-is") if each in EVERY])
def test_de_minimis_is_300_000_euro_in_three_years_and_counts_at_the_grant(name):
    aid = policy(name).aid
    assert (aid.ceiling, aid.months, aid.counts_at) == (30_000_000, 36, "grant")


def test_every_table_is_read():
    tables = {"stacking": {"with": ["A"], "ceiling_bp": 9_000, "cost_split": SPLIT}, "aid": AID}
    read = parse(changed(**tables))
    assert read.stacking == Stacking(("A",), 9_000, (("province", 5_000), ("city", 5_000)), False, "")
    assert read.aid == Aid("S", 1, 36, "grant", "")
    text = document()
    text["beneficiary"][0]["lookback"] = [BACK]
    assert parse(text).beneficiaries[0].lookbacks == (LookBack("X", 60, "", "Only once.", "Wait."),)


@pytest.mark.parametrize(
    ("tables", "path"),
    [
        ({"stacking": {"with": ["A"]}}, "stacking.ceiling_bp"),
        ({"stacking": {"with": ["A"], "ceiling_bp": 10_001}}, "stacking.ceiling_bp"),
        ({"stacking": {"with": ["A"], "ceiling_bp": 1, "one_programme": True}}, "stacking.with"),
        ({"stacking": {"cost_split": SPLIT[:1]}}, "stacking.cost_split"),
        ({"stacking": {"cost_split": [{"level": "city"}]}}, "stacking.cost_split[0].share_bp"),
        ({"stacking": {"alone": True}}, "stacking.alone"),
        ({"aid": AID | {"ceiling": 0}}, "aid.ceiling"),
        ({"aid": AID | {"months": 0}}, "aid.months"),
        ({"aid": AID | {"months": 241}}, "aid.months"),
        ({"aid": AID | {"period": "weekly"}}, "aid.period"),
        ({"aid": AID | {"counts_at": "payment"}}, "aid.counts_at"),
        ({"aid": AID | {"period": "calendar_year"}}, "aid.months"),
        ({"settlement": {"payer_areas": ["31"]}}, "settlement.payer_areas"),
    ],
)
def test_a_fault_is_named_by_its_path(tables, path):
    fault = faults_of(changed(**tables))[path]
    assert fault.message.endswith(".")
    assert fault.remedy.endswith(".")


@pytest.mark.parametrize("key", BACK)
def test_a_look_back_needs_every_value(key):
    text = document()
    text["beneficiary"][0]["lookback"] = [{name: value for name, value in BACK.items() if name != key}]
    assert f"beneficiary[0].lookback[0].{key}" in faults_of(text)


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [("2026-03-01", "2023-03-02", "2029-02-28"), ("2024-02-29", "2021-03-01", "2027-02-27")],
)
def test_a_window_of_three_years_is_counted_to_the_day(on, first, last):
    rule = Aid("S", 1, 36, "grant", "")
    assert (rule.first_day(on), rule.last_day(on)) == (first, last)


def test_a_calendar_year_is_a_window_of_its_own():
    rule = Aid("S", 1, 0, "grant", "")
    assert (rule.first_day("2026-03-01"), rule.last_day("2026-03-01")) == ("2026-01-01", "2026-12-31")


@pytest.mark.parametrize(
    ("region", "area"),
    [("310115", "31"), ("310118", "310118"), ("320509", "320509"), ("320508", ""), ("", ""), (None, "")],
)
def test_the_narrowest_area_is_the_one(region, area):
    assert area_of(region, ("31", "310118", "320509")) == area


@pytest.mark.parametrize(("pool", "payer"), [("general:31", "31"), ("general", ""), ("TEST", "")])
def test_a_pool_tells_who_pays(pool, payer):
    assert payer_of(pool) == payer


def test_bavaria_pays_a_contract_alone_and_latvia_counts_de_minimis_aid():
    assert policy("by-std").stacking == Stacking((), 10_000, (), True, "no cumulation")
    assert policy("lv-liaa").aid == Aid(
        "EU-DE-MINIMIS-LV", 30_000_000, 36, "grant", "de minimis aid, regulation 2023/2831"
    )
