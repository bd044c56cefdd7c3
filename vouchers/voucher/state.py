"""What a voucher is worth now, place by place."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.values import Value, replace
from vouchers.voucher import events as voucher


class Held(Value):
    """What one open order holds of a voucher, in minor units."""

    reserved: int = 0
    claimed: int = 0


_NONE: Mapping[str, Held] = MappingProxyType({})
_NO_PLEDGES: Mapping[str, voucher.Pledged] = MappingProxyType({})


class Voucher(Value):
    """The face value spread over eight places, with what each open order holds and what is pledged to others' orders.

    `carried_to` is the voucher that its expired rest went on as, `carried_from` the one that it is the rest of.
    """

    terms: voucher.Issued | None = None
    available: int = 0
    reserved: int = 0
    claimed: int = 0
    paid: int = 0
    expired: int = 0
    returned: int = 0
    revoked: int = 0
    clawed_back: int = 0
    use_by_on: str = ""
    redeem_by_on: str = ""
    extensions: int = 0
    held: Mapping[str, Held] = _NONE
    pledges: Mapping[str, voucher.Pledged] = _NO_PLEDGES
    carried_to: str = ""
    carried_from: str = ""

    @property
    def face(self) -> int:
        """The sum of all places, which equals the issued face after every event."""
        return (
            self.available
            + self.reserved
            + self.claimed
            + self.paid
            + self.expired
            + self.returned
            + self.revoked
            + self.clawed_back
        )

    def spendable(self, on: str) -> int:
        """What may still be reserved on a day: nothing after the use-by day, even before expiry is recorded."""
        return self.available if on <= self.use_by_on else 0

    def unrecorded(self, on: str) -> int:
        """What has expired by a day while no event says so yet."""
        return self.available - self.spendable(on)

    def lapsed(self, on: str) -> int:
        """What orders hold of it past the redeem-by day while no event says that they lapsed."""
        return self.reserved if on > self.redeem_by_on else 0


def evolve(state: Voucher, event: voucher.Event) -> Voucher:
    """Apply one event; the past is never refused."""
    match event:
        case voucher.Reserved(order_id=order_id, amount=amount):
            held = _held(state, order_id, amount, 0)
            state = _unpledged(state, order_id) if state.pledges else state
            return replace(state, available=state.available - amount, reserved=state.reserved + amount, held=held)
        case voucher.Released(order_id=order_id, amount=amount):
            held = _held(state, order_id, -amount, 0)
            return replace(state, reserved=state.reserved - amount, available=state.available + amount, held=held)
        case voucher.Claimed(order_id=order_id, amount=amount):
            held = _held(state, order_id, -amount, amount)
            return replace(state, reserved=state.reserved - amount, claimed=state.claimed + amount, held=held)
        case voucher.ClaimReversed(order_id=order_id, amount=amount):
            held = _held(state, order_id, amount, -amount)
            return replace(state, claimed=state.claimed - amount, reserved=state.reserved + amount, held=held)
        case voucher.Paid(order_id=order_id, amount=amount):
            held = _held(state, order_id, 0, -amount)
            return replace(state, claimed=state.claimed - amount, paid=state.paid + amount, held=held)
        case voucher.Issued(face=face, use_by_on=use_by_on, redeem_by_on=redeem_by_on):
            return replace(state, terms=event, available=face, use_by_on=use_by_on, redeem_by_on=redeem_by_on)
        case _:
            return _evolve_end(state, event)


_Note = voucher.Pledged | voucher.PledgeWithdrawn | voucher.CarriedOver | voucher.CarriedFrom


def _evolve_end(
    state: Voucher,
    event: voucher.ClawedBack
    | voucher.PaymentReturned
    | voucher.Expired
    | voucher.Returned
    | voucher.Restored
    | voucher.Revoked
    | voucher.Extended
    | _Note,
) -> Voucher:
    match event:
        case voucher.PaymentReturned(order_id=order_id, amount=amount):
            held = _held(state, order_id, 0, amount)
            return replace(state, paid=state.paid - amount, claimed=state.claimed + amount, held=held)
        case voucher.ClawedBack(amount=amount):
            return replace(state, paid=state.paid - amount, clawed_back=state.clawed_back + amount)
        case voucher.Expired(amount=amount):
            return replace(state, available=state.available - amount, expired=state.expired + amount)
        case voucher.Returned(amount=amount):
            return replace(state, available=state.available - amount, returned=state.returned + amount)
        case voucher.Restored(amount=amount):
            return replace(state, returned=state.returned - amount, available=state.available + amount)
        case voucher.Revoked(amount=amount):
            return replace(state, available=state.available - amount, revoked=state.revoked + amount)
        case voucher.Extended(use_by_on=use_by_on, redeem_by_on=redeem_by_on):
            return replace(
                state,
                use_by_on=use_by_on,
                redeem_by_on=redeem_by_on,
                extensions=state.extensions + 1,
            )
        case _:
            return _evolve_notes(state, event)


def _evolve_notes(state: Voucher, event: _Note) -> Voucher:
    match event:
        case voucher.Pledged(order_id=order_id):
            return replace(state, pledges={**state.pledges, order_id: event})
        case voucher.PledgeWithdrawn(order_id=order_id):
            return _unpledged(state, order_id)
        case voucher.CarriedOver(voucher_id=voucher_id):
            return replace(state, carried_to=voucher_id)
        case voucher.CarriedFrom(voucher_id=voucher_id):
            return replace(state, carried_from=voucher_id)
    assert_never(event)


def _unpledged(state: Voucher, order_id: str) -> Voucher:
    return replace(state, pledges={key: each for key, each in state.pledges.items() if key != order_id})


def _held(state: Voucher, order_id: str, reserved: int, claimed: int) -> Mapping[str, Held]:
    """What open orders hold after a change; an order that holds nothing is forgotten, so the map stays small."""
    before = state.held.get(order_id, _NOTHING)
    after = Held(before.reserved + reserved, before.claimed + claimed)
    held = dict(state.held)
    if after == _NOTHING:
        held.pop(order_id, None)
    else:
        held[order_id] = after
    return held


_NOTHING = Held()
