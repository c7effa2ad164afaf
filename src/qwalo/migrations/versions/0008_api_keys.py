"""API keys: each is a member of its workspace, through a user of its own (docs/decisions/0014)."""

from qwalo.migrations.plain import sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
CREATE TYPE "ApiKeyScope" AS ENUM ('read', 'write');

-- "tokenHash" is the SHA-256 (hex) of the key; "hint" its last characters, by which people know it again.
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scope" "ApiKeyScope" NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "createdById" TEXT,
    "expiresAt" TIMESTAMP(3),
    "lastUsedAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "ApiKey_tokenHash_key" ON "ApiKey"("tokenHash");
CREATE UNIQUE INDEX "ApiKey_userId_key" ON "ApiKey"("userId");
CREATE INDEX "ApiKey_workspaceId_createdAt_id_idx" ON "ApiKey"("workspaceId", "createdAt" DESC, "id" DESC);
CREATE INDEX "ApiKey_createdById_idx" ON "ApiKey"("createdById");

ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_workspaceId_fkey"
    FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_createdById_fkey"
    FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;

CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "ApiKey" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

-- The user of a key is nobody without it.
CREATE FUNCTION remove_user_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "User" WHERE "id" = OLD."userId";
    RETURN NULL;
END $$;

CREATE TRIGGER remove_user_of_key AFTER DELETE ON "ApiKey" FOR EACH ROW EXECUTE FUNCTION remove_user_of_key();
    """)


def downgrade() -> None:
    sql("""
DELETE FROM "User" WHERE "clerkUserId" LIKE 'key\\_%';
DROP TABLE "ApiKey";
DROP FUNCTION remove_user_of_key();
DROP TYPE "ApiKeyScope";
    """)
