"""The short way of reading a request: where it gives an answer, it is what the long way gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.bulk import FactsQuery, OrderLine, RedemptionLine
from schemas.requests import DeliveryBody, NoBody, OrdersQuery, PaymentBody, PlainQuery, ReviewBody, StatementQuery

PLAIN = [RedemptionLine(), FactsQuery(), DeliveryBody(), OrdersQuery(), PlainQuery(), StatementQuery()]
OTHERS = [OrderLine(), NoBody(), PaymentBody(), ReviewBody()]
GOOD = ["O-1", "2026-02-02", "1" * 64, True, 7, "7", {"test_report": "2" * 64}, "a b"]
ANYTHING = st.sampled_from([*GOOD, None, "", -1, [], {}, "x" * 9_999, 1.5])


@pytest.mark.parametrize("schema", PLAIN, ids=lambda schema: type(schema).__name__)
def test_it_gives_what_the_long_way_gives_or_nothing(schema):
    @given(st.dictionaries(st.sampled_from([*schema.fields, "colour"]), ANYTHING))
    def same(document):
        found = schema.read_plainly(document)
        try:
            expected = schema.load(document)
        except ValidationError:
            assert found is None
        else:
            assert found in (expected, None)

    same()


def test_what_is_right_goes_the_short_way():
    line = {"key": "k-1", "order_id": "O-1", "evidence": {"test_report": "2" * 64}}
    assert RedemptionLine().read_plainly(line) == {**line, "more_to_come": False}
    assert PlainQuery().read_plainly({}) == {}


@pytest.mark.parametrize("schema", OTHERS, ids=lambda schema: type(schema).__name__)
def test_where_more_is_asked_than_each_member_by_itself_there_is_no_short_way(schema):
    assert schema.read_plainly({}) is None


def test_what_is_no_object_goes_the_long_way():
    assert [RedemptionLine().read_plainly(document) for document in ([], "x", None, 1)] == [None] * 4
