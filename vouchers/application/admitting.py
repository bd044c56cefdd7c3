"""How providers join: self-evaluation, verification against registers and policy, public notice, objections."""

from typing import Any

from vouchers.admission import decisions as admissions
from vouchers.admission import events as admission
from vouchers.admission.state import Admission
from vouchers.application.programmes import in_force
from vouchers.kinds import ADMISSION, PROVIDER
from vouchers.ledger import Unit
from vouchers.policy import admit
from vouchers.provider import decisions as providers
from vouchers.refusals import Conflict

Answer = dict[str, Any]


class ProviderAlreadyAdmitted(Conflict):
    """The provider is in the directory already."""

    remedy = "Nothing is needed; its accreditations are renewed one by one."


def self_evaluate(unit: Unit, command: admissions.SelfEvaluate) -> Answer:
    """Let a provider apply with its own answers; a barred one waits until its bar has ended."""
    provider = unit.load(PROVIDER, command.provider_id)
    if provider.is_admitted and not provider.is_removed(unit.on):
        raise ProviderAlreadyAdmitted(pointer="/provider_id")
    providers.may_apply(provider, unit.on)
    in_force(unit, command.programme, unit.on)
    state = unit.load(ADMISSION, command.provider_id)
    return _append(unit, command.provider_id, admissions.self_evaluate(state, command, unit.actor))


def verify_provider(unit: Unit, command: admissions.Verify) -> Answer:
    """Compare the answers with the registers and ask the policy; what it finds is on record, for it or against it."""
    state = unit.load(ADMISSION, command.provider_id)
    admissions.at_step(state, "evaluated")
    assert state.evaluated is not None, "what is at this step was evaluated"
    adopted, policy = in_force(unit, state.evaluated.programme, unit.on)
    checked = admit(policy, command.facts, unit.on)
    against = [
        *admissions.differing(state, command.facts),
        *[admission.Why(each.code, each.clause, each.text, each.remedy) for each in checked.reasons],
    ]
    basis = (adopted.version, adopted.digest, dict(command.facts), command.source, command.digest)
    if against:
        found: admission.VerificationFailed | admission.Verified = admission.VerificationFailed(*basis, tuple(against))
    else:
        found = admission.Verified(*basis, checked.rules)
    events = admissions.verify(state, found, policy.admission.notice_days, unit.on)
    return _append(unit, command.provider_id, events) | {"reasons": [each.text for each in against]}


def object_to_admission(unit: Unit, command: admissions.ObjectToAdmission) -> Answer:
    """Take an objection while the notice runs."""
    state = unit.load(ADMISSION, command.provider_id)
    return _append(unit, command.provider_id, admissions.object_to(state, command, unit.actor, unit.on))


def uphold_objection(unit: Unit, command: admissions.UpholdObjection) -> Answer:
    """Stop an admission for an objection."""
    state = unit.load(ADMISSION, command.provider_id)
    return _append(unit, command.provider_id, admissions.uphold(state, command, unit.actor))


def dismiss_objection(unit: Unit, command: admissions.DismissObjection) -> Answer:
    """Dismiss an objection."""
    state = unit.load(ADMISSION, command.provider_id)
    return _append(unit, command.provider_id, admissions.dismiss(state, command, unit.actor))


def withdraw_application(unit: Unit, command: admissions.WithdrawApplication) -> Answer:
    """Give an application up."""
    state = unit.load(ADMISSION, command.provider_id)
    return _append(unit, command.provider_id, admissions.withdraw(state, command))


def join_after_notice(unit: Unit, command: admissions.JoinAfterNotice) -> Answer:
    """Enter the provider in the directory, with the facts that were verified, once its notice is over."""
    state = unit.load(ADMISSION, command.provider_id)
    events = admissions.join(state, unit.on)
    answer = _append(unit, command.provider_id, events)
    if events:
        _enter(unit, command.provider_id, state)
    return answer


def _enter(unit: Unit, provider_id: str, state: Admission) -> None:
    """The entry in the directory, back in it where the provider had been removed."""
    assert state.evaluated is not None, "what joined was evaluated"
    assert state.verified is not None, "what joined was verified"
    provider = unit.load(PROVIDER, provider_id)
    entry = providers.Admit(
        provider_id,
        state.evaluated.name,
        state.verified.source,
        state.verified.facts_digest,
        state.verified.facts,
        state.evaluated.account_ref,
    )
    unit.append(PROVIDER, provider_id, [*providers.readmit(provider, unit.on), *providers.admit(provider, entry)])


def _append(unit: Unit, provider_id: str, events: list[admission.Event]) -> Answer:
    state = unit.append(ADMISSION, provider_id, events)
    return {
        "provider_id": provider_id,
        "status": state.status,
        "notice_first_on": state.first_on,
        "notice_last_on": state.last_on,
        "open_objections": list(state.open_objections),
    }
