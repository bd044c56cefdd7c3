"""What registries bring in the course of the year: an amended policy, an outage, firms that move, grow or merge."""

import hashlib
from itertools import islice
from typing import Any, Final

from schemas.policies import canonical, load_policy, shipped
from service.demo.founding import LI, WANG, YEAR, Grant, adoption
from service.demo.ordering import order
from service.demo.plans import Plan, make_plans
from service.demo.population import make_enterprises, write_enterprises
from service.demo.year import Story, Year
from service.registry.importing import import_enterprises
from service.wiring import Who
from vouchers import application
from vouchers.application.entitling import Entitle
from vouchers.application.vouchering import ReturnValue
from vouchers.days import add_days
from vouchers.enterprise.decisions import RecordSuccession
from vouchers.entitlement.decisions import ClearFindings
from vouchers.identifiers import make_code
from vouchers.kinds import ENTITLEMENT
from vouchers.source.decisions import EndOutage, ReportOutage

SOURCE: Final = "company-register"
AMENDED, OUTAGE, FILE_CAME, MENDED, CLEARED = (f"{YEAR}-{day}" for day in ("06-15", "07-01", "07-02", "07-09", "07-20"))
_LEFT: Final = 4_500_000  # fen that a firm keeps which will merge
_BOTH: Final = 12_000_000  # fen of an order whose subsidy takes two vouchers


def amendment(year: Year) -> Story:
    """Before the half-year's file, Shanghai amends its policy: nothing is decided while the register is down."""
    yield AMENDED
    _, document = load_policy(shipped()["sh-stiv-2025"])
    document["programme"] |= {"version": "2025-2", "effective_on": AMENDED}
    document["facts"] = {"needs": [SOURCE], "clause": "amendment of June, reliable facts", "source": "D"}
    policy, document = load_policy(canonical(document))
    yield from year.do(application.adopt_policy, adoption(policy, document), WANG)


def half_year(year: Year) -> Story:
    """The half-year's file comes while its source is down: new firms wait, and old ones turn out to have changed."""
    yield OUTAGE
    yield from year.do(application.report_outage, ReportOutage(SOURCE, OUTAGE, "records of a day are lost"), LI)
    yield FILE_CAME
    path = year.service.settings.data / f"enterprises-{YEAR}-07.csv"
    changed, new = _changed(year), _new(year)
    write_enterprises(path, [*changed, *new])
    year.town.later.append(
        import_enterprises(year.service, path, LI, as_of=f"{YEAR}-06-30", on=year.on, entitle=tuple(year.town.policies))
    )
    yield MENDED
    yield from year.do(application.end_outage, EndOutage(SOURCE, MENDED, "the records were restored"), LI)
    codes = tuple(firm["enterprise_id"] for firm in new)
    for programme in year.town.policies:
        yield from year.do(application.entitle, Entitle(programme, codes), Who("system:entitlement", "system"))
    _let_order(year, codes)
    yield CLEARED
    for firm in changed:
        for programme in year.town.policies:
            if year.service.ledger.state(ENTITLEMENT, f"{programme}/{YEAR}/{firm['enterprise_id']}").findings:
                clear = ClearFindings(programme, str(YEAR), firm["enterprise_id"], "the services were rendered before")
                yield from year.do(application.clear_findings, clear, WANG)


def _changed(year: Year) -> list[dict[str, Any]]:
    """Firms of Shanghai that moved away, grew, or were struck off in the first half-year."""
    granted = dict.fromkeys(grant.enterprise_id for grant in year.town.grants if grant.programme == "SH-STIV")
    firms = [
        firm
        for firm in make_enterprises(year.town.scale, year.seed, year=YEAR)
        if firm["enterprise_id"] in granted and firm["staff"] != ""
    ]
    grown = [
        {**firm, "staff": 3_000, "revenue": 9_000_000, "assets": 9_000_000, "registered_capital": 9_000}
        for firm in firms[8::120]
    ]
    struck = [firm | {"status": "吊销"} for firm in firms[13::300]]
    return [*(firm | {"region": "330100"} for firm in firms[3::120]), *grown, *struck]


def _new(year: Year) -> list[dict[str, Any]]:
    """Firms that were founded in spring."""
    scale = year.town.scale
    firms = islice(make_enterprises(scale + scale // 60 + 1, year.seed + 1, year=YEAR), scale, None)
    return [firm | {"registered_on": f"{YEAR}-04-20", "controller": f"C-S{at:06d}"} for at, firm in enumerate(firms)]


def _let_order(year: Year, codes: tuple[str, ...]) -> None:
    """Let firms order from now on that were granted something."""
    grants = tuple(
        Grant(make_code("V", programme, str(YEAR), code, kind), programme, code, kind)
        for programme in year.town.policies
        for code in codes
        for kind in _granted(year, programme, code)
    )
    for plan in make_plans(year.town, grants, f"{year.seed} later", add_days(year.on, 3), 120):
        year.begin(order(year, plan))


def _granted(year: Year, programme: str, code: str) -> list[str]:
    decision = year.service.ledger.state(ENTITLEMENT, f"{programme}/{YEAR}/{code}").decision
    return [each.kind for each in getattr(decision, "vouchers", ())]


def merger(year: Year, first: Grant, second: Grant) -> Story:
    """Two firms merge: one gave most of its voucher back, and the other then orders from what both have left."""
    giver, taker = sorted((first, second), key=lambda grant: grant.voucher_id)
    yield f"{YEAR}-05-05"
    back = ReturnValue(giver.voucher_id, 30_000_000 - _LEFT, "the project goes to the firm that takes us over")
    yield from year.do(application.return_value, back, Who(f"enterprise:{giver.enterprise_id}", "enterprise"))
    yield f"{YEAR}-08-03"
    evidence = hashlib.sha256(giver.enterprise_id.encode()).hexdigest()
    merged = RecordSuccession(
        giver.enterprise_id, taker.enterprise_id, "merger", year.on, evidence, "merged", (giver.programme,)
    )
    yield from year.do(application.record_succession, merged, LI)
    plan = Plan(
        order_id=make_code("O", "merger", taker.enterprise_id),
        grant=taker,
        category="TEST",
        provider_id=year.town.offers["TEST"][-1],
        register_on=f"{YEAR}-09-07",
        starts_on=f"{YEAR}-09-14",
        ends_on=f"{YEAR}-10-16",
        gross=_BOTH,
        fate="parts",
        slip="",
        accept_after=2,
        invoice_after=3,
        redeem_after=4,
        vouchers=(giver.voucher_id,),
    )
    year.begin(order(year, plan))
