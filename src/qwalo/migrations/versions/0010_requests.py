"""What is kept about requests: answers that a retried one gets again, and how many somebody has made."""

from qwalo.migrations.plain import sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
-- "key" is a hash of the credential and the Idempotency-Key, "request" one of the method, the address and the body.
-- "answer" is encrypted: it can show what is shown once.
CREATE TABLE "IdempotentAnswer" (
    "key" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "answer" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotentAnswer_pkey" PRIMARY KEY ("key")
);

CREATE INDEX "IdempotentAnswer_createdAt_idx" ON "IdempotentAnswer"("createdAt");

-- How much of a limit is used in the window that began at "startedAt". It need not outlive a crash.
CREATE UNLOGGED TABLE "RateLimit" (
    "key" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "used" INTEGER NOT NULL,

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("key")
);

CREATE INDEX "RateLimit_expiresAt_idx" ON "RateLimit"("expiresAt");
    """)


def downgrade() -> None:
    sql("""
DROP TABLE "RateLimit", "IdempotentAnswer";
    """)
