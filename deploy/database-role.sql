-- The account that the service works with, where another one owns the tables.
--
--   psql -v ON_ERROR_STOP=1 -d certsvc -f database-role.sql
--
-- as the owner, after `certsvc init` and after each upgrade (both run as the owner). Whoever owns a
-- table can drop its triggers; this account owns none. It can add uses of seals and entries of the
-- log, and neither change, delete nor empty them, whatever becomes of the program.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'certsvc_app') THEN
    CREATE ROLE certsvc_app LOGIN;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO certsvc_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM certsvc_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO certsvc_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO certsvc_app;

-- Added to and never changed.
REVOKE UPDATE, DELETE ON
  seal_uses, log_entries, events,
  custody_keys, custody_events, proposal_confirmations, ceremony_runs, ceremony_ends
FROM certsvc_app;

-- An event is given its place in the order of commits, once.
GRANT UPDATE (position) ON events TO certsvc_app;

-- Changed as the triggers permit, and never deleted.
REVOKE DELETE ON
  seals, seal_changes, seal_versions, seal_version_types, seal_version_units, seal_authorisations,
  proposals, log_head, event_head, event_positions
FROM certsvc_app;

-- The schema is the owner's.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM certsvc_app;
