"""What happened in a workspace: written with the change itself, read as its audit log, and told to webhooks."""

from qwalo.migrations.plain import sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
CREATE TYPE "ActorKind" AS ENUM ('user', 'api_key', 'invitee', 'system');

-- "objectLabel" is how the object was called then; "data" is what the API shows of it, without links and tokens.
CREATE TABLE "AuditEvent" (
    "id" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "actorKind" "ActorKind" NOT NULL,
    "actorId" TEXT,
    "actorLabel" TEXT,
    "objectId" TEXT NOT NULL,
    "objectLabel" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "address" TEXT,
    "requestId" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "AuditEvent_workspaceId_createdAt_id_idx" ON "AuditEvent"("workspaceId", "createdAt" DESC, "id" DESC);

ALTER TABLE "AuditEvent" ADD CONSTRAINT "AuditEvent_workspaceId_fkey"
    FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;
    """)


def downgrade() -> None:
    sql("""
DROP TABLE "AuditEvent";
DROP TYPE "ActorKind";
    """)
