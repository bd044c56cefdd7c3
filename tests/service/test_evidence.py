"""Evidence: taken only as what it was announced, kept by its digest, and read only by those whose order it is about."""

import io
import os
from dataclasses import replace

import pytest
from freezegun import freeze_time

from service.configuring import SettingInvalid, build
from service.desk import Desk
from service.evidence.buckets import sign
from service.evidence.reading import check
from service.evidence.settings import Evidence
from service.evidence.taking import Archive
from service.identity import create_key
from tests.examples import LAB
from tests.service.buckets import ACCESS, REGION, SECRET, a_bucket
from tests.service.clients import NOON, an_api, check_problem, delivery_body, frozen, yuan
from tests.service.papers import BAD, GOOD, PDF, digest_of

SMALL = {"gross": yuan(100), "net": yuan(100)}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("town")) as api:
        yield api


@pytest.fixture
def api(town, tmp_path):
    """The same town for all, each time with an empty store and an empty desk."""
    town.service.desk.close()
    town.service.desk = Desk("memory:")
    town.service.settings = replace(town.service.settings, evidence=Evidence(store=f"folder:{tmp_path}/evidence"))
    return town


def set_evidence(api, **options):
    """Let the installation keep evidence in another way."""
    settings = api.service.settings
    api.service.settings = replace(settings, evidence=replace(settings.evidence, **options))


def put(api, content, who="provider", media_type="application/pdf", digest=""):
    """Bring a document."""
    path = f"/v1/evidence/{digest or digest_of(content)}"
    return api.client().put(path, data=content, headers=api.headers(who, ""), content_type=media_type)


def folder_of(api):
    """Where documents are kept."""
    return archive(api).store.incoming.parent


def archive(api):
    return Archive(api.service)


@pytest.mark.parametrize(("media_type", "content"), GOOD, ids=range(len(GOOD)))
def test_a_document_is_kept_and_given_back_as_it_was_brought(api, media_type, content):
    digest = digest_of(content)
    answer = put(api, content, media_type=media_type)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/evidence/{digest}")
    assert answer.json == {
        "digest": digest,
        "media_type": media_type,
        "size": len(content),
        "uploaded_at": answer.json["uploaded_at"],
    }
    shown = api.get(f"/v1/evidence/{digest}", "provider")
    assert (shown.status_code, shown.get_data()) == (200, content)
    assert shown.headers["Content-Type"] == media_type


@pytest.mark.parametrize(("media_type", "content"), BAD, ids=range(len(BAD)))
def test_what_is_not_what_it_is_announced_as_is_refused_and_leaves_nothing(api, media_type, content):
    check_problem(put(api, content, media_type=media_type), 422, "content-of-another-type")
    assert archive(api).register.document(digest_of(content)) is None
    assert [*archive(api).store.digests()] == []
    assert [*archive(api).store.incoming.iterdir()] == []


def test_a_document_is_for_programs_and_never_for_a_browser(api):
    put(api, PDF)
    shown = api.get(f"/v1/evidence/{digest_of(PDF)}", "provider")
    assert shown.headers["Content-Disposition"] == f'attachment; filename="{digest_of(PDF)[:16]}.pdf"'
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["ETag"] == f'"{digest_of(PDF)}"'
    assert shown.headers["Content-Length"] == str(len(PDF))
    told = api.client().head(f"/v1/evidence/{digest_of(PDF)}", headers=api.headers("provider", ""))
    assert (told.status_code, told.get_data()) == (200, b"")
    assert told.headers["Content-Length"] == str(len(PDF))


def test_another_digest_than_that_of_the_content_is_refused(api):
    for content in (PDF[:-1], PDF + b"."):
        check_problem(put(api, content, digest=digest_of(PDF)), 422, "digest-mismatch", "/path/digest")
    check_problem(put(api, b"", digest=digest_of(b"")), 422, "document-empty")
    assert [*archive(api).store.digests()] == []


@pytest.mark.parametrize("name", ["x", "A" * 64, "0" * 63, "..%2f..%2fkeys.toml", "%2e%2e", ".." * 32])
def test_no_name_but_a_digest_leads_anywhere(api, name):
    for answer in (put(api, PDF, digest=name), api.get(f"/v1/evidence/{name}", "officer")):
        assert answer.status_code in (400, 404)
        assert answer.json["code"] in ("not-a-digest", "route-unknown")


@pytest.mark.parametrize(
    "media_type", ["application/zip", "text/html", "image/svg+xml", "", "application/x-msdownload"]
)
def test_other_types_are_refused_before_anything_is_read(api, media_type):
    check_problem(put(api, PDF, media_type=media_type), 415, "media-type-unsupported")


def test_a_document_has_so_many_bytes_and_no_more(api):
    limit = 1 << 20
    set_evidence(api, largest_megabytes=1)
    assert put(api, PDF.ljust(limit)).status_code == 201
    check_problem(put(api, PDF.ljust(limit + 1)), 413, "document-too-large")
    headers = {**api.headers("provider", ""), "Transfer-Encoding": "chunked"}
    environment = {"wsgi.input": io.BytesIO(PDF.ljust(limit + 1)), "wsgi.input_terminated": True}
    path = f"/v1/evidence/{digest_of(PDF.ljust(limit + 1))}"
    endless = api.client().put(path, headers=headers, content_type="application/pdf", environ_overrides=environment)
    check_problem(endless, 413, "document-too-large")


class Sender(io.RawIOBase):
    """A client that does something in the middle of a document."""

    def __init__(self, content, between):
        super().__init__()
        self.parts = iter([content[:50], content[50:]])
        self.between = between
        self.begun = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.begun and self.between:
            between, self.between = self.between, None
            between()
        self.begun = True
        part = next(self.parts, b"")
        buffer[: len(part)] = part
        return len(part)


def send(api, content, between, who="provider"):
    """Bring a document without saying how long it is."""
    headers = {**api.headers(who, ""), "Transfer-Encoding": "chunked"}
    environment = {"wsgi.input": Sender(content, between), "wsgi.input_terminated": True}
    path = f"/v1/evidence/{digest_of(content)}"
    return api.client().put(path, headers=headers, content_type="application/pdf", environ_overrides=environment)


def test_a_document_whose_sender_left_leaves_nothing(api):
    def leave():
        raise ConnectionResetError

    assert send(api, PDF, leave).status_code == 400
    assert [*archive(api).store.incoming.iterdir()] == []
    assert archive(api).register.document(digest_of(PDF)) is None


def test_a_document_takes_so_long_and_no_longer(api):
    with freeze_time(NOON) as clock:
        assert send(api, PDF, lambda: clock.tick(300)).status_code == 201
        check_problem(send(api, PDF + b"2", lambda: clock.tick(301)), 408, "document-too-slow")
    assert archive(api).register.document(digest_of(PDF + b"2")) is None


def test_a_process_takes_so_many_documents_at_a_time(api):
    inner = []

    def again():
        inner.append(send(api, PDF + b"2", lambda: inner.append(put(api, PDF + b"3"))))

    assert send(api, PDF, again).status_code == 201
    third, second = inner
    check_problem(third, 503, "too-many-streams")
    assert second.status_code == 201
    assert put(api, PDF + b"3").status_code == 201


def test_the_same_document_again_is_answered_as_before_and_counted_once(api):
    set_evidence(api, daily_documents=1)
    first = put(api, PDF)
    again = put(api, PDF)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    assert put(api, PDF, "enterprise").status_code == 201
    uploads = archive(api).register.uploads(digest_of(PDF))
    assert {each.actor.partition(":")[0] for each in uploads} == {"enterprise", "provider"}


def test_a_caller_brings_so_much_in_a_day_and_no_more(api):
    set_evidence(api, daily_documents=2, daily_megabytes=1)
    half = 1 << 19
    assert put(api, PDF.ljust(half)).status_code == 201
    check_problem(put(api, PDF.ljust(half + 1)), 429, "daily-quota-used-up")
    assert put(api, (PDF + b"2").ljust(half)).status_code == 201
    check_problem(put(api, PDF), 429, "daily-quota-used-up")
    assert put(api, PDF, "enterprise").status_code == 201
    with frozen("2026-02-02T16:00:00Z"):
        assert put(api, PDF).status_code == 201


def test_the_parties_of_an_order_read_what_one_of_them_brought_for_it(api):
    digest = digest_of(PDF)
    order_id = api.registered(**SMALL)
    put(api, PDF)
    path = f"/v1/evidence/{digest}?order_id={order_id}"
    check_problem(api.get(path), 404, "evidence-unknown")
    delivered = api.post(f"/v1/orders/{order_id}/deliveries", delivery_body(report_digest=digest))
    assert delivered.status_code == 200
    assert api.get(path).get_data() == PDF
    assert api.get(path, "provider").get_data() == PDF
    for who in ("other-enterprise", "other-provider"):
        check_problem(api.get(path, who), 404, "evidence-unknown")
    check_problem(api.get(f"/v1/evidence/{digest}"), 404, "evidence-unknown", "/query/order_id")


def test_naming_a_digest_in_an_order_of_ones_own_opens_nobody_elses_document(api):
    digest = digest_of(PDF)
    put(api, PDF, "other-provider")
    order_id = api.registered(contract_digest=digest, **SMALL)
    for who in ("enterprise", "provider"):
        check_problem(api.get(f"/v1/evidence/{digest}?order_id={order_id}", who), 404, "evidence-unknown")
    assert api.get(f"/v1/evidence/{digest}", "other-provider").status_code == 200


def test_a_document_of_others_answers_as_one_that_does_not_exist(api):
    put(api, PDF, "other-provider")
    order_id = api.registered(**SMALL)
    answers = [api.get(f"/v1/evidence/{digest}?order_id={order_id}").json for digest in (digest_of(PDF), "0" * 64)]
    for answer in answers:
        del answer["instance"], answer["trace_id"]
    assert answers[0] == answers[1]


def test_officials_read_every_document_and_finance_none(api):
    put(api, PDF)
    for who in ("officer", "reviewer", "regulator"):
        assert api.get(f"/v1/evidence/{digest_of(PDF)}", who).get_data() == PDF
    check_problem(api.get(f"/v1/evidence/{digest_of(PDF)}", "finance"), 403, "role-not-allowed")
    check_problem(put(api, PDF, "regulator"), 403, "role-not-allowed")
    check_problem(api.get(f"/v1/evidence/{'0' * 64}", "officer"), 404, "evidence-unknown")


def test_a_key_of_one_site_reads_nothing_but_what_belongs_to_an_order_of_the_site(api):
    put(api, PDF)
    text, _ = create_key(api.service.settings.data, "provider", LAB, NOON, site="S-1")
    api.keys["site"] = text
    check_problem(api.get(f"/v1/evidence/{digest_of(PDF)}", "site"), 404, "evidence-unknown")
    order_id = api.registered(contract_digest=digest_of(PDF), **SMALL)
    path = f"/v1/evidence/{digest_of(PDF)}?order_id={order_id}"
    assert api.get(path, "provider").status_code == 200
    check_problem(api.get(path, "site"), 404, "evidence-unknown")


def test_a_damaged_document_is_not_given_out(api):
    put(api, PDF)
    [file] = list(folder_of(api).glob("??/??/*"))
    file.write_bytes(PDF.replace(b"report", b"retort"))
    check_problem(api.get(f"/v1/evidence/{digest_of(PDF)}", "officer"), 503, "document-damaged")
    long = PDF.ljust(200_000)
    put(api, long)
    [file] = [path for path in folder_of(api).glob("??/??/*") if path.stat().st_size == len(long)]
    file.write_bytes(long[:-1] + b"!")
    parts = []
    with pytest.raises(Exception, match="not the one that was brought"):
        parts += api.get(f"/v1/evidence/{digest_of(long)}", "officer").iter_encoded()
    assert len(b"".join(parts)) < len(long)


def test_a_look_at_the_store_tells_what_is_damaged_lost_stray_and_unfinished(api):
    contents = [PDF + bytes([65 + number]) for number in range(4)]
    for content in contents:
        put(api, content)
    found = check(archive(api).store, archive(api).register)
    assert (found.documents, found.bytes, found.is_sound) == (4, sum(map(len, contents)), True)
    folder = folder_of(api)
    places = [folder / name[:2] / name[2:4] / name for name in map(digest_of, contents)]
    places[0].write_bytes(b"something else")
    places[1].unlink()
    stray = "f" * 64
    (folder / "ff" / "ff").mkdir(parents=True)
    (folder / "ff" / "ff" / stray).write_bytes(b"x")
    (folder / "incoming" / "left").write_bytes(b"x")
    found = check(archive(api).store, archive(api).register)
    assert (found.damaged, found.lost, found.stray) == ([digest_of(contents[0])], [digest_of(contents[1])], [stray])
    assert (found.unfinished, found.is_sound) == (1, False)
    # Whoever brings a lost document again mends the store.
    put(api, contents[1])
    assert check(archive(api).store, archive(api).register).lost == []


def test_documents_are_readable_by_the_service_alone(api):
    put(api, PDF)
    kept = [*folder_of(api).rglob("*")]
    assert any(path.is_file() for path in kept)
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, path


def test_quota_and_register_hold_on_postgresql(postgres_url, api):
    api.service.desk.close()
    api.service.desk = Desk(postgres_url)
    set_evidence(api, daily_documents=1)
    assert [put(api, PDF).status_code for _ in range(2)] == [201, 200]
    check_problem(put(api, PDF + b"2"), 429, "daily-quota-used-up")
    assert api.get(f"/v1/evidence/{digest_of(PDF)}", "provider").get_data() == PDF


@pytest.fixture
def bucket(api):
    with a_bucket() as server:
        set_evidence(api, store=server.address, region=REGION, access_key=ACCESS, secret_key=SECRET)
        yield server


def test_documents_may_lie_in_a_bucket(api, bucket):
    contents = [PDF + bytes([65 + number]) for number in range(5)]
    for content in contents:
        assert put(api, content).status_code == 201
    assert sorted(bucket.objects.values()) == contents
    assert all(path.startswith("/papers/sh/") for path in bucket.objects)
    assert api.get(f"/v1/evidence/{digest_of(contents[0])}", "provider").get_data() == contents[0]
    assert [*archive(api).store.incoming.iterdir()] == []
    path = next(path for path, content in bucket.objects.items() if content == contents[0])
    bucket.objects[path] = b"something else"
    bucket.objects["/papers/sh/ff/" + "f" * 64] = b"x"
    found = check(archive(api).store, archive(api).register)
    assert (found.documents, found.damaged, found.stray) == (5, [digest_of(contents[0])], ["f" * 64])
    check_problem(api.get(f"/v1/evidence/{digest_of(contents[0])}", "officer"), 503, "document-damaged")


def test_a_bucket_that_is_busy_for_a_moment_is_asked_again_and_one_that_stays_busy_is_told(api, bucket):
    bucket.failing = 2
    assert put(api, PDF).status_code == 201
    bucket.failing = 3
    set_evidence(api, daily_documents=2)
    check_problem(put(api, PDF + b"2"), 503, "evidence-store-unavailable")
    assert put(api, PDF + b"2").status_code == 201
    check_problem(put(api, PDF + b"3"), 429, "daily-quota-used-up")


def test_a_bucket_that_refuses_us_keeps_nothing(api, bucket):
    set_evidence(api, secret_key="another")
    check_problem(put(api, PDF), 503, "evidence-store-unavailable")
    assert bucket.objects == {}
    assert archive(api).register.document(digest_of(PDF)) is None


def test_a_signature_is_that_of_the_published_example():
    # The example of Amazon's description of Signature Version 4 for S3: GET Object.
    hashed = "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
    scope = "20130524/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n20130524T000000Z\n{scope}\n{hashed}"
    expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert sign("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope, text) == expected


@pytest.mark.parametrize(
    "address", ["", "folder:", "s3:http://store.example/b", "s3:https://h", "s3:ftp://h/b", "s3:https://h/b?x=1", "x:y"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(SettingInvalid):
        build(Evidence, {"store": address})


def test_a_full_disk_is_told_and_leaves_nothing(api, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    check_problem(put(api, PDF), 503, "evidence-store-unavailable")
    monkeypatch.undo()
    assert [*archive(api).store.digests()] == []
    assert put(api, PDF).status_code == 201
