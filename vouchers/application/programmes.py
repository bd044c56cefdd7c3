"""Programmes, their policies and their budgets."""

import hashlib
from functools import lru_cache
from typing import Any

from vouchers import texts, wire
from vouchers.budget import decisions as budgets
from vouchers.kinds import BUDGET, PROGRAMME
from vouchers.ledger import Unit
from vouchers.order.events import Registered
from vouchers.policy import Policy, PolicyFaults, disagreements, is_period, parse, period_of, pools
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.refusals import Refused

Answer = dict[str, Any]


class NotBlockedByPolicy(Refused):
    """The policy does not block a category whose money is used up."""

    remedy = "Follow what the policy says about money that runs out."


class PeriodNotOfPolicy(Refused):
    """No policy of the programme has a period of this name."""


class PoolNotOfPolicy(Refused):
    """No policy of the programme has a pool of this name, so its orders would never find the money."""


@lru_cache(maxsize=256)
def _compiled(_digest: str, document: str) -> Policy:
    return parse(wire.parse(document))


def compiled(adopted: programme.PolicyAdopted) -> Policy:
    """The policy of an adoption, parsed once."""
    return _compiled(adopted.digest, adopted.document)


def in_force(unit: Unit, code: str, on: str) -> tuple[programme.PolicyAdopted, Policy]:
    """The policy of a programme on a day."""
    adopted = programmes.policy_in_force(unit.load(PROGRAMME, code), on)
    return adopted, compiled(adopted)


def of_version(unit: Unit, code: str, version: str) -> Policy:
    """The policy of a programme by its version."""
    adopted = unit.load(PROGRAMME, code).policy(version)
    assert adopted is not None, "only an adopted policy is named"
    return compiled(adopted)


def policy_of(unit: Unit, registered: Registered) -> Policy:
    """The policy that an order was registered under, whatever is in force now."""
    return of_version(unit, registered.programme, registered.policy_version)


def announce(unit: Unit, command: programmes.Announce) -> Answer:
    """Make a programme public."""
    state = unit.load(PROGRAMME, command.programme)
    unit.append(PROGRAMME, command.programme, programmes.announce(state, command))
    return {"programme": command.programme}


def adopt_policy(unit: Unit, command: programmes.AdoptPolicy) -> Answer:
    """Bring a policy into force; its document is compiled here, so that a broken one is never adopted."""
    state = unit.load(PROGRAMME, command.programme)
    announced = programmes.announced(state)
    if hashlib.sha256(command.document.encode()).hexdigest() != command.digest:
        raise programmes.PolicyNotAsStated("The digest is not the document's.", pointer="/digest")
    policy = _read(command)
    _prove(policy)
    if policy.programme != command.programme:
        raise programmes.PolicyOfAnotherProgramme(pointer="/programme", remedy=f"It is for {policy.programme}.")
    for name, stated, written in (
        ("version", command.version, policy.version),
        ("effective_on", command.effective_on, policy.effective_on),
        ("ends_on", command.ends_on, policy.ends_on),
        ("currency", announced.currency, policy.currency),
    ):
        if stated != written:
            detail = f"The document has {name} {written or 'open'!r}, its adoption {stated or 'open'!r}."
            raise programmes.PolicyNotAsStated(detail, pointer=f"/{name}", remedy="State what the document says.")
    if policy.filing_required:
        programmes.check_filing(state, command, unit.on)
    events = [*programmes.adopt_policy(state, command), *programmes.file_policy(state, command)]
    unit.append(PROGRAMME, command.programme, events)
    return {"programme": command.programme, "version": command.version, "digest": command.digest}


def _read(command: programmes.AdoptPolicy) -> Policy:
    try:
        return _compiled(command.digest, command.document)
    except PolicyFaults as faults:
        sentence = texts.clip(str(faults.faults[0]), texts.LONGEST_TEXT)
        raise programmes.PolicyBroken(sentence, pointer="/document", remedy="Check the policy first.") from faults
    except ValueError as fault:
        raise programmes.PolicyBroken(pointer="/document", remedy="Give the policy as JSON text.") from fault


def _prove(policy: Policy) -> None:
    """Refuse a policy that does not come to what its own examples say."""
    wrong = disagreements(policy)
    if wrong:
        sentence = texts.clip(str(wrong[0]), texts.LONGEST_TEXT)
        raise programmes.PolicyExamplesFail(sentence, pointer="/document", remedy="Check the policy first.")


def close_programme(unit: Unit, command: programmes.CloseProgramme) -> Answer:
    """Take no new orders."""
    state = unit.load(PROGRAMME, command.programme)
    unit.append(PROGRAMME, command.programme, programmes.close(state, command))
    return {"programme": command.programme}


def appropriate(unit: Unit, command: budgets.Appropriate) -> Answer:
    """Make money available to a programme for a period, from a pool."""
    announced = programmes.announced(unit.load(PROGRAMME, command.programme))
    _is_asked_for(unit, command.programme, command.period, command.pool, "/pool")
    key = budget_key(command.programme, command.period, command.pool)
    state = unit.append(BUDGET, key, budgets.appropriate(unit.load(BUDGET, key), command, announced.currency))
    return {"budget": key, "appropriated": state.appropriated, "committed": state.committed}


def period_of_policy(unit: Unit, code: str, period: str) -> None:
    """Refuse the name of a period that no policy of the programme has, where it has policies."""
    policies = _policies(unit, code)
    if policies and not any(is_period(policy, period) for policy in policies):
        remedy = f"Its period of {unit.on} is {period_of(policies[-1], unit.on)}; name one in this way."
        raise PeriodNotOfPolicy(pointer="/period", remedy=remedy)


def _policies(unit: Unit, code: str) -> list[Policy]:
    """Every policy that a programme ever adopted."""
    return [compiled(adopted) for adopted in unit.load(PROGRAMME, code).policies]


def _is_asked_for(unit: Unit, code: str, period: str, pool: str, pointer: str) -> None:
    """Refuse money that no order would ask for; before the first policy nobody knows what orders will."""
    period_of_policy(unit, code, period)
    known = dict.fromkeys(each for policy in _policies(unit, code) for each in pools(policy))
    if known and pool not in known:
        raise PoolNotOfPolicy(pointer=pointer, remedy=f"Its pools are {', '.join(known)}.")


def cut_budget(unit: Unit, command: budgets.CutBudget) -> Answer:
    """Take uncommitted money away."""
    key = budget_key(command.programme, command.period, command.pool)
    state = unit.append(BUDGET, key, budgets.cut(unit.load(BUDGET, key), command))
    return {"budget": key, "appropriated": state.appropriated, "committed": state.committed}


def transfer_budget(unit: Unit, command: budgets.TransferBudget) -> Answer:
    """Let free money go from one pool to another; whoever acts is the second person."""
    announced = programmes.announced(unit.load(PROGRAMME, command.programme))
    _is_asked_for(unit, command.programme, command.period, command.to_pool, "/to_pool")
    key = budget_key(command.programme, command.period, command.pool)
    to_key = budget_key(command.programme, command.period, command.to_pool)
    source, target = unit.load(BUDGET, key), unit.load(BUDGET, to_key)
    out, into = budgets.transfer(source, target, command, currency=announced.currency, approved_by=unit.actor)
    after, filled = unit.append(BUDGET, key, out), unit.append(BUDGET, to_key, into)
    return {"budget": key, "appropriated": after.appropriated, "to": to_key, "to_appropriated": filled.appropriated}


def block_pool(unit: Unit, command: budgets.BlockPool) -> Answer:
    """Close a pool that cannot pay an order, where the policy blocks what is used up."""
    _, policy = in_force(unit, command.programme, unit.on)
    if policy.money.exhaustion != "block_category":
        raise NotBlockedByPolicy(pointer="/programme", exhaustion=policy.money.exhaustion)
    key = budget_key(command.programme, command.period, command.pool)
    state = unit.append(BUDGET, key, budgets.block(unit.load(BUDGET, key), command, unit.on))
    return {"budget": key, "blocked_since": state.blocked_since, "free": state.free}


def reopen_pool(unit: Unit, command: budgets.ReopenPool) -> Answer:
    """Let a blocked pool take orders again."""
    key = budget_key(command.programme, command.period, command.pool)
    state = unit.append(BUDGET, key, budgets.reopen(unit.load(BUDGET, key), command))
    return {"budget": key, "blocked_since": state.blocked_since, "free": state.free}


def budget_key(code: str, period: str, pool: str) -> str:
    """The key of a budget's stream."""
    return f"{code}/{period}/{pool}"


def entitlement_key(code: str, period: str, enterprise_id: str) -> str:
    """The key of an entitlement's stream."""
    return f"{code}/{period}/{enterprise_id}"
