"""The same money kept a second time, by hand: what a clerk with paper books would know, told nothing by the log."""

from dataclasses import dataclass, field

CAP = 30_000_000  # fen: the yearly limit of a firm, and in Shanghai of a controller


@dataclass(eq=False)
class Purse:
    """A voucher's eight places and its last days."""

    programme: str
    firm: str
    available: int = CAP
    reserved: int = 0
    claimed: int = 0
    paid: int = 0
    expired: int = 0
    returned: int = 0
    revoked: int = 0
    clawed_back: int = 0
    use_by_on: str = "2026-12-31"
    redeem_by_on: str = ""
    extensions: int = 0

    def give_back(self, amount: int, on: str) -> None:
        """What an order does not need returns, or lapses when the last day is over."""
        self.reserved -= amount
        if on <= self.use_by_on:
            self.available += amount
        else:
            self.expired += amount


@dataclass(eq=False)
class Bill:
    """An order, what it holds, and how far it has come."""

    order_id: str
    purse: Purse
    provider: str
    held: int
    gross: int
    tier: str
    on: str
    status: str = "registered"
    claimed: int = 0
    paid: int = 0
    clawed_back: int = 0
    invoice: tuple[str, str, int] | None = None
    claims: int = 0
    waits: bool = False
    approvals: set[str] = field(default_factory=set)

    def pay(self) -> None:
        """What was claimed is paid."""
        self.purse.claimed -= self.claimed
        self.purse.paid += self.claimed
        self.paid, self.claimed, self.status = self.claimed, 0, "paid"

    @property
    def counts(self) -> int:
        """What counts against caps and the budget."""
        return self.held + self.claimed + self.paid


@dataclass(eq=False)
class Batch:
    """A settlement: whether it was signed or withdrawn, and how the bank answered for each order."""

    orders: list[Bill]
    signed: bool = False
    withdrawn: bool = False
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Books:
    """Everything a clerk writes down."""

    purses: dict[str, Purse] = field(default_factory=dict)
    bills: dict[str, Bill] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    budgets: dict[str, int] = field(default_factory=dict)
    suspended: dict[str, tuple[str, str]] = field(default_factory=dict)
    reinstated: dict[str, str] = field(default_factory=dict)
    debts: dict[tuple[str, str], int] = field(default_factory=dict)

    def demand(self, bill: Bill, amount: int) -> None:
        """What a provider owes a programme more."""
        key = bill.provider, bill.purse.programme
        self.debts[key] = self.debts.get(key, 0) + amount

    def keep_back(self, bill: Bill) -> bool:
        """Keep back what the provider owes; whether nothing is left to pay."""
        key = bill.provider, bill.purse.programme
        kept = min(self.debts.get(key, 0), bill.claimed)
        self.debts[key] = self.debts.get(key, 0) - kept
        return kept == bill.claimed

    def committed(self, programme: str) -> int:
        """What the orders of a programme take from its budget."""
        return sum(bill.counts for bill in self.bills.values() if bill.purse.programme == programme)

    def used_by(self, programme: str, firm: str) -> int:
        """What the orders of a firm take from its yearly limit."""
        purses = [purse for purse in self.purses.values() if (purse.programme, purse.firm) == (programme, firm)]
        return sum(bill.counts for bill in self.bills.values() if bill.purse in purses)

    def used_together(self, programme: str) -> int:
        """What all firms take; in the machine they have one controller."""
        return self.committed(programme)

    def invoice_user(self, number: str) -> Bill | None:
        """The order that an invoice is filed for."""
        living = (bill for bill in self.bills.values() if bill.status not in {"cancelled", "lapsed"})
        return next((bill for bill in living if bill.invoice and bill.invoice[0] == number), None)

    def effect(self, provider: str, on: str) -> str:
        """What a suspension means for a provider on a day, finish or freeze, or nothing."""
        from_on, effect = self.suspended.get(provider, ("9999", ""))
        return effect if from_on <= on < self.reinstated.get(provider, "9999") else ""

    def frozen(self, provider: str, on: str) -> bool:
        """Whether a suspension keeps a provider from being paid."""
        return self.effect(provider, on) == "freeze"
