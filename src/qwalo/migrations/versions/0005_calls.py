"""Calls: the room of an invitee, who is in it, the record of a call, its chat and its quality."""

from qwalo.migrations.plain import sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql("""
CREATE TYPE "CallProvider" AS ENUM ('builtin');
CREATE TYPE "CallRole" AS ENUM ('host', 'invitee', 'observer');
CREATE TYPE "CallEndReason" AS ENUM ('host_ended', 'all_left', 'interview_completed');

-- Each invitee has one room. Nobody talks in it before the host has admitted the invitee.
CREATE TABLE "CallRoom" (
    "id" TEXT NOT NULL,
    "inviteeId" TEXT NOT NULL,
    "admittedAt" TIMESTAMP(3),
    "declinedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "CallRoom_pkey" PRIMARY KEY ("id")
);

-- A server process that holds sockets. One that has not been seen for a while is dead, and its seats are empty.
CREATE TABLE "CallServer" (
    "id" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "CallServer_pkey" PRIMARY KEY ("id")
);

-- The seat of a person in a room outlives page loads and sockets. "holder" is the user's id, or 'invitee'.
-- "loadId" is of the page that sits there, "connectionId" of its socket; both are NULL while nobody is there.
CREATE TABLE "CallSeat" (
    "id" TEXT NOT NULL,
    "roomId" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "role" "CallRole" NOT NULL,
    "userId" TEXT,
    "name" TEXT NOT NULL,
    "loadId" TEXT,
    "connectionId" TEXT,
    "serverId" TEXT,
    "enteredAt" TIMESTAMP(3),
    "lostAt" TIMESTAMP(3),
    "leftAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CallSeat_pkey" PRIMARY KEY ("id")
);

-- Another signed-in person whom the host lets watch.
CREATE TABLE "CallObserver" (
    "roomId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removedAt" TIMESTAMP(3),

    CONSTRAINT "CallObserver_pkey" PRIMARY KEY ("roomId", "userId")
);

CREATE TABLE "CallRecord" (
    "id" TEXT NOT NULL,
    "interviewId" TEXT NOT NULL,
    "inviteeId" TEXT NOT NULL,
    "roomId" TEXT NOT NULL,
    "provider" "CallProvider" NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),
    "endReason" "CallEndReason",
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "CallRecord_pkey" PRIMARY KEY ("id")
);

-- One person in one call: when they first joined, and when they last left (NULL while they are there).
CREATE TABLE "CallParticipant" (
    "id" TEXT NOT NULL,
    "callId" TEXT NOT NULL,
    "seatId" TEXT NOT NULL,
    "role" "CallRole" NOT NULL,
    "userId" TEXT,
    "name" TEXT NOT NULL,
    "joinedAt" TIMESTAMP(3) NOT NULL,
    "leftAt" TIMESTAMP(3),

    CONSTRAINT "CallParticipant_pkey" PRIMARY KEY ("id")
);

-- What a participant's browser measured of what it receives, over the ten seconds before "at".
CREATE TABLE "CallQuality" (
    "id" TEXT NOT NULL,
    "participantId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "roundTripMs" INTEGER,
    "lossPercent" DOUBLE PRECISION,
    "jitterMs" INTEGER,
    "width" INTEGER,
    "height" INTEGER,
    "frozenSeconds" DOUBLE PRECISION,

    CONSTRAINT "CallQuality_pkey" PRIMARY KEY ("id")
);

-- "position" rises in the order in which the messages of a room are committed. "key" is the sender's own name of the
-- message, by which one that is sent again after a reconnection is known.
CREATE TABLE "CallMessage" (
    "id" TEXT NOT NULL,
    "roomId" TEXT NOT NULL,
    "seatId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "role" "CallRole" NOT NULL,
    "name" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "position" BIGSERIAL NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CallMessage_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "CallRoom_inviteeId_key" ON "CallRoom"("inviteeId");
CREATE UNIQUE INDEX "CallSeat_roomId_holder_key" ON "CallSeat"("roomId", "holder");
CREATE INDEX "CallSeat_serverId_idx" ON "CallSeat"("serverId");
CREATE INDEX "CallSeat_userId_idx" ON "CallSeat"("userId");
CREATE INDEX "CallObserver_userId_idx" ON "CallObserver"("userId");
CREATE INDEX "CallRecord_interviewId_startedAt_id_idx" ON "CallRecord"("interviewId", "startedAt" DESC, "id" DESC);
CREATE INDEX "CallRecord_inviteeId_idx" ON "CallRecord"("inviteeId");
-- An invitee is in one call at a time; and what has not ended is found by this index alone.
CREATE UNIQUE INDEX "CallRecord_inviteeId_open_key" ON "CallRecord"("inviteeId") WHERE "endedAt" IS NULL;
CREATE UNIQUE INDEX "CallParticipant_callId_seatId_key" ON "CallParticipant"("callId", "seatId");
CREATE INDEX "CallParticipant_userId_idx" ON "CallParticipant"("userId");
CREATE INDEX "CallQuality_participantId_at_idx" ON "CallQuality"("participantId", "at");
CREATE UNIQUE INDEX "CallMessage_seatId_key_key" ON "CallMessage"("seatId", "key");
CREATE INDEX "CallMessage_roomId_position_idx" ON "CallMessage"("roomId", "position");

ALTER TABLE "CallRoom" ADD CONSTRAINT "CallRoom_inviteeId_fkey"
    FOREIGN KEY ("inviteeId") REFERENCES "InterviewInvitee"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallSeat" ADD CONSTRAINT "CallSeat_roomId_fkey"
    FOREIGN KEY ("roomId") REFERENCES "CallRoom"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallSeat" ADD CONSTRAINT "CallSeat_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallObserver" ADD CONSTRAINT "CallObserver_roomId_fkey"
    FOREIGN KEY ("roomId") REFERENCES "CallRoom"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallObserver" ADD CONSTRAINT "CallObserver_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallRecord" ADD CONSTRAINT "CallRecord_interviewId_fkey"
    FOREIGN KEY ("interviewId") REFERENCES "Interview"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallRecord" ADD CONSTRAINT "CallRecord_inviteeId_fkey"
    FOREIGN KEY ("inviteeId") REFERENCES "InterviewInvitee"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallParticipant" ADD CONSTRAINT "CallParticipant_callId_fkey"
    FOREIGN KEY ("callId") REFERENCES "CallRecord"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallParticipant" ADD CONSTRAINT "CallParticipant_userId_fkey"
    FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "CallQuality" ADD CONSTRAINT "CallQuality_participantId_fkey"
    FOREIGN KEY ("participantId") REFERENCES "CallParticipant"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "CallMessage" ADD CONSTRAINT "CallMessage_roomId_fkey"
    FOREIGN KEY ("roomId") REFERENCES "CallRoom"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "CallRoom" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
CREATE TRIGGER keep_updated_at BEFORE INSERT OR UPDATE ON "CallRecord" FOR EACH ROW EXECUTE FUNCTION keep_updated_at();

-- Told to those in the room (by the invitee's id), to the pages that show who waits and what was held, and to whoever
-- watches for all of a host's rooms ('calls:' and the host's id).
CREATE FUNCTION tell_room_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- Where the invitee goes too, its own trigger tells.
    IF FOUND THEN
        PERFORM pg_notify('qwalo_changes', ids);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE ON "CallRoom"
    FOR EACH ROW EXECUTE FUNCTION tell_room_changed();
CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON "CallSeat"
    FOR EACH ROW EXECUTE FUNCTION tell_room_changed();
CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE ON "CallObserver"
    FOR EACH ROW EXECUTE FUNCTION tell_room_changed();
CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE ON "CallRecord"
    FOR EACH ROW EXECUTE FUNCTION tell_room_changed();

-- A message concerns those in the room alone.
CREATE FUNCTION tell_message_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qwalo_changes', (SELECT "inviteeId" FROM "CallRoom" WHERE "id" = NEW."roomId"));
    RETURN NULL;
END $$;

CREATE TRIGGER tell_changed AFTER INSERT ON "CallMessage"
    FOR EACH ROW EXECUTE FUNCTION tell_message_written();

-- Where a workspace or an interview goes, its invitees are gone before anything could be said of them.
CREATE FUNCTION tell_room_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qwalo_changes', OLD."inviteeId");
    RETURN NULL;
END $$;

CREATE TRIGGER tell_gone AFTER DELETE ON "CallRoom" FOR EACH ROW EXECUTE FUNCTION tell_room_gone();

-- A new link can be in other hands than the one whose holder was let in, or sent away.
CREATE FUNCTION forget_admission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "CallRoom" SET "admittedAt" = NULL, "declinedAt" = NULL WHERE "inviteeId" = NEW."id";
    RETURN NULL;
END $$;

CREATE TRIGGER forget_admission AFTER UPDATE OF "linkVersion" ON "InterviewInvitee"
    FOR EACH ROW WHEN (OLD."linkVersion" <> NEW."linkVersion") EXECUTE FUNCTION forget_admission();
    """)


def downgrade() -> None:
    sql("""
DROP TABLE "CallMessage", "CallQuality", "CallParticipant", "CallRecord", "CallObserver", "CallSeat", "CallServer",
    "CallRoom";
DROP TRIGGER forget_admission ON "InterviewInvitee";
DROP FUNCTION forget_admission(), tell_room_gone(), tell_message_written(), tell_room_changed();
DROP TYPE "CallEndReason", "CallRole", "CallProvider";
    """)
