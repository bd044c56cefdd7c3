"""A few days of supervision for a random year: acts with appeals, held money, and checks after payment."""

from tests.examples import PUDONG, voucher_of
from tests.supervised import Watched, supervised_policy
from tests.town import Town
from vouchers import application as app
from vouchers.identifiers import make_credit_code

FIRM = make_credit_code("9", "1", "310115", 4_711)


def watch(town: Town) -> None:
    """What is decided about a firm, and a claim whose money is held and let go; the claim is paid."""
    rules = {"holds": True, "ties": {"months": 6}, "splitting": {"days": 30}}
    town.do(app.adopt_policy, supervised_policy(rules, "2025-watched"))
    watching = Watched(town)
    watching.sanction("warned", PUDONG)
    act = watching.conduct(PUDONG).acts
    watching.appeal(act, PUDONG)
    watching.decide(act, upheld=True, subject=PUDONG)
    town.record(FIRM, credit_tier="D")
    town.entitle(FIRM)
    changes = {"enterprise_id": FIRM, "voucher_id": voucher_of(FIRM), "gross": 2_000_00, "ends_on": town.on}
    town.order("watched", **changes)
    town.deliver("watched")
    town.invoice("watched")
    town.redeem("watched")
    watching.signal("burst", "watched")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        watching.approve("watched", reviewer=reviewer)
    watching.let_go("watched")
    town.propose("S-watched", "watched")
    town.sign("S-watched")
    town.confirm("S-watched", "watched")
    watching.link(FIRM, PUDONG)
    watching.link(PUDONG, town.state("watched").registered.provider_id)
    watching.recheck_ties("watched")


def watch_again(town: Town) -> None:
    """The half-year's second check of what was paid."""
    town.do(app.adopt_policy, supervised_policy({"recheck_bp": 10_000}, "2025-rechecked"))
    watching = Watched(town)
    watching.draw_again("2026-07-01", "watched")
    watching.recheck("in-order", "watched", "reviewer:qian")
