"""How an entitlement can have been decided; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class Allotment(Value):
    """One voucher that a grant gives: its number, kind and face in minor units."""

    voucher_id: str
    kind: str
    face: int


class Because(Value):
    """One reason of a denial: which clause, what it says, what would change the answer."""

    code: str
    clause: str
    text: str
    remedy: str


class Granted(Value):
    """The facts meet every condition of the policy; `rules` are the conditions that were applied, in order."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    rules: tuple[str, ...]
    currency: str
    vouchers: tuple[Allotment, ...]


class Denied(Value):
    """The facts do not meet the policy; every reason is listed."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    rules: tuple[str, ...]
    reasons: tuple[Because, ...]


class Pending(Value):
    """Nothing was decided, because a source is down or its facts are too old; decided when that has passed."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    reasons: tuple[Because, ...]


class Passed(Value):
    """What was granted to predecessors in this period is the enterprise's now; it is granted nothing beside that."""

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    predecessors: tuple[str, ...]
    currency: str
    vouchers: tuple[Allotment, ...]


class Doubted(Value):
    """Facts that came to light later would have led to another decision; the decision itself stands.

    `would` is what would have been decided on these facts, granted or denied; the reasons are those of a denial.
    """

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    would: str
    reasons: tuple[Because, ...]


class Ground(Value):
    """One cause for which facts no longer fit, with the clause that says what follows."""

    cause: str
    clause: str


class Effect(Value):
    """What became of one value: `place` is unreserved, reserved or claims; the subject is a voucher or an order."""

    place: str
    treatment: str
    subject: str
    amount: int


class Reassessed(Value):
    """What was granted was looked at again on later facts: what speaks against it now, and what followed.

    Without grounds the facts fit again. `held` says that claims may not be paid before they have been checked.
    """

    programme: str
    period: str
    enterprise_id: str
    policy_version: str
    policy_digest: str
    facts_as_of_on: str
    facts_digest: str
    facts: dict[str, Fact]
    reasons: tuple[Because, ...]
    grounds: tuple[Ground, ...]
    effects: tuple[Effect, ...]
    held: bool


class Cleared(Value):
    """An officer has looked into what was found (doubt, reassessment, failure) and closed it, with the reason."""

    programme: str
    period: str
    enterprise_id: str
    findings: tuple[str, ...]
    reason: str


class Failed(Value):
    """A step could not be taken for this enterprise and has to be looked into; nobody else was held up by it."""

    programme: str
    period: str
    enterprise_id: str
    step: str
    code: str
    detail: str


Event = Granted | Denied | Pending | Passed | Doubted | Reassessed | Cleared | Failed
