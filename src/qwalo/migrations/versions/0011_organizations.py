"""Who is in which organization, as Clerk tells in any order."""

from qwalo.migrations.plain import sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
-- Clerk's ids, as a membership can be told of before its person or its organization is. "endedAt" is kept, so that an
-- older event, or a token that has not run out yet, does not bring a membership back.
CREATE TABLE "OrganizationMember" (
    "clerkOrgId" TEXT NOT NULL,
    "clerkUserId" TEXT NOT NULL,
    "role" "WorkspaceRole" NOT NULL,
    "clerkUpdatedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),

    CONSTRAINT "OrganizationMember_pkey" PRIMARY KEY ("clerkOrgId", "clerkUserId")
);

CREATE INDEX "OrganizationMember_clerkUserId_idx" ON "OrganizationMember"("clerkUserId");

-- An organization deleted at Clerk does not come back through a late event or a token.
CREATE TABLE "DeletedOrganization" (
    "clerkOrgId" TEXT NOT NULL,
    "deletedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "DeletedOrganization_pkey" PRIMARY KEY ("clerkOrgId")
);
    """)


def downgrade() -> None:
    sql("""
DROP TABLE "DeletedOrganization", "OrganizationMember";
    """)
