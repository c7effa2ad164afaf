"""Webhooks: where a workspace's events are sent, and what became of each delivery."""

from qwalo.migrations.plain import sql
from qwalo.platform.db.pool import SEARCH_PATH

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql(f"""
CREATE TYPE "WebhookDeliveryStatus" AS ENUM ('pending', 'delivered', 'failed');

-- "secret" is encrypted with a key derived from the installation's; "previousSecret" signs too until it expires.
CREATE TABLE "WebhookEndpoint" (
    "id" TEXT NOT NULL,
    "workspaceId" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT,
    "events" TEXT[] NOT NULL,
    "secret" TEXT NOT NULL,
    "previousSecret" TEXT,
    "previousSecretExpiresAt" TIMESTAMP(3),
    "disabledAt" TIMESTAMP(3),
    "disabledReason" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "WebhookEndpoint_pkey" PRIMARY KEY ("id")
);

-- One event for one endpoint. "sending" counts how often it was given up or sent again by hand: jobs of an earlier
-- sending do nothing.
CREATE TABLE "WebhookDelivery" (
    "id" TEXT NOT NULL,
    "endpointId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "status" "WebhookDeliveryStatus" NOT NULL DEFAULT 'pending',
    "sending" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "WebhookAttempt" (
    "id" TEXT NOT NULL,
    "deliveryId" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "statusCode" INTEGER,
    "problem" TEXT,
    "response" TEXT,

    CONSTRAINT "WebhookAttempt_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "WebhookEndpoint_workspaceId_createdAt_id_idx"
    ON "WebhookEndpoint"("workspaceId", "createdAt" DESC, "id" DESC);
CREATE UNIQUE INDEX "WebhookDelivery_endpointId_eventId_key" ON "WebhookDelivery"("endpointId", "eventId");
CREATE INDEX "WebhookDelivery_endpointId_createdAt_id_idx"
    ON "WebhookDelivery"("endpointId", "createdAt" DESC, "id" DESC);
CREATE INDEX "WebhookDelivery_eventId_idx" ON "WebhookDelivery"("eventId");
CREATE INDEX "WebhookAttempt_deliveryId_startedAt_idx" ON "WebhookAttempt"("deliveryId", "startedAt");

ALTER TABLE "WebhookEndpoint" ADD CONSTRAINT "WebhookEndpoint_workspaceId_fkey"
    FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_endpointId_fkey"
    FOREIGN KEY ("endpointId") REFERENCES "WebhookEndpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_eventId_fkey"
    FOREIGN KEY ("eventId") REFERENCES "AuditEvent"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "WebhookAttempt" ADD CONSTRAINT "WebhookAttempt_deliveryId_fkey"
    FOREIGN KEY ("deliveryId") REFERENCES "WebhookDelivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "WebhookEndpoint"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "WebhookDelivery"
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

-- Whoever writes an event, and however many at once: each endpoint that wants one gets a delivery and its job, in the
-- transaction of the event. That of a test is for the tested endpoint alone. The jobs have a queue of their own, as a
-- receiver that does not answer takes its job a while. The function has a search path of its own, as other writers know
-- nothing of jobs.
CREATE FUNCTION deliver_events() RETURNS trigger LANGUAGE plpgsql SET search_path = {SEARCH_PATH} AS $$
DECLARE
    jobs procrastinate_job_to_defer_v1[];
BEGIN
    -- An endpoint that is being deleted is waited for, and then is none.
    WITH wanted AS (
        SELECT e."id" AS endpoint, a."id" AS event
        FROM added a JOIN "WebhookEndpoint" e ON e."workspaceId" = a."workspaceId"
        WHERE e."disabledAt" IS NULL AND (
            a."type" = ANY(e."events") OR (a."type" = 'webhook_endpoint.tested' AND a."objectId" = e."id")
        )
        FOR KEY SHARE OF e
    ), delivery AS (
        INSERT INTO "WebhookDelivery" ("id", "endpointId", "eventId", "nextAttemptAt", "createdAt")
        SELECT 'd' || md5(endpoint || event), endpoint, event, utc_now(), utc_now() FROM wanted
        RETURNING "id"
    )
    SELECT array_agg(ROW(
        'patient', 'webhooks.deliver', 0, NULL, NULL, jsonb_build_object('delivery_id', "id", 'sending', '0'), NULL
    )::procrastinate_job_to_defer_v1) INTO jobs FROM delivery;
    IF jobs IS NOT NULL THEN
        PERFORM procrastinate_defer_jobs_v1(jobs);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER deliver_events AFTER INSERT ON "AuditEvent" REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION deliver_events();

-- What became of a delivery shows on the endpoint's page, and the endpoint itself in the workspace's list too.
CREATE FUNCTION tell_delivery_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qwalo_changes', NEW."endpointId");
    RETURN NULL;
END $$;

CREATE FUNCTION tell_webhook_endpoint_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed "WebhookEndpoint" := COALESCE(NEW, OLD);
BEGIN
    PERFORM pg_notify('qwalo_changes', changed."id" || ' webhooks:' || changed."workspaceId");
    RETURN NULL;
END $$;

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE ON "WebhookDelivery"
    FOR EACH ROW EXECUTE FUNCTION tell_delivery_changed();
CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON "WebhookEndpoint"
    FOR EACH ROW EXECUTE FUNCTION tell_webhook_endpoint_changed();
    """)


def downgrade() -> None:
    sql("""
DROP TRIGGER deliver_events ON "AuditEvent";
DROP TABLE "WebhookAttempt", "WebhookDelivery", "WebhookEndpoint";
DROP FUNCTION deliver_events(), tell_delivery_changed(), tell_webhook_endpoint_changed();
DROP TYPE "WebhookDeliveryStatus";
    """)
