"""Personal links and their mails, sign-in links, and what is known of Clerk's events."""

from qwalo.migrations.plain import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
-- The link's token is derived from the secret key, the invitee and linkVersion; here is only its SHA-256 (hex).
ALTER TABLE "InterviewInvitee"
    ADD COLUMN "tokenHash" TEXT,
    ADD COLUMN "linkVersion" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "linkExpiresAt" TIMESTAMP(3),
    ADD COLUMN "acceptedAt" TIMESTAMP(3),
    ADD COLUMN "completedAt" TIMESTAMP(3),
    ADD COLUMN "revokedAt" TIMESTAMP(3),
    ADD COLUMN "bouncedAt" TIMESTAMP(3),
    ADD COLUMN "deliveryProblem" TEXT;

CREATE UNIQUE INDEX "InterviewInvitee_tokenHash_key" ON "InterviewInvitee"("tokenHash");

-- One mail that carries a link. Its id is its Message-ID, the same on every try.
CREATE TABLE "Invitation" (
    "id" TEXT NOT NULL,
    "inviteeId" TEXT NOT NULL,
    "linkVersion" INTEGER NOT NULL,
    "sentAt" TIMESTAMP(3),
    "failedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Invitation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Invitation_inviteeId_fkey" FOREIGN KEY ("inviteeId") REFERENCES "InterviewInvitee"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "Invitation_inviteeId_idx" ON "Invitation"("inviteeId");
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "Invitation"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

-- Of two events about one person, the older must not undo the newer: Clerk's own time of the change.
ALTER TABLE "User" ADD COLUMN "clerkUpdatedAt" TIMESTAMP(3);

-- A person deleted at Clerk does not come back through a late event or a token that has not run out yet.
CREATE TABLE "DeletedClerkUser" (
    "clerkUserId" TEXT NOT NULL,
    "deletedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DeletedClerkUser_pkey" PRIMARY KEY ("clerkUserId")
);

-- Local sign-in knows a person by the address, so there it is unique.
CREATE UNIQUE INDEX "User_local_email_key" ON "User"(lower("email")) WHERE "clerkUserId" LIKE 'local\\_%';

CREATE TABLE "SignInLink" (
    "id" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "usedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SignInLink_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "SignInLink_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id")
        ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX "SignInLink_tokenHash_key" ON "SignInLink"("tokenHash");
CREATE INDEX "SignInLink_userId_idx" ON "SignInLink"("userId");
    """)


def downgrade() -> None:
    sql("""
DROP TABLE "SignInLink", "DeletedClerkUser", "Invitation";
DROP INDEX "User_local_email_key";
ALTER TABLE "User" DROP COLUMN "clerkUpdatedAt";
ALTER TABLE "InterviewInvitee"
    DROP COLUMN "tokenHash",
    DROP COLUMN "linkVersion",
    DROP COLUMN "linkExpiresAt",
    DROP COLUMN "acceptedAt",
    DROP COLUMN "completedAt",
    DROP COLUMN "revokedAt",
    DROP COLUMN "bouncedAt",
    DROP COLUMN "deliveryProblem";
    """)
