-- Topics that an operator has paused: no epoch opens whatever they weigh. Old replicas leave both columns alone.
ALTER TABLE "topic_coordinator"."topics" ADD COLUMN     "awake_at_resume" BOOLEAN,
ADD COLUMN     "paused_height" BIGINT;
