"""What holds for every writer of the mission's tables: `updatedAt`, the list orders, the live updates."""

from qwalo.migrations.plain import sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
-- How every read renders a time: ISO 8601 UTC with milliseconds, as JavaScript's toISOString.
CREATE FUNCTION iso8601(moment timestamp) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Cut, not rounded: a rounded time can lie in the future.
CREATE FUNCTION utc_now() RETURNS timestamp(3)
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN date_trunc('milliseconds', now() AT TIME ZONE 'UTC');

CREATE FUNCTION keep_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NEW."updatedAt" IS NULL THEN
        NEW."updatedAt" := utc_now();
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "Workspace" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "Interview" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "InterviewInvitee"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

CREATE INDEX "Workspace_ownerId_createdAt_id_idx" ON "Workspace"("ownerId", "createdAt" DESC, "id" DESC);
CREATE INDEX "Interview_workspaceId_createdAt_id_idx" ON "Interview"("workspaceId", "createdAt" DESC, "id" DESC);
CREATE INDEX "InterviewInvitee_interviewId_createdAt_id_idx"
    ON "InterviewInvitee"("interviewId", "createdAt" DESC, "id" DESC);

-- A change is told with the commit to whoever listens, by the ids of the objects around it.
CREATE FUNCTION tell_workspace_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Workspace" := COALESCE(NEW, OLD);
BEGIN
    PERFORM pg_notify('qwalo_changes', changed."ownerId" || ' ' || changed."id");
    RETURN NULL;
END $$;

CREATE FUNCTION tell_interview_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Interview" := COALESCE(NEW, OLD);
BEGIN
    PERFORM pg_notify('qwalo_changes', changed."workspaceId" || ' ' || changed."id");
    RETURN NULL;
END $$;

CREATE FUNCTION tell_invitee_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "InterviewInvitee" := COALESCE(NEW, OLD);
    parent text;
BEGIN
    SELECT "workspaceId" INTO parent FROM "Interview" WHERE "id" = changed."interviewId";
    -- Where the interview goes too, its own trigger tells.
    IF FOUND THEN
        PERFORM pg_notify('qwalo_changes', parent || ' ' || changed."interviewId" || ' ' || changed."id");
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON "Workspace"
    FOR EACH ROW EXECUTE FUNCTION tell_workspace_changed();
CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON "Interview"
    FOR EACH ROW EXECUTE FUNCTION tell_interview_changed();
-- A new invitee is told of with the first thing that happens to it, which is its mail, a moment later: commits that
-- notify wait for each other, and adding invitees is what comes in thousands.
CREATE TRIGGER tell_changed AFTER UPDATE OR DELETE ON "InterviewInvitee"
    FOR EACH ROW EXECUTE FUNCTION tell_invitee_changed();
    """)


def downgrade() -> None:
    sql("""
DROP TRIGGER tell_changed ON "InterviewInvitee";
DROP TRIGGER tell_changed ON "Interview";
DROP TRIGGER tell_changed ON "Workspace";
DROP FUNCTION tell_invitee_changed(), tell_interview_changed(), tell_workspace_changed();
DROP INDEX "InterviewInvitee_interviewId_createdAt_id_idx";
DROP INDEX "Interview_workspaceId_createdAt_id_idx";
DROP INDEX "Workspace_ownerId_createdAt_id_idx";
DROP TRIGGER keep_updated_at ON "InterviewInvitee";
DROP TRIGGER keep_updated_at ON "Interview";
DROP TRIGGER keep_updated_at ON "Workspace";
DROP TRIGGER keep_updated_at ON "User";
DROP FUNCTION keep_updated_at(), utc_now(), iso8601(timestamp);
    """)
