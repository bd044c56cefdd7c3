"""A time stamping authority vouches for the log once a day, and openssl accepts what it said."""

import pytest

from service.audit import timestamps
from service.audit.anchors import AnchorMissing, AnchorUnfit
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.timestamps import (
    StampLibraryMissing,
    StampRefused,
    StampRootsMissing,
    StampUnavailable,
    check_stamp,
    load_roots,
)
from tests.audit.bundles import OFFICER
from tests.audit.houses import house
from tests.audit.stamping import Authority
from tests.audit.witnessing import served
from vouchers.days import microseconds_of

pytest.importorskip("rfc3161_client", reason="time stamps are an extra")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def home(tmp_path, authority):
    with served(authority) as url, house(tmp_path / "home", tsa_url=url, tsa_roots=str(authority.roots)) as found:
        yield found


def test_the_stamp_is_kept_named_in_the_log_and_accepted_by_openssl(home, authority):
    home.grow(3)
    turn = home.turn()
    assert turn.failures == ()
    [entry] = home.anchors.recorded()
    assert entry.data.cosignature_times == {}
    stamp = home.anchors.folder / "tsa" / f"{entry.data.tsr_sha256}.tsr"
    note = home.anchors.folder / "anchors" / f"{entry.data.note_sha256}.note"
    assert authority.accepts(stamp, note)
    found = home.anchors.check(entry)
    assert found.times == (entry.data.tsr_at,)
    assert home.anchors.bracket(2).not_after > entry.data.tsr_at
    assert home.anchors.bracket(2).size == 3


def test_a_bundle_takes_the_stamp_and_the_note_along_and_openssl_accepts_them_there(home, authority, tmp_path):
    home.grow(3)
    home.turn()
    [entry] = home.anchors.recorded()
    export_bundle(home.service, Wanted(tmp_path / "bundle", (), "annual audit", "audit office"), OFFICER)
    [stamp], [note] = (tmp_path / "bundle" / "tsa").iterdir(), (tmp_path / "bundle" / "anchors").iterdir()
    assert (stamp.stem, note.stem) == (entry.data.tsr_sha256, entry.data.note_sha256)
    assert authority.accepts(stamp, note)


def test_one_stamp_a_day(home, authority):
    home.grow()
    home.turn()
    for hours, asked in ((23, 1), (1, 2)):
        home.wait(hours=hours)
        home.grow()
        home.turn()
        assert authority.asked == asked


def test_a_stamp_over_another_note_or_with_a_changed_bit_is_refused(home, authority):
    home.grow()
    home.turn()
    [entry] = home.anchors.recorded()
    stamp = (home.anchors.folder / "tsa" / f"{entry.data.tsr_sha256}.tsr").read_bytes()
    note = (home.anchors.folder / "anchors" / f"{entry.data.note_sha256}.note").read_bytes()
    roots = load_roots(authority.roots)
    assert microseconds_of(check_stamp(stamp, note, roots).at)
    with pytest.raises(StampRefused):
        check_stamp(stamp, note + b" ", roots)
    with pytest.raises(StampRefused):
        check_stamp(stamp, note, roots, nonce=1)
    found = [outcome(flipped(stamp, place), note, roots) for place in range(0, len(stamp) * 8, 61)]
    # What stands outside of the signature, such as the status, may change; the time that is read never does.
    assert set(found) <= {"refused", entry.data.tsr_at}
    assert found.count("refused") > len(found) * 9 // 10


def flipped(content, place):
    changed = bytearray(content)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def outcome(stamp, note, roots):
    try:
        return check_stamp(stamp, note, roots).at
    except StampRefused:
        return "refused"


def test_an_authority_that_nobody_here_trusts_vouches_for_nothing(tmp_path, authority):
    stranger = Authority(tmp_path / "stranger")
    with served(stranger) as url, house(tmp_path / "home", tsa_url=url, tsa_roots=str(authority.roots)) as home:
        home.grow()
        turn = home.turn()
        assert [type(each) for each in turn.failures] == [StampRefused]
        assert home.anchors.recorded() == []


def test_an_authority_that_declines_our_digest_is_told_of(tmp_path):
    strict = Authority(tmp_path / "strict", digests="sha512")
    with served(strict) as url, house(tmp_path / "home", tsa_url=url, tsa_roots=str(strict.roots)) as home:
        home.grow()
        assert [type(each) for each in home.turn().failures] == [StampRefused]


def test_an_authority_that_does_not_answer_keeps_nobody_waiting(tmp_path, authority):
    unreachable = {"tsa_url": "http://127.0.0.1:9", "tsa_roots": str(authority.roots)}
    with house(tmp_path / "home", **unreachable) as home:
        home.grow()
        assert [type(each) for each in home.turn().failures] == [StampUnavailable]


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_without_roots_no_stamp_is_asked_for(tmp_path, authority, content):
    roots = tmp_path / "roots.pem"
    if content:
        roots.write_bytes(content)
    with served(authority) as url, house(tmp_path / "home", tsa_url=url, tsa_roots=str(roots)) as home:
        home.grow()
        assert [type(each) for each in home.turn().failures] == [StampRootsMissing]
        assert authority.asked == 0


def test_without_the_library_the_remedy_says_what_to_install(home, monkeypatch):
    monkeypatch.setattr(timestamps, "find_spec", lambda _: None)
    home.grow()
    [refused] = home.turn().failures
    assert isinstance(refused, StampLibraryMissing)
    assert "innovation-vouchers[audit]" in refused.remedy


def test_a_stamp_that_was_changed_or_lost_no_longer_anchors_anything(home):
    home.grow()
    home.turn()
    [entry] = home.anchors.recorded()
    stamp = home.anchors.folder / "tsa" / f"{entry.data.tsr_sha256}.tsr"
    stamp.chmod(0o600)
    stamp.write_bytes(stamp.read_bytes() + b"\0")
    with pytest.raises(AnchorUnfit):
        home.anchors.check(entry)
    stamp.unlink()
    with pytest.raises(AnchorMissing):
        home.anchors.check(entry)


def test_an_anchor_holds_where_its_stamp_cannot_be_looked_at_and_states_no_time(home, authority, monkeypatch):
    home.grow()
    home.turn()
    [entry] = home.anchors.recorded()
    with monkeypatch.context() as patch:
        patch.setattr(timestamps, "find_spec", lambda _: None)
        found = home.anchors.check(entry)
        assert (found.times, found.unread) == ((), StampLibraryMissing.__doc__)
    authority.roots.unlink()
    assert home.anchors.check(entry).unread
    assert home.anchors.bracket(0).not_after == ""
