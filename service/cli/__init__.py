"""The command line `vouchers`: one module per group of commands, imported only when it is asked for."""

import sys
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import click

from service.cli.lazy import Lazy, Table
from service.cli.problems import INTERRUPTED, REFUSED, report

# Command -> the module of service.cli that has it, and its line in the overview.
COMMANDS: Final[Table] = MappingProxyType(
    {
        "demo": ("setup", "A whole programme year, played in a new folder."),
        "init": ("setup", "A data folder with its log and its views."),
        "policy": ("policies", "The rulebooks: check, adopt, show, list."),
        "programme": ("programmes", "Announce or close a programme, see its spending."),
        "budget": ("budgets", "Appropriate, cut, transfer and show budgets; what they may cost."),
        "registry": ("registry", "Import registry files; sources that are down; odd credit codes."),
        "entitle": ("registry", "Decide who is entitled from the facts on record."),
        "enterprise": ("enterprises", "What registries say of an enterprise, its line, what was found."),
        "provider": ("providers", "The directory of providers."),
        "admission": ("admissions", "How providers join: self-evaluation, notice, objections."),
        "site": ("accounts", "The places of a provider: add, close."),
        "account": ("accounts", "Where parties are paid; a change takes two people."),
        "product": ("products", "What providers publish, with their fees."),
        "demand": ("demands", "What enterprises need, and what providers offer."),
        "subcontract": ("providers", "Report how much of an order was passed on."),
        "rate": ("providers", "Rate the provider of a paid order."),
        "balance": ("balances", "What an enterprise or a voucher has left, and why."),
        "voucher": ("balances", "Return, revoke or extend a voucher, see its statement."),
        "order": ("orders", "Register, preview, show, list and cancel orders."),
        "queue": ("rounds", "Orders that wait for money: queues and allotments."),
        "deliver": ("invoices", "Accept the delivered service of an order."),
        "invoice": ("invoices", "File the invoices of an order."),
        "amend": ("amending", "What changes later: the contract, red letters, own shares."),
        "redeem": ("redemptions", "Ask for the subsidy of an order to be paid."),
        "reverse": ("redemptions", "Take a redemption back before payment."),
        "evidence": ("evidence", "The documents behind the digests in the log: put, show, check."),
        "counter": ("counter", "At a provider's counter: one-time codes, and coupons without a network."),
        "review": ("redemptions", "The review queue: list, approve, reject."),
        "supervise": ("supervision", "Signals and holds: scan, list, raise, lift."),
        "conduct": ("conducts", "Credit tiers, sanctions, appeals and repair."),
        "link": ("links", "Who controls, holds or is close to whom."),
        "sample": ("samples", "Seeds of the sample, draws made again, second checks."),
        "settle": ("settlements", "Pay approved redemptions in batches; claw back."),
        "bank": ("bank", "Files for the bank, its statements, and whether the books agree."),
        "debt": ("debts", "What was demanded back: receipts, instalments, write-offs."),
        "clearing": ("clearing", "What regions owe one another for a month; what each level paid."),
        "aid": ("aid", "Aid of other bodies that counts together; what is left of a ceiling."),
        "support": ("supporting", "The yearly support of platforms: state income, decide, pay, show."),
        "expire": ("expiry", "Let everything lapse that is past its last day."),
        "history": ("tracing", "Everything that happened to one thing, line by line."),
        "replay": ("tracing", "A voucher or a programme as it stood on any day."),
        "log": ("tracing", "The log itself, entry by entry, in its exact bytes."),
        "audit": ("audit", "The log proves itself: verify, replay, question, re-decide, export."),
        "kpi": ("reporting", "What evaluators ask: take-up, breakage, days, new pairs, the control group."),
        "report": ("reporting", "The yearly public report as one HTML page."),
        "views": ("viewing", "The views: status, catch-up, rebuild, verify."),
        "key": ("keys", "The keys with which programs call the service."),
        "token": ("tokens", "Tokens of this installation: issue, rotate, revoke."),
        "user": ("users", "People who log in at a browser."),
        "access": ("users", "What regulators looked at: list, verify."),
        "webhook": ("webhooks", "Events sent to an address as they happen; what could not be delivered."),
        "config": ("config", "The settings: show them with their origin, check them."),
        "doctor": ("doctor", "Whether this installation keeps its promises: store, disk, clock, files, views."),
        "backup": ("backup", "A copy of the whole installation in one file, while it runs."),
        "restore": ("backup", "An installation from a backup, checked, into a new folder."),
        "serve": ("running", "The service over HTTP."),
        "worker": ("worker", "Views, webhooks and what is due by day, beside the service."),
    }
)


class Program(Lazy):
    """The root command: it gives every failure its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a failure is told in a sentence and ends with its exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted. What was acknowledged is kept; run the same command again to go on.", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # Whatever it is: refusals and store faults get their code; a bug goes on below.
            code = report(error, as_json=bool(ctx.meta.get("vouchers.json")))
            if code < REFUSED:  # A bug: nobody's mistake but ours, so its place is shown.
                raise
            ctx.exit(code)


def _tell_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        metadata = import_module("importlib.metadata")
        try:
            version = metadata.version("innovation-vouchers")
        except metadata.PackageNotFoundError:
            version = "not installed, run from its source"
        click.echo(f"vouchers {version}")
        ctx.exit()


@click.group(
    cls=Program,
    sections={"Commands": COMMANDS},
    package=__name__,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="The version.")
def program() -> None:
    """Innovation vouchers: granted from registry facts, spent with providers, on a log that anyone can replay.

    \b
    Exit codes: 0 done, 1 refused by the rules, 2 wrong usage, 3 faults in a file,
    4 a verification found a difference, 5 the store cannot be reached, 130 interrupted.
    Every command takes --json; the data folder is --data or VOUCHERS_DATA.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are


def main() -> None:
    """The program `vouchers`."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding does not have is shown as a question mark, and stops nobody.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    program(prog_name="vouchers")
