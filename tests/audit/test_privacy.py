"""Nothing in the log names a person: every text of every event has its reason, and what was played is searched."""

import io
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from rich.console import Console

from service.audit.disclosing import DisclosureMalformed, digest_of, disclosed, disclosure_of
from service.demo import run_demo
from service.settings import load_settings
from service.wiring import Service
from tests.audit import vectors
from tests.examples import SH_CODE
from tests.golden.examples import FOLDER
from tests.service.walk import a_year
from tests.town import an_empty_town
from vouchers import application as app
from vouchers.ledger.recorder import PAGE
from vouchers.programme.decisions import CloseProgramme
from vouchers.texts import PersonalDataTold, personal_in
from vouchers.wire import EVENTS

# What every text of an event is, by its name; docs/privacy.md says why what people write is there.
KINDS_OF_TEXT = """
written freely: occasion purpose recipient bank_reason content detail grounds measure note reason reference remedy
  summary text title
names of organisations: authority name rate_source source standard unit
tables of facts: answers attributes enterprise_facts evidence facts figures provider_facts
numbers of banks and bodies: bank_account bank_reference
people as role and reference: by officer reviewer
digests, seeds and keys: beside commitment digest fingerprint nonce public_key root salt sampling_commitment seed
numbers of ours: booklet clearing invoice on orders other others party predecessors red_invoice since subject
logs, witnesses and their keys: cosignature_times origin old_origin old_root signature vkey
  new_signature new_vkey old_signature old_vkey
words of the rules: change formats basis cap caps categories category cause clause code command currency direction
  document effect foreign_currency
  field fields finding findings form kind level measures method outcome payee period place pointers policy_version pool
  population programme region region_from region_to rule rules signal signals status step strata tier tier_before
  treatment version voucher_kind would closing_side opening_side to_pool from_pool month answer request left
"""
# Ends of names that say what a text is: a day, an instant, a number, a person as role:reference, a digest, a reference.
ENDS = ("_on", "_at", "_id", "_by", "_digest", "_hash", "_hex", "_ref", "_sha256")
KNOWN = frozenset(word for line in KINDS_OF_TEXT.splitlines() for word in line.rpartition(":")[2].split())


def closing(reason: str) -> tuple[Any, Any]:
    """The close of the programme, for a reason that somebody types."""
    return app.close_programme, CloseProgramme(SH_CODE, "2026-12-31", reason)


def texts_of(kind: Any, name: str = "") -> Iterator[str]:
    """The names under which an event keeps texts."""
    if kind is str:
        yield name
    elif is_dataclass(kind):
        hints = get_type_hints(kind)
        for each in fields(kind):
            yield from texts_of(hints[each.name], each.name)
    elif get_origin(kind) in (Union, UnionType, tuple) or get_origin(kind) is not None:
        for each in get_args(kind):
            yield from texts_of(each, name)


def values_in(value: Any) -> Iterator[str]:
    """Every text in plain JSON values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from values_in(each)


def personal_entries(entries: Iterator[bytes]) -> list[str]:
    """What looks personal in some entries."""
    seen: set[str] = set()
    found = []
    for entry in entries:
        for text in values_in(json.loads(entry)):
            if text not in seen:
                seen.add(text)
                found += [f"{told}: {text}"] if (told := personal_in(text)) else []
    return found


def test_every_text_of_every_event_is_a_code_a_reference_or_known_to_be_written_freely():
    for topic, event in EVENTS.items():
        unknown = {name for name in texts_of(event) if name not in KNOWN and not name.endswith(ENDS)}
        assert not unknown, f"{topic}: say what kind of text this is, here and in docs/privacy.md"


def test_no_golden_entry_has_what_tells_of_a_person():
    assert personal_entries(path.read_bytes() for path in FOLDER.glob("*.json")) == []


def test_no_entry_of_a_random_year_has_what_tells_of_a_person():
    with a_year(steps=100) as town:
        rows = town.ledger.rows(0, town.ledger.size())
        assert len(rows) > 500
        assert personal_entries(row.entry for row in rows) == []


@pytest.mark.parametrize("scale", [60, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_entry_of_the_demonstration_has_what_tells_of_a_person(tmp_path, scale):
    screen = Console(file=io.StringIO(), width=160)
    size = run_demo(tmp_path / "data", scale=scale, console=screen)["position"]
    with Service(load_settings(str(tmp_path / "data"), {})) as service:
        rows = (row.entry for start in range(0, size, PAGE) for row in service.ledger.rows(start, start + PAGE))
        assert personal_entries(rows) == []
    assert size > scale * 10


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("write to li.wei@example.cn", "an e-mail address"),
        ("电话13800138000。", "a telephone number"),
        ("电话１３８００１３８０００", "a telephone number"),
        ("+44 20 7946 0958", "a telephone number"),
        ("138 0013 8000", "a telephone number"),
        ("id 11010519491231002X", "the number of an identity card"),
        ("pay DE89 3704 0044 0532 0130 00 soon", "an IBAN"),
        ("GB82WEST12345698765432", "an IBAN"),
        ("card 6222 0210 0112 2334 458", "the number of a bank card"),
    ],
)
def test_what_tells_of_a_person_by_its_form_is_found(text, what):
    assert personal_in(text) == what


@pytest.mark.parametrize(
    "text",
    [
        "order O-BG8P-3004-2HD4-X of 91310107MA00017G58",
        "red-letter invoice dfp:26331000000000000930",
        "from 2026-03-31 on, 13,800,138,000.00 CNY, 138001380001",
        "110105194912310021",  # its check character is another
        "DE88370400440532013000",  # its check digits are others
        "entry 84,939 @ 12:00",
        "6222021001122334455",  # its last digit is another
    ],
)
def test_numbers_of_ours_tell_of_nobody(text):
    assert personal_in(text) == ""


def test_whoever_writes_a_telephone_number_into_a_reason_is_refused_and_nothing_is_recorded():
    with an_empty_town() as town:
        town.adopt()
        town.record()
        town.entitle()
        before = town.ledger.size()
        with pytest.raises(PersonalDataTold) as caught:
            town.do(*closing("ask Mr Li, 13800138000"))
        assert caught.value.pointer == "/reason"
        assert "telephone" in caught.value.detail
        assert town.ledger.size() == before
        town.do(*closing("the money is spent"))


def test_a_disclosure_is_that_of_the_standard():
    vector = vectors.read("notes-and-keys/rfc9901_disclosure.json")
    assert disclosed(vector["disclosure"]) == ("_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius")
    assert disclosure_of("family_name", "Möbius", "_26bc4LT-ac6q2KI6cBW5es") == vector["disclosure"]
    assert digest_of(vector["disclosure"]) == vector["digest"]


def test_two_commitments_to_one_value_tell_nothing_of_each_other():
    first, second = (disclosure_of("phone", "13800138000") for _ in range(2))
    assert digest_of(first) != digest_of(second)
    assert len(disclosed(first).salt) == 22  # 128 bits


@pytest.mark.parametrize(
    "text", ["", "e30", "WyJhIiwiYiJd", "WzEsImIiLDNd", "%%%", "A" * 70_000, "ÄÖ", "W1tb" * 16_000]
)
def test_what_is_no_disclosure_is_refused(text):
    with pytest.raises(DisclosureMalformed):
        disclosed(text)
