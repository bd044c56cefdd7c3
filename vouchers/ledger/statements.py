"""The statements on a log in PostgreSQL, and on the rows of its tree."""

from psycopg.sql import SQL, Composed, Identifier

from vouchers.ledger.guards import TREE


class TreeStatements:
    """The statements on the tables of the tree."""

    def __init__(self, schema: str, events: Composed) -> None:
        """Name the tables once."""
        leaf, node, frontier = (SQL("{}.{}").format(Identifier(schema), Identifier(part)) for part in TREE)
        self.size = SQL(
            "SELECT COALESCE(MAX(notification_id), 0), (SELECT size FROM {0}), (SELECT stack FROM {0}) FROM {1}"
        ).format(frontier, events)
        self.frontier = SQL("SELECT size, stack FROM {}").format(frontier)
        self.leaves = SQL("SELECT hash FROM {} WHERE seq >= %b AND seq < %b ORDER BY seq").format(leaf)
        self.nodes = SQL("SELECT hash FROM {} WHERE level = %b AND idx >= %b AND idx < %b ORDER BY idx").format(node)
        self.add_nodes = SQL(
            "INSERT INTO {} (level, idx, hash) SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])"
        ).format(node)
        self.growth = SQL(
            "leaves AS (INSERT INTO {} (seq, hash) SELECT * FROM unnest(%b::bigint[], %b::bytea[]))"
            " INSERT INTO {} AS f (one, size, stack) VALUES (1, %b, %b)"
            " ON CONFLICT (one) DO UPDATE SET size = excluded.size, stack = excluded.stack"
        ).format(leaf, frontier)
        self.grow = SQL("WITH {}").format(self.growth)


class Statements:
    """The statements on one log's table."""

    def __init__(self, schema: str, name: str) -> None:
        """Name the table once."""
        table = SQL("{}.{}").format(Identifier(schema), Identifier(name))
        self.tree = TreeStatements(schema, table)
        columns = SQL("SELECT originator_id, originator_version, topic, state FROM {} WHERE ").format(table)
        self.lock = SQL("SELECT pg_advisory_xact_lock(hashtext({}))").format(f"{schema}.{name}")
        # Acknowledged means on disk, also on a server that was told to answer earlier; a stricter setting stays.
        self.lock_durably = self.lock + SQL(
            ", CASE current_setting('synchronous_commit')"
            " WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"
        )
        self.rows = columns + SQL("notification_id > %b AND notification_id <= %b ORDER BY notification_id")
        self.rows_but = columns + SQL(
            "notification_id > %b AND notification_id <= %b AND topic <> ALL(%b::text[]) ORDER BY notification_id"
        )
        self.whole = columns + SQL("originator_id = ANY(%b) ORDER BY originator_id, originator_version")
        self.tails = SQL(
            "SELECT t.originator_id, t.originator_version, t.topic, t.state"
            " FROM unnest(%b::text[]) AS n(name), LATERAL (SELECT * FROM {} AS e"
            " WHERE e.originator_id = n.name ORDER BY e.originator_version DESC LIMIT 1) AS t"
        ).format(table)
        self.stream = columns + SQL("originator_id = %b AND originator_version > %b ORDER BY originator_version")
        self.head = SQL(
            "SELECT originator_version, notification_id FROM {} WHERE originator_id = %b"
            " ORDER BY originator_version DESC LIMIT 1"
        ).format(table)
        self.left = SQL(
            "SELECT convert_to(convert_from(state, 'UTF8')::json #>> '{{data,left}}', 'UTF8') FROM {}"
            " WHERE originator_id = %b AND topic = 'erasure.EntryRedacted'"
        ).format(table)
        self.rewrite = SQL("VACUUM (FULL) {}").format(table)
        self.redact = SQL("UPDATE {} SET state = %b WHERE notification_id = %b").format(table)
        self.names = SQL(
            'SELECT DISTINCT originator_id COLLATE "C" FROM {}'
            ' WHERE originator_id COLLATE "C" > %b AND starts_with(originator_id, %b)'
            " ORDER BY 1 LIMIT %b"
        ).format(table)
        # Entries, leaves and frontier: one statement, and the guards look at it when all of it is there.
        self.append = SQL(
            "WITH entries AS (INSERT INTO {} (notification_id, originator_id, originator_version, topic, state)"
            " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bytea[])), {}"
        ).format(table, self.tree.growth)
