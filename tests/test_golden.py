"""What the log holds today is read for ever: one stored entry of each event, byte by byte."""

import json

import msgspec
import pytest
import rfc8785

from tests.golden.examples import FOLDER, path_of
from vouchers import wire

FILES = sorted(FOLDER.glob("*.json"))
TOPICS = sorted(wire.EVENTS)


def golden(topic: str) -> bytes:
    return path_of(topic).read_bytes().removesuffix(b"\n")


def again(topic: str, entry: bytes) -> bytes:
    """Return an entry as it would be written again, or nothing where it cannot be read."""
    try:
        return wire.encode(wire.decode(topic, entry))
    except msgspec.ValidationError:
        return b""


def changed(topic: str, change) -> bytes:
    """Return the golden entry with its data changed."""
    entry = json.loads(golden(topic))
    change(entry["data"])
    return wire.canonical(entry)


def test_every_event_has_its_golden_file_and_every_file_its_event():
    assert [path.stem for path in FILES] == TOPICS, "python -m tests.golden.examples writes a new event's file"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_stored_entry_is_read_and_written_again_as_the_same_bytes(topic):
    entry = wire.decode(topic, golden(topic))
    assert type(entry.data) is wire.EVENTS[topic]
    assert entry.type == wire.TOPICS[type(entry.data)] == topic
    assert wire.encode(entry) == wire.seal(entry) == golden(topic)
    assert rfc8785.dumps(json.loads(golden(topic))) == golden(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_field_that_is_missing_renamed_or_unknown_is_noticed(topic):
    for name in json.loads(golden(topic))["data"]:
        assert again(topic, changed(topic, lambda data, name=name: data.pop(name))) == b""
        renamed = changed(topic, lambda data, name=name: data.update({f"{name}_x": data.pop(name)}))
        assert again(topic, renamed) == b""
    unknown = changed(topic, lambda data: data.update(unknown=1))
    assert again(topic, unknown) != unknown


@pytest.mark.parametrize("topic", TOPICS)
def test_every_field_of_an_example_says_something(topic):
    entry = json.loads(golden(topic))
    assert None not in entry["data"].values()
    assert "" not in entry["data"].values()
    assert len(entry) == 12


@pytest.mark.parametrize("change", [{"v": 2}, {"v": "1"}, {"seq": "0"}, {"sequel": 1}, {"ver": 1.5}])
def test_an_envelope_that_we_do_not_know_is_not_read(change):
    entry = json.loads(golden("voucher.Paid")) | change
    assert again("voucher.Paid", json.dumps(entry).encode()) == b""


def test_an_event_that_we_do_not_know_is_named_with_its_place():
    with pytest.raises(wire.UnknownEvent, match=r"voucher\.Lost at 12345"):
        wire.decode("voucher.Lost", golden("voucher.Paid"))
