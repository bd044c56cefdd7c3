"""The command behind every decision is found again from its entries alone, whatever it was about."""

from dataclasses import replace
from itertools import pairwise

import pytest
from msgspec import structs

from service.audit.replaying.parts import replay, replay_part
from tests.audit.whatif_worlds import Kept
from tests.service.walk import a_year
from vouchers import wire
from vouchers.account import events as account
from vouchers.bankline import events as bankline
from vouchers.budget import events as budget
from vouchers.conduct import events as conduct
from vouchers.demand import events as demand
from vouchers.enterprise import events as enterprise
from vouchers.provider import events as provider
from vouchers.recalling import BY_FIRST, BY_MARK, Past, Turn, recall, turns
from vouchers.redeciding import FACT, redecide
from vouchers.redeciding.coverage import FOLLOWS, covered
from vouchers.remittance import events as remittance
from vouchers.request.events import Answered
from vouchers.round import events as rounds
from vouchers.settlement import events as settlement
from vouchers.statement import events as statement
from vouchers.support import events as support


@pytest.fixture(scope="module")
def rows():
    with a_year(1, 200) as town:
        return town.ledger.rows(0, town.ledger.size())


@pytest.fixture(scope="module")
def year(rows):
    return [wire.decode(row.topic, row.entry) for row in rows]


@pytest.fixture(scope="module")
def lines(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("year") / "events.jsonl"
    path.write_bytes(b"".join(wire.line_of(row.entry) + b"\n" for row in rows))
    return path


def judged(entries):
    return [each for _, turn in redecide(entries, Past(Kept(()))) for each in turn]


def test_every_event_that_the_table_promises_is_decided_again_in_a_random_year(year):
    found = judged(year)
    assert [gap for each in found for gap in each.gaps] == []
    promised = {each.event for each in covered() if each.levels}
    assert {each.entry.type for each in found if each.levels or each.redacted} >= promised
    assert {each.entry.type for each in found if not each.levels and not each.redacted} <= set(wire.EVENTS) - promised


def test_an_event_is_asked_for_by_itself_or_follows_another_and_never_both():
    asked = {wire.TOPICS[event] for event in (*BY_FIRST, *BY_MARK)}
    assert asked & FOLLOWS == set()


def test_an_answer_that_was_kept_beside_a_decision_changes_nothing_of_its_command(year):
    past = Past(Kept(()))
    for turn in turns(year):
        kept = structs.replace(turn.first, agg="request/o:1/k", data=Answered("x", "0" * 64, "{}"), cause=turn.cause)
        assert list(recall(Turn((*turn.entries, kept)), past)) == list(recall(turn, past)), turn.topic
        for entry in turn.entries:
            past.add(entry)


def test_a_log_is_decided_alike_wherever_it_is_cut(year, lines, tmp_path):
    """Also what looks for its programme among those on record, such as a renewal."""
    whole = tmp_path / "whole.csv"
    with whole.open("wb") as output:
        found = replay(str(lines), processes=1, output=output)
    assert (found.findings, found.size) == ([], len(year))
    renewed = next(entry.seq for entry in year if isinstance(entry.data, provider.Renewed))
    bounds = [0, 400, renewed, renewed + 1, 900, len(year)]
    pieces = []
    for number, (start, stop) in enumerate(pairwise(bounds)):
        path = tmp_path / f"{number}.csv"
        replay_part(str(lines), len(year), start, stop, path, 3, lambda _: None)
        pieces.append(path.read_bytes())
    header, _, told = whole.read_bytes().partition(b"\n")
    assert header.startswith(b"seq,event")
    assert b"".join(pieces) == told


def test_a_past_that_begins_in_the_middle_stands_as_one_from_the_start(year):
    size = 700
    before, streams = year[:size], {entry.agg for entry in year}
    whole, small = Past(Kept(year)), Past(Kept(year), remembered=10)
    late = Past(Kept(year), size, [entry.agg for entry in before])
    for entry in before:
        assert whole.add(entry)
        small.add(entry)
    for stream in sorted(streams):
        assert whole.slot(stream) == small.slot(stream) == late.slot(stream), stream
    assert whole.programmes == small.programmes == late.programmes != set()


# What follows from a rule in acts of office, in what banks tell and people state: which event, and what is changed.
WRONG = [
    (provider.Renewed, lambda _: {"until_on": "2031-01-01"}, "until_on"),
    (provider.SiteAccountSet, lambda _: {"account_ref": "account:mine"}, "account_ref"),
    (account.Approved, lambda _: {"approved_by": "officer:nobody"}, "approved_by"),
    (conduct.CleanPaid, lambda event: {"total": event.total + 1}, "total"),
    (conduct.TierMoved, lambda _: {"tier": "A+"}, "tier"),
    (enterprise.OverCapFound, lambda event: {"used": event.used + 1}, "used"),
    (enterprise.Succeeded, lambda _: {"predecessors": ()}, "predecessors"),
    (bankline.Resolved, lambda _: {"approved_by": "finance:nobody"}, "approved_by"),
    (bankline.Resolved, lambda event: {"instruction_id": f"{event.instruction_id}0"}, "instruction_id"),
    (budget.TransferredOut, lambda event: {"committed": event.committed + 1}, "committed"),
    (demand.Ordered, lambda _: {"order_id": "O-mine"}, "order_id"),
    (rounds.Closed, lambda event: {"money": event.money + 1}, "money"),
    (remittance.FileMade, lambda _: {"made_by": "finance:nobody"}, "made_by"),
    (remittance.InstructionSent, lambda _: {"account_ref": "account:mine"}, "account_ref"),
    (statement.Imported, lambda _: {"imported_by": "finance:nobody"}, "imported_by"),
    (settlement.Endorsed, lambda _: {"endorsed_by": "finance:nobody"}, "endorsed_by"),
    (support.SupportDecided, lambda event: {"amount": event.amount + 1}, "amount"),
]


@pytest.mark.parametrize(("kind", "change", "what"), WRONG, ids=[f"{each[0].__module__}-{each[2]}" for each in WRONG])
def test_what_follows_from_a_rule_is_found_where_it_was_written_otherwise(year, kind, change, what):
    entry = next(each for each in year if isinstance(each.data, kind) and not each.redacted)
    wrong = structs.replace(entry, data=replace(entry.data, **change(entry.data)))
    found = [each for each in judged([wrong if each is entry else each for each in year]) if each.gaps]
    assert found[0].entry.seq == entry.seq
    assert [(gap.level, gap.what) for gap in found[0].gaps] == [(FACT, what)]
