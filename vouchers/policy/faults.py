"""What can be wrong with a policy document: one fault with its place and remedy, or all of them at once."""


class PolicyFault(ValueError):
    """One thing wrong in a policy document: the path of the value, what is wrong, and what helps."""

    def __init__(self, path: str, message: str, remedy: str) -> None:
        """Name the place, the fault and the remedy."""
        self.path = path
        self.message = message
        self.remedy = remedy
        super().__init__(f"{path}: {message} {remedy}".strip())


class PolicyFaults(ValueError):
    """Everything that is wrong in a policy document, at once."""

    def __init__(self, faults: tuple[PolicyFault, ...]) -> None:
        """Hold all faults; the message lists them line by line."""
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))
