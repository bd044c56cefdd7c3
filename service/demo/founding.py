"""The beginning of a demo: a new folder, registry files read by the ordinary import, programmes, budgets, vouchers."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from schemas.policies import canonical, digest, load_policy, shipped
from service.demo.population import (
    make_enterprises,
    make_providers,
    spoil,
    write_enterprises,
    write_providers,
)
from service.entitling import EntitleReport, entitle_all
from service.projections.balances import Voucher
from service.projections.providers import providers as directory
from service.registry.importing import ImportReport, import_enterprises
from service.registry.providers import import_providers
from service.settings import FILE, SEED, create_folder
from service.wiring import Service, Who
from vouchers import application
from vouchers.budget.decisions import Appropriate
from vouchers.policy import Policy, pools
from vouchers.programme.decisions import AdoptPolicy, Announce
from vouchers.refusals import Conflict

YEAR: Final = 2026
PROGRAMMES: Final = ("sh-stiv-2025", "yrd-stiv")
PLATFORMS: Final = "platform-backslide"  # supports institutions, not firms
PROVIDERS: Final = 120
FOUNDED, IMPORTED, ENTITLED = f"{YEAR}-01-02", f"{YEAR}-01-05", f"{YEAR}-01-08"
LI, WANG = Who("officer:li", "officer"), Who("officer:wang", "officer")

# Fen appropriated for each enterprise on record; the last pool is too small on purpose.
_BUDGET: Final = {"SH-STIV": 150_000, "YRD-STIV": 800_000}
_SCARCE: Final = {"POC": 6_000}
_PLATFORM_MONEY: Final = 1_000_000_000


class FolderInUse(Conflict):
    """This folder already holds an installation."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A voucher that the year can spend."""

    voucher_id: str
    programme: str
    enterprise_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Town:
    """What the year is played with: the installation, its reports, vouchers, and providers by category.

    `later` has the reports of files that came in the course of the year.
    """

    service: Service
    policies: dict[str, Policy]
    enterprises: ImportReport
    providers: ImportReport
    decided: dict[str, EntitleReport]
    grants: tuple[Grant, ...]
    offers: dict[str, tuple[str, ...]]
    regions: dict[str, str]
    scale: int
    later: list[ImportReport]


@contextmanager
def found(folder: Path, *, scale: int, seed: int, say: Callable[[str], None]) -> Iterator[Town]:
    """A new installation in a folder, ready for its year; raises FolderInUse where there is one already."""
    if (folder / FILE).exists():
        raise FolderInUse(f"{folder} is a data folder already.", remedy="Play in a new folder: --in DIR.")
    settings = create_folder(str(folder))
    # A year that can be repeated needs a sample that can be: this seed is no secret, for nothing here is real.
    (folder / SEED).write_bytes(hashlib.sha256(f"demo {seed}".encode()).digest())
    with Service(settings) as service:
        yield _town(service, folder, scale, seed, say)


def _town(service: Service, folder: Path, scale: int, seed: int, say: Callable[[str], None]) -> Town:
    policies = [adopt(service, name) for name in PROGRAMMES]
    for policy in policies:
        appropriate(service, policy, scale)
    platforms = adopt(service, PLATFORMS)
    [pool] = pools(platforms)
    act = Appropriate(platforms.programme, str(YEAR), pool, _PLATFORM_MONEY, f"budget act {YEAR}, platforms")
    service.execute(application.appropriate, act, WANG, on=FOUNDED)
    say(f"Adopted {' and '.join(policy.programme for policy in policies)}, and appropriated their budgets.")
    firms, institutions = folder / "enterprises.csv", folder / "providers.csv"
    write_enterprises(firms, make_enterprises(scale, seed, year=YEAR))
    spoil(firms)
    write_providers(institutions, make_providers(PROVIDERS, seed, year=YEAR))
    read = import_enterprises(service, firms, LI, as_of=f"{YEAR - 1}-12-31", on=IMPORTED)
    admitted = import_providers(service, institutions, LI, on=IMPORTED)
    say(f"Read {read.recorded:,} enterprises ({read.faulty} rows with faults) and {admitted.recorded} providers.")
    run = Who("system:entitlement", "system")
    decided = {each.programme: entitle_all(service, each.programme, run, on=ENTITLED) for each in policies}
    for code, report in decided.items():
        say(f"{code}: {report.granted:,} granted, {report.denied:,} denied, {report.vouchers:,} vouchers.")
    service.catch_up()
    with service.views.session() as session:
        rows = session.execute(
            select(Voucher.voucher_id, Voucher.programme, Voucher.enterprise_id, Voucher.kind).order_by(
                Voucher.enterprise_id, Voucher.programme, Voucher.kind
            )
        )
        grants = tuple(Grant(*row) for row in rows)
        listed = directory(session, limit=PROVIDERS)
    regions = {entry.provider.provider_id: entry.provider.region for entry in listed}
    offers: dict[str, list[str]] = {}
    for entry in listed:
        for accreditation in entry.accreditations:
            offers.setdefault(accreditation[0], []).append(entry.provider.provider_id)
    by_category = {category: tuple(sorted(offering)) for category, offering in offers.items()}
    known = {policy.programme: policy for policy in policies}
    return Town(service, known, read, admitted, decided, grants, by_category, regions, scale, [])


def adopt(service: Service, name: str) -> Policy:
    """Announce a shipped programme and adopt its policy, proposed by one person and approved by another."""
    policy, document = load_policy(shipped()[name])
    announce = Announce(policy.programme, policy.title, policy.authority, policy.currency, service.sampling_commitment)
    service.execute(application.announce, announce, LI, on=FOUNDED)
    service.execute(application.adopt_policy, adoption(policy, document), WANG, on=FOUNDED)
    return policy


def adoption(policy: Policy, document: dict[str, Any]) -> AdoptPolicy:
    """The adoption of a policy, proposed by one officer and approved by another."""
    return AdoptPolicy(
        policy.programme,
        policy.version,
        policy.effective_on,
        policy.ends_on,
        digest(document),
        canonical(document),
        LI.actor,
        WANG.actor,
    )


def appropriate(service: Service, policy: Policy, scale: int) -> None:
    """Money for every pool of a programme, in proportion to the number of enterprises."""
    for pool in pools(policy):
        each = _SCARCE.get(pool, _BUDGET[policy.programme])
        command = Appropriate(policy.programme, str(YEAR), pool, each * scale, f"budget act {YEAR}, {pool}")
        service.execute(application.appropriate, command, WANG, on=FOUNDED)
