"""Members of workspaces and their roles, whoever owns a workspace among them; who is the host of an invitee."""

from qwalo.migrations.plain import sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
CREATE TYPE "WorkspaceRole" AS ENUM ('owner', 'admin', 'member', 'observer');

-- A company's organization at the identity provider. Its name is the organizationName of its workspaces.
CREATE TABLE "Organization" (
    "id" TEXT NOT NULL,
    "clerkOrgId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "clerkUpdatedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Organization_pkey" PRIMARY KEY ("id")
);

-- Who may see a workspace, and as what. Without "userId" it is an invitation that nobody has accepted yet: "email" is
-- the address that it was sent to, "tokenHash" the SHA-256 (hex) of what its link carries.
-- With "organizationId", the membership follows from that organization, and ends with it.
CREATE TABLE "WorkspaceMember" (
    "id" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "userId" TEXT,
    "role" "WorkspaceRole" NOT NULL,
    "email" TEXT,
    "organizationId" TEXT,
    "invitedById" TEXT,
    "tokenHash" TEXT,
    "linkVersion" INTEGER NOT NULL DEFAULT 0,
    "linkExpiresAt" TIMESTAMP(3),
    "sentAt" TIMESTAMP(3),
    "deliveryProblem" TEXT,
    "joinedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "WorkspaceMember_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "Workspace" ADD COLUMN "organizationId" TEXT;
-- Who invited, and is the host of this invitee for as long as they are in the workspace; else the owner is.
ALTER TABLE "InterviewInvitee" ADD COLUMN "hostId" TEXT;

CREATE UNIQUE INDEX "Organization_clerkOrgId_key" ON "Organization"("clerkOrgId");
CREATE UNIQUE INDEX "WorkspaceMember_userId_workspaceId_key" ON "WorkspaceMember"("userId", "workspaceId");
CREATE INDEX "WorkspaceMember_workspaceId_createdAt_id_idx"
    ON "WorkspaceMember"("workspaceId", "createdAt" DESC, "id" DESC);
CREATE UNIQUE INDEX "WorkspaceMember_tokenHash_key" ON "WorkspaceMember"("tokenHash");
CREATE INDEX "WorkspaceMember_organizationId_idx" ON "WorkspaceMember"("organizationId");
CREATE INDEX "WorkspaceMember_invitedById_idx" ON "WorkspaceMember"("invitedById");
CREATE INDEX "Workspace_organizationId_idx" ON "Workspace"("organizationId");
CREATE INDEX "InterviewInvitee_hostId_idx" ON "InterviewInvitee"("hostId");
-- An address is invited to a workspace once at a time.
CREATE UNIQUE INDEX "WorkspaceMember_workspaceId_email_invited_key"
    ON "WorkspaceMember"("workspaceId", lower("email")) WHERE "userId" IS NULL;

ALTER TABLE "Workspace" ADD CONSTRAINT "Workspace_organizationId_fkey"
    FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "InterviewInvitee" ADD CONSTRAINT "InterviewInvitee_hostId_fkey"
    FOREIGN KEY ("hostId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "WorkspaceMember" ADD CONSTRAINT "WorkspaceMember_workspaceId_fkey"
    FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WorkspaceMember" ADD CONSTRAINT "WorkspaceMember_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WorkspaceMember" ADD CONSTRAINT "WorkspaceMember_organizationId_fkey"
    FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WorkspaceMember" ADD CONSTRAINT "WorkspaceMember_invitedById_fkey"
    FOREIGN KEY ("invitedById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "WorkspaceMember" ADD CONSTRAINT "WorkspaceMember_person_check"
    CHECK ("userId" IS NOT NULL OR ("email" IS NOT NULL AND "role" <> 'owner'));

CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "Organization"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "WorkspaceMember"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

-- Whoever writes a workspace, by whatever program: the person in "ownerId" is an owner among its members.
CREATE FUNCTION keep_owner_among_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt", "createdAt")
    VALUES ('m' || md5(NEW."id" || NEW."ownerId"), NEW."id", NEW."ownerId", 'owner', utc_now(), utc_now())
    ON CONFLICT ("userId", "workspaceId") DO UPDATE SET "role" = 'owner', "organizationId" = NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_owner_among_members AFTER INSERT OR UPDATE OF "ownerId" ON "Workspace"
    FOR EACH ROW EXECUTE FUNCTION keep_owner_among_members();

INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt", "createdAt", "updatedAt")
SELECT 'm' || md5("id" || "ownerId"), "id", "ownerId", 'owner', "createdAt", "createdAt", "createdAt" FROM "Workspace";

-- The person in "ownerId" cannot cease to be an owner while the workspace is theirs: it passes to another owner first.
CREATE FUNCTION refuse_missing_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM "Workspace" w WHERE w."id" = OLD."workspaceId" AND NOT EXISTS (
            SELECT FROM "WorkspaceMember" m
            WHERE m."workspaceId" = w."id" AND m."userId" = w."ownerId" AND m."role" = 'owner'
        )
    ) THEN
        RAISE EXCEPTION 'A workspace must have an owner among its members.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER refuse_missing_owner AFTER UPDATE OR DELETE ON "WorkspaceMember"
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."role" = 'owner') EXECUTE FUNCTION refuse_missing_owner();

-- Until the commit nobody else does anything in the workspaces that the person is in. Whoever deletes a person comes
-- here before their row is locked, as locks have one order (docs/decisions/0019).
CREATE FUNCTION hold_workspaces_of(person text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM "Workspace" w
    WHERE w."id" IN (SELECT m."workspaceId" FROM "WorkspaceMember" m WHERE m."userId" = person)
    ORDER BY w."id" FOR UPDATE;
END $$;

-- Where a person goes, their workspaces pass to the longest other owner, or else to the longest admin, or else to the
-- longest member. A workspace in which nobody is left but observers goes with them.
CREATE FUNCTION pass_workspaces_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold_workspaces_of(OLD."id");
    UPDATE "Workspace" w SET "ownerId" = heir."userId"
    FROM (
        SELECT DISTINCT ON (m."workspaceId") m."workspaceId", m."userId"
        FROM "Workspace" o
        JOIN "WorkspaceMember" m ON m."workspaceId" = o."id"
        JOIN "User" u ON u."id" = m."userId"
        WHERE o."ownerId" = OLD."id" AND m."userId" <> OLD."id" AND m."role" <> 'observer'
          AND u."clerkUserId" NOT LIKE 'key\\_%'
        ORDER BY m."workspaceId", m."role", m."joinedAt", m."id"
    ) heir
    WHERE w."id" = heir."workspaceId";
    RETURN OLD;
END $$;

CREATE TRIGGER pass_workspaces_on BEFORE DELETE ON "User"
    FOR EACH ROW WHEN (OLD."clerkUserId" NOT LIKE 'key\\_%') EXECUTE FUNCTION pass_workspaces_on();

-- Told to the pages of the workspace, to the person's lists, and to the rooms in which the person sits. Where a
-- membership changes or ends, the person's live pages end too ('member:' and the user's id), to be let in anew.
CREATE FUNCTION tell_member_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "WorkspaceMember" := COALESCE(NEW, OLD);
    room text;
BEGIN
    PERFORM pg_notify('qwalo_changes', concat_ws(' ', changed."workspaceId", 'members:' || changed."workspaceId",
        changed."userId", 'calls:' || changed."userId",
        CASE WHEN TG_OP <> 'INSERT' THEN 'member:' || changed."userId" END));
    IF changed."userId" IS NOT NULL AND TG_OP <> 'INSERT' THEN
        FOR room IN
            SELECT r."inviteeId" FROM "CallSeat" s
            JOIN "CallRoom" r ON r."id" = s."roomId"
            JOIN "InterviewInvitee" v ON v."id" = r."inviteeId"
            JOIN "Interview" i ON i."id" = v."interviewId"
            WHERE s."userId" = changed."userId" AND s."connectionId" IS NOT NULL
              AND i."workspaceId" = changed."workspaceId"
        LOOP
            PERFORM pg_notify('qwalo_changes', room);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON "WorkspaceMember"
    FOR EACH ROW EXECUTE FUNCTION tell_member_changed();

-- Whoever is removed watches nothing any more by a host's consent from before. What a host has ended stays ended.
CREATE FUNCTION end_observing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "CallObserver" o
    USING "CallRoom" r, "InterviewInvitee" v, "Interview" i
    WHERE o."userId" = OLD."userId" AND o."removedAt" IS NULL AND r."id" = o."roomId" AND v."id" = r."inviteeId"
      AND i."id" = v."interviewId" AND i."workspaceId" = OLD."workspaceId";
    RETURN NULL;
END $$;

CREATE TRIGGER end_observing AFTER DELETE ON "WorkspaceMember" FOR EACH ROW EXECUTE FUNCTION end_observing();

-- Who is in a workspace, but for API keys: so many in a line that it can be told at once (below 8,000 bytes).
CREATE FUNCTION lines_of_members(workspace text, prefix text, holders boolean) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(name, ' ') FROM (
        SELECT prefix || u."id" AS name, sum(octet_length(prefix || u."id") + 1) OVER (ORDER BY u."id") / 7000 AS line
        FROM "WorkspaceMember" m JOIN "User" u ON u."id" = m."userId"
        WHERE m."workspaceId" = workspace AND u."clerkUserId" NOT LIKE 'key\\_%'
          AND (m."role" <> 'observer' OR NOT holders)
    ) member
    GROUP BY line;
$$;

-- A workspace is in the list of each of its members.
CREATE OR REPLACE FUNCTION tell_workspace_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Workspace" := COALESCE(NEW, OLD);
BEGIN
    PERFORM pg_notify('qwalo_changes', changed."ownerId" || ' ' || changed."id");
    PERFORM pg_notify('qwalo_changes', line) FROM lines_of_members(changed."id", '', false) line;
    RETURN NULL;
END $$;

-- Who waits in a room is shown to each of those who may let them in ('calls:' and the user's id).
CREATE OR REPLACE FUNCTION tell_room_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room text;
    place record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        room := OLD."roomId";
    ELSIF TG_TABLE_NAME = 'CallRoom' THEN
        room := NEW."id";
    ELSE
        room := NEW."roomId";
    END IF;
    SELECT v."id" AS invitee, i."id" AS interview, i."workspaceId" AS workspace INTO place
    FROM "CallRoom" r
    JOIN "InterviewInvitee" v ON v."id" = r."inviteeId"
    JOIN "Interview" i ON i."id" = v."interviewId"
    WHERE r."id" = room;
    -- Where the invitee goes too, its own trigger tells.
    IF FOUND THEN
        PERFORM pg_notify('qwalo_changes', place.invitee || ' ' || place.interview);
        PERFORM pg_notify('qwalo_changes', line) FROM lines_of_members(place.workspace, 'calls:', true) line;
    END IF;
    RETURN NULL;
END $$;
    """)


def downgrade() -> None:
    sql("""
CREATE OR REPLACE FUNCTION tell_room_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room text;
    ids text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        room := OLD."roomId";
    ELSIF TG_TABLE_NAME = 'CallRoom' THEN
        room := NEW."id";
    ELSE
        room := NEW."roomId";
    END IF;
    SELECT concat_ws(' ', v."id", i."id", 'calls:' || w."ownerId") INTO ids
    FROM "CallRoom" r
    JOIN "InterviewInvitee" v ON v."id" = r."inviteeId"
    JOIN "Interview" i ON i."id" = v."interviewId"
    JOIN "Workspace" w ON w."id" = i."workspaceId"
    WHERE r."id" = room;
    IF FOUND THEN
        PERFORM pg_notify('qwalo_changes', ids);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tell_workspace_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Workspace" := COALESCE(NEW, OLD);
BEGIN
    PERFORM pg_notify('qwalo_changes', changed."ownerId" || ' ' || changed."id");
    RETURN NULL;
END $$;

DROP TRIGGER pass_workspaces_on ON "User";
DROP TRIGGER keep_owner_among_members ON "Workspace";
ALTER TABLE "InterviewInvitee" DROP COLUMN "hostId";
ALTER TABLE "Workspace" DROP COLUMN "organizationId";
DROP TABLE "WorkspaceMember", "Organization";
DROP FUNCTION pass_workspaces_on(), keep_owner_among_members(), refuse_missing_owner(), tell_member_changed(),
    end_observing(), hold_workspaces_of(text), lines_of_members(text, text, boolean);
DROP TYPE "WorkspaceRole";
    """)
