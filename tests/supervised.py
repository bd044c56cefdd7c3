"""A town whose programme has a table [supervision], with a verb for each step of supervision."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from schemas import policies
from tests.examples import DIGEST, LAB, PUDONG, SH, SH_CODE
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers import wire
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.sampling import CommitSeed, DrawRechecks, Recheck, RevealSeed
from vouchers.application.signalling import LiftHold, RaiseSignal, RecheckTies
from vouchers.application.supervising import MoveTier, RepairCredit, RewardClean
from vouchers.conduct.decisions import Appeal, DecideAppeal, LiftSanction, Sanction
from vouchers.kinds import CONDUCT, SAMPLE
from vouchers.link.decisions import EndLink, RecordLink
from vouchers.policy import pools
from vouchers.programme.decisions import AdoptPolicy, Announce

LI, WU, ZHAO, FENG = "officer:li", "officer:wu", "reviewer:zhao", "reviewer:feng"


def supervised_policy(supervision: dict[str, Any], version: str = "2025", **tables: Any) -> AdoptPolicy:
    """The adoption of the Shanghai policy with this supervision, and with other values in named tables."""
    _, document = policies.load_policy(policies.shipped()[SH])
    document.pop("examples", None)
    document["supervision"] = {"clause": "supervision", **supervision}
    document["programme"]["version"] = version
    for name, values in tables.items():
        _overlay(document, name, values)
    text = policies.canonical(document)
    programme = document["programme"]
    return AdoptPolicy(
        programme["code"],
        version,
        programme["effective_on"],
        programme["ends_on"],
        hashlib.sha256(text.encode()).hexdigest(),
        text,
        "officer:li",
        "officer:wu",
    )


def _overlay(place: dict[str, Any], key: str, value: Any) -> None:
    """Put a value in a document; of a table only the keys that are given."""
    if isinstance(value, dict) and isinstance(place.get(key), dict):
        for name, inner in value.items():
            _overlay(place[key], name, inner)
    else:
        place[key] = value


class Watched:
    """Verbs of supervision for a town."""

    def __init__(self, town: Town) -> None:
        """Play on this town."""
        self.town = town

    def link(
        self,
        party: str,
        other: str,
        kind: str = "control",
        share_bp: int = 10_000,
        from_on: str = "2025-01-01",
        until_on: str = "",
    ) -> Any:
        """Record a link."""
        command = RecordLink(party, other, kind, share_bp, from_on, until_on, "company register", DIGEST)
        return self.town.do(app.record_link, command)

    def unlink(self, party: str, other: str, until_on: str, kind: str = "control") -> Any:
        """Record that a link ended."""
        return self.town.do(app.end_link, EndLink(party, other, kind, until_on, "company register"))

    def sanction(
        self,
        level: str,
        subject: str = PUDONG,
        *,
        from_on: str = "",
        until_on: str = "",
        effect: str = "finish",
        with_controller: bool = False,
        actor: str = LI,
    ) -> Any:
        """Take a step of the ladder."""
        command = Sanction(
            subject, level, from_on or self.town.on, until_on, effect, "a forged report", "27", with_controller
        )
        return self.town.do(app.sanction, command, actor=actor)

    def lift(self, act: int, subject: str = PUDONG, from_on: str = "") -> Any:
        """End a sanction."""
        return self.town.do(app.lift_sanction, LiftSanction(subject, act, from_on or self.town.on, "mended"))

    def appeal(self, act: int, subject: str = PUDONG, actor: str = "enterprise:pudong") -> Any:
        """Appeal against an act."""
        return self.town.do(app.appeal, Appeal(subject, act, "it was another firm"), actor=actor)

    def decide(self, act: int, *, upheld: bool, subject: str = PUDONG, actor: str = WU) -> Any:
        """Decide an appeal."""
        return self.town.do(app.decide_appeal, DecideAppeal(subject, act, upheld, "the file says so"), actor=actor)

    def move(self, tier: str, subject: str = PUDONG) -> Any:
        """Move a tier as an officer."""
        return self.town.do(app.move_tier, MoveTier(subject, tier, "a late report", "14"))

    def repair(self, subject: str = PUDONG) -> Any:
        """Ask for credit repair."""
        return self.town.do(app.repair_credit, RepairCredit(subject, SH_CODE))

    def reward(self, *orders: str, subject: str = PUDONG) -> Any:
        """Count clean orders."""
        return self.town.do(app.reward_clean, RewardClean(subject, SH_CODE, orders))

    def approve(self, order_id: str = "O-1", note: str = "in order", reviewer: str = ZHAO) -> Any:
        """Approve with a note."""
        return self.town.do(app.approve_review, ApproveReview(order_id, note), actor=reviewer)

    def reject(self, order_id: str = "O-1", fault: str = "enterprise", reviewer: str = ZHAO) -> Any:
        """Reject and say whose fault it is."""
        return self.town.do(app.reject_review, RejectReview(order_id, "a forged report", "", fault), actor=reviewer)

    def signal(self, name: str, order_id: str = "O-1") -> Any:
        """Raise a signal that a scan found."""
        return self.town.do(app.raise_signal, RaiseSignal(order_id, name, "seen by a scan"))

    def let_go(self, order_id: str = "O-1", officer: str = LI) -> Any:
        """Lift a hold."""
        return self.town.do(app.lift_hold, LiftHold(order_id, "looked at on site"), actor=officer)

    def recheck_ties(self, order_id: str = "O-1") -> Any:
        """Look at the ties after payment."""
        return self.town.do(app.recheck_ties, RecheckTies(order_id))

    def commit(self, from_on: str = "2026-01-01", seed: bytes = b"") -> Any:
        """Commit the seed of a period."""
        use_case = partial(app.commit_seed, seed=seed or self.town.seed)
        return self.town.do(use_case, CommitSeed(SH_CODE, from_on))

    def reveal(self, period: str = "2026", seed: bytes = b"") -> Any:
        """Reveal the seed of a period."""
        use_case = partial(app.reveal_seed, seed=seed or self.town.seed)
        return self.town.do(use_case, RevealSeed(SH_CODE, period))

    def draw_again(self, from_on: str, *orders: str) -> Any:
        """Draw second checks."""
        use_case = partial(app.draw_rechecks, seed=self.town.seed)
        return self.town.do(use_case, DrawRechecks(SH_CODE, from_on, orders))

    def recheck(self, outcome: str, order_id: str = "O-1", reviewer: str = FENG) -> Any:
        """Close a second check."""
        return self.town.do(app.recheck, Recheck(order_id, outcome, "looked at"), actor=reviewer)

    def conduct(self, subject: str = PUDONG) -> Any:
        """How somebody stands."""
        return self.town.ledger.state(CONDUCT, subject)

    def sample(self, period: str = "2026") -> Any:
        """What is published of a seed."""
        return self.town.ledger.state(SAMPLE, f"{SH_CODE}/{period}")


@contextmanager
def a_watched_town(supervision: dict[str, Any], **tables: Any) -> Iterator[tuple[Town, Watched]]:
    """A town on 2 February 2026 whose policy has this supervision."""
    command = supervised_policy(supervision, **tables)
    with an_empty_town() as town:
        _found(town, command)
        yield town.go("2026-02-02"), Watched(town)


@contextmanager
def an_unwatched_town() -> Iterator[tuple[Town, Watched]]:
    """The same town under a policy without supervision."""
    command = supervised_policy({})
    document = wire.parse(command.document)
    del document["supervision"]
    text = policies.canonical(document)
    plain = replace(command, document=text, digest=hashlib.sha256(text.encode()).hexdigest())
    with an_empty_town() as town:
        _found(town, plain)
        yield town.go("2026-02-02"), Watched(town)


def _found(town: Town, command: AdoptPolicy) -> None:
    """Adopt a policy, fill its pools, entitle a firm and accredit a laboratory."""
    town.do(app.announce, Announce(SH_CODE, "Vouchers", "Commission", "CNY", DIGEST))
    town.do(app.adopt_policy, command)
    policy = app.compiled(town.events(f"programme/{SH_CODE}")[-1])
    for pool in pools(policy):
        town.appropriate(pool, 1_000_000_000)
    town.record()
    town.entitle()
    town.admit(LAB)
    town.accredit()
