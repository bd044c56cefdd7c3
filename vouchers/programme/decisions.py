"""What may happen to a programme next."""

from vouchers.programme import events as programme
from vouchers.programme.state import Programme
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import same_person
from vouchers.values import Value


class ProgrammeUnknown(NotFound):
    """There is no programme with this code."""

    remedy = "Check the code in the list of programmes."


class ProgrammeExists(Conflict):
    """A programme with this code was already announced."""

    remedy = "Use this programme, or announce another code."


class ProgrammeClosed(Refused):
    """The programme is closed: it grants no vouchers and takes no orders."""

    remedy = "Use a programme that is open."


class PolicyNotInForce(Refused):
    """No policy of the programme is in force on this day."""


class PolicyVersionExists(Conflict):
    """A policy with this version but another text was already adopted."""


class FilingMissing(Refused):
    """New rates of this programme are filed with the higher authority before they apply."""

    remedy = "File the new version first, and state the filing's reference and day."


class FilingTooLate(Refused):
    """The filing is later than the day from which the new rates are to apply, or than today."""

    remedy = "Let the new version apply from a day after its filing."


class PolicyOfAnotherProgramme(Refused):
    """The policy names another programme."""


class PolicyBroken(Refused):
    """The policy's document cannot be read as a policy."""


class PolicyExamplesFail(Refused):
    """The policy does not come to what its own examples say."""


class PolicyNotAsStated(Refused):
    """The policy's document says something else than its adoption."""

    remedy = "Take version, days and digest from the document itself."


class SecondPersonNeeded(NotAllowed):
    """This step needs a second person."""


class Announce(Value):
    """Make a programme public."""

    programme: str
    title: str
    authority: str
    currency: str
    sampling_commitment: str


class AdoptPolicy(Value):
    """Bring a policy into force: its canonical document and the two people behind it."""

    programme: str
    version: str
    effective_on: str
    ends_on: str
    digest: str
    document: str
    proposed_by: str
    approved_by: str
    filing: str = ""
    filed_on: str = ""


class CloseProgramme(Value):
    """Take no new orders from this day on."""

    programme: str
    closed_on: str
    reason: str


def announced(state: Programme) -> programme.Announced:
    """What was announced, or a refusal where nothing was."""
    if state.announced is None:
        raise ProgrammeUnknown(pointer="/programme")
    return state.announced


def announce(state: Programme, command: Announce) -> list[programme.Event]:
    """Announce once; the same announcement again changes nothing."""
    event = programme.Announced(
        command.programme,
        command.title,
        command.authority,
        command.currency,
        command.sampling_commitment,
    )
    if state.announced == event:
        return []
    if state.announced is not None:
        raise ProgrammeExists(pointer="/programme")
    return [event]


def adopt_policy(state: Programme, command: AdoptPolicy) -> list[programme.Event]:
    """Adopt a policy with two people; the same document again changes nothing."""
    announced(state)
    # A name typed with a capital or a blank more is still the same person.
    if same_person(command.approved_by, command.proposed_by):
        raise SecondPersonNeeded(
            "The person who proposed a policy cannot approve it.",
            pointer="/approved_by",
            remedy="Let another officer approve it.",
        )
    known = state.policy(command.version)
    if known is not None and known.digest == command.digest:
        return []
    if known is not None:
        raise PolicyVersionExists(pointer="/version", remedy="Give the changed policy a new version.")
    return [
        programme.PolicyAdopted(
            command.programme,
            command.version,
            command.effective_on,
            command.ends_on,
            command.digest,
            command.document,
            command.proposed_by,
            command.approved_by,
        )
    ]


def check_filing(state: Programme, command: AdoptPolicy, on: str) -> None:
    """Refuse a version that follows another and was not filed before it applies; the first one needs no filing."""
    followed = any(policy.version != command.version for policy in state.policies)
    if followed and not (command.filing and command.filed_on):
        raise FilingMissing(pointer="/filing")
    if followed and command.filed_on > min(command.effective_on, on):
        raise FilingTooLate(pointer="/filed_on")


def file_policy(state: Programme, command: AdoptPolicy) -> list[programme.Event]:
    """Record the filing of a version, once."""
    filed = programme.PolicyFiled(command.programme, command.version, command.filing, command.filed_on)
    return [filed] if command.filing and filed not in state.filings else []


def close(state: Programme, command: CloseProgramme) -> list[programme.Event]:
    """Close once."""
    announced(state)
    if state.closed_on:
        return []
    return [programme.Closed(command.reason, command.closed_on)]


def policy_in_force(state: Programme, on: str) -> programme.PolicyAdopted:
    """The policy of a day, or a refusal that says which days are covered."""
    announced(state)
    adopted = state.policy_on(on)
    if adopted is None:
        covered = ", ".join(
            f"{policy.version} from {policy.effective_on}" + (f" to {policy.ends_on}" if policy.ends_on else "")
            for policy in state.policies
        )
        raise PolicyNotInForce(
            f"No policy is in force on {on}; adopted: {covered or 'none'}.",
            pointer="/on",
            remedy="Adopt a policy that covers this day.",
        )
    return adopted


def open_on(state: Programme, on: str) -> None:
    """Refuse where the programme is closed on a day."""
    announced(state)
    if state.closed_on and on >= state.closed_on:
        raise ProgrammeClosed(pointer="/programme", closed_on=state.closed_on)
