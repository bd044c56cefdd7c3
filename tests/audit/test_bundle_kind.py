"""What the log says of bundles that were handed out."""

from dataclasses import replace

import pytest

from vouchers.bundle.decisions import (
    MOST_DISCLOSED,
    MOST_EXPORTS,
    BundleFormatUnknown,
    DisclosureUnfounded,
    RecordExport,
    TooManyDisclosed,
    TooManyExports,
    export,
)
from vouchers.bundle.events import BundleExported, ValuesDisclosed
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


def test_what_was_disclosed_is_on_record_with_its_basis_once():
    command = replace(EXPORT, seqs=(3, 5), basis="article 32")
    exported, disclosed = export(Bundle(), command)
    assert isinstance(exported, BundleExported)
    assert disclosed == ValuesDisclosed("bb" * 32, (3, 5), "article 32", "annual audit", "audit office")
    assert export(evolve(evolve(Bundle(), exported), disclosed), command) == []


@pytest.mark.parametrize(("seqs", "basis"), [((3,), ""), ((), "article 32")])
def test_values_are_disclosed_on_a_basis_and_a_basis_is_for_values(seqs, basis):
    with pytest.raises(DisclosureUnfounded):
        export(Bundle(), replace(EXPORT, seqs=seqs, basis=basis))


def test_a_bundle_discloses_a_thousand_values_and_no_more():
    most = tuple(range(MOST_DISCLOSED))
    assert len(export(Bundle(), replace(EXPORT, seqs=most, basis="article 32"))) == 2
    with pytest.raises(TooManyDisclosed):
        export(Bundle(), replace(EXPORT, seqs=(*most, MOST_DISCLOSED), basis="article 32"))
