"""A turn of events about what firms share and owe: pooled vouchers, rounds, foreign prices, debts, seeds, codes."""

from dataclasses import replace
from functools import partial

from tests.examples import DIGEST, PROOF, YUAN, facts_of_firm, voucher_of
from tests.neighbours import order, programme
from tests.policies.cases import document
from tests.rulebooks import changed
from tests.supervised import Watched
from tests.town import Town
from tests.treasury import Treasury
from tests.vouchers.parts import approve, claim, file, reverse
from vouchers import application as app
from vouchers.application.entitling import ImportFacts
from vouchers.application.pledging import PledgeVoucher, WithdrawPledge
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.reviewing import RejectReview
from vouchers.application.rounds import CloseRound
from vouchers.application.sampling import DrawRechecks, RevealSeed
from vouchers.application.supervising import RewardClean
from vouchers.application.vouchering import CarryOver
from vouchers.days import add_days
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.order.decisions import Rate
from vouchers.order.subcontracting import ReportSubcontracting
from vouchers.round.decisions import OpenRound
from vouchers.source.decisions import AllowCode, BarCode

CODE, ROUNDS = "POOL-IV", "ROUND-IV"
LEAD, PARTNER = (make_credit_code("9", "1", "310115", 9_300 + n) for n in range(2))
PILOT = "91350100M0001TGQXM"
INVOICE, RED = "dfp:26310000000000009300", "dfp:26310000000000009301"
TABLES = {
    "pooling": {"firms": 3, "vouchers": 9, "max_per_order": "firm"},
    "carry_over": {"share_bp": 5_000, "limit": 100_000 * YUAN},
    "foreign": {"currencies": ["GBP"], "rounding": "half_up", "max_rate_age_days": 7},
    "facts": {"max_age_days": 400},
    "settlement": {"approvals": [{"from_amount": 1, "approvals": 2}]},
    "recovery": {"instalments": 3},
    "supervision": {
        "clause": "supervision",
        "period_seeds": True,
        "recheck_bp": 1,
        "recheck_every_months": 6,
        "move": [{"after": "clean", "times": 1, "steps": 1}],
    },
}


def pool(town: Town) -> None:
    """Everything between firms that pool their vouchers, up to the day on which the rest of one goes on."""
    tiers = {tier: {**table, "sample_bp": 10_000} for tier, table in document()["tier"].items()}
    programme(town, CODE, tier=tiers, **TABLES)
    for firm in (LEAD, PARTNER):
        learn(town, firm, town.on)
        town.entitle(firm, programme=CODE)
    know(town)
    together(town)
    in_rounds(town)


def learn(town: Town, firm: str, day: str, **facts: int) -> None:
    """What a registry says of a firm as of a day."""
    town.do(app.record_facts, RecordFacts(firm, day, "registry", DIGEST, facts_of_firm(firm, **facts)))


def know(town: Town) -> None:
    """An older file comes in, facts are stated again, a code is let through and barred; a policy is filed."""
    learn(town, LEAD, "2025-06-30", staff=8)
    town.go(add_days(town.on, 1))
    again = RecordFacts(LEAD, town.on, "registry", DIGEST, facts_of_firm(LEAD))
    town.do(app.import_facts, ImportFacts((again,), (CODE,)))
    town.do(app.allow_code, AllowCode(PILOT, "a code of the pilot", PROOF))
    town.do(app.bar_code, BarCode(PILOT, "a mistake"))
    watch = Watched(town)
    watch.link(LEAD, PARTNER)
    watch.unlink(LEAD, PARTNER, town.on)
    town.adopt("cp-2017")
    rates = changed(lambda _: None, name="cp-2017", version="next", effective_on=add_days(town.on, 60))
    town.do(app.adopt_policy, replace(rates, filing="letter 7 of the district", filed_on=town.on))


def together(town: Town) -> None:
    """An order that two firms pay is found overpaid; of the parts in which its debt is to be paid, one is missed."""
    treasury = town if isinstance(town, Treasury) else Treasury(town.ledger, town.on, town.seed, town.invoices)
    pledge = PledgeVoucher(voucher_of(PARTNER, CODE), "pool-1", LEAD, 1_000 * YUAN, add_days(town.on, 20))
    for number in ("pool-1", "pool-2"):
        town.do(app.pledge_voucher, replace(pledge, order_id=number))
    town.do(app.withdraw_pledge, WithdrawPledge(voucher_of(PARTNER, CODE), "pool-2", "it is needed elsewhere"))
    order(town, "pool-1", CODE, LEAD, vouchers=(voucher_of(PARTNER, CODE),))
    town.do(app.report_subcontracting, ReportSubcontracting("pool-1", 1_000))
    town.deliver("pool-1")
    file(town, INVOICE, 10_000 * YUAN, "pool-1")
    claim(town, "pool-1")
    approve(town, "pool-1-R1", "pool-1")
    town.propose("S-pool-1", "pool-1", programme=CODE)
    for clerk in ("finance:qian", "finance:zhou"):
        town.sign("S-pool-1", clerk)
    town.confirm("S-pool-1", "pool-1")
    town.do(app.reward_clean, RewardClean(LEAD, CODE, ("pool-1",)))
    reverse(town, INVOICE, 2_000 * YUAN, RED, "pool-1")
    parts = (add_days(town.on, 1), 400 * YUAN), (add_days(town.on, 2), 600 * YUAN)
    treasury.plan(*parts, debt_id="pool-1-R1-C1")
    treasury.go(add_days(town.on, 2)).check_plan("pool-1-R1-C1")
    breach(town)


def breach(town: Town) -> None:
    """A price in pounds; its claim is rejected for a fault, asked again and paid, and all of it demanded back."""
    rate = Rate(9_123_457, town.on, "central parity rate")
    order(town, "pool-3", CODE, LEAD, gross=1_000_00, currency="GBP", rate=rate)
    town.deliver("pool-3")
    town.invoice("pool-3")
    town.redeem("pool-3")
    town.do(app.reject_review, RejectReview("pool-3", "a forged report", "", "enterprise"), actor="reviewer:zhao")
    town.redeem("pool-3")
    approve(town, "pool-3-R2", "pool-3")
    town.propose("S-pool-3", "pool-3", programme=CODE)
    for clerk in ("finance:qian", "finance:zhou"):
        town.sign("S-pool-3", clerk)
    town.confirm("S-pool-3", "pool-3")
    town.do(app.claw_back_breach, ClawBackBreach("pool-3", "a false order"))


def in_rounds(town: Town) -> None:
    """A round that two firms ask in; one of them may not be paid any more when it closes."""
    programme(town, ROUNDS, amount=3_000 * YUAN, money={"exhaustion": "pro_rata"})
    town.entitle(LEAD, programme=ROUNDS)
    pool_of = (ROUNDS, town.on[:4], "general")
    town.do(app.open_round, OpenRound(*pool_of, town.on))
    asking = Treasury(town.ledger, town.on)
    ours = {"enterprise_id": LEAD, "voucher_id": voucher_of(LEAD, ROUNDS)}
    asking.join("round-1", **ours, starts_on=town.on)
    asking.join("round-2", **ours, starts_on=add_days(town.on, 5))
    town.go(add_days(town.on, 1)).do(app.close_round, CloseRound(*pool_of))


def pool_again(town: Town) -> None:
    """In the next year the rest of a voucher goes on, and the seed is public; a late claim is checked by people."""
    town.appropriate("TEST", 1_000_000 * YUAN, CODE, "2027")
    town.entitle(PARTNER, programme=CODE)
    town.do(app.carry_over_voucher, CarryOver(voucher_of(PARTNER, CODE)))
    seeded = {"seed": town.seed}
    town.do(partial(app.reveal_seed, **seeded), RevealSeed(CODE, "2026"))
    town.do(partial(app.draw_rechecks, **seeded), DrawRechecks(CODE, "2026-07-01", ("pool-1",)))
    late = Town(town.ledger, "2026-12-31", town.seed)
    order(late, "pool-4", CODE, LEAD)
    late.deliver("pool-4")
    late.invoice("pool-4", number="dfp:26310000000000009302")
    late.redeem("pool-4")
