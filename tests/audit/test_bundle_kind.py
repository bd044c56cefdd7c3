"""What the log says of bundles that were handed out."""

from dataclasses import replace

import pytest

from vouchers.bundle.decisions import MOST_EXPORTS, BundleFormatUnknown, RecordExport, TooManyExports, export
from vouchers.bundle.state import Bundle, evolve

EXPORT = RecordExport("example.gov/log", 7, "aa" * 32, "bb" * 32, ("csv", "sqlite"), "annual audit", "audit office")


def test_an_export_is_recorded_once_for_each_recipient_and_purpose():
    first = export(Bundle(), EXPORT)
    state = evolve(Bundle(), first[0])
    assert export(state, EXPORT) == []
    assert [event.recipient for event in export(state, replace(EXPORT, recipient="ministry of finance"))] == [
        "ministry of finance"
    ]


def test_a_format_that_nobody_writes_is_refused():
    with pytest.raises(BundleFormatUnknown) as refused:
        export(Bundle(), replace(EXPORT, formats=("csv", "doc")))
    assert refused.value.pointer == "/formats/1"


def test_one_bundle_is_handed_out_a_hundred_times_and_no_more():
    state = Bundle()
    for number in range(MOST_EXPORTS):
        state = evolve(state, export(state, replace(EXPORT, recipient=f"office {number}"))[0])
    assert len(state.exported) == MOST_EXPORTS
    with pytest.raises(TooManyExports):
        export(state, replace(EXPORT, recipient="one office more"))
