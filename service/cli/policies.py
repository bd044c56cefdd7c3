"""The commands `vouchers policy`: rulebooks are checked, adopted by two people, shown and listed."""

import json
from pathlib import Path
from typing import Any

import click

from schemas.policies import LONGEST_TEXT, canonical, check, digest, load_policy, shipped
from service.cli.output import Output, money, pairs, table
from service.cli.problems import FAULTY_INPUT
from service.cli.session import Session, acting, json_option, reading
from service.cli.values import DAY, EXISTING_FILE, PERSON, PROGRAMME_CODE
from vouchers import application
from vouchers.kinds import PROGRAMME
from vouchers.policy import Policy, PolicyFaults
from vouchers.policy.explain import percent
from vouchers.programme.decisions import AdoptPolicy, Announce, policy_in_force
from vouchers.programme.events import PolicyAdopted
from vouchers.refusals import Malformed, NotFound

LARGEST_FILE = 4 * LONGEST_TEXT  # bytes; a character of UTF-8 has at most four


class PolicyTooLarge(Malformed):
    """The file is larger than any policy can be."""


class PolicyUnknown(NotFound):
    """There is no such policy file, and none of this name comes with the program."""


@click.group()
def policy() -> None:
    """The rulebooks: check, adopt, show, list."""


@policy.command("check")
@json_option
@click.argument("files", nargs=-1, required=True, type=EXISTING_FILE)
@click.pass_context
def check_files(ctx: click.Context, as_json: bool, files: tuple[Path, ...]) -> None:
    """Check policy files and name every fault with its place and remedy. Exit code 3 where there are any."""
    out = Output(as_json=as_json)
    found = {
        str(file): [
            {"path": fault.path, "fault": fault.message, "remedy": fault.remedy}
            for fault in check(_small(file).read_text(encoding="utf-8-sig"))
        ]
        for file in files
    }
    parts: list[Any] = []
    for name, faults in found.items():
        rows = [(fault["path"], fault["fault"], fault["remedy"]) for fault in faults]
        parts.append(
            table(f"{name}: {_faults(len(faults))}", ["where", "what is wrong", "remedy"], rows)
            if rows
            else f"{name}: sound{_examples(Path(name))}"
        )
    out.answer(found, *parts)
    if any(found.values()):
        ctx.exit(FAULTY_INPUT)


@policy.command()
@acting("officer")
@click.argument("source", metavar="FILE|NAME")
@click.option("--proposed-by", type=PERSON, required=True, metavar="ROLE:NAME", help="Who proposes the policy.")
@click.option("--approved-by", type=PERSON, required=True, metavar="ROLE:NAME", help="Who approves it: somebody else.")
@click.option("--filing", default="", metavar="TEXT", help="Reference of the filing with the higher authority.")
@click.option("--filed-on", type=DAY, default="", metavar="DAY", help="Day of the filing.")
@click.pass_context
def adopt(
    ctx: click.Context,
    session: Session,
    source: str,
    proposed_by: str,
    approved_by: str,
    filing: str,
    filed_on: str,
) -> None:
    """Bring a policy into force, from a file or one that comes with the program; the programme is announced with it."""
    try:
        rules, document = load_policy(_path_of(source))
    except PolicyFaults as faults:
        _tell_faults(session.out, source, faults)
        ctx.exit(FAULTY_INPUT)
    if session.service.ledger.state(PROGRAMME, rules.programme).announced is None:
        announce = Announce(
            rules.programme, rules.title, rules.authority, rules.currency, session.service.sampling_commitment
        )
        session.execute(application.announce, announce)
    command = AdoptPolicy(
        rules.programme,
        rules.version,
        rules.effective_on,
        rules.ends_on,
        digest(document),
        canonical(document),
        proposed_by,
        approved_by,
        filing,
        filed_on,
    )
    outcome = session.execute(application.adopt_policy, command)
    facts = {
        **outcome.answer,
        "effective_on": rules.effective_on,
        "ends_on": rules.ends_on,
        "position": outcome.position,
    }
    session.out.answer(facts, pairs(f"Adopted: {rules.title}", [*facts.items()]))


@policy.command()
@reading
@click.argument("programme", type=PROGRAMME_CODE)
@click.option("--on", "day", type=DAY, metavar="DAY", help="The day asked about (default: today).")
@click.option("--document", is_flag=True, help="The whole rulebook as it was adopted, as JSON.")
def show(session: Session, programme: str, day: str | None, document: bool) -> None:
    """The policy of a programme that is in force on a day: who is entitled, to what, within which limits."""
    adopted = policy_in_force(session.service.ledger.state(PROGRAMME, programme), day or session.on)
    if document:
        session.out.answer(
            json.loads(adopted.document), json.dumps(json.loads(adopted.document), ensure_ascii=False, indent=2)
        )
        return
    rules = application.compiled(adopted)
    session.out.answer(_summary(adopted, rules), *_rulebook(adopted, rules))


@policy.command("list")
@reading
def list_policies(session: Session) -> None:
    """The policies that come with the program, and those that were adopted here."""
    known = []
    for name, path in shipped().items():
        rules, _ = load_policy(path)
        known.append(
            {
                "name": name,
                "programme": rules.programme,
                "version": rules.version,
                "title": rules.title,
                "effective_on": rules.effective_on,
                "ends_on": rules.ends_on,
            }
        )
    adopted = [
        {
            "programme": each.programme,
            "version": each.version,
            "effective_on": each.effective_on,
            "ends_on": each.ends_on,
            "digest": each.digest,
            "proposed_by": each.proposed_by,
            "approved_by": each.approved_by,
        }
        for stream in session.service.ledger.names("programme/")
        for each in session.service.ledger.state(PROGRAMME, stream.removeprefix("programme/")).policies
    ]
    columns = ["name", "programme", "version", "title", "from", "until"]
    here = ["programme", "version", "from", "until", "digest", "proposed by", "approved by"]
    short = [{**each, "digest": f"{each['digest'][:12]}…"} for each in adopted]
    session.out.answer(
        {"shipped": known, "adopted": adopted},
        table("Shipped with the program", columns, [list(each.values()) for each in known]),
        table("Adopted here", here, [list(each.values()) for each in short])
        if adopted
        else "None is adopted here yet.",
    )


def _examples(file: Path) -> str:
    """How many worked examples a sound policy carries and comes to."""
    count = len(load_policy(file)[0].examples)
    return f"; it comes to its {count} examples" if count else ""


def _path_of(source: str) -> Path:
    """The file of a policy: a path, or the name or programme code of one that comes with the program."""
    if Path(source).is_file():
        return _small(Path(source))
    known = shipped()
    fitting = [
        path for name, path in known.items() if name == source.lower() or name.startswith(f"{source.lower()}-20")
    ]
    if len(fitting) != 1:
        raise PolicyUnknown(pointer="/source", remedy=f"Name a file, or one of: {', '.join(known)}.")
    return fitting[0]


def _small(path: Path) -> Path:
    """The path, unless its file is larger than a policy can be or has no end that could be known."""
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise PolicyTooLarge(f"{path} is no policy.", pointer="/file", remedy=f"At most {LARGEST_FILE:,} bytes.")
    return path


def _tell_faults(out: Output, source: str, faults: PolicyFaults) -> None:
    listed = [{"path": fault.path, "fault": fault.message, "remedy": fault.remedy} for fault in faults.faults]
    rows = [list(each.values()) for each in listed]
    out.answer({source: listed}, table(f"{source}: {_faults(len(rows))}", ["where", "what is wrong", "remedy"], rows))


def _summary(adopted: PolicyAdopted, rules: Policy) -> dict[str, Any]:
    """A policy for programs: the adoption, the vouchers, the categories, the ceilings."""
    return {
        "programme": adopted.programme,
        "version": adopted.version,
        "effective_on": adopted.effective_on,
        "ends_on": adopted.ends_on,
        "digest": adopted.digest,
        "proposed_by": adopted.proposed_by,
        "approved_by": adopted.approved_by,
        "currency": rules.currency,
        "vouchers": {kind: each.face for kind, each in rules.voucher_types.items()},
        "categories": {code: each.name for code, each in rules.categories.items()},
        "limits": [
            {"level": cap.level, "category": cap.category, "period": cap.period, "limit": cap.limit, "count": cap.count}
            for cap in rules.cap_rules
        ],
    }


def _rulebook(adopted: PolicyAdopted, rules: Policy) -> list[Any]:
    facts = [
        ("programme", adopted.programme),
        ("version", adopted.version),
        ("in force", f"{adopted.effective_on} to {adopted.ends_on or 'further notice'}"),
        ("proposed by", adopted.proposed_by),
        ("approved by", adopted.approved_by),
        ("digest", adopted.digest),
        ("paid to", rules.payee),
        ("own share", f"at least {percent(rules.money.own_share_min_bp)}"),
        *_support(rules),
        *_neighbours(rules),
    ]
    kinds = [
        (code, each.name, money(each.face, rules.currency), ", ".join(each.categories))
        for code, each in rules.voucher_types.items()
    ]
    services = [
        (each.code, each.name, money(each.max_per_order, rules.currency), each.pool, ", ".join(each.evidence))
        for each in rules.categories.values()
    ]
    limits = [
        (
            cap.level,
            cap.category or cap.pool,
            cap.period,
            money(cap.limit, rules.currency),
            cap.count,
            money(cap.order_limit or cap.first_limit, rules.currency),
            cap.clause,
        )
        for cap in rules.cap_rules
    ]
    return [
        pairs(rules.title, facts),
        table("Vouchers", ["kind", "name", "face#", "what"], kinds),
        table("Categories", ["code", "name", "at most per order#", "pool", "what"], services),
        table("Limits", ["level", "of", "period", "amount#", "orders#", "single order#", "clause"], limits),
        table("Checks by credit tier", ["tier", "drawn#", "paid", "people", "what"], _tiers(rules)),
    ]


def _tiers(rules: Policy) -> list[tuple[str, ...]]:
    return [
        (
            each.tier,
            percent(each.sample_bp),
            each.payment,
            "two" if each.second_person else "one",
            ", ".join(each.evidence),
        )
        for each in rules.tiers.values()
    ]


def _support(rules: Policy) -> list[tuple[str, str]]:
    if rules.support is None:
        return []
    sums = (("base", rules.support.base), ("floor", rules.support.floor), ("research part", rules.support.rd_part))
    return [(f"support, {name}", money(amount, rules.currency)) for name, amount in sums]


def _neighbours(rules: Policy) -> list[tuple[str, str]]:
    """What the policy says about other regions, other programmes and other aid."""
    stacking, aid = rules.stacking, rules.aid
    lines = [
        ("paid by", ", ".join(rules.settlement.payer_areas)),
        ("admissions of", ", ".join(rules.admission.recognises)),
    ]
    if stacking is not None and stacking.counts_contracts:
        beside = f"{', '.join(stacking.others)}, together up to {percent(stacking.ceiling_bp)}"
        lines.append(("pays a contract", f"beside {beside}" if stacking.others else "alone"))
    if aid is not None:
        window = f"{aid.months} months" if aid.months else "a calendar year"
        ceiling = money(aid.ceiling, rules.currency)
        lines.append(("aid that counts together", f"{aid.scope}: up to {ceiling} in {window}, at the {aid.counts_at}"))
    backs = [back for each in rules.beneficiaries for back in each.lookbacks]
    lines += [("looks back", f"on {back.programme} for {back.months} months") for back in backs]
    return lines


def _faults(number: int) -> str:
    return f"{number} fault{'' if number == 1 else 's'}"
