"""The tables of procrastinate, which keeps the jobs, in the schema of the libraries."""

from procrastinate.schema import SchemaManager

from qwalo.migrations.plain import sql
from qwalo.platform.db.pool import LIBRARY_SCHEMA

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The schema comes with the library, so its version is pinned in pyproject.toml. To raise it, add a revision that
# runs the files between the two versions of `procrastinate/sql/migrations`, and change the pin with it.
PROCRASTINATE = "3.10"


def upgrade() -> None:
    sql(f"SET LOCAL search_path = {LIBRARY_SCHEMA}")
    sql(SchemaManager.get_schema())
    # Workers look for jobs twice a second instead of being notified of each: commits that notify wait for each other,
    # which would halve how many invitees can be added in a second (docs/decisions/0004).
    sql("DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs")
    # That a job was deferred the job itself says; an event of its own is a quarter of what adding an invitee costs.
    sql("DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs")
    sql(f"SET LOCAL search_path = public, {LIBRARY_SCHEMA}")


def downgrade() -> None:
    # The version table of the migrations themselves is in the same schema and stays.
    sql(f"""
DO $$
DECLARE
    thing record;
BEGIN
    FOR thing IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = '{LIBRARY_SCHEMA}'::regnamespace AND relkind = 'r' AND relname LIKE 'procrastinate%'
    LOOP
        EXECUTE format('DROP TABLE %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = '{LIBRARY_SCHEMA}'::regnamespace AND proname LIKE 'procrastinate%'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT oid::regtype AS name FROM pg_type
        WHERE typnamespace = '{LIBRARY_SCHEMA}'::regnamespace AND typname LIKE 'procrastinate%'
          AND typtype IN ('e', 'c') AND typrelid IN (SELECT 0 UNION SELECT oid FROM pg_class WHERE relkind = 'c')
    LOOP
        EXECUTE format('DROP TYPE %s CASCADE', thing.name);
    END LOOP;
END $$;
    """)
