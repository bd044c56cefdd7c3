"""What can have happened to an admission; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class Why(Value):
    """One reason against an admission: its code, its clause, what was found and what helps."""

    code: str
    clause: str
    text: str
    remedy: str


class SelfEvaluated(Value):
    """The provider evaluated itself for a programme; the digest is of what it uploaded."""

    programme: str
    name: str
    answers: dict[str, Fact]
    digest: str
    account_ref: str
    evaluated_by: str


class Verified(Value):
    """The registers confirm what the provider said, and the policy has nothing against it: these rules hold."""

    policy_version: str
    policy_digest: str
    facts: dict[str, Fact]
    source: str
    facts_digest: str
    rules: tuple[str, ...]


class VerificationFailed(Value):
    """The registers or the policy speak against the provider; every reason is listed."""

    policy_version: str
    policy_digest: str
    facts: dict[str, Fact]
    source: str
    facts_digest: str
    reasons: tuple[Why, ...]


class NoticeOpened(Value):
    """The public notice runs on these days, both included; who objects must do so by the last one."""

    first_on: str
    last_on: str


class Objected(Value):
    """Somebody objected during the notice."""

    number: int
    by: str
    reason: str


class ObjectionUpheld(Value):
    """The objection is right: the provider does not join on this application."""

    number: int
    by: str
    reason: str


class ObjectionDismissed(Value):
    """The objection is no reason against the provider."""

    number: int
    by: str
    reason: str


class JoinedAfterNotice(Value):
    """The notice ended without an objection that stands: the provider joined the directory."""

    programme: str
    notice_last_on: str
    objections: int


class Withdrawn(Value):
    """The provider gave its application up."""

    reason: str


Event = (
    SelfEvaluated
    | Verified
    | VerificationFailed
    | NoticeOpened
    | Objected
    | ObjectionUpheld
    | ObjectionDismissed
    | JoinedAfterNotice
    | Withdrawn
)
