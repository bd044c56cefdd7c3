"""Links between parties: recorded with their days, and searched for a way from a firm to its provider."""

from collections.abc import Iterable, Mapping
from typing import Any

from vouchers.application.cases import Case
from vouchers.application.standing import controller_of, enlist, watched
from vouchers.facts import Facts
from vouchers.kinds import ENTERPRISE, LINK, PROVIDER
from vouchers.ledger import Unit
from vouchers.link import decisions as links
from vouchers.link import events as link
from vouchers.money import WHOLE_BP
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.policy import Policy
from vouchers.policy.supervision import Ties
from vouchers.refusals import Cause, Ineligible, NotAllowed
from vouchers.values import Value

Answer = dict[str, Any]

Party = tuple[str, *tuple[Facts, ...]]  # somebody, and what is known of them on the days that count

MOST_PARTIES = 64  # that one search looks at
REMEDY = "Choose an independent provider, or have the link corrected if it is wrong."


class ReviewerTied(NotAllowed):
    """A reviewer with a tie to the firm or the provider does not decide about them."""

    remedy = "Let a reviewer decide who has no tie to either."


class Edge(Value):
    """A link as seen from one of its parties."""

    other: str
    kind: str
    direction: str  # over | under | beside
    share_bp: int


class Tie(Value):
    """A way from one party to another, and how strong it is in basis points."""

    parties: tuple[str, ...]
    kinds: tuple[str, ...]
    share_bp: int

    @property
    def text(self) -> str:
        """The way in words; parties by their references."""
        steps = [f" {kind} {party}" for kind, party in zip(self.kinds, self.parties[1:], strict=True)]
        return f"{self.parties[0]}{','.join(steps)}."


class _Way(Value):
    """A way so far: the run of holdings in one direction it ends with, and its weakest run before that."""

    parties: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    direction: str = ""
    run_bp: int = WHOLE_BP
    weakest_bp: int = WHOLE_BP

    @property
    def share_bp(self) -> int:
        return min(self.run_bp, self.weakest_bp)

    def on(self, edge: Edge) -> "_Way":
        """One step further: a chain of holdings multiplies, a turn begins a new one."""
        going_on = edge.direction == self.direction != "beside"
        run_bp = self.run_bp * edge.share_bp // WHOLE_BP if going_on else edge.share_bp
        weakest_bp = self.weakest_bp if going_on else self.share_bp
        return _Way((*self.parties, edge.other), (*self.kinds, edge.kind), edge.direction, run_bp, weakest_bp)


def record_link(unit: Unit, command: links.RecordLink) -> Answer:
    """Record a link between two parties, on both of them."""
    for party, mirrored in ((command.party, False), (command.other, True)):
        events = links.record(unit.load(LINK, party), command, unit.actor, mirrored=mirrored)
        unit.append(LINK, party, events)
        enlist(unit, party)
    return {"party": command.party, "other": command.other, "kind": command.link_kind}


def end_link(unit: Unit, command: links.EndLink) -> Answer:
    """Record that a link ended, on both of its parties."""
    for party, mirrored in ((command.party, False), (command.other, True)):
        events = links.end(unit.load(LINK, party), command, unit.actor, mirrored=mirrored)
        unit.append(LINK, party, events)
    return {"party": command.party, "other": command.other, "until_on": command.until_on}


def not_tied(unit: Unit, case: Case) -> None:
    """Refuse an order between parties that are tied on its day, where the policy says so."""
    ties = _ties_of(case.policy)
    if ties is None or ties.at_order != "refuse":
        return
    command, facts = case.command, case.facts
    provider = (command.provider_id, facts.provider)
    firms = {each.enterprise_id: unit.load(ENTERPRISE, each.enterprise_id).facts for each in case.sources}
    for firm, firm_facts in {**firms, command.enterprise_id: facts.enterprise}.items():
        tie = find_tie(unit, (firm, firm_facts), provider, ties=ties, first_on=unit.on, last_on=unit.on)
        if tie is not None:
            raise related(case.policy, tie)


def tie_since(unit: Unit, state: Order, policy: Policy, last_on: str) -> Tie | None:
    """A tie of an order's firms to its provider that held on any day from its registration to a day.

    A link that ended before the registration does not count; one that began later, up to that day, does.
    """
    ties = _ties_of(policy)
    if ties is None:
        return None
    registered = orders.known(state)
    provider = registered.provider_id
    party = (provider, registered.provider_facts, unit.load(PROVIDER, provider).facts)
    firms: dict[str, Facts] = {share.enterprise_id: {} for share in state.several}
    firms[registered.enterprise_id] = registered.enterprise_facts
    for firm, then in firms.items():
        tie = find_tie(
            unit,
            (firm, then, unit.load(ENTERPRISE, firm).facts),
            party,
            ties=ties,
            first_on=registered.registered_on,
            last_on=last_on,
        )
        if tie is not None:
            return tie
    return None


def reviewer_is_free(unit: Unit, registered: Registered, policy: Policy) -> None:
    """Refuse a reviewer who has a tie to the firm or the provider of a claim."""
    ties = _ties_of(policy)
    if ties is None:
        return
    firm, provider = registered.enterprise_id, registered.provider_id
    first_on = registered.registered_on
    for party in (
        (firm, unit.load(ENTERPRISE, firm).facts),
        (provider, unit.load(PROVIDER, provider).facts),
    ):
        tie = find_tie(unit, (unit.actor,), party, ties=ties, first_on=first_on, last_on=unit.on)
        if tie is not None:
            raise ReviewerTied(f"The reviewer is tied to a party of the claim: {tie.text}", pointer="/reviewer")


def related(policy: Policy, tie: Tie) -> Ineligible:
    """The refusal that a tie leads to."""
    text = f"Enterprise and provider are tied: {tie.text}"
    clause = policy.supervision.clause if policy.supervision else ""
    cause = Cause("related-party", policy.order_rules.clause or clause, text, REMEDY, "/provider_id")
    return Ineligible((cause,))


def find_tie(unit: Unit, one: Party, two: Party, *, ties: Ties, first_on: str, last_on: str) -> Tie | None:
    """The shortest way of links from one party to another that is strong enough and held in those days."""
    near, far = _house(one), _house(two)
    # Nearly nobody has links: then only the registers' controllers could tie the two.
    if near.isdisjoint(far) and watched(unit).isdisjoint(near):
        return None
    return _search(unit, one[0], two[0], ties, first_on, last_on, _controls((one[0], near), (two[0], far)))


def _house(party: Party) -> set[str]:
    """A party and the controllers that its facts name."""
    house = {party[0], *map(controller_of, party[1:])}
    house.discard("")
    return house


def _controls(*houses: tuple[str, set[str]]) -> dict[str, list[Edge]]:
    """What facts say about the controllers of parties, as edges in both directions."""
    found: dict[str, list[Edge]] = {}
    for party, house in houses:
        for controller in sorted(house - {party}):
            found.setdefault(party, []).append(Edge(controller, "control", "under", WHOLE_BP))
            found.setdefault(controller, []).append(Edge(party, "control", "over", WHOLE_BP))
    return found


def _search(
    unit: Unit,
    one: str,
    two: str,
    ties: Ties,
    first_on: str,
    last_on: str,
    known: Mapping[str, list[Edge]],
) -> Tie | None:
    ways, best = [_Way((one,))], {one: WHOLE_BP}
    for _ in range(ties.depth):
        further: list[_Way] = []
        for way in ways:
            for edge in _edges(unit, way.parties[-1], first_on, last_on, known):
                longer = way.on(edge)
                if edge.other in way.parties or longer.share_bp < ties.share_bp:
                    continue
                if edge.other == two:
                    return Tie(longer.parties, longer.kinds, longer.share_bp)
                if longer.share_bp > best.get(edge.other, 0) and len(best) < MOST_PARTIES:
                    best[edge.other] = longer.share_bp
                    further.append(longer)
        ways = further
    return None


def _edges(unit: Unit, party: str, first_on: str, last_on: str, known: Mapping[str, list[Edge]]) -> Iterable[Edge]:
    yield from known.get(party, ())
    for each in unit.load(LINK, party).between(first_on, last_on):
        if each.kind != links.SAME_ADDRESS:
            yield _edge(each)


def _edge(recorded: link.LinkRecorded) -> Edge:
    return Edge(recorded.other, recorded.kind, recorded.direction, recorded.share_bp)


def _ties_of(policy: Policy) -> Ties | None:
    return policy.supervision.ties if policy.supervision else None
