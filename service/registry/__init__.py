"""Registry files read in: enterprises with their facts, providers with their accreditations."""

from service.registry.importing import ImportReport, import_enterprises
from service.registry.providers import import_providers
from service.registry.report import Progress

__all__ = ["ImportReport", "Progress", "import_enterprises", "import_providers"]
