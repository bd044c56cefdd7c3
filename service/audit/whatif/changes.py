"""Changes: what is otherwise in the other course, as data: other values of a policy, a suspension, another fact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from schemas.policies import canonical, digest
from service.audit.whatif.gathering import Gathered
from service.audit.whatif.other import Other
from service.audit.whatif.playing import Change, Rewrite
from vouchers import application as app
from vouchers import wire
from vouchers.application.entitling import ImportFacts
from vouchers.application.programmes import entitlement_key
from vouchers.days import add_days
from vouchers.enterprise.decisions import CorrectFacts, RecordFacts
from vouchers.facts import Fact
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, PROGRAMME
from vouchers.policy import PolicyFaults, parse, period_of
from vouchers.programme.decisions import AdoptPolicy
from vouchers.programme.events import PolicyAdopted
from vouchers.provider.decisions import Reinstate, Suspend
from vouchers.recalling import Call, Turn
from vouchers.refusals import Malformed, Refused

NAME: Final = "whatif"
_ANY: Final = "*"


class PlaceUnknown(Malformed):
    """The policy has no such place."""


class ValueUnfit(Refused):
    """The policy cannot be read with this value."""


class AnyChange(Protocol):
    """Something that is otherwise: its words, what it rests on, when it begins, and what it makes of commands."""

    basis: ClassVar[str]

    @property
    def text(self) -> str:
        """The change in words."""

    def begins(self, gathered: Gathered, /) -> Iterator[Change]:
        """What the other course has and the history has not."""

    def rewrite(self, call: Call, on: str, /) -> Call | None:
        """What becomes of one of the history's own commands; nothing where it does not happen."""


class Put(NamedTuple):
    """A value at a place of a policy's document, whatever stands there; a star is every name or number."""

    place: str
    value: Any


@dataclass(frozen=True, slots=True)
class OtherValues:
    """A programme's policies have other values from a day on."""

    basis: ClassVar[str] = "policy"
    programme: str
    since: str
    puts: tuple[Put, ...]

    @property
    def text(self) -> str:
        """The change in words."""
        values = ", ".join(f"{put.place} = {put.value!r}" for put in self.puts)
        return f"{self.programme} has {values} from {self.since} on"

    def begins(self, _: Gathered) -> Iterator[Change]:
        """The policy that is in force on the day, with the values, until the next one follows it."""
        yield Change(self.since, self._adopt, self.text)

    def rewrite(self, call: Call, on: str) -> Call | None:
        """A policy that was adopted later, or for a later day, has the values as well."""
        command = call.command
        if not isinstance(command, AdoptPolicy) or command.programme != self.programme:
            return call
        if max(command.effective_on, on) < self.since:
            return call
        return call._replace(command=restated(command, self._changed(command.document)))

    def _adopt(self, other: Other) -> Call | None:
        policies = other.slot(PROGRAMME.stream(self.programme)).state.policies
        found = _in_force(policies, self.since)
        if found is None or found.effective_on >= self.since:
            return None
        document = self._changed(found.document)
        version = f"{found.version}-{NAME}"
        following = [each.effective_on for each in policies if each.effective_on > self.since]
        ends = [add_days(day, -1) for day in following] + [found.ends_on] * bool(found.ends_on)
        document["programme"] |= {"version": version, "effective_on": self.since}
        document["programme"] |= {"ends_on": min(ends)} if ends else {}
        return Call(app.adopt_policy, adoption(document))

    def _changed(self, text: str) -> dict[str, Any]:
        return changed(wire.parse(text), self.puts)


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """A programme has another policy from a day on, and no later one that the history adopted."""

    basis: ClassVar[str] = "policy"
    programme: str
    since: str
    document: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The change in words."""
        return f"{self.programme} has the policy {digest(self.document)[:12]} from {self.since} on"

    def begins(self, _: Gathered) -> Iterator[Change]:
        """The policy, in force from the day on."""
        document = wire.parse(canonical(self.document))
        document.pop("examples", None)  # They may speak of other days.
        document["programme"] |= {"effective_on": self.since, "version": f"{document['programme']['version']}-{NAME}"}
        yield Change(self.since, lambda _: Call(app.adopt_policy, adoption(document)), self.text)

    def rewrite(self, call: Call, _: str) -> Call | None:
        """What the history adopted for a later day does not happen."""
        command = call.command
        if isinstance(command, AdoptPolicy) and command.programme == self.programme:
            return call if command.effective_on < self.since else None
        return call


@dataclass(frozen=True, slots=True)
class Suspended:
    """A provider is suspended from a day on, until another day or for good."""

    basis: ClassVar[str] = "suspension"
    provider_id: str
    on: str
    effect: str = "freeze"
    until: str = ""

    @property
    def text(self) -> str:
        """The change in words."""
        end = f" until {self.until}" if self.until else ""
        return f"{self.provider_id} is suspended on {self.on}{end} (open orders: {self.effect})"

    def begins(self, _: Gathered) -> Iterator[Change]:
        """The suspension and its end."""
        suspend = Suspend(self.provider_id, self.on, self.effect, NAME)
        yield Change(self.on, lambda _: Call(app.suspend, suspend), self.text)
        if self.until:
            end = Reinstate(self.provider_id, self.until, NAME)
            yield Change(self.until, lambda _: Call(app.reinstate, end), f"{self.provider_id} is reinstated")

    def rewrite(self, call: Call, on: str) -> Call | None:
        """The history's own suspensions of this provider while this one lasts do not happen."""
        about = isinstance(call.command, Suspend | Reinstate) and call.command.provider_id == self.provider_id
        lasts = self.on <= on and (not self.until or on <= self.until)
        return None if about and lasts else call


@dataclass(frozen=True, slots=True)
class OtherFact:
    """The registry states something else of an enterprise from a day on."""

    basis: ClassVar[str] = "facts"
    enterprise_id: str
    field: str
    value: Fact
    on: str

    @property
    def text(self) -> str:
        """The change in words."""
        return f"the registry says {self.field} = {self.value!r} of {self.enterprise_id} from {self.on} on"

    def begins(self, gathered: Gathered) -> Iterator[Change]:
        """The statement on the day, where the enterprise is known by then, with every decision that asks for it."""

        def state(other: Other) -> Call | None:
            known = other.slot(ENTERPRISE.stream(self.enterprise_id)).state
            if not known.is_known or known.facts.get(self.field) == self.value:
                return None
            facts = {**known.facts, self.field: self.value}
            record = RecordFacts(self.enterprise_id, self.on, NAME, facts_digest(facts), facts)
            return stated(other, gathered, record)

        yield Change(self.on, state, self.text)

    def rewrite(self, call: Call, on: str) -> Call | None:
        """What the history recorded of it from then on says so too."""
        if on < self.on:
            return call
        command = call.command
        if isinstance(command, ImportFacts):
            records = tuple(self._told(each) for each in command.records)
            return call if records == command.records else call._replace(command=replace(command, records=records))
        if isinstance(command, RecordFacts | CorrectFacts):
            told = self._told(command)
            return call if told == command else call._replace(command=told)
        return call

    def _told(self, record: Any) -> Any:
        if record.enterprise_id != self.enterprise_id:
            return record
        facts = {**record.facts, self.field: self.value}
        return record if facts == record.facts else replace(record, facts=facts, digest=facts_digest(facts))


def rewriting(changes: Sequence[AnyChange]) -> Rewrite | None:
    """What every change together makes of the history's own commands; nothing where one lets it not happen."""

    def rewrite(turn: Turn, call: Call) -> Call | None:
        asked: Call | None = call
        for change in changes:
            asked = change.rewrite(asked, turn.first.eff) if asked is not None else None
        return asked

    return rewrite if changes else None


def changed(document: dict[str, Any], puts: Sequence[Put]) -> dict[str, Any]:
    """A policy's document with other values, without the examples that were made for the old ones."""
    made: dict[str, Any] = wire.parse(canonical(document))
    made.pop("examples", None)
    for put in puts:
        if not _set(made, put.place.split("."), put.value):
            remedy = "Take a place from `vouchers policy show --document`; a star is every name."
            raise PlaceUnknown(f"The policy has no place {put.place}.", pointer="/set", remedy=remedy)
    return made


def restated(command: AdoptPolicy, document: dict[str, Any]) -> AdoptPolicy:
    """An adoption of the same version with another text."""
    text = canonical(document)
    return replace(command, document=text, digest=sha256(text.encode()).hexdigest())


def adoption(document: dict[str, Any]) -> AdoptPolicy:
    """The adoption of a document, by nobody in particular."""
    try:
        policy = parse(document)
    except PolicyFaults as faults:
        raise ValueUnfit(str(faults.faults[0]), pointer="/set", remedy="Give a value of the same kind.") from faults
    told = (policy.programme, policy.version, policy.effective_on, policy.ends_on)
    people = (f"system:{NAME}-1", f"system:{NAME}-2")
    return AdoptPolicy(*told, digest(document), canonical(document), *people, NAME, policy.effective_on)


def _set(node: Any, place: list[str], value: Any) -> bool:
    """Put a value at every place that fits; whether there was one."""
    name, rest = place[0], place[1:]
    if isinstance(node, dict):
        names = [*node] if name == _ANY else [name] if name in node else []
    elif isinstance(node, list):
        names = [*range(len(node))] if name == _ANY else [int(name)] if name.isdecimal() else []
        names = [each for each in names if int(each) < len(node)]
    else:
        return False
    if rest:
        # Every place gets its value, whether one before it fitted or not.
        return max([_set(node[each], rest, value) for each in names], default=False)
    for each in names:
        node[each] = value
    return bool(names)


def _in_force(policies: Sequence[PolicyAdopted], day: str) -> PolicyAdopted | None:
    fitting = [each for each in policies if each.effective_on <= day and (not each.ends_on or day <= each.ends_on)]
    return fitting[-1] if fitting else None


def stated(other: Other, gathered: Gathered, record: RecordFacts) -> Call:
    """A registry's statement, with a look at every decision that was made about the enterprise by then."""
    asked = tuple([code for code in gathered.programmes if _is_decided(other, code, record)])
    return Call(app.import_facts, ImportFacts((record,), asked, reassessed=asked))


def _is_decided(other: Other, code: str, record: RecordFacts) -> bool:
    state = other.slot(PROGRAMME.stream(code)).state
    adopted, day = state.policy_on(record.as_of_on), record.as_of_on
    if adopted is None or (state.closed_on and state.closed_on <= day):
        return False
    period = period_of(app.compiled(adopted), day)
    return other.slot(ENTITLEMENT.stream(entitlement_key(code, period, record.enterprise_id))).version > 0


def facts_digest(facts: Mapping[str, Fact]) -> str:
    """SHA-256 over facts in their canonical form."""
    return sha256(wire.canonical(dict(facts))).hexdigest()
