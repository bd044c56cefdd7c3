"""Guards in the database itself: triggers that let the log and its tree grow, and refuse everything else.

They stop a faulty program and injected SQL. Who owns the database can take them away; what a log shows then, and what
it does not, stands in docs/audit-tree.md. One change is let through: when the log says, by an EntryRedacted of the
stream erasure/entry/SEQ, that texts were taken out of an entry, its row may become what that event says is left.
"""

from typing import Final, NamedTuple

from vouchers.refusals import Conflict, NotAllowed

EVENTS: Final = "stored_events"  # In PostgreSQL the library calls it log_events.
TREE: Final = ("audit_leaf", "audit_node", "audit_frontier")
_KEPT: Final = "the log is append-only"
_DENSE: Final = "the log grows at its end only, one number after the other"


class RedactionNotOrdered(Conflict):
    """The log does not say that anything was taken out of this entry, so its bytes stay."""

    remedy = "Order the redaction first: two people, the authority and the basis."


class LogNotOwned(NotAllowed):
    """This account of the database may only append to the log, as it should."""

    remedy = "Run the command with the address of the database's owner."


# Before each row, also of REPLACE: that deletes what is in its way without asking the triggers on deletion.
_SQLITE: Final = {
    "audit_entry_insert": (
        "INSERT ON stored_events",
        (
            "NEW.rowid IS NOT (SELECT COALESCE(MAX(rowid), 0) + 1 FROM stored_events)"
            " OR NEW.originator_version IS NOT (SELECT COALESCE(MAX(originator_version), 0) + 1 FROM stored_events"
            " WHERE originator_id = NEW.originator_id)"
        ),
        _DENSE,
    ),
    "audit_entry_update": (
        "UPDATE ON stored_events",
        (
            "NEW.rowid IS NOT OLD.rowid OR NEW.originator_id IS NOT OLD.originator_id"
            " OR NEW.originator_version IS NOT OLD.originator_version OR NEW.topic IS NOT OLD.topic"
            " OR NOT EXISTS (SELECT 1 FROM stored_events AS e"
            " WHERE e.originator_id = 'erasure/entry/' || (OLD.rowid - 1) AND e.topic = 'erasure.EntryRedacted'"
            " AND NEW.state = CAST(json_extract(CAST(e.state AS TEXT), '$.data.left') AS BLOB))"
        ),
        _KEPT,
    ),
    "audit_entry_delete": ("DELETE ON stored_events", "", _KEPT),
    "audit_leaf_insert": (
        "INSERT ON audit_leaf",
        "NEW.seq IS NOT (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_leaf)",
        _DENSE,
    ),
    "audit_leaf_update": ("UPDATE ON audit_leaf", "", _KEPT),
    "audit_leaf_delete": ("DELETE ON audit_leaf", "", _KEPT),
    "audit_node_insert": (
        "INSERT ON audit_node",
        "NEW.idx IS NOT (SELECT COALESCE(MAX(idx) + 1, 0) FROM audit_node WHERE level = NEW.level)",
        _DENSE,
    ),
    "audit_node_update": ("UPDATE ON audit_node", "", _KEPT),
    "audit_node_delete": ("DELETE ON audit_node", "", _KEPT),
    "audit_frontier_insert": ("INSERT ON audit_frontier", "EXISTS (SELECT 1 FROM audit_frontier)", _KEPT),
    "audit_frontier_update": ("UPDATE ON audit_frontier", "NEW.size IS NULL OR NEW.size < OLD.size", _KEPT),
    "audit_frontier_delete": ("DELETE ON audit_frontier", "", _KEPT),
}


def _trigger(name: str, fires: str, condition: str, message: str) -> str:
    when = f"WHEN {condition} " if condition else ""
    return f"CREATE TRIGGER {name} BEFORE {fires} {when}BEGIN SELECT RAISE(ABORT, '{message}'); END"


SQLITE: Final = {name: _trigger(name, *parts) for name, parts in _SQLITE.items()}


class Guard(NamedTuple):
    """A trigger of PostgreSQL: its table, when it fires, for what, and the function that it calls."""

    name: str
    table: str
    fires: str
    scope: str
    function: str
    bits: int  # pg_trigger.tgtype: row 1, before 2, insert 4, delete 8, update 16, truncate 32


_ROW: Final = "FOR EACH ROW"
_ALL: Final = "FOR EACH STATEMENT"
_NEW: Final = f"REFERENCING NEW TABLE AS fresh {_ALL}"

POSTGRES: Final = (
    Guard("audit_entry_insert", EVENTS, "AFTER INSERT", _NEW, "audit_entries_dense", 4),
    Guard("audit_leaf_insert", "audit_leaf", "AFTER INSERT", _NEW, "audit_leaves_dense", 4),
    Guard("audit_entry_change", EVENTS, "BEFORE UPDATE OR DELETE", _ROW, "audit_entry_kept", 27),
    Guard("audit_leaf_change", "audit_leaf", "BEFORE UPDATE OR DELETE", _ROW, "audit_kept", 27),
    Guard("audit_node_change", "audit_node", "BEFORE UPDATE OR DELETE", _ROW, "audit_kept", 27),
    Guard("audit_frontier_change", "audit_frontier", "BEFORE UPDATE OR DELETE", _ROW, "audit_frontier_grows", 27),
    Guard("audit_entry_truncate", EVENTS, "BEFORE TRUNCATE", _ALL, "audit_kept", 34),
    *(Guard(f"{table}_truncate", table, "BEFORE TRUNCATE", _ALL, "audit_kept", 34) for table in TREE),
)

_RAISE: Final = f"RAISE EXCEPTION '{_KEPT}: % of %', TG_OP, TG_TABLE_NAME USING ERRCODE = '23001';"
# What runs at every append names its operators whole, which is quicker than a search path of its own for each call;
# without either, a session could bring its own operators.
_DENSE_BODY: Final = """
DECLARE
  low bigint; high bigint; many bigint; before bigint; last bigint;
BEGIN
  SELECT pg_catalog.min({column}), pg_catalog.max({column}), pg_catalog.count(*) INTO low, high, many FROM fresh;
  IF many OPERATOR(pg_catalog.=) 0 THEN
    RETURN NULL;
  END IF;
  SELECT pg_catalog.max({column}) INTO before FROM {table} WHERE {column} OPERATOR(pg_catalog.<) low;
  SELECT pg_catalog.max({column}) INTO last FROM {table};
  IF high OPERATOR(pg_catalog.<>) last
      OR low OPERATOR(pg_catalog.<>) (coalesce(before, {none}) OPERATOR(pg_catalog.+) 1)
      OR many OPERATOR(pg_catalog.<>) ((high OPERATOR(pg_catalog.-) low) OPERATOR(pg_catalog.+) 1) THEN
    RAISE EXCEPTION '{message}' USING ERRCODE = '23001';
  END IF;
  RETURN NULL;
END"""
_ENTRY_BODY: Final = """
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.notification_id = OLD.notification_id AND NEW.originator_id = OLD.originator_id
        AND NEW.originator_version = OLD.originator_version AND NEW.topic = OLD.topic
        AND EXISTS (SELECT 1 FROM {table} AS e
          WHERE e.originator_id = 'erasure/entry/' || (OLD.notification_id - 1) AND e.topic = 'erasure.EntryRedacted'
          AND NEW.state = convert_to(convert_from(e.state, 'UTF8')::json #>> '{{data,left}}', 'UTF8')) THEN
      RETURN NEW;
    END IF;
  END IF;
  {refuse}
END"""
_FRONTIER_BODY: Final = """
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' THEN
    IF NEW.one OPERATOR(pg_catalog.=) OLD.one AND NEW.size OPERATOR(pg_catalog.>=) OLD.size THEN
      RETURN NEW;
    END IF;
  END IF;
  {refuse}
END"""
_KEPT_BODY: Final = """
BEGIN
  {refuse}
END"""


SEARCH_PATH: Final = "search_path=pg_catalog, pg_temp"
_SELDOM: Final = frozenset({"audit_entry_kept", "audit_kept"})


def settings_of(function: str) -> str:
    """The setting that a function has for itself: none if it runs at every append."""
    return SEARCH_PATH if function in _SELDOM else ""


def functions(entries: str, leaves: str) -> dict[str, str]:
    """The bodies of the functions that the triggers of PostgreSQL call; the tables come quoted, with their schema."""
    return {
        "audit_entries_dense": _DENSE_BODY.format(column="notification_id", none=0, table=entries, message=_DENSE),
        "audit_leaves_dense": _DENSE_BODY.format(column="seq", none=-1, table=leaves, message=_DENSE),
        "audit_entry_kept": _ENTRY_BODY.format(table=entries, refuse=_RAISE),
        "audit_frontier_grows": _FRONTIER_BODY.format(refuse=_RAISE),
        "audit_kept": _KEPT_BODY.format(refuse=_RAISE),
    }
