"""What can have happened to those who wait for a pool's money; amounts are minor units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """Requests are collected up to and on a day, and then share what the pool has."""

    number: int
    closes_on: str
    opened_by: str


@dataclass(frozen=True, slots=True)
class Joined:
    """An order that the rules allow waits for money; `request` is the whole order as canonical JSON text."""

    order_id: str
    enterprise_id: str
    place: int
    amount: int
    request: str


@dataclass(frozen=True, slots=True)
class Left:
    """The enterprise took its request back before it was served."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The rules did not allow the order any more when its turn came."""

    order_id: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Served:
    """The request became an order, with so much subsidy."""

    order_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Allotted:
    """The request was given its share of the pool's money; the share itself is what the order may ask for."""

    order_id: str
    asked: int
    amount: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The round is over: how many requests shared how much money, and what they had asked for together."""

    number: int
    requests: int
    asked: int
    money: int
    allotted: int


Event = Opened | Joined | Left | Dropped | Served | Allotted | Closed
