"""The command `vouchers audit explain`: the story of anything, with reasons, outside times and proofs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from service.audit.explaining import MOST_STEPS, Grounds, Step, decision_told, grounds_of
from service.audit.explaining import explain as steps_of
from service.audit.packed import grounds_in
from service.audit.trust import load_policy
from service.cli.audit.opening import opened
from service.cli.audit.receipts import told
from service.cli.output import Output, money, pairs, table
from service.cli.session import data_option, json_option
from service.cli.values import EXISTING_FILE
from service.settings import load_settings
from service.wiring import Service
from vouchers.audit import TrustPolicy

_COLUMNS = ["seq#", "day", "actor", "what", "amount#", "after#"]


@click.command()
@data_option
@json_option
@click.argument("what", metavar="WHAT")
@click.option("--log", metavar="LOG", help="A bundle, packed or not (default: the data folder's log).")
@click.option("--trust", type=EXISTING_FILE, metavar="FILE", help="Trust file with the keys, for a bundle's proofs.")
@click.option("--short", is_flag=True, help="Without the reasoning of each step.")
def explain(data: str, as_json: bool, what: str, log: str | None, trust: Path | None, short: bool) -> None:
    """How it came to this. WHAT is a log number, a voucher, order, claim, enterprise, provider, or a stream.

    Of a bundle, times and proofs are told as far as the trust file vouches for them; verify the bundle first.
    """
    out, proven = Output(as_json=as_json), not log or trust is not None
    with _grounds(data, log, trust) as grounds:
        if what.isdecimal():
            found = decision_told(grounds, int(what))
            rows = _decision(found, proven=proven)
            out.answer(found, *told(found["decision"]), pairs("Recorded", rows) if rows else "")
        else:
            steps = steps_of(grounds, what)
            story = table(f"How it came to {what}", _COLUMNS, _story(steps, short=short))
            proofs = pairs("Recorded", _recorded(steps[0], steps[-1])) if proven else ""
            out.answer({"steps": [step.told for step in steps]}, story, proofs)
            if len(steps) == MOST_STEPS:
                out.note(f"Told are the first {MOST_STEPS:,} steps; vouchers history tells all.")
    if not proven:
        out.note("Times and proofs were not looked at: name your trust file with --trust.")


@contextmanager
def _grounds(data: str, log: str | None, trust: Path | None) -> Iterator[Grounds]:
    """What the story is told from: a bundle, which needs no data folder, or the data folder."""
    if log:
        with opened(data, log) as source:
            yield grounds_in(log, source, load_policy(trust) if trust else TrustPolicy())
    elif trust:
        raise click.UsageError("--trust is for a bundle: name that with --log.")
    else:
        with Service(load_settings(data, os.environ)) as service:
            yield grounds_of(service)


def _decision(found: dict[str, Any], *, proven: bool) -> list[tuple[str, Any]]:
    """When one decision was recorded by the word of others, and how it is proven; and what was taken out of it."""
    proof = found["proof"]
    between = _between(found["not_before"], found["not_after"])
    rows = [("outside times", between), ("proof", _proof(proof["size"], proof["signed_at"], proof["cosigners"]))]
    rows += [("doubt", found["fault"])] if found["fault"] else []
    return (rows if proven else []) + ([("taken out", ", ".join(found["redacted"]))] if found["redacted"] else [])


def _story(steps: list[Step], *, short: bool) -> list[tuple[Any, ...]]:
    return [
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


def _recorded(first: Step, last: Step) -> list[tuple[str, str]]:
    """The outside times and the proofs of the first and the last step."""
    ends = ("first", first), ("last", last)
    times = [(f"{name} step", _between(step.not_before, step.not_after)) for name, step in ends]
    proofs = [(f"proof of the {name}", step.proof) for name, step in ends]
    return times + [(name, _proof(proof.size, proof.signed_at, proof.cosigners)) for name, proof in proofs]


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
    at = f", signed at {signed_at}" if signed_at else ""
    by = f", cosigned by {', '.join(cosigners)}" if cosigners else ", cosigned by nobody"
    return f"in the checkpoint of {size:,} entries{at}{by}"
