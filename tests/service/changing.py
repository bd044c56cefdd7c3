"""A turn of events about facts: firms that wait, move, fall out, succeed one another, and a group over its ceiling."""

from tests.examples import DIGEST, PROOF, SH_CODE, YUAN, facts_of_firm, voucher_of
from tests.town import Town
from tests.vouchers.changing import adopt_with
from vouchers import application as app
from vouchers.application.reassessing import Reassess
from vouchers.application.regrouping import RecheckGroup
from vouchers.days import add_days
from vouchers.enterprise.decisions import CloseOverCap, CorrectFacts, RecordSuccession
from vouchers.entitlement.decisions import ClearFindings
from vouchers.identifiers import make_credit_code
from vouchers.source.decisions import EndOutage, ReportOutage

TEAM, COMPANY, MOVING, LATE, GROUPED = (make_credit_code("9", "1", "310115", 9_000 + n) for n in range(5))
GROUP = f"cap/group/{SH_CODE}:the-group/2026"


def change(town: Town) -> None:
    """Everything that can be found about an entitlement, in the year 2026, and what officers make of it."""
    adopt_with(town, version="2025-sources", facts={"needs": ["registry"]}, deadlines={"extensions": 2})
    for firm in (TEAM, COMPANY, MOVING, LATE, GROUPED):
        town.record(firm, as_of_on="2025-12-01")
    town.do(app.report_outage, ReportOutage("registry", town.on, "maintenance"))
    town.entitle(TEAM)
    town.do(app.end_outage, EndOutage("registry", town.on, "it answers again"))
    town.entitle(TEAM, MOVING, GROUPED)
    succession = RecordSuccession(TEAM, COMPANY, "incorporation", town.on, PROOF, "founded", (SH_CODE,))
    town.do(app.record_succession, succession)
    move(town)
    pass_the_ceiling(town)


def move(town: Town) -> None:
    """A firm moves away, a second look on an earlier day fails, and its old address turns out to have been wrong."""
    today = town.on
    town.record(MOVING, as_of_on=today, region="320509")
    look_again(town, MOVING)
    # A voucher takes nothing that is dated before its last event, so that this look is put on record as failed.
    with_value = voucher_of(LATE)
    town.go(today).entitle(LATE)
    town.go(add_days(today, 1)).give_back(1_00, with_value)
    town.record(LATE, as_of_on=today, region="320509")
    town.go(today)
    look_again(town, LATE)
    wrong = CorrectFacts(MOVING, "2025-12-01", "registry", DIGEST, facts_of_firm(MOVING, region="330421"), "a misprint")
    town.go(add_days(today, 1)).do(app.correct_facts, wrong)
    look_again(town, MOVING)
    town.do(app.clear_findings, ClearFindings(SH_CODE, "2026", MOVING, "the firm gave its value back"))


def look_again(town: Town, firm: str) -> None:
    """A second look at what a firm was granted."""
    town.do(app.reassess_enterprise, Reassess(firm, SH_CODE))


def pass_the_ceiling(town: Town) -> None:
    """The controller of a firm comes to light after it and another firm together have passed the ceiling."""
    town.record(COMPANY, as_of_on=town.on, controller="the-group")
    own = {"enterprise_id": GROUPED, "voucher_id": voucher_of(GROUPED), "gross": 400_000 * YUAN}
    town.order("of-a-group", **own)
    theirs = {"enterprise_id": COMPANY, "voucher_id": voucher_of(TEAM), "gross": 400_000 * YUAN}
    town.order("of-its-group", **theirs)
    facts = facts_of_firm(GROUPED, controller="the-group")
    town.do(app.correct_facts, CorrectFacts(GROUPED, "2025-12-01", "registry", DIGEST, facts, "it was hidden"))
    town.do(app.recheck_group, RecheckGroup(GROUPED, ("of-a-group",)))
    town.do(app.close_over_cap, CloseOverCap(GROUPED, GROUP, "the firm gives the difference back"))
