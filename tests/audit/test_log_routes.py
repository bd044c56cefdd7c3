"""The log over HTTP: checkpoint and tiles for anybody who mirrors it, proofs as JSON and as files, whom to trust."""

import gzip
from base64 import b64decode

import pytest

from service.api.documenting import document
from service.audit.signing import Signer
from service.audit.trust import check_note, check_proof
from tests.service.clients import an_api, check_problem, frozen
from vouchers.audit import COSIGNATURE, Note, from_base64, parse_checkpoint, parse_note, parse_policy
from vouchers.audit.tiles import tiles_of, unpack_bundle
from vouchers.merkle import EMPTY_ROOT, leaf_hash, root_of, verify_consistency, verify_inclusion

OFFICE = Signer.new("office.example/w1", COSIGNATURE)
TEXT = {"Accept": "text/plain"}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A town whose log was signed twice and has grown since."""
    with frozen(), an_api(tmp_path_factory.mktemp("log")) as api:
        checkpoints = api.service.checkpoints
        checkpoints.sign_if_grown()
        api.town.record(staff=10)
        api.town.record(staff=11)
        signed = checkpoints.sign_if_grown()
        checkpoints.add_cosignatures(Note(signed.note.text, (OFFICE.sign(signed.note.text, 1_790_000_000),)))
        api.town.record(staff=12)
        yield api


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A town whose log was never signed."""
    with frozen(), an_api(tmp_path_factory.mktemp("fresh")) as api:
        yield api


@pytest.fixture
def sizes(api):
    """The sizes of both checkpoints, and of the log now."""
    return [each.checkpoint.size for each in api.service.checkpoints.each()] + [api.service.ledger.size()]


def labelled(answer, api, size):
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Audit-Tree-Size"] == str(size)
    assert b64decode(answer.headers["Audit-Root"]) == api.service.ledger.tree.root(size)
    return answer


def test_anybody_may_read_the_newest_checkpoint(api, sizes):
    answer = labelled(api.client().get("/log/checkpoint"), api, sizes[1])
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    note = parse_note(answer.data)
    assert parse_checkpoint(note.text).size == sizes[1]
    assert [each.name for each in note.signatures][1:] == [OFFICE.key.name]


def test_anybody_may_read_whom_to_trust(api, sizes):
    answer = labelled(api.client().get("/v1/audit/trust-policy"), api, sizes[1])
    policy = parse_policy(answer.data)
    assert check_note(api.client().get("/log/checkpoint").data, policy).checkpoint.size == sizes[1]


def test_a_mirror_rebuilds_the_log_from_its_tiles(api, sizes):
    checkpoint = parse_checkpoint(parse_note(api.client().get("/log/checkpoint").data).text)
    entries, leaves = [], b""
    for tile in tiles_of(checkpoint.size):
        answer = labelled(api.get(f"/log/tile/{tile.path}", "regulator"), api, checkpoint.size)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Cache-Control"].startswith("private, max-age=")
        if tile.level == 0:
            assert "immutable" in answer.headers["Cache-Control"]
            leaves += answer.data
        elif tile.level < 0:
            entries += unpack_bundle(answer.data)
    assert b"".join(map(leaf_hash, entries)) == leaves
    assert root_of(map(leaf_hash, entries)) == checkpoint.root
    assert entries == [row.entry for row in api.service.ledger.rows(0, checkpoint.size)]


def test_entries_come_compressed_where_that_is_understood(api, sizes):
    path = f"/log/tile/entries/000.p/{sizes[0]}"
    plain, packed = api.get(path, "regulator"), api.get(path, "regulator", **{"Accept-Encoding": "br, gzip"})
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)


def test_what_no_checkpoint_covers_is_not_shown_as_tiles(api, sizes):
    for path in (f"0/000.p/{sizes[2]}", f"entries/000.p/{sizes[2]}", "0/000", "1/000.p/1", "0/001.p/1"):
        check_problem(api.get(f"/log/tile/{path}", "regulator"), 404, "tile-unknown")
    for path in ("0/0", "64/000", "0/000.p/256", "x", "0/000.p/0", "entries"):
        check_problem(api.get(f"/log/tile/{path}", "regulator"), 404, "tile-unknown")


def test_tiles_are_for_the_regulator(api, sizes):
    check_problem(api.client().get("/log/tile/0/000.p/1"), 401, "unauthenticated")
    check_problem(api.get("/log/tile/0/000.p/1", "officer"), 403, "role-not-allowed")


def test_a_log_that_was_never_signed_says_so(fresh):
    for path in ("/log/checkpoint", "/v1/audit/trust-policy"):
        check_problem(fresh.client().get(path), 404, "no-checkpoint")
    for path in ("/log/tile/0/000.p/1", "/v1/audit/proofs/inclusion?seq=0", "/v1/audit/proofs/consistency?from=0"):
        check_problem(fresh.get(path, "regulator"), 404, "no-checkpoint")
    # Proofs of sizes that are named need no signature.
    assert fresh.get("/v1/audit/proofs/inclusion?seq=0&size=2", "regulator").json["checkpoint"] == ""
    assert fresh.get("/v1/audit/checkpoints", "regulator").json["items"] == []


# Proofs.


def test_every_entry_is_proven_in_every_tree_that_has_it(api, sizes):
    tree = api.service.ledger.tree
    for size in (1, *sizes):
        for seq in {0, size // 2, size - 1}:
            told = labelled(api.get(f"/v1/audit/proofs/inclusion?seq={seq}&size={size}", "regulator"), api, size).json
            assert (told["seq"], told["size"], told["position"]) == (seq, size, sizes[2])
            proof = [from_base64(each) for each in told["proof"]]
            leaf = leaf_hash(api.service.ledger.rows(seq, seq + 1)[0].entry)
            assert from_base64(told["leaf_hash"]) == leaf
            verify_inclusion(seq, size, leaf, proof, from_base64(told["root"]))
            assert (told["checkpoint"] != "") == (size in sizes[:2])
    assert tree.size() == sizes[2]


def test_without_a_size_the_newest_checkpoint_counts(api, sizes):
    assert api.get("/v1/audit/proofs/inclusion?seq=0", "regulator").json["size"] == sizes[1]
    assert api.get("/v1/audit/proofs/consistency?from=1", "regulator").json["to"] == sizes[1]
    last = api.get(f"/v1/audit/proofs/inclusion?seq={sizes[1]}", "regulator")
    check_problem(last, 404, "no-checkpoint")


def test_a_proof_comes_as_a_file_that_is_checked_offline(api, sizes):
    policy = parse_policy(api.client().get("/v1/audit/trust-policy").data)
    for size in sizes[:2]:
        answer = api.get(f"/v1/audit/proofs/inclusion?seq=3&size={size}", "regulator", **TEXT)
        labelled(answer, api, size)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="seq3.tlog-proof"'
        leaf = leaf_hash(api.service.ledger.rows(3, 4)[0].entry)
        assert check_proof(answer.data, leaf, policy).checkpoint.size == size
    unsigned = api.get(f"/v1/audit/proofs/inclusion?seq=3&size={sizes[2]}", "regulator", **TEXT)
    check_problem(unsigned, 404, "no-checkpoint")


def test_growth_is_proven_between_any_two_sizes(api, sizes):
    tree = api.service.ledger.tree
    for new in sizes:
        for old in {0, 1, new // 2, new - 1, new}:
            told = labelled(api.get(f"/v1/audit/proofs/consistency?from={old}&to={new}", "regulator"), api, new).json
            roots = [from_base64(told[name]) for name in ("old_root", "new_root")]
            assert roots == [tree.root(old) if old else EMPTY_ROOT, tree.root(new)]
            proof = [from_base64(each) for each in told["proof"]]
            if old:
                verify_consistency(old, new, *roots, proof)
            else:
                assert proof == []


def test_growth_comes_as_the_request_that_a_witness_takes(api, sizes):
    path = f"/v1/audit/proofs/consistency?from={sizes[0]}&to={sizes[1]}"
    head, _, note = api.get(path, "regulator", **TEXT).get_data(as_text=True).partition("\n\n")
    first, *proof = head.split("\n")
    assert first == f"old {sizes[0]}"
    assert proof == api.get(path, "regulator").json["proof"]
    assert parse_checkpoint(parse_note(note.encode()).text).size == sizes[1]
    check_problem(api.get(path.replace(f"to={sizes[1]}", f"to={sizes[2]}"), "regulator", **TEXT), 404, "no-checkpoint")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("inclusion", 400, "field-missing"),
        ("inclusion?seq=-1", 400, "number-out-of-range"),
        ("inclusion?seq=0&size=0", 400, "number-out-of-range"),
        ("inclusion?seq=5&size=5", 404, "leaf-not-in-log"),
        ("inclusion?seq=0&size=100000", 404, "size-not-reached"),
        ("inclusion?seq=0&leaf=1", 400, "field-unknown"),
        ("consistency", 400, "field-missing"),
        ("consistency?from=3&to=2", 404, "size-not-reached"),
        ("consistency?from=0&to=100000", 404, "size-not-reached"),
    ],
)
def test_what_cannot_be_proven_is_told(api, path, status, code):
    check_problem(api.get(f"/v1/audit/proofs/{path}", "regulator"), status, code)


def test_proofs_are_for_the_regulator(api):
    for path in ("proofs/inclusion?seq=0", "proofs/consistency?from=0", "checkpoints"):
        for who in ("enterprise", "officer", "administrator"):
            check_problem(api.get(f"/v1/audit/{path}", who), 403, "role-not-allowed")


def test_checkpoints_are_listed_in_pages(api, sizes):
    first = labelled(api.get("/v1/audit/checkpoints?limit=1", "regulator"), api, sizes[2]).json
    [one] = first["items"]
    assert (one["size"], one["cosigners"]) == (sizes[0], [])
    second = api.get(f"/v1/audit/checkpoints?cursor={first['next']}", "regulator").json
    [other] = second["items"]
    assert (other["size"], other["cosigners"]) == (sizes[1], [OFFICE.key.name])
    assert api.get(f"/v1/audit/checkpoints?cursor={second['next']}", "regulator").json["items"] == []


# Every answer of the audit.


def test_every_answer_of_the_audit_states_its_tree(api):
    told = document(api.app)["paths"]
    asked = 0
    for path, methods in told.items():
        if not path.startswith(("/v1/audit/", "/log/")):
            continue
        for operation in methods.values():
            responses = operation["responses"] if isinstance(operation, dict) else {}
            answers = [response for status, response in responses.items() if status.startswith("2")]
            assert all({"Audit-Tree-Size", "Audit-Root"} <= answer["headers"].keys() for answer in answers), path
        answer = api.get(path, "regulator") if "{" not in path and "get" in methods else None
        if answer is not None and answer.status_code == 200:
            size = int(answer.headers["Audit-Tree-Size"])
            labelled(answer, api, size)
            asked += 1
    assert asked >= 3


def test_other_answers_state_no_tree(api):
    assert "Audit-Tree-Size" not in api.get("/v1/events", "regulator").headers
    assert "Audit-Tree-Size" not in api.client().get("/log/nothing").headers
