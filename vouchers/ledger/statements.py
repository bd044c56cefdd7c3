"""The statements on a log in PostgreSQL, and on the rows of its tree, as the bytes that are sent."""

from typing import LiteralString

from psycopg.sql import SQL, Composable, Identifier

from vouchers.ledger.guards import TREE

_GROWTH = SQL(
    "leaves AS (INSERT INTO {} (seq, hash) SELECT * FROM unnest(%b::bigint[], %b::bytea[]))"
    " INSERT INTO {} AS f (one, size, stack) VALUES (1, %b, %b)"
    " ON CONFLICT (one) DO UPDATE SET size = excluded.size, stack = excluded.stack"
)


def written(statement: LiteralString, *parts: Composable | str) -> bytes:
    """A statement written out once: to do it at each call takes longer than what it asks for."""
    return SQL(statement).format(*parts).as_string().encode()


class TreeStatements:
    """The statements on the tables of the tree."""

    def __init__(self, schema: str, events: Composable) -> None:
        """Name the tables once."""
        leaf, node, frontier = (SQL("{}.{}").format(Identifier(schema), Identifier(part)) for part in TREE)
        self.growth = _GROWTH.format(leaf, frontier)
        self.size = written(
            "SELECT COALESCE(MAX(notification_id), 0), (SELECT size FROM {0}), (SELECT stack FROM {0}) FROM {1}",
            frontier,
            events,
        )
        self.frontier = written("SELECT size, stack FROM {}", frontier)
        self.leaves = written("SELECT hash FROM {} WHERE seq >= %b AND seq < %b ORDER BY seq", leaf)
        self.nodes = written("SELECT hash FROM {} WHERE level = %b AND idx >= %b AND idx < %b ORDER BY idx", node)
        self.add_nodes = written(
            "INSERT INTO {} (level, idx, hash) SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])", node
        )
        self.grow = written("WITH {}", self.growth)


class Statements:
    """The statements on one log's table."""

    def __init__(self, schema: str, name: str) -> None:
        """Name the table once."""
        table = SQL("{}.{}").format(Identifier(schema), Identifier(name))
        self.tree = TreeStatements(schema, table)
        columns = SQL("SELECT originator_id, originator_version, topic, state FROM {}").format(table)
        lock = SQL("SELECT pg_advisory_xact_lock(hashtext({}))").format(f"{schema}.{name}")
        self.lock = written("{}", lock)
        # Acknowledged means on disk, also on a server that was told to answer earlier; a stricter setting stays.
        self.lock_durably = written(
            "{}, CASE current_setting('synchronous_commit')"
            " WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END",
            lock,
        )
        self._name_reading(table, columns)
        self.rewrite = written("VACUUM (FULL) {}", table)
        self.redact = written("UPDATE {} SET state = %b WHERE notification_id = %b", table)
        # Entries, leaves and frontier: one statement, and the guards look at it when all of it is there.
        self.append = written(
            "WITH entries AS (INSERT INTO {} (notification_id, originator_id, originator_version, topic, state)"
            " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bytea[])), {}",
            table,
            self.tree.growth,
        )

    def _name_reading(self, table: Composable, columns: Composable) -> None:
        self.rows = written("{} WHERE notification_id > %b AND notification_id <= %b ORDER BY notification_id", columns)
        self.rows_but = written(
            "{} WHERE notification_id > %b AND notification_id <= %b AND topic <> ALL(%b::text[])"
            " ORDER BY notification_id",
            columns,
        )
        self.whole = written("{} WHERE originator_id = ANY(%b) ORDER BY originator_id, originator_version", columns)
        self.tails = written(
            "SELECT t.originator_id, t.originator_version, t.topic, t.state"
            " FROM unnest(%b::text[]) AS n(name), LATERAL (SELECT * FROM {} AS e"
            " WHERE e.originator_id = n.name ORDER BY e.originator_version DESC LIMIT 1) AS t",
            table,
        )
        self.stream = written(
            "{} WHERE originator_id = %b AND originator_version > %b ORDER BY originator_version", columns
        )
        self.head = written(
            "SELECT originator_version, notification_id FROM {} WHERE originator_id = %b"
            " ORDER BY originator_version DESC LIMIT 1",
            table,
        )
        self.left = written(
            "SELECT convert_to(convert_from(state, 'UTF8')::json #>> '{{data,left}}', 'UTF8') FROM {}"
            " WHERE originator_id = %b AND topic = 'erasure.EntryRedacted'",
            table,
        )
        self.names = written(
            'SELECT DISTINCT originator_id COLLATE "C" FROM {}'
            ' WHERE originator_id COLLATE "C" > %b AND starts_with(originator_id, %b)'
            " ORDER BY 1 LIMIT %b",
            table,
        )
