"""Contests for the last of something, for threads and for processes: what is prepared, what each turn tries, the end.

python -m tests.vouchers.contests PART PARTS plays contest after contest: it reads an address and a name, says that it
is ready, waits for a line, tries its turns, and says what it got.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from tests.examples import CHANGNING, CONTRACT, INSTITUTE, LAB, PUDONG, YUAN, voucher_of
from tests.neighbours import order, programme
from tests.rulebooks import changed, with_table
from tests.service.reckoning import trade
from tests.supervised import Watched, supervised_policy
from tests.town import Town
from tests.treasury import Treasury
from tests.vouchers.contesting import TRIES, Contest, turns
from vouchers import application as app
from vouchers.application.pledging import PledgeVoucher
from vouchers.application.rounds import CloseRound, ServeQueue
from vouchers.identifiers import make_credit_code
from vouchers.kinds import AID, BUDGET, DEBT, INVOICE, LEVEL, ROUND, WINDOW
from vouchers.kinds import CONTRACT as CONTRACT_KIND
from vouchers.ledger import Ledger, open_recorder
from vouchers.round.decisions import OpenRound

HALF = 5_000 * YUAN
ONE, OTHER = "ONE-IV", "OTHER-IV"


# Vouchers of several firms.
THIRD = make_credit_code("9", "1", "310112", 3)


def _pool(town: Town) -> None:
    """Forty orders of two firms may each draw on a third one's voucher, which is enough for seven of them."""
    town.do(app.adopt_policy, changed(with_table("pooling", firms=3, vouchers=9, max_per_order="firm")))
    for firm in (CHANGNING, THIRD):
        town.record(firm)
        town.entitle(firm)
    for turn in range(TRIES):
        pledge = PledgeVoucher(voucher_of(CHANGNING), f"O-{turn}", _lead(turn), 700 * YUAN, "2026-03-31")
        town.do(app.pledge_voucher, pledge, actor="enterprise:partner")
    partner = voucher_of(CHANGNING)
    town.give_back(town.voucher(partner).available - 7 * 700 * YUAN - 699, partner)


def _lead(turn: int) -> str:
    return (PUDONG, THIRD)[turn % 2]


def _draw(town: Town, turn: int) -> object:
    lead = {"enterprise_id": _lead(turn), "voucher_id": voucher_of(_lead(turn))}
    return town.order(f"O-{turn}", gross=2_000 * YUAN, vouchers=(voucher_of(CHANGNING),), **lead)


def _seven_were_drawn(town: Town) -> None:
    partner = town.voucher(voucher_of(CHANGNING))
    leads = [town.voucher(voucher_of(firm)).reserved for firm in (PUDONG, THIRD)]
    assert (partner.available, partner.reserved, sum(leads)) == (699, 7 * 700 * YUAN, 7 * 300 * YUAN)
    assert town.budget().committed == 7 * 1_000 * YUAN


# Money that runs out.
WAITING = 20
POOL = f"{ONE}/2026/general"


def _wait(town: Town) -> None:
    """Twenty orders wait for a pool that then gets money for seven."""
    programme(town, ONE, amount=1, money={"exhaustion": "queue"})
    _ask(town)
    town.appropriate("general", 7 * HALF, ONE)


def _ask(town: Town) -> None:
    town.entitle(programme=ONE)
    waiting = Treasury(town.ledger, town.on)
    for turn in range(WAITING):
        waiting.join(f"O-{turn}", voucher_id=voucher_of(programme=ONE), starts_on="2026-02-03")


def _serve(town: Town, _turn: int) -> object:
    return town.do(app.serve_queue, ServeQueue(ONE, "2026", "general"))


def _seven_were_served(town: Town) -> None:
    waiting = town.ledger.state(ROUND, POOL).waiting
    assert list(waiting) == [f"O-{turn}" for turn in range(7, WAITING)]
    assert [town.state(f"O-{turn}").held for turn in range(7)] == [HALF] * 7
    assert town.ledger.state(BUDGET, POOL).free == 1


def _collect(town: Town) -> None:
    """Twenty requests of a round that has ended, for a sum that does not divide by twenty."""
    programme(town, ONE, amount=7 * HALF + 3, money={"exhaustion": "pro_rata"})
    town.do(app.open_round, OpenRound(ONE, "2026", "general", town.on))
    _ask(town)


def _share(town: Town, _turn: int) -> object:
    tomorrow = Town(town.ledger, "2026-02-03")
    return tomorrow.do(app.close_round, CloseRound(ONE, "2026", "general"))


def _all_was_shared(town: Town) -> None:
    subsidies = [town.state(f"O-{turn}").held for turn in range(WAITING)]
    assert sum(subsidies) == 7 * HALF + 3
    assert max(subsidies) - min(subsidies) <= 1
    assert town.ledger.state(BUDGET, POOL).free == 0
    assert town.topics().count("round.Closed") == 1


# Ceilings that are counted otherwise.
LAST = "2026-12-31"


def _bavaria(town: Town) -> None:
    """A Bavarian firm that may have three vouchers in 24 months."""
    facts = {"country": "DE", "in_needy_region": False, "public_share_bp": 0, "staff": 10, "vat_deductible": True}
    trade(town, "by-std", "BY", CHANGNING, INSTITUTE, region="DE-BY-1", **facts)
    town.accredit(INSTITUTE, "STANDARD", town.on)


def _buy_standard(town: Town, turn: int) -> object:
    ours = {"voucher_id": voucher_of(CHANGNING, "BY", "2026", "STANDARD"), "category": "STANDARD"}
    return order(town, f"O-{turn}", "BY", CHANGNING, provider_id=INSTITUTE, gross=595_000, net=500_000, **ours)


def _three_count(town: Town) -> None:
    window = town.ledger.state(WINDOW, f"enterprise/BY:{CHANGNING}/rolling-24m").since(town.on)
    voucher = town.voucher(voucher_of(CHANGNING, "BY", "2026", "STANDARD"))
    assert (window.count, window.total) == (3, voucher.reserved) == (3, 600_000)


def _liaocheng(town: Town) -> None:
    """A firm of Liaocheng and a provider from elsewhere, for whose work the province bears the subsidy alone."""
    trade(town, "sd-lc", "SD-LC", CHANGNING, INSTITUTE, region="371502")
    town.accredit(LAB, "SERVICE", town.on)


def _buy_service(town: Town, turn: int) -> object:
    ours = {"voucher_id": voucher_of(CHANGNING, "SD-LC", "2026", "voucher"), "category": "SERVICE"}
    return order(town, f"O-{turn}", "SD-LC", CHANGNING, gross=10_000_000, **ours)


def _the_province_bears_its_half_million(town: Town) -> None:
    borne = town.ledger.state(LEVEL, f"enterprise/SD-LC:{CHANGNING}:province/2026")
    assert (borne.total, borne.count) == (48_000_000, 8)
    assert town.voucher(voucher_of(CHANGNING, "SD-LC", "2026", "voucher")).reserved == 48_000_000


# One document for several orders.
SHARED = "dfp:26310000000000000042"
WHOLE = {"total_gross": 70_001 * YUAN, "total_net": 70_001 * YUAN}


def _deliver(town: Town) -> None:
    """Sixteen orders of 10,000 that were delivered."""
    for turn in range(16):
        town.order(f"O-{turn}")
        town.deliver(f"O-{turn}")


def _file_a_part(town: Town, turn: int) -> object:
    return town.invoice(f"O-{turn}", 10_000 * YUAN, number=SHARED, **WHOLE)


def _seven_parts_are_filed(town: Town) -> None:
    assert sum(part.gross for part in town.ledger.state(INVOICE, SHARED).parts.values()) == 70_000 * YUAN
    assert sum(bool(town.state(f"O-{turn}").bills) for turn in range(16)) == 7


# Two programmes.
SCOPE = "EU-DE-MINIMIS"
CEILING = 7 * HALF + 1
AIDED = {"scope": SCOPE, "period": "rolling", "months": 36, "ceiling": CEILING, "counts_at": "reservation"}


def _aid(town: Town) -> None:
    """Two programmes whose aid counts together, with a ceiling of seven orders."""
    _two(town, aid=AIDED)


def _two(town: Town, **tables: object) -> None:
    for code in (ONE, OTHER):
        programme(town, code, **tables)
        town.entitle(programme=code)


def _order_of_either(town: Town, turn: int) -> object:
    return order(town, f"O-{turn}", (ONE, OTHER)[turn % 2], PUDONG)


def _the_ceiling_holds(town: Town) -> None:
    aid = town.ledger.state(AID, f"{SCOPE}/{PUDONG}").entries
    assert sum(each.amount for each in aid.values()) == 7 * HALF
    assert sum(town.voucher(voucher_of(programme=code)).reserved for code in (ONE, OTHER)) == 7 * HALF


def _alone(town: Town) -> None:
    """Two programmes of which each pays a contract alone."""
    _two(town, stacking={"one_programme": True})


def _contract_of(turn: int) -> str:
    return f"{turn // 2:064x}"


def _order_a_contract(town: Town, turn: int) -> object:
    return order(town, f"O-{turn}", (ONE, OTHER)[turn % 2], PUDONG, contract_digest=_contract_of(turn))


def _each_contract_has_one_programme(town: Town) -> None:
    for turn in range(0, TRIES, 2):
        supports = town.ledger.state(CONTRACT_KIND, _contract_of(turn)).supports
        assert len(supports) == 1
        assert town.state(supports[0].order_id).registered.programme == supports[0].programme
    assert sum(town.voucher(voucher_of(programme=code)).reserved for code in (ONE, OTHER)) == TRIES // 2 * HALF


def _stacked(town: Town) -> None:
    """Two programmes may pay one contract together, up to nine tenths of what the dearer tells of it."""
    for code, other in ((ONE, OTHER), (OTHER, ONE)):
        programme(town, code, stacking={"with": [other], "ceiling_bp": 9_000})
        town.entitle(programme=code)
    order(town, "first", ONE, PUDONG, contract_digest=CONTRACT)


def _top_up(town: Town, turn: int) -> object:
    return order(town, f"O-{turn}", OTHER, PUDONG, contract_digest=CONTRACT, asked=4_000 * YUAN)


def _the_contract_has_nine_tenths(town: Town) -> None:
    contract = town.ledger.state(CONTRACT_KIND, CONTRACT)
    assert (contract.total, len(contract.supports)) == (9_000 * YUAN, 2)


# Money that is owed, and two people for one step.
BATCHES = 8
OWED = 3_400 * YUAN


def _owe(town: Town) -> None:
    """A laboratory owes what seven of eight batches do not cover; each batch waits for its second person."""
    town.paid("old")
    for turn in range(BATCHES):
        town.approved(f"O-{turn}", 1_000 * YUAN)
        town.propose(f"S-{turn}", f"O-{turn}")
    town.claw_back(OWED, "old")


def _sign(town: Town, turn: int) -> object:
    return town.sign(f"S-{turn % BATCHES}", actor=f"finance:clerk-{turn}")


def _the_debt_was_kept_back_once(town: Town) -> None:
    (owed,) = town.ledger.state(DEBT, town.state("O-0").registered.provider_id).debts.values()
    lines = [line for turn in range(BATCHES) for line in town.settlement(f"S-{turn}").lines.values()]
    assert (owed.netted, owed.status) == (OWED, "paid")
    assert sorted(line.netted for line in lines) == [0, 400 * YUAN, *[500 * YUAN] * 6]
    assert town.topics().count("settlement.Approved") == BATCHES + 1


def _give_up(town: Town) -> None:
    """A write-off that one person proposed."""
    town.do(app.adopt_policy, changed(with_table("recovery", write_off_up_to=OWED)))
    town.paid("old")
    town.claw_back(OWED, "old")
    Treasury(town.ledger, town.on).give_up("old-R1-C1")


def _agree(town: Town, turn: int) -> object:
    return Treasury(town.ledger, town.on).agree_to_give_up("old-R1-C1", actor=f"finance:clerk-{turn}")


def _it_was_given_up_once(town: Town) -> None:
    assert town.topics().count("debt.WrittenOff") == 1


def _four_eyes(town: Town) -> None:
    """A claim that two people must approve."""
    town.do(app.adopt_policy, changed(_two_people))
    town.claimed()
    assert town.state().status == "requested"


def _two_people(document: dict) -> None:
    for tier in document["tier"].values():
        tier |= {"sample_bp": 10_000, "second_person": True}


def _look(town: Town, turn: int) -> object:
    return town.approve(reviewer=f"reviewer:{turn % 8}")


def _two_approved(town: Town) -> None:
    assert len(set(town.review().approvals)) == len(town.review().approvals) == 2
    topics = Counter(town.topics())
    assert (topics["review.Approved"], topics["order.RedemptionApproved"]) == (2, 1)


# The seed of a sample, which must not be drawn with once it is public.
REVEAL = 20


def _commit(town: Town) -> None:
    """Forty orders to be claimed on the period's last day, of a seed that is revealed on the next."""
    town.do(app.adopt_policy, supervised_policy({"period_seeds": True}, "2025-seeds"))
    Watched(town).commit()
    for turn in range(TRIES):
        town.order(f"O-{turn}", gross=1_000 * YUAN)
        town.deliver(f"O-{turn}")
        town.invoice(f"O-{turn}")


def _draw_or_reveal(town: Town, turn: int) -> object:
    if turn == REVEAL:
        return Watched(Town(town.ledger, "2027-01-01", town.seed)).reveal()
    return Town(town.ledger, LAST, town.seed).redeem(f"O-{turn}")


def _nothing_was_drawn_with_a_public_seed(town: Town) -> None:
    topics = town.topics()
    revealed = topics.index("sample.SeedRevealed")
    draws = ("review.Spared", "review.Assigned", "review.Required")
    before, after = (Counter(each for each in part if each in draws) for part in (topics[:revealed], topics[revealed:]))
    assert before["review.Required"] == after["review.Spared"] == 0
    assert before.total() + after["review.Required"] == TRIES - 1


CONTESTS = {
    "a voucher that two firms draw on": Contest(_pool, _draw, _seven_were_drawn, 7, told="voucher-too-small"),
    "a queue": Contest(_wait, _serve, _seven_were_served, 16, 16),
    "a round": Contest(_collect, _share, _all_was_shared, 1, 16, "round-unknown"),
    "a rolling window": Contest(_bavaria, _buy_standard, _three_count, 3, told="cap-enterprise-count-exceeded"),
    "a level's purse": Contest(
        _liaocheng, _buy_service, _the_province_bears_its_half_million, 8, told="cap-enterprise-exceeded"
    ),
    "an invoice": Contest(_deliver, _file_a_part, _seven_parts_are_filed, 7, 16, "invoice-exceeded"),
    "aid of two programmes": Contest(_aid, _order_of_either, _the_ceiling_holds, 7, told="aid-ceiling-exceeded"),
    "contracts of two programmes": Contest(
        _alone, _order_a_contract, _each_contract_has_one_programme, TRIES // 2, told="contract-paid-elsewhere"
    ),
    "a contract's ceiling": Contest(
        _stacked, _top_up, _the_contract_has_nine_tenths, 1, 16, "stacking-ceiling-exceeded"
    ),
    "a debt": Contest(_owe, _sign, _the_debt_was_kept_back_once, 3 * BATCHES, 3 * BATCHES),
    "a write-off": Contest(_give_up, _agree, _it_was_given_up_once, 16, 16),
    "four eyes": Contest(_four_eyes, _look, _two_approved, 2, 24, "review-closed"),
    "a seed": Contest(_commit, _draw_or_reveal, _nothing_was_drawn_with_a_public_seed, TRIES),
}


def now() -> str:
    """The present moment."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def main(part: str, parts: str) -> None:
    """One process among several: its turns in each contest, once it is told to begin."""
    for line in iter(sys.stdin.readline, ""):
        address, name = json.loads(line)
        contest = CONTESTS[name]
        with Ledger(open_recorder(address), now) as ledger:
            invoices: Iterator[int] = count(10_000 * (int(part) + 1))
            town = Town(ledger, "2026-02-02", invoices=invoices)
            print("ready", flush=True)
            sys.stdin.readline()
            print(json.dumps(turns(town, contest, range(int(part), contest.tries, int(parts)))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
