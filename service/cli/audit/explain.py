"""The command `vouchers audit explain`: the story of anything, with reasons, outside times and proofs."""

from typing import Any

import click

from service.audit.explaining import Step, explain_decision
from service.audit.explaining import explain as steps_of
from service.cli.audit.receipts import told
from service.cli.output import money, pairs, table
from service.cli.session import Session, looking


@click.command()
@looking
@click.argument("what", metavar="WHAT")
@click.option("--short", is_flag=True, help="Without the reasoning of each step.")
def explain(session: Session, what: str, short: bool) -> None:
    """How it came to this. WHAT is a log number, a voucher, order, claim, enterprise, provider, or a stream."""
    if what.isdecimal():
        found = explain_decision(session.service, int(what))
        session.out.answer(found, *told(found["decision"]), pairs("Recorded", _recorded(found)))
        return
    steps = steps_of(session.service, what)
    session.out.answer({"steps": [step.told for step in steps]}, *_story(what, steps, short=short))


def _recorded(found: dict[str, Any]) -> list[tuple[str, Any]]:
    """When one decision was recorded by the word of others, and how it is proven."""
    proof = found["proof"]
    between = _between(found["not_before"], found["not_after"])
    rows = [("outside times", between), ("proof", _proof(proof["size"], proof["signed_at"], proof["cosigners"]))]
    rows += [("doubt", found["fault"])] if found["fault"] else []
    return rows + ([("taken out", ", ".join(found["redacted"]))] if found["redacted"] else [])


def _story(what: str, steps: list[Step], *, short: bool) -> list[Any]:
    rows = [
        (
            step.line.seq,
            step.line.eff,
            step.line.actor,
            _said(step, short=short),
            money(step.line.amount, step.line.currency),
            money(step.line.balance, step.line.currency),
        )
        for step in steps
    ]
    last = steps[-1]
    first_proof, last_proof = steps[0].proof, last.proof
    times = [("first step", _between(steps[0].not_before, steps[0].not_after))]
    times += [("last step", _between(last.not_before, last.not_after))]
    proofs = [("proof of the first", _proof(first_proof.size, first_proof.signed_at, first_proof.cosigners))]
    proofs += [("proof of the last", _proof(last_proof.size, last_proof.signed_at, last_proof.cosigners))]
    return [
        table(f"How it came to {what}", ["seq#", "day", "actor", "what", "amount#", "after#"], rows),
        pairs("Recorded", [*times, *proofs]),
    ]


def _said(step: Step, *, short: bool) -> str:
    """A step in words: what kind of decision, the sentence, why, and what speaks against its time."""
    head = f"[{step.decision}] {step.line.sentence}" if step.decision else step.line.sentence
    why = [] if short else [f"  {line}" for line in step.line.arithmetic]
    clause = [f"  by: {step.line.clause}"] if step.line.clause and not short else []
    return "\n".join([head, *why, *clause, *([f"  ! {step.fault}"] if step.fault else [])])


def _between(not_before: str, not_after: str) -> str:
    if not_before or not_after:
        return f"after {not_before or '(no anchor before)'}, before {not_after or '(no anchor since)'}"
    return "no outsider has vouched for it yet"


def _proof(size: int, signed_at: str, cosigners: tuple[str, ...] | list[str]) -> str:
    if not size:
        return "no checkpoint covers it yet"
    by = f", cosigned by {', '.join(cosigners)}" if cosigners else ", cosigned by nobody"
    return f"in the checkpoint of {size:,} entries, signed at {signed_at}{by}"
