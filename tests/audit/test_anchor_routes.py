"""A regulator asks over HTTP what outsiders vouched for, takes notes and stamps, and learns an entry's bracket."""

from dataclasses import replace
from hashlib import sha256

import pytest

from service.audit.anchors import Anchors
from service.audit.timestamps import check_stamp, load_roots
from service.audit.trust import verified
from service.audit.witness.settings import Anchoring
from tests.audit.stamping import Authority
from tests.audit.witnessing import Office, served
from tests.service.clients import an_api, check_problem, frozen
from vouchers.audit import parse_checkpoint, parse_note

pytest.importorskip("rfc3161_client", reason="time stamps are an extra")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A town whose log was vouched for twice by an office, once with a stamp, and has grown since."""
    folder = tmp_path_factory.mktemp("routes")
    office, authority = Office(folder), Authority(folder / "authority")
    (folder / "home").mkdir()
    with frozen(), an_api(folder / "home") as api, served(office.app) as url, served(authority) as tsa:
        service = api.service
        stamping = Anchoring(tsa_url=tsa, tsa_roots=str(authority.roots))
        service.settings = replace(service.settings, witness=(office.address(url),), anchoring=stamping)
        keys = service.checkpoints.keys
        office.store.trust(keys.origin, keys.public[0].vkey)
        Anchors(service).turn()
        api.town.record(staff=10)
        service.settings = replace(service.settings, anchoring=Anchoring())
        Anchors(service).turn(now=True)
        api.town.record(staff=11)
        service.settings = replace(service.settings, anchoring=stamping)
        yield api, office, authority
    office.store.close()


@pytest.fixture
def api(world):
    return world[0]


@pytest.fixture
def found(api):
    return api.get("/v1/audit/anchors", "regulator").json["items"]


def test_every_anchor_is_listed_in_order_and_holds(api, found):
    answer = api.get("/v1/audit/anchors", "regulator")
    size = api.service.ledger.size()
    assert answer.headers["Audit-Tree-Size"] == str(size) == str(answer.json["position"])
    assert [each["fault"] for each in found] == ["", ""]
    assert [bool(each["tsr_sha256"]) for each in found] == [True, False]
    assert found[0]["seq"] < found[1]["size"] <= found[1]["seq"]


def test_the_list_comes_in_pages(api, found):
    first = api.get("/v1/audit/anchors?limit=1", "regulator").json
    assert first["items"] == found[:1]
    rest = api.get(f"/v1/audit/anchors?cursor={first['next']}", "regulator").json
    assert rest["items"] == found[1:]
    assert api.get(f"/v1/audit/anchors?cursor={rest['next']}", "regulator").json["items"] == []


def test_the_note_and_the_stamp_are_checked_without_the_service(api, world, found):
    _, office, authority = world
    answer = api.get(f"/v1/audit/anchors/{found[0]['seq']}/note", "regulator")
    assert sha256(answer.data).hexdigest() == found[0]["note_sha256"]
    note = parse_note(answer.data)
    assert parse_checkpoint(note.text).size == found[0]["size"]
    assert all(verified(note, signer.key) for signer in office.signers)
    stamp = api.get(f"/v1/audit/anchors/{found[0]['seq']}/stamp", "regulator")
    assert stamp.content_type == "application/timestamp-reply"
    assert check_stamp(stamp.data, answer.data, load_roots(authority.roots)).at == found[0]["tsr_at"]


def test_an_entry_lies_between_two_outside_times(api, found):
    between = api.get(f"/v1/audit/brackets/{found[0]['seq'] + 1}", "regulator").json
    assert between["anchor"] == found[0]["seq"]
    assert between["size"] == found[1]["size"]
    assert between["not_before"] <= between["not_after"]
    last = api.get(f"/v1/audit/brackets/{api.service.ledger.size() - 1}", "regulator").json
    assert (last["not_after"], last["size"]) == ("", None)


def test_what_is_no_anchor_has_no_note_and_what_is_no_entry_no_bracket(api, found):
    check_problem(api.get("/v1/audit/anchors/0/note", "regulator"), 404, "anchor-unknown")
    check_problem(api.get(f"/v1/audit/anchors/{found[1]['seq']}/stamp", "regulator"), 404, "anchor-unknown")
    check_problem(api.get("/v1/audit/brackets/999999", "regulator"), 404, "leaf-not-in-log")


def test_nobody_but_the_regulator_asks(api):
    for path in ("anchors", "anchors/0/note", "anchors/0/stamp", "brackets/0"):
        assert api.get(f"/v1/audit/{path}", "officer").status_code == 403


def test_a_note_that_was_changed_is_told_of(api, found):
    place = Anchors(api.service).folder / "anchors" / f"{found[1]['note_sha256']}.note"
    content = place.read_bytes()
    place.chmod(0o600)
    place.write_bytes(content + b"x")
    try:
        assert "was changed" in api.get("/v1/audit/anchors", "regulator").json["items"][1]["fault"]
        check_problem(api.get(f"/v1/audit/anchors/{found[1]['seq']}/note", "regulator"), 422, "anchor-unfit")
    finally:
        place.write_bytes(content)
