"""The commands `vouchers account` and `vouchers site`: where parties work and are paid; a change takes two people."""

import click

from service.cli.session import Session, acting
from service.cli.values import CREDIT_CODE, DAY, NUMBER, PLACE, REFERENCE
from vouchers import application
from vouchers.account.decisions import ApproveAccount, DeclineAccount, ProposeAccount
from vouchers.provider.sites import AddSite, CloseSite


@click.group()
def account() -> None:
    """Where a provider, its site, or an enterprise is paid: propose, approve, decline."""


@account.command()
@acting("officer", "provider", "enterprise")
@click.argument("code", type=CREDIT_CODE)
@click.argument("reference", type=REFERENCE, metavar="REF")
@click.option("--site", type=NUMBER, default="", help="The site that is paid there.")
@click.option("--holder", type=CREDIT_CODE, metavar="CODE", help="Who holds the account (default: the payee itself).")
@click.option("--reason", default="", help="Why somebody else holds it.")
def propose(session: Session, code: str, reference: str, site: str, holder: str | None, reason: str) -> None:
    """Propose an account by its reference; nothing changes until a second person approves."""
    command = ProposeAccount(code, reference, holder or code, site, reason)
    session.tell(application.propose_account, command, "Account proposed")


@account.command()
@acting("finance", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("reference", metavar="REF")
@click.option("--site", type=NUMBER, default="", help="The site that is paid there.")
def approve(session: Session, code: str, reference: str, site: str) -> None:
    """Approve exactly the account that was proposed, as a second person."""
    session.tell(application.approve_account, ApproveAccount(code, reference, site), "Account approved")


@account.command()
@acting("finance", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("reference", metavar="REF")
@click.option("--site", type=NUMBER, default="", help="The site that would be paid there.")
@click.option("--reason", required=True, help="Why it is declined.")
def decline(session: Session, code: str, reference: str, site: str, reason: str) -> None:
    """Decline a proposed account; the one in use stays."""
    session.tell(application.decline_account, DeclineAccount(code, reference, reason, site), "Account declined")


@click.group()
def site() -> None:
    """The places of a provider: add, close."""


@site.command()
@acting("officer", "provider")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=NUMBER, metavar="SITE")
@click.option("--name", required=True, help="What the place is called.")
@click.option("--region", type=PLACE, metavar="REGION", required=True, help="Division code of its address.")
@click.option("--access", default="", metavar="REF", help="Reference to the access of the people there.")
def add(session: Session, code: str, number: str, name: str, region: str, access: str) -> None:
    """Record a place of a provider; orders contracted there count with its region and are paid to its account."""
    session.tell(application.add_site, AddSite(code, number, name, region, access), "Site recorded")


@site.command()
@acting("officer", "provider")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=NUMBER, metavar="SITE")
@click.option("--reason", required=True, help="Why it closes.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day without it (default: effective day).")
def close(session: Session, code: str, number: str, reason: str, first: str | None) -> None:
    """Close a place for new orders; open ones finish and are paid as before."""
    session.tell(application.close_site, CloseSite(code, number, first or session.on, reason), "Site closed")
