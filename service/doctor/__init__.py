"""Whether an installation keeps its promises: what is looked at, and what is found."""

from service.doctor.examining import examine
from service.doctor.findings import Finding, worst

__all__ = ["Finding", "examine", "worst"]
