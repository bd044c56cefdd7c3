"""What somebody tries on the tables of a log: what the guards refuse, and what they cannot."""

NEW = "'x/1', 1, 'x.Y', 'forged'"
COLUMNS = "originator_id, originator_version, topic, state"

SQLITE_REFUSED = [
    "UPDATE stored_events SET state = 'forged' WHERE rowid = 5",
    "UPDATE stored_events SET rowid = 99 WHERE rowid = 5",
    "UPDATE OR REPLACE stored_events SET rowid = 4 WHERE rowid = 5",
    "DELETE FROM stored_events WHERE rowid = 5",
    "DELETE FROM stored_events WHERE rowid = 9",
    f"REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW})",
    f"INSERT OR REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW})",
    # Its number is the next one, and it would replace the entry of the same stream and version.
    f"REPLACE INTO stored_events (rowid, {COLUMNS}) VALUES (10, 'enterprise/3', 1, 'x.Y', 'forged')",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (5, {NEW}) ON CONFLICT DO UPDATE SET state = 'forged'",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (-1, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (0, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (11, {NEW})",
    f"INSERT INTO stored_events (rowid, {COLUMNS}) VALUES (10, 'x/1', 2, 'x.Y', 'forged')",
    "UPDATE audit_leaf SET hash = zeroblob(32) WHERE seq = 5",
    "DELETE FROM audit_leaf WHERE seq = 8",
    "REPLACE INTO audit_leaf VALUES (5, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (-1, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (99, zeroblob(32))",
    "INSERT INTO audit_leaf VALUES (9, 'short')",
    "REPLACE INTO audit_node VALUES (8, 0, zeroblob(32))",
    "UPDATE audit_node SET hash = zeroblob(32)",
    "DELETE FROM audit_node",
    "INSERT INTO audit_node VALUES (8, 7, zeroblob(32))",
    "DELETE FROM audit_frontier",
    "UPDATE audit_frontier SET size = size - 1",
    "UPDATE audit_frontier SET size = NULL",
    "REPLACE INTO audit_frontier VALUES (1, 3, 'x')",
    "INSERT INTO audit_frontier VALUES (2, 3, 'x')",
]
SQLITE_WORKS = [
    "DROP TRIGGER audit_entry_update",
    "DROP TABLE audit_leaf",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'audit_entry_update'",
]
UPSERT = (
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (5, {NEW})"
    " ON CONFLICT (notification_id) DO UPDATE SET state = 'forged'"
)
POSTGRES_REFUSED = [
    "UPDATE log_events SET state = 'forged' WHERE notification_id = 5",
    "UPDATE log_events SET notification_id = 99 WHERE notification_id = 5",
    "DELETE FROM log_events WHERE notification_id = 9",
    "TRUNCATE log_events",
    "TRUNCATE log_events, audit_leaf, audit_node, audit_frontier CASCADE",
    UPSERT,
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (-1, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (0, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (11, {NEW})",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (10, {NEW}), (12, 'x/1', 2, 'x.Y', 'forged')",
    f"INSERT INTO log_events (notification_id, {COLUMNS}) VALUES (10, 'enterprise/3', 1, 'x.Y', 'forged')",
    "UPDATE audit_leaf SET hash = repeat('x', 32)::bytea WHERE seq = 5",
    "DELETE FROM audit_leaf WHERE seq = 8",
    "INSERT INTO audit_leaf VALUES (99, repeat('x', 32)::bytea)",
    "INSERT INTO audit_leaf VALUES (9, 'short')",
    "TRUNCATE audit_leaf",
    "UPDATE audit_node SET hash = repeat('x', 32)::bytea",
    "DELETE FROM audit_node",
    "DELETE FROM audit_frontier",
    "UPDATE audit_frontier SET size = size - 1",
    "INSERT INTO audit_frontier VALUES (2, 3, 'x')",
    "SET session_replication_role = replica; UPDATE log_events SET state = 'forged' WHERE notification_id = 5",
    "SET session_replication_role = replica; DELETE FROM audit_leaf",
]
POSTGRES_WORKS = [
    "ALTER TABLE log_events DISABLE TRIGGER audit_entry_change",
    "DROP TRIGGER audit_entry_truncate ON log_events",
    "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = 'audit_entry_change'",
    "CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER FUNCTION audit_entry_kept() SET search_path = public",
    "ALTER FUNCTION audit_entry_kept() RESET ALL",
    "ALTER FUNCTION audit_leaves_dense() SET search_path = public",
]
