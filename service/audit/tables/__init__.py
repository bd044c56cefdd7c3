"""The derived tables of an audit: flat, one row from one entry, each row with the number of that entry."""

from types import MappingProxyType
from typing import Any, Final

from service.audit.tables import deciding, log, parties, paying, programmes, spending
from service.audit.tables.model import Column, Source, Table
from vouchers.money import EXPONENTS

FORMAT: Final = 2

TABLES: Final = (
    *log.TABLES,
    *programmes.TABLES,
    *parties.TABLES,
    *deciding.TABLES,
    *spending.TABLES,
    *paying.TABLES,
)
BY_NAME: Final = MappingProxyType({table.name: table for table in TABLES})


def definitions() -> dict[str, Any]:
    """All tables as plain JSON values, with the decimals of each currency: what makes them again from a log."""
    return {"format": FORMAT, "exponents": dict(EXPONENTS), "tables": [table.plain() for table in TABLES]}


__all__ = ["BY_NAME", "TABLES", "Column", "Source", "Table", "definitions"]
