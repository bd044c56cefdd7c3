"""Whether a provider may join: every condition asked, what speaks against it, and what was found in its favour."""

from vouchers.policy.granting import ask
from vouchers.policy.model import Facts, Policy, Reason, Step
from vouchers.values import Value


class Checked(Value):
    """What a policy says to a provider: the reasons against it, and the conditions that hold."""

    reasons: tuple[Reason, ...]
    trace: tuple[Step, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The codes of the conditions that hold."""
        return tuple([step.rule for step in self.trace])


def admit(policy: Policy, facts: Facts, on: str) -> Checked:
    """Ask every condition of admission about a provider's facts on a day."""
    reasons: list[Reason] = []
    trace: list[Step] = []
    ask(policy.admission.conditions, facts, on, reasons, trace)
    return Checked(tuple(reasons), tuple(trace))
