"""How the market moves: laboratories publish their fees, and providers join by self-evaluation and public notice."""

import hashlib
from typing import Final

from service.demo.founding import LI, WANG, YEAR
from service.demo.plans import FEE, PUBLISHED
from service.demo.year import Story, Year
from service.wiring import Who
from vouchers import application
from vouchers.admission.decisions import (
    DismissObjection,
    JoinAfterNotice,
    ObjectToAdmission,
    SelfEvaluate,
    UpholdObjection,
    Verify,
)
from vouchers.catalogue.decisions import ChangeFee, PublishProduct
from vouchers.days import add_days
from vouchers.facts import Fact
from vouchers.identifiers import make_credit_code
from vouchers.provider.decisions import Accredit

APPLICANTS: Final = 4  # the second answers to an objection, the third is stopped by one, the fourth is too young
_DISPUTED, _STOPPED, _YOUNG = 1, 2, 3


def products(year: Year) -> Story:
    """Every laboratory publishes what it does and its fee; in summer a few raise it."""
    yield f"{YEAR}-01-09"
    labs = [(code, category) for category in PUBLISHED for code in year.town.offers[category]]
    yield [
        year.ask(application.publish_product, _product(*each), Who(f"provider:{each[0]}", "provider")) for each in labs
    ]
    yield f"{YEAR}-07-01"
    yield [
        year.ask(application.change_fee, ChangeFee(code, f"P-{category}", FEE * 21 // 20, year.on), LI)
        for code, category in labs[::20]
    ]


def _product(code: str, category: str) -> PublishProduct:
    content = {"TEST": "a test of one sample with report", "RND": "a study of one material"}[category]
    return PublishProduct(code, f"P-{category}", category, content, "GB/T 27025", FEE, "case", "CNY")


def admission(year: Year, number: int) -> Story:
    """A laboratory applies; after seven days of public notice it joins, unless an objection or the policy stops it."""
    code = make_credit_code("9", "1", "310104", 700_000_000 + number)
    applicant = Who(f"provider:{code}", "provider")
    yield f"{YEAR}-03-{2 + number:02d}"
    answers: dict[str, Fact] = {"kind": "lab", "qualifications": ("CMA", "CNAS")}
    evaluated = SelfEvaluate(code, "SH-STIV", f"新实验室{number + 1}", _digest(code), answers, f"acct:{code[-10:]}")
    yield from year.do(application.self_evaluate, evaluated, applicant)
    yield add_days(year.on, 5)
    founded_on = f"{YEAR}-01-05" if number == _YOUNG else f"{YEAR - 6}-05-04"
    facts: dict[str, Fact] = {
        **answers,
        "region": "310104",
        "founded_on": founded_on,
        "lists": (),
        "controller": f"N-{number}",
    }
    asked = Verify(code, "company register", _digest(founded_on), facts)
    verified = yield from year.do(application.verify_provider, asked, LI)
    if verified is None or verified["status"] != "noticed":
        return
    yield add_days(year.on, 3)
    if number in (_DISPUTED, _STOPPED):
        rival = Who(f"provider:{year.town.offers['TEST'][0]}", "provider")
        objection = ObjectToAdmission(code, "its test bench belongs to us")
        yield from year.do(application.object_to_admission, objection, rival)
        yield add_days(year.on, 6)
        if number == _STOPPED:
            yield from year.do(application.uphold_objection, UpholdObjection(code, 1, "the lease says so"), WANG)
            return
        yield from year.do(application.dismiss_objection, DismissObjection(code, 1, "bought in May"), WANG)
    yield add_days(year.on, 7)
    joined = yield from year.do(application.join_after_notice, JoinAfterNotice(code), LI)
    if joined is None:
        return
    year.town.regions[code] = "310104"
    for category in PUBLISHED:
        yield from year.do(application.accredit, Accredit(code, category, year.on, f"{YEAR + 2}-12-31"), WANG)
        year.diary.newcomers[category] = code


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
