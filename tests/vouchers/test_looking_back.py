"""What an enterprise received before: other programmes within some months, and aid that counts at the grant."""

import pytest

from tests.examples import CHANGNING, DIGEST, PUDONG, SH_CODE, YUAN, voucher_of
from tests.neighbours import programme
from tests.policies.cases import document
from vouchers import application as app
from vouchers.aid.decisions import AidCeilingExceeded, DeclareAid
from vouchers.application.vouchering import CarryOver
from vouchers.enterprise.decisions import RecordSuccession
from vouchers.kinds import AID

CODE, OTHER, SCOPE = "NEXT-IV", "OTHER-IV", "EU-DE-MINIMIS"
CEILING = 300_000 * YUAN  # the face of one voucher of the Shanghai programme
AT_GRANT = {"scope": SCOPE, "period": "rolling", "months": 36, "ceiling": CEILING, "counts_at": "grant"}


def once_in(months):
    """The beneficiaries of Shanghai, of whom none had a Shanghai voucher within so many months."""
    tables = document()["beneficiary"]
    tables[0]["lookback"] = [
        {
            "programme": SH_CODE,
            "months": months,
            "clause": "once in five years",
            "text": "Only who did not have the other voucher may have this one.",
            "remedy": "Ask again once the months have passed.",
        }
    ]
    return tables


def decided(town, firm=PUDONG):
    """Granted or denied, and the codes of the reasons."""
    answer = town.entitle(firm, programme=CODE)
    return answer["granted"], [*answer["reasons"]]


def next_year(town, day):
    """Another year, with facts as of its beginning and nothing granted in the old programme."""
    town.go(day)
    town.record(PUDONG, as_of_on=f"{int(day[:4]) - 1}-12-31")
    return town


@pytest.fixture
def after_shanghai(town):
    """The firm has its Shanghai voucher of 5 January 2026; the next programme looks back 24 months."""
    programme(town, CODE, beneficiary=once_in(24))
    return town


def test_who_did_not_get_the_other_programme_is_granted(after_shanghai):
    after_shanghai.record(CHANGNING)
    assert decided(after_shanghai, CHANGNING) == (1, [])


def test_who_got_the_other_programme_within_the_months_is_denied_with_the_day(after_shanghai):
    assert decided(after_shanghai) == (0, ["received-before"])
    [reason] = after_shanghai.decision(programme=CODE).reasons
    assert "SH-STIV was granted on 2026-01-05." in reason.text
    assert reason.clause == "once in five years"


@pytest.mark.parametrize(("day", "granted"), [("2028-01-04", 0), ("2028-01-05", 1)])
def test_the_months_are_counted_to_the_day(after_shanghai, day, granted):
    assert decided(next_year(after_shanghai, day))[0] == granted


def test_a_voucher_that_was_wholly_returned_was_not_received(after_shanghai):
    after_shanghai.give_back(CEILING)
    assert decided(after_shanghai) == (1, [])


def test_a_voucher_that_was_returned_but_for_one_fen_was_received(after_shanghai):
    after_shanghai.give_back(CEILING - 1)
    assert decided(after_shanghai) == (0, ["received-before"])


def test_what_a_predecessor_received_counts_for_the_successor(after_shanghai):
    after_shanghai.record(CHANGNING)
    line = RecordSuccession(PUDONG, CHANGNING, "merger", "2026-02-02", "5" * 64, "a merger")
    after_shanghai.do(app.record_succession, line)
    assert decided(after_shanghai, CHANGNING) == (0, ["received-before"])


def test_a_programme_that_nobody_announced_stands_against_nothing(town):
    tables = once_in(24)
    tables[0]["lookback"][0]["programme"] = "NEVER-IV"
    programme(town, CODE, beneficiary=tables)
    assert decided(town) == (1, [])


def test_aid_that_counts_at_the_grant_counts_the_face_of_the_voucher(town):
    programme(town, CODE, aid=AT_GRANT)
    assert decided(town) == (1, [])
    [entry] = town.ledger.state(AID, f"{SCOPE}/{PUDONG}").entries.values()
    assert (entry.granted_on, entry.amount) == ("2026-02-02", CEILING)


def test_a_grant_that_would_pass_the_ceiling_by_one_fen_is_denied(town):
    programme(town, CODE, aid=AT_GRANT)
    one_fen = DeclareAid(PUDONG, SCOPE, "A-1", "another measure", "2026-01-01", 1, "declaration", DIGEST)
    town.do(app.declare_aid, one_fen)
    assert decided(town) == (0, ["aid-ceiling-exceeded"])


def test_an_order_counts_nothing_more_where_the_grant_counted(town):
    programme(town, CODE, aid=AT_GRANT)
    decided(town)
    town.order(voucher_id=voucher_of(PUDONG, CODE))
    assert town.ledger.state(AID, f"{SCOPE}/{PUDONG}").within("2026-02-02", "2026-02-02") == CEILING


@pytest.mark.parametrize("step", ["returned", "revoked", "expired"])
def test_what_is_no_longer_due_is_freed(town, step):
    programme(town, CODE, aid=AT_GRANT)
    decided(town)
    number = voucher_of(PUDONG, CODE)
    town.order(voucher_id=number)
    if step == "returned":
        town.give_back(CEILING - 5_000 * YUAN, number)
    elif step == "revoked":
        town.revoke(number)
    else:
        town.go("2027-01-01").expire(number)
    [entry] = town.ledger.state(AID, f"{SCOPE}/{PUDONG}").entries.values()
    assert entry.amount == 5_000 * YUAN


@pytest.mark.parametrize(("more", "fits"), [(CEILING // 2, True), (CEILING // 2 - 1, False)])
def test_what_is_carried_over_counts_again(town, more, fits):
    programme(town, CODE, aid=AT_GRANT | {"ceiling": CEILING + more}, carry_over={"share_bp": 5_000})
    decided(town)
    next_year(town, "2027-01-04")
    assert decided(town) == (1, [])
    carry = CarryOver(voucher_of(PUDONG, CODE))
    if fits:
        town.do(app.carry_over_voucher, carry)
        assert town.ledger.state(AID, f"{SCOPE}/{PUDONG}").within("2027-01-04", "2027-01-04") == CEILING + more
    else:
        with town.refused(AidCeilingExceeded):
            town.do(app.carry_over_voucher, carry)


@pytest.mark.parametrize(("day", "granted"), [("2026-12-31", 0), ("2027-01-01", 1)])
def test_value_past_its_last_day_is_no_aid_though_its_expiry_is_not_on_record(town, day, granted):
    programme(town, CODE, aid=AT_GRANT)
    programme(town, OTHER, aid=AT_GRANT, amount=1)
    decided(town)
    next_year(town, day)
    assert town.entitle(programme=OTHER)["granted"] == granted
