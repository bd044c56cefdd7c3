-- Roles for a log in PostgreSQL 14 or later. Run it as a superuser in the database of the service, once the service has
-- opened its stores for the first time and is stopped; again is harmless.
--
--   psql -v ON_ERROR_STOP=1 -d vouchers -f postgres-roles.sql
--
-- vouchers_owner   owns the log: it makes its tables, restores guards and carries out redactions. Nobody logs in as it
--                  by day; an administrator does SET ROLE vouchers_owner, with two people present.
-- vouchers         the service: reads and appends to the log, and owns what is derived (views) and what is no record
--                  of a programme (desk). It cannot change or delete an entry, nor take a guard away.
-- vouchers_audit   an auditor with SQL: reads the log and the views, and nothing of the desk.
--
-- The names of roles and schemas are those of docs/running.md (log, views, desk); change them here where yours differ.
-- Give the two that log in a password or a line in pg_hba.conf afterwards.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vouchers_owner') THEN
    CREATE ROLE vouchers_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vouchers') THEN
    CREATE ROLE vouchers LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vouchers_audit') THEN
    CREATE ROLE vouchers_audit LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
  -- Who may take the owner's role may do all that it may.
  IF pg_has_role('vouchers', 'vouchers_owner', 'MEMBER') THEN
    REVOKE vouchers_owner FROM vouchers;
  END IF;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER ROLE vouchers NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- The log: the owner's, with its functions, in a schema where nobody else makes anything.
ALTER SCHEMA log OWNER TO vouchers_owner;
ALTER TABLE log.log_events OWNER TO vouchers_owner;
ALTER TABLE log.audit_leaf OWNER TO vouchers_owner;
ALTER TABLE log.audit_node OWNER TO vouchers_owner;
ALTER TABLE log.audit_frontier OWNER TO vouchers_owner;
ALTER FUNCTION log.audit_entries_dense() OWNER TO vouchers_owner;
ALTER FUNCTION log.audit_leaves_dense() OWNER TO vouchers_owner;
ALTER FUNCTION log.audit_entry_kept() OWNER TO vouchers_owner;
ALTER FUNCTION log.audit_frontier_grows() OWNER TO vouchers_owner;
ALTER FUNCTION log.audit_kept() OWNER TO vouchers_owner;
REVOKE ALL ON SCHEMA log FROM PUBLIC, vouchers, vouchers_audit;
REVOKE ALL ON ALL TABLES IN SCHEMA log FROM PUBLIC, vouchers, vouchers_audit;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA log FROM PUBLIC, vouchers, vouchers_audit;
GRANT USAGE ON SCHEMA log TO vouchers, vouchers_audit;
GRANT SELECT ON ALL TABLES IN SCHEMA log TO vouchers, vouchers_audit;
GRANT INSERT ON log.log_events, log.audit_leaf, log.audit_node, log.audit_frontier TO vouchers;
-- The one row that grows with the tree; a trigger lets it grow only.
GRANT UPDATE (size, stack) ON log.audit_frontier TO vouchers;

-- Views and desk are the service's own.
DO $$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT n.nspname, c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('views', 'desk') AND c.relkind IN ('r', 'p', 'v', 'm')
  LOOP
    EXECUTE format('ALTER TABLE %I.%I OWNER TO vouchers', part.nspname, part.relname);
  END LOOP;
  FOR part IN SELECT nspname FROM pg_namespace WHERE nspname IN ('views', 'desk') LOOP
    EXECUTE format('ALTER SCHEMA %I OWNER TO vouchers', part.nspname);
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', part.nspname);
  END LOOP;
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'views') THEN
    GRANT USAGE ON SCHEMA views TO vouchers_audit;
    GRANT SELECT ON ALL TABLES IN SCHEMA views TO vouchers_audit;
    ALTER DEFAULT PRIVILEGES FOR ROLE vouchers IN SCHEMA views GRANT SELECT ON TABLES TO vouchers_audit;
  END IF;
END $$;
