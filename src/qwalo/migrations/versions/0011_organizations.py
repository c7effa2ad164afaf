"""Who is in which organization, as Clerk tells in any order, and what follows from it in its workspaces.

What follows is done by triggers, so that no path can forget it: people, memberships, organizations and workspaces
become known in any order. Locks are taken in one order (docs/decisions/0019): an organization by its id at Clerk (its
repository), a person by their id at Clerk, the row of the organization, those of its workspaces, memberships.

What triggers do in a workspace is written down by triggers: passing on, and leaving.
"""

from qwalo.migrations.plain import sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
-- Clerk's ids, as a membership can be told of before its person or its organization is. "clerkUpdatedAt" is of the
-- newest event, null where only a token told. "endedAt" is when an end was told of; it is kept, so that neither an
-- older event nor a token that has not run out yet brings the membership back: "seenAt", which is when a token was made
-- that told something new, must be later.
CREATE TABLE "OrganizationMember" (
    "clerkOrgId" TEXT NOT NULL,
    "clerkUserId" TEXT NOT NULL,
    "role" "WorkspaceRole" NOT NULL,
    "clerkUpdatedAt" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),
    "seenAt" TIMESTAMP(3),

    CONSTRAINT "OrganizationMember_pkey" PRIMARY KEY ("clerkOrgId", "clerkUserId")
);

CREATE INDEX "OrganizationMember_clerkUserId_idx" ON "OrganizationMember"("clerkUserId");

-- An organization deleted at Clerk does not come back through a late event or a token.
CREATE TABLE "DeletedOrganization" (
    "clerkOrgId" TEXT NOT NULL,
    "deletedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DeletedOrganization_pkey" PRIMARY KEY ("clerkOrgId")
);

CREATE FUNCTION is_in_organization(place "OrganizationMember") RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN place."endedAt" IS NULL OR place."seenAt" > place."endedAt";

-- The organization, if the person is in it, else null.
CREATE FUNCTION organization_of_member(person text, organization text) RETURNS text
LANGUAGE sql STABLE STRICT AS $$
    SELECT g."id" FROM "Organization" g
    JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId"
    JOIN "User" u ON u."clerkUserId" = o."clerkUserId"
    WHERE g."id" = organization AND u."id" = person AND is_in_organization(o);
$$;

-- A person cannot become known and get a membership at the same time without one seeing the other.
CREATE FUNCTION lock_organization_member(clerk_user_id text) RETURNS void LANGUAGE sql
    RETURN pg_advisory_xact_lock(hashtextextended(clerk_user_id, 4902187316));

-- As the members' own events are (qwalo.members.recording).
CREATE FUNCTION record_member(event text, member "WorkspaceMember", old_role "WorkspaceRole")
RETURNS void LANGUAGE sql AS $$
    INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data", "createdAt")
    SELECT 'e' || md5(gen_random_uuid()::text), member."workspaceId", event, 'system', member."id",
        COALESCE(NULLIF(u."name", ''), NULLIF(u."email", ''), 'Somebody without a name'),
        jsonb_strip_nulls(jsonb_build_object(
            'member', jsonb_build_object(
                'id', member."id", 'workspaceId', member."workspaceId", 'userId', u."id", 'role', member."role",
                'status', 'active', 'email', u."email", 'name', u."name",
                'managedBy', CASE WHEN member."organizationId" IS NOT NULL THEN 'organization' END,
                'joinedAt', iso8601(member."joinedAt"), 'sentAt', iso8601(member."sentAt"),
                'createdAt', iso8601(member."createdAt"), 'updatedAt', iso8601(member."updatedAt")
            ),
            'changes', CASE WHEN old_role IS NOT NULL THEN
                jsonb_build_object('role', jsonb_build_object('old', old_role, 'new', member."role"))
            END
        )),
        utc_now()
    FROM "User" u WHERE u."id" = member."userId";
$$;

CREATE FUNCTION record_workspace_follows(workspace "Workspace", changes jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data", "createdAt")
    VALUES ('e' || md5(gen_random_uuid()::text), workspace."id", 'workspace.updated', 'system', workspace."id",
        workspace."name",
        jsonb_build_object(
            'workspace', jsonb_build_object(
                'id', workspace."id", 'name', workspace."name", 'organizationName', workspace."organizationName",
                'createdAt', iso8601(workspace."createdAt"), 'updatedAt', iso8601(workspace."updatedAt")
            ),
            'changes', changes
        ),
        utc_now());
$$;

-- Who changes the owner is told by the transaction (qwalo.events.recording), else nobody did.
CREATE FUNCTION record_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor jsonb := NULLIF(current_setting('qwalo.actor', true), '')::jsonb;
BEGIN
    INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "actorId", "actorLabel", "objectId",
        "objectLabel", "data", "address", "requestId", "createdAt")
    VALUES ('e' || md5(gen_random_uuid()::text), NEW."id", 'workspace.transferred',
        COALESCE(actor ->> 'kind', 'system')::"ActorKind", actor ->> 'id',
        COALESCE(actor ->> 'label', (SELECT COALESCE("name", "email") FROM "User" WHERE "id" = actor ->> 'id')),
        NEW."id", NEW."name",
        jsonb_build_object(
            'workspace', jsonb_build_object(
                'id', NEW."id", 'name', NEW."name", 'organizationName', NEW."organizationName",
                'createdAt', iso8601(NEW."createdAt"), 'updatedAt', iso8601(NEW."updatedAt"), 'ownerId', NEW."ownerId"
            ),
            'changes', jsonb_build_object('ownerId', jsonb_build_object('old', OLD."ownerId", 'new', NEW."ownerId"))
        ),
        actor ->> 'address', actor ->> 'requestId', utc_now());
    RETURN NULL;
END $$;

CREATE TRIGGER record_transfer AFTER UPDATE OF "ownerId" ON "Workspace"
    FOR EACH ROW WHEN (NEW."ownerId" <> OLD."ownerId") EXECUTE FUNCTION record_transfer();

-- By its name, this comes after the one that passes the person's workspaces on: those that are theirs still go.
CREATE FUNCTION record_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM record_member('member.removed', m, NULL)
    FROM "WorkspaceMember" m JOIN "Workspace" w ON w."id" = m."workspaceId"
    WHERE m."userId" = OLD."id" AND w."ownerId" <> OLD."id";
    RETURN OLD;
END $$;

CREATE TRIGGER record_departure BEFORE DELETE ON "User"
    FOR EACH ROW WHEN (OLD."clerkUserId" NOT LIKE 'key\\_%') EXECUTE FUNCTION record_departure();

-- Until the commit nobody else changes who is in the workspaces of these organizations.
CREATE FUNCTION hold_workspaces_in(organizations text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM "Workspace" WHERE "organizationId" = ANY (organizations) ORDER BY "id" FOR NO KEY UPDATE;
END $$;

-- Make the members of the organization's workspaces those of the organization: all of them, or the person with that id
-- at Clerk, or those of one workspace. Who is in a workspace by themselves stays what they are. The caller holds the
-- organization and these workspaces.
CREATE FUNCTION sync_organization_members(organization text, person text, workspace text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    changed "WorkspaceMember";
    before record;
BEGIN
    FOR changed IN
        DELETE FROM "WorkspaceMember" m USING "User" u
        WHERE m."organizationId" = organization AND u."id" = m."userId"
          AND (person IS NULL OR u."clerkUserId" = person) AND (workspace IS NULL OR m."workspaceId" = workspace)
          AND NOT EXISTS (
            SELECT FROM "Workspace" w
            JOIN "Organization" g ON g."id" = w."organizationId"
            JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId"
            WHERE w."id" = m."workspaceId" AND g."id" = organization AND o."clerkUserId" = u."clerkUserId"
              AND is_in_organization(o)
          )
        RETURNING m.*
    LOOP
        PERFORM record_member('member.removed', changed, NULL);
    END LOOP;

    FOR before IN
        SELECT m."id", m."role" AS old_role, o."role" AS new_role
        FROM "WorkspaceMember" m
        JOIN "User" u ON u."id" = m."userId"
        JOIN "Organization" g ON g."id" = m."organizationId"
        JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId" AND o."clerkUserId" = u."clerkUserId"
        WHERE g."id" = organization AND m."role" <> o."role" AND is_in_organization(o)
          AND (person IS NULL OR u."clerkUserId" = person) AND (workspace IS NULL OR m."workspaceId" = workspace)
    LOOP
        UPDATE "WorkspaceMember" m SET "role" = before.new_role
        WHERE m."id" = before."id" AND m."organizationId" = organization RETURNING m.* INTO changed;
        IF FOUND THEN
            PERFORM record_member('member.updated', changed, before.old_role);
        END IF;
    END LOOP;

    FOR changed IN
        INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "organizationId", "joinedAt", "createdAt")
        SELECT 'm' || md5(gen_random_uuid()::text), w."id", u."id", o."role", g."id", utc_now(), utc_now()
        FROM "Organization" g
        JOIN "Workspace" w ON w."organizationId" = g."id"
        JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId"
        JOIN "User" u ON u."clerkUserId" = o."clerkUserId"
        WHERE g."id" = organization AND is_in_organization(o)
          AND (person IS NULL OR u."clerkUserId" = person) AND (workspace IS NULL OR w."id" = workspace)
          AND NOT EXISTS (
            SELECT FROM "WorkspaceMember" m WHERE m."workspaceId" = w."id" AND m."userId" = u."id"
          )
        ORDER BY w."id", u."id"
        FOR KEY SHARE OF u
        ON CONFLICT ("userId", "workspaceId") DO NOTHING
        RETURNING *
    LOOP
        PERFORM record_member('member.joined', changed, NULL);
    END LOOP;
END $$;

CREATE FUNCTION organization_member_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "OrganizationMember" := COALESCE(NEW, OLD);
    organization text;
BEGIN
    -- Where rows go, it is with their organization, whose row keeps the person who becomes known waiting.
    IF TG_OP <> 'DELETE' THEN
        PERFORM lock_organization_member(changed."clerkUserId");
    END IF;
    SELECT "id" INTO organization FROM "Organization" WHERE "clerkOrgId" = changed."clerkOrgId" FOR NO KEY UPDATE;
    IF FOUND AND EXISTS (SELECT FROM "User" WHERE "clerkUserId" = changed."clerkUserId") THEN
        PERFORM hold_workspaces_in(ARRAY[organization]);
        PERFORM sync_organization_members(organization, changed."clerkUserId", NULL);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER sync_organization_members AFTER INSERT OR UPDATE OR DELETE ON "OrganizationMember"
    FOR EACH ROW EXECUTE FUNCTION organization_member_changed();

CREATE FUNCTION person_became_known() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organizations text[];
    organization text;
BEGIN
    PERFORM lock_organization_member(NEW."clerkUserId");
    organizations := ARRAY (
        SELECT g."id" FROM "OrganizationMember" o JOIN "Organization" g ON g."clerkOrgId" = o."clerkOrgId"
        WHERE o."clerkUserId" = NEW."clerkUserId" ORDER BY g."id" FOR NO KEY UPDATE OF g
    );
    PERFORM hold_workspaces_in(organizations);
    FOREACH organization IN ARRAY organizations LOOP
        PERFORM sync_organization_members(organization, NEW."clerkUserId", NULL);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER sync_organization_members AFTER INSERT ON "User"
    FOR EACH ROW EXECUTE FUNCTION person_became_known();

-- The name of a workspace's organization is Clerk's. Where Clerk has not told one (a token has none), it is the one
-- that the first workspace brings.
CREATE FUNCTION follow_organization_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "Organization" SET "name" = NEW."organizationName" WHERE "id" = NEW."organizationId" AND "name" = '';
    -- The lock keeps the name and the members as they are until the commit, so that no change of them misses the row.
    SELECT "name" INTO NEW."organizationName" FROM "Organization" WHERE "id" = NEW."organizationId" FOR SHARE;
    RETURN NEW;
END $$;

CREATE TRIGGER follow_organization_name BEFORE INSERT ON "Workspace"
    FOR EACH ROW WHEN (NEW."organizationId" IS NOT NULL) EXECUTE FUNCTION follow_organization_name();
CREATE TRIGGER follow_organization_name_later BEFORE UPDATE OF "organizationId", "organizationName" ON "Workspace"
    FOR EACH ROW WHEN (
        NEW."organizationId" IS NOT NULL AND (
            NEW."organizationId" IS DISTINCT FROM OLD."organizationId"
            OR NEW."organizationName" IS DISTINCT FROM OLD."organizationName"
        )
    ) EXECUTE FUNCTION follow_organization_name();

-- Whoever joins or leaves either organization waits for the commit, or has been waited for. Our own services lock these
-- before the workspace; another program, which cannot know, may come out of order, and is told of a deadlock then.
CREATE FUNCTION hold_organizations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM "Organization" WHERE "id" IN (OLD."organizationId", NEW."organizationId")
    ORDER BY "id" FOR NO KEY UPDATE;
    RETURN NEW;
END $$;

-- By its name, this comes before those that follow the organization's name.
CREATE TRIGGER change_of_organization BEFORE UPDATE OF "organizationId" ON "Workspace"
    FOR EACH ROW WHEN (NEW."organizationId" IS DISTINCT FROM OLD."organizationId")
    EXECUTE FUNCTION hold_organizations();

CREATE FUNCTION workspace_changed_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD."organizationId" IS NOT NULL THEN
        PERFORM sync_organization_members(OLD."organizationId", NULL, NEW."id");
    END IF;
    IF NEW."organizationId" IS NOT NULL THEN
        PERFORM sync_organization_members(NEW."organizationId", NULL, NEW."id");
    END IF;
    RETURN NULL;
END $$;

-- By their names, these come after the one that makes the owner a member.
CREATE TRIGGER sync_organization_members AFTER INSERT ON "Workspace"
    FOR EACH ROW WHEN (NEW."organizationId" IS NOT NULL) EXECUTE FUNCTION workspace_changed_organization();
CREATE TRIGGER sync_organization_members_later AFTER UPDATE OF "organizationId" ON "Workspace"
    FOR EACH ROW WHEN (NEW."organizationId" IS DISTINCT FROM OLD."organizationId")
    EXECUTE FUNCTION workspace_changed_organization();

CREATE FUNCTION organization_was_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Workspace";
BEGIN
    PERFORM hold_workspaces_in(ARRAY[NEW."id"]);
    FOR changed IN
        UPDATE "Workspace" SET "organizationName" = NEW."name"
        WHERE "organizationId" = NEW."id" AND "organizationName" <> NEW."name" RETURNING *
    LOOP
        PERFORM record_workspace_follows(changed, jsonb_build_object('organizationName',
            jsonb_build_object('old', OLD."name", 'new', NEW."name")));
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER organization_was_renamed AFTER UPDATE OF "name" ON "Organization"
    FOR EACH ROW WHEN (NEW."name" <> OLD."name") EXECUTE FUNCTION organization_was_renamed();

-- The workspaces stay with their owners. The foreign keys would do it too, but tell nobody.
CREATE FUNCTION leave_workspaces_of_organization() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "Workspace";
BEGIN
    PERFORM hold_workspaces_in(ARRAY[OLD."id"]);
    FOR changed IN
        UPDATE "Workspace" SET "organizationId" = NULL WHERE "organizationId" = OLD."id" RETURNING *
    LOOP
        PERFORM record_workspace_follows(changed, jsonb_build_object('organizationId',
            jsonb_build_object('old', OLD."id", 'new', NULL)));
    END LOOP;
    RETURN OLD;
END $$;

CREATE TRIGGER leave_workspaces_of_organization BEFORE DELETE ON "Organization"
    FOR EACH ROW EXECUTE FUNCTION leave_workspaces_of_organization();

-- An owner is one by themselves, whatever becomes of their place in the organization.
CREATE FUNCTION owners_are_direct() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."organizationId" := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER owners_are_direct BEFORE INSERT OR UPDATE ON "WorkspaceMember"
    FOR EACH ROW WHEN (NEW."role" = 'owner' AND NEW."organizationId" IS NOT NULL) EXECUTE FUNCTION owners_are_direct();

-- Who is in the organization stays in its workspaces when a membership of their own ends.
CREATE FUNCTION fall_back_to_organization() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organization text;
    person text;
BEGIN
    SELECT "clerkUserId" INTO person FROM "User" WHERE "id" = OLD."userId" AND "clerkUserId" NOT LIKE 'key\\_%';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Whoever changes who is in the workspace holds it already. The others see this, or are seen.
    SELECT "organizationId" INTO organization FROM "Workspace" WHERE "id" = OLD."workspaceId" FOR NO KEY UPDATE;
    IF organization IS NOT NULL THEN
        PERFORM sync_organization_members(organization, person, OLD."workspaceId");
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER fall_back_to_organization AFTER DELETE ON "WorkspaceMember"
    FOR EACH ROW WHEN (OLD."organizationId" IS NULL AND OLD."userId" IS NOT NULL)
    EXECUTE FUNCTION fall_back_to_organization();
    """)


def downgrade() -> None:
    sql("""
DROP TRIGGER record_departure ON "User";
DROP TRIGGER sync_organization_members ON "User";
DROP TRIGGER fall_back_to_organization ON "WorkspaceMember";
DROP TRIGGER owners_are_direct ON "WorkspaceMember";
DROP TRIGGER leave_workspaces_of_organization ON "Organization";
DROP TRIGGER organization_was_renamed ON "Organization";
DROP TRIGGER record_transfer ON "Workspace";
DROP TRIGGER change_of_organization ON "Workspace";
DROP TRIGGER sync_organization_members_later ON "Workspace";
DROP TRIGGER sync_organization_members ON "Workspace";
DROP TRIGGER follow_organization_name_later ON "Workspace";
DROP TRIGGER follow_organization_name ON "Workspace";
DROP FUNCTION organization_of_member(text, text);
DROP FUNCTION is_in_organization("OrganizationMember");
DROP TABLE "DeletedOrganization", "OrganizationMember";
DROP FUNCTION record_departure(), record_transfer(), hold_organizations(), hold_workspaces_in(text[]),
    fall_back_to_organization(), owners_are_direct(),
    leave_workspaces_of_organization(), organization_was_renamed(), workspace_changed_organization(),
    follow_organization_name(), person_became_known(), organization_member_changed(),
    sync_organization_members(text, text, text), lock_organization_member(text),
    record_member(text, "WorkspaceMember", "WorkspaceRole"),
    record_workspace_follows("Workspace", jsonb);
    """)
