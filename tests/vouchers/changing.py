"""Verbs for facts that change: policies with tables of their own, firms that move and grow, and what was found."""

import hashlib
from copy import deepcopy
from typing import Any

from schemas import policies
from tests.examples import DIGEST, PROOF, PUDONG, SH, SH_CODE, facts_of_firm
from tests.town import Town
from vouchers import application as app
from vouchers.application.entitling import ImportFacts
from vouchers.application.reassessing import Reassess
from vouchers.enterprise.decisions import CorrectFacts, RecordFacts, RecordSuccession
from vouchers.entitlement.decisions import ClearFindings
from vouchers.facts import Fact
from vouchers.kinds import ENTERPRISE, ENTITLEMENT
from vouchers.programme.decisions import AdoptPolicy

TEAM, COMPANY = PUDONG, "91310118MA1TE001XP"  # the one becomes the other, in Qingpu


def adopt_with(town: Town, name: str = SH, version: str = "revised", **tables: Any) -> None:
    """Adopt a shipped policy as another version, with these tables in the place of its own; None leaves a table out."""
    _, shipped = policies.load_policy(policies.shipped()[name])
    document = deepcopy(shipped)
    document.pop("examples", None)
    document["programme"]["version"] = version
    for table, values in tables.items():
        before = document.pop(table, None)
        if values is None:
            continue
        document[table] = {**before, **values} if isinstance(before, dict) and isinstance(values, dict) else values
    text = policies.canonical(document)
    programme = document["programme"]
    days = (programme["effective_on"], programme.get("ends_on", ""))
    digest = hashlib.sha256(text.encode()).hexdigest()
    town.do(app.adopt_policy, AdoptPolicy(programme["code"], version, *days, digest, text, "officer:li", "officer:wu"))


def causes(**treatments: str) -> dict[str, Any]:
    """A table of changes in which every cause of the Shanghai policy is treated alike."""
    _, document = policies.load_policy(policies.shipped()[SH])
    own = document["changes"]["cause"]
    return {"cause": {name: {**rule, **treatments} for name, rule in own.items()}}


def beneficiaries(*, asked_again: str) -> list[dict[str, Any]]:
    """The beneficiaries of the Shanghai policy, with one of their conditions asked at every order too."""
    _, document = policies.load_policy(policies.shipped()[SH])
    own = deepcopy(document["beneficiary"])
    for condition in (each for beneficiary in own for each in beneficiary["condition"]):
        if condition["code"] == asked_again:
            condition["at"] = ["grant", "order"]
    return own


def learn(town: Town, code: str = PUDONG, as_of_on: str = "", programmes: tuple[str, ...] = (), **facts: Fact) -> Any:
    """Import what a registry says of a firm today, and look again at what it was granted in Shanghai."""
    record = RecordFacts(code, as_of_on or town.on, "registry", DIGEST, facts_of_firm(code, **facts))
    return town.do(app.import_facts, ImportFacts((record,), programmes, (), (SH_CODE,)))


def correct(town: Town, as_of_on: str = "2025-12-31", code: str = PUDONG, **facts: Fact) -> Any:
    """Correct the facts of a day."""
    command = CorrectFacts(code, as_of_on, "registry", DIGEST, facts_of_firm(code, **facts), "a clerk mistyped it")
    return town.do(app.correct_facts, command)


def look_again(town: Town, code: str = PUDONG, programme: str = SH_CODE) -> Any:
    """Look again at what a firm was granted."""
    return town.do(app.reassess_enterprise, Reassess(code, programme))


def clear(town: Town, code: str = PUDONG, period: str = "2026", programme: str = SH_CODE) -> Any:
    """Close what was found about a firm."""
    command = ClearFindings(programme, period, code, "the officer has looked into it")
    return town.do(app.clear_findings, command)


def succeed(
    town: Town,
    predecessor: str = TEAM,
    successor: str = COMPANY,
    succession: str = "incorporation",
    programmes: tuple[str, ...] = (SH_CODE,),
) -> Any:
    """Let a firm take the place of another."""
    command = RecordSuccession(predecessor, successor, succession, town.on, PROOF, "founded by the team", programmes)
    return town.do(app.record_succession, command)


def entitlement(town: Town, code: str = PUDONG, period: str = "2026", programme: str = SH_CODE) -> Any:
    """How a firm's entitlement stands."""
    return town.ledger.state(ENTITLEMENT, f"{programme}/{period}/{code}")


def firm(town: Town, code: str = PUDONG) -> Any:
    """What is known of a firm."""
    return town.ledger.state(ENTERPRISE, code)


def treatments(town: Town, code: str = PUDONG) -> list[tuple[str, str, int]]:
    """What the last look led to: place, treatment and amount."""
    return [(each.place, each.treatment, each.amount) for each in entitlement(town, code).last.effects]


def causes_found(town: Town, code: str = PUDONG) -> list[str]:
    """The causes that the last look found."""
    return [ground.cause for ground in entitlement(town, code).last.grounds]
