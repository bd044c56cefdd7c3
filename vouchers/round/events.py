"""What can have happened to those who wait for a pool's money; amounts are minor units."""

from vouchers.values import Value


class Opened(Value):
    """Requests are collected up to and on a day, and then share what the pool has."""

    number: int
    closes_on: str
    opened_by: str


class Joined(Value):
    """An order that the rules allow waits for money; `request` is the whole order as canonical JSON text."""

    order_id: str
    enterprise_id: str
    place: int
    amount: int
    request: str


class Left(Value):
    """The enterprise took its request back before it was served."""

    order_id: str
    reason: str


class Dropped(Value):
    """The rules did not allow the order any more when its turn came."""

    order_id: str
    code: str
    text: str


class Served(Value):
    """The request became an order, with so much subsidy."""

    order_id: str
    amount: int


class Allotted(Value):
    """The request was given its share of the pool's money; the share itself is what the order may ask for."""

    order_id: str
    asked: int
    amount: int


class Closed(Value):
    """The round is over: how many requests shared how much money, and what they had asked for together."""

    number: int
    requests: int
    asked: int
    money: int
    allotted: int


Event = Opened | Joined | Left | Dropped | Served | Allotted | Closed
