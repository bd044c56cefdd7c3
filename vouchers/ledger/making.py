"""What a log in PostgreSQL is made of beside the library's table: the rows of the tree, and the guards."""

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from vouchers.ledger.guards import EVENTS, POSTGRES, TREE, functions, settings_of

_TRIGGERS = SQL(
    "SELECT t.tgname, t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgtype = g.bits AND p.proname = g.function"
    " AND p.pronamespace = c.relnamespace AND p.prosrc = g.body"
    " AND array_to_string(p.proconfig, ';', '') IS NOT DISTINCT FROM nullif(g.setting, '')"
    " FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS s ON s.oid = c.relnamespace"
    " JOIN pg_proc AS p ON p.oid = t.tgfoid"
    " JOIN unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::text[],"
    " %s::text[]) AS g(name, on_table, bits, function, body, setting)"
    " ON g.name = t.tgname AND g.on_table = c.relname WHERE s.nspname = %s"
)


class Making:
    """The statements that make one log, and the look at whether its guards still stand."""

    def __init__(self, schema: str, events: str) -> None:
        """Name the tables once."""
        self._schema = schema
        self._events = events
        self._bodies = functions(self.log(), self._table("audit_leaf").as_string())

    def log(self) -> str:
        """The quoted name of the table of the log."""
        return self._table(EVENTS).as_string()

    def tables(self) -> list[Composed]:
        """The rows of the tree."""
        leaf, node, frontier = map(self._table, TREE)
        sized = SQL("hash bytea NOT NULL CHECK (octet_length(hash) = 32)")
        return [
            SQL("CREATE TABLE IF NOT EXISTS {} (seq bigint PRIMARY KEY, {})").format(leaf, sized),
            SQL("CREATE TABLE IF NOT EXISTS {} (level smallint, idx bigint, {}, PRIMARY KEY (level, idx))").format(
                node, sized
            ),
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (one smallint PRIMARY KEY CHECK (one = 1), size bigint NOT NULL,"
                " stack bytea NOT NULL) WITH (fillfactor = 50)"
            ).format(frontier),
        ]

    def guards(self) -> list[Composed]:
        """Functions and triggers; ALWAYS, so that they fire in a session that calls itself a replica, too."""
        made = [
            SQL("CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql {} AS {}").format(
                self._name(name), SQL("SET " if settings_of(name) else "") + SQL(settings_of(name)), Literal(body)
            )
            for name, body in self._bodies.items()
        ]
        for guard in POSTGRES:
            name, table = Identifier(guard.name), self._table(guard.table)
            made += [
                SQL("DROP TRIGGER IF EXISTS {} ON {}").format(name, table),
                SQL("CREATE TRIGGER {} {} ON {} {} EXECUTE FUNCTION {}()").format(
                    name, SQL(guard.fires), table, SQL(guard.scope), self._name(guard.function)
                ),
                SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(table, name),
            ]
        return made

    def unguarded(self, cursor: Cursor[TupleRow]) -> list[str]:
        """The triggers that are missing, switched off or changed, or whose function is not ours."""
        guards = (
            (g.name, self._called(g.table), g.bits, g.function, self._bodies[g.function], settings_of(g.function))
            for g in POSTGRES
        )
        columns = zip(*guards, strict=True)
        found: dict[str, bool] = dict(cursor.execute(_TRIGGERS, (*map(list, columns), self._schema)).fetchall())
        return [guard.name for guard in POSTGRES if not found.get(guard.name)]

    def _called(self, table: str) -> str:
        return self._events if table == EVENTS else table

    def _table(self, table: str) -> Composable:
        return self._name(self._called(table))

    def _name(self, name: str) -> Composable:
        return SQL("{}.{}").format(Identifier(self._schema), Identifier(name))
