"""Values about subjects that a bundle discloses on a legal basis, and what is checked of them."""

import json
from pathlib import Path

import pytest

from service.audit import privacy
from service.audit.bundle.disclosures import ValueNotCommitted
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.disclosing import disclosure_of
from service.audit.vault import ValueUnknown, Vault
from service.wiring import Service
from tests.audit.bundles import OFFICER, World
from tests.audit.signing_worlds import an_installation, happen
from vouchers.bundle.decisions import DisclosureUnfounded
from vouchers.bundle.events import ValuesDisclosed

PHONE, NAME = "+86 21 5555 0199", "Li Wei"
LAW = "audit law, article 32"


def an_office(service: Service) -> None:
    """A log in which two values about a subject and one about another one are committed to."""
    happen(service, 2)
    privacy.keep(service, "S-1", "phone", PHONE, OFFICER)
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    privacy.keep(service, "S-2", "phone", "another", OFFICER)


def a_bundle(service: Service, folder: Path, *disclose: tuple[str, str], basis: str = LAW) -> World:
    wanted = Wanted(folder / "bundle", (), "annual audit", "audit office", disclose, basis)
    made = export_bundle(service, wanted, OFFICER)
    trust = folder / "trust"
    trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    return World(folder / "bundle", trust, trust, service.checkpoints.keys.current, made.signed.checkpoint.size)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("office")
    with Service(an_installation(folder / "data")) as service:
        an_office(service)
        return a_bundle(service, folder, ("S-1", "phone"))


@pytest.fixture
def world(made, tmp_path) -> World:
    return made.copy(tmp_path / "bundle")


def test_a_value_is_disclosed_with_the_entry_that_commits_to_it_and_no_other_is(made):
    [line] = (made.folder / "disclosures.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["seq"], told["subject"], told["field"], told["basis"]) == (2, "S-1", "phone", LAW)
    found = made.check(tables=True)
    assert found.verdict() == (0, "Everything fits.")
    assert "disclosures: 1 values, each as its entry commits to it" in found.good
    page = (made.folder / "README.html").read_text()
    assert f"disclosures.jsonl discloses values about 1 subject (1 in all). Legal basis: {LAW}." in page


def test_the_log_keeps_what_was_disclosed_to_whom_and_why_and_not_the_value(made):
    with Service(an_installation(made.trust.parent / "data")) as service:
        events = [entry for entry in service.ledger.entries() if isinstance(entry.data, ValuesDisclosed)]
        assert not any(PHONE.encode() in row.entry for row in service.ledger.rows(0, service.ledger.size()))
    [event] = [entry.data for entry in events]
    assert (event.seqs, event.basis, event.purpose, event.recipient) == ((2,), LAW, "annual audit", "audit office")
    assert event.manifest_sha256 == events[0].agg.removeprefix("bundle/")


def told(**changes):
    """Change the only line of disclosures.jsonl."""

    def change(line: dict) -> dict:
        return line | changes

    return change


WRONG = {
    "another value": told(disclosure=disclosure_of("phone", "+86 21 5555 0200")),
    "the value under another name": told(field="name"),
    "the name of another value": told(disclosure=disclosure_of("name", PHONE)),
    "another subject": told(subject="S-2"),
    "another commitment": told(seq=3),
    "an entry that commits to nothing": told(seq=0),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_disclosure_that_is_not_what_was_committed_to_is_named_though_the_log_signed_it(world, what):
    path = world.folder / "disclosures.jsonl"
    line = WRONG[what](json.loads(path.read_text()))
    path.write_text(json.dumps(line) + "\n")
    changed = "The file disclosures.jsonl was changed after the manifest was made."
    assert ("proof", None, changed) in world.check().problems
    world.sign_again()
    code, text = world.verdict()
    assert (code, text.startswith(f"The first bad record is {line['seq']} ")) == (2, True)
    assert f"disclosures.jsonl does not have the {line['field']} of {line['subject']}" in text


def test_what_is_no_disclosure_is_refused(world):
    (world.folder / "disclosures.jsonl").write_text('{"seq":2,"subject":"S-1","field":"phone","disclosure":"e30"}\n')
    world.sign_again()
    assert world.verdict()[0] == 2


def test_an_erased_subject_has_nothing_to_disclose_and_its_old_disclosure_is_found(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        an_office(service)
        with service.desk.reading() as desk:
            kept = Vault(service.desk).find(desk, "S-1", "phone")
        privacy.erase(service, "S-1", "article 17", OFFICER, proposed_by="officer:wang", approved_by=OFFICER.actor)
        with pytest.raises(ValueUnknown):
            a_bundle(service, tmp_path, ("S-1", "phone"))
        world = a_bundle(service, tmp_path, basis="")
    line = {"seq": kept.seq, "subject": "S-1", "field": "phone", "basis": LAW, "disclosure": kept.disclosure}
    (world.folder / "disclosures.jsonl").write_text(json.dumps(line) + "\n")
    world.sign_again()
    record = world.find("erasure.SubjectErased")
    assert world.check().problems == [("record", record, "disclosures.jsonl has values of whom it orders forgotten.")]


def test_nothing_is_disclosed_without_a_basis_or_a_commitment_and_nothing_is_left(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        an_office(service)
        size = service.ledger.size()
        with service.desk.writing() as desk:
            Vault(service.desk).keep(desk, "S-3", "phone", PHONE)
        for disclose, basis, refusal in (
            ((("S-1", "phone"),), "", DisclosureUnfounded),
            ((), LAW, DisclosureUnfounded),
            ((("S-1", "address"),), LAW, ValueUnknown),
            ((("S-3", "phone"),), LAW, ValueNotCommitted),
        ):
            with pytest.raises(refusal):
                a_bundle(service, tmp_path, *disclose, basis=basis)
        assert service.ledger.size() == size
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
