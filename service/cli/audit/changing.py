"""The options that say what is otherwise, for commands that ask what would have been."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from service.audit.whatif.asking import Log, ProgrammeNotHere
from service.audit.whatif.changes import AnyChange, OtherFact, OtherValues, Suspended
from service.audit.whatif.late import late_facts
from service.audit.whatif.reading import from_file, other_policy, put_of, since_of
from service.cli.output import Output
from service.cli.values import CREDIT_CODE, DAY, ENTERPRISE, EXISTING_FILE, PROGRAMME_CODE, registry_fact_of

_OPTIONS = (
    click.option("--changes", type=EXISTING_FILE, metavar="FILE", help="What is otherwise, as a TOML file."),
    click.option("--policy", type=EXISTING_FILE, metavar="FILE", help="A policy in the place of its programme's own."),
    click.option("--set", "puts", multiple=True, metavar="PLACE=VALUE", help="A value of the policy; a star is any."),
    click.option("--of", "code", type=PROGRAMME_CODE, help="The programme, where there are several."),
    click.option("--suspend", "providers", multiple=True, type=CREDIT_CODE, help="A provider that is suspended."),
    click.option("--effect", type=click.Choice(("finish", "freeze")), default="freeze", help="On its open orders."),
    click.option("--until", type=DAY, default="", metavar="DAY", help="First day without the suspension."),
    click.option("--fact", "facts", multiple=True, type=(ENTERPRISE, str), metavar="CODE NAME=VALUE", help="A fact."),
    click.option("--entry", "seqs", multiple=True, type=click.IntRange(0), help="An entry with facts that came late."),
    click.option("--since", type=DAY, default="", metavar="DAY", help="From which day on it is otherwise."),
)


def otherwise(command: Callable[..., None]) -> Callable[..., None]:
    """The options, in the order in which help shows them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def changes_of(
    log: Log,
    *,
    changes: Path | None,
    policy: Path | None,
    puts: tuple[str, ...],
    code: str | None,
    providers: tuple[str, ...],
    effect: str,
    until: str,
    facts: tuple[tuple[str, str], ...],
    seqs: tuple[int, ...],
    since: str,
) -> tuple[str, list[AnyChange]]:
    """The title of the question, where it has one, and everything that is otherwise."""
    title, asked = from_file(changes) if changes else ("", [])
    if policy is not None:
        asked.append(other_policy(policy, since_of(since), code or ""))
    if puts:
        values = tuple(put_of(each) for each in puts)
        asked.append(OtherValues(programme_of(log, code), since_of(since), values))
    asked += [Suspended(provider, since_of(since), effect, until) for provider in providers]
    asked += [OtherFact(firm, *registry_fact_of(fact), since_of(since)) for firm, fact in facts]
    asked += [late_facts(log.source, seq) for seq in seqs]
    return title, asked


def programme_of(log: Log, code: str | None) -> str:
    """The programme that is named, or the only one there is."""
    known = log.gathered.programmes
    if code or len(known) == 1:
        return code or known[0]
    remedy = f"Say which: --of {' or --of '.join(known)}." if known else "There is none yet."
    raise ProgrammeNotHere("It is not clear which programme is meant.", pointer="/of", remedy=remedy)


@contextmanager
def progress(out: Output) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while the history is played."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as bar:
        task = bar.add_task("Playing the history", total=None)
        yield lambda done, size: bar.update(task, total=size, completed=done)
