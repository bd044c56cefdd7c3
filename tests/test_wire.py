"""The bytes of an entry: canonical JSON, restricted to what we store."""

import hashlib
import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from tests.golden.examples import entry_of
from vouchers import wire
from vouchers.enterprise.events import CreditTierChanged, FactsRecorded
from vouchers.voucher.events import Expired

VECTORS = Path(__file__).parents[2] / "shared" / "vectors" / "jcs" / "testdata"
PLAIN = ("arrays", "unicode")  # The others hold floats or names that are not ASCII.
FOREIGN = ("french", "structures", "values", "weird")
LARGEST = 2**53 - 1

needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason=f"there are no test vectors at {VECTORS}")
texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
names = some.text(some.characters(max_codepoint=127), max_size=8)
scalars = some.none() | some.booleans() | some.integers(-LARGEST, LARGEST) | texts
values = some.recursive(scalars, lambda inner: some.lists(inner) | some.dictionaries(names, inner), max_leaves=20)


@needs_vectors
@pytest.mark.parametrize("name", PLAIN)
def test_the_published_inputs_give_the_published_outputs(name):
    value = json.loads((VECTORS / "input" / f"{name}.json").read_text(encoding="utf-8"))
    assert wire.canonical(value) == (VECTORS / "output" / f"{name}.json").read_bytes()
    assert wire.canonical(value) == bytes.fromhex((VECTORS / "outhex" / f"{name}.txt").read_text())


@needs_vectors
@pytest.mark.parametrize("name", FOREIGN)
def test_the_published_inputs_with_floats_or_foreign_names_are_refused(name):
    value = json.loads((VECTORS / "input" / f"{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(wire.NotCanonical):
        wire.canonical(value)


@needs_vectors
@pytest.mark.parametrize("name", ["values", "weird"])
def test_the_texts_of_the_published_inputs_are_escaped_as_published(name):
    value = json.loads((VECTORS / "input" / f"{name}.json").read_text(encoding="utf-8"))
    output = (VECTORS / "output" / f"{name}.json").read_bytes()
    for text in [*value.values()]:
        if isinstance(text, str):
            assert wire.canonical(text) in output
    assert {path.stem for path in (VECTORS / "input").iterdir()} == {*PLAIN, *FOREIGN}


@given(values)
def test_canonical_bytes_are_those_of_another_implementation(value):
    assert wire.canonical(value) == rfc8785.dumps(value)
    assert wire.parse(wire.canonical(value)) == value


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, True, None, [], {"": ""}, ("a",), {"a": {"b": [0]}}])
def test_what_has_a_canonical_form_is_written(value):
    assert wire.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        LARGEST + 1,
        -LARGEST - 1,
        2**64,
        0.5,
        1.0,
        float("nan"),
        {"é": 1},
        {1: 1},
        b"x",
        {"a"},
        [{"b": [1.5]}],
        object(),
        "\ud800",
    ],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(wire.NotCanonical):
        wire.canonical(value)


def entry(data):
    return wire.Entry("a", "x/1", {"role": "r"}, data, "2026-01-02", "rec", 0, wire.TOPICS[type(data)], 1, 1)


@pytest.mark.parametrize("amount", [0, LARGEST, -LARGEST])
def test_an_amount_within_the_bounds_is_sealed(amount):
    text = wire.seal(entry(Expired("P", "2026", amount)))
    assert wire.decode("voucher.Expired", text).data.amount == amount


@pytest.mark.parametrize("amount", [LARGEST + 1, -LARGEST - 1, 2**70, 1.0, 0.5, True, None, "1"])
def test_an_amount_that_could_not_be_read_back_is_not_sealed(amount):
    with pytest.raises(wire.NotCanonical, match=r"voucher\.Expired"):
        wire.seal(entry(Expired("P", "2026", amount)))


@pytest.mark.parametrize("facts", [{"é": 1}, {"staff": LARGEST + 1}, {"rate": 0.5}, {"x": None}, {"x": {"y": 1}}])
def test_facts_that_are_not_plain_are_not_sealed(facts):
    with pytest.raises(wire.NotCanonical):
        wire.seal(entry(FactsRecorded("2025-12-31", "f.csv", "00", facts)))


def test_foreign_words_are_sealed_as_they_are():
    text = wire.seal(entry(FactsRecorded("2025-12-31", "é.csv", "00", {"name": "上海", "lists": ("一", "二")})))
    assert "上海".encode() in text
    assert wire.decode("enterprise.FactsRecorded", text).data.facts == {"name": "上海", "lists": ("一", "二")}


@pytest.mark.parametrize("tier", ["\ud800", "a\udfffb"])
def test_half_a_character_is_not_sealed(tier):
    with pytest.raises(wire.NotCanonical):
        wire.seal(entry(CreditTierChanged(tier, "x")))


@pytest.mark.parametrize("topic", sorted(wire.EVENTS))
def test_every_event_can_be_sealed_and_told_apart(topic):
    text = wire.seal(entry_of(topic))
    assert wire.decode(topic, text) == entry_of(topic)
    assert wire.recorded_at(text) == entry_of(topic).rec
    assert wire.canonical(wire.plain(entry_of(topic).data)) == wire.canonical(json.loads(text)["data"])


def test_a_leaf_is_hashed_with_its_prefix():
    assert wire.leaf_hash(b"{}") == hashlib.sha256(b"\x00{}").digest()
    # The root of a tree with one empty leaf, as RFC 6962 implementations publish it.
    assert wire.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
