"""Views of the log for people who ask: balances, statements, orders, payments, spending, directory, reviews."""

from service.projections.verify import Difference
from service.projections.views import ALL, Log, Views, ViewsAheadOfLog, ViewsTakenOver

__all__ = ["ALL", "Difference", "Log", "Views", "ViewsAheadOfLog", "ViewsTakenOver"]
