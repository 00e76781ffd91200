-- Epochs under the same settings and without a pause.
CREATE TABLE "topic_coordinator"."stretches" (
    "topic_id" BIGINT NOT NULL,
    "first_nonce" BIGINT NOT NULL,
    "until_nonce" BIGINT,
    "over_height" BIGINT,
    "params" JSONB NOT NULL,

    CONSTRAINT "stretches_pkey" PRIMARY KEY ("topic_id","first_nonce")
);

-- Until now every topic had one, without end.
INSERT INTO "topic_coordinator"."stretches" ("topic_id", "first_nonce", "params")
SELECT "id", "first_nonce", "params" FROM "topic_coordinator"."topics";

ALTER TABLE "topic_coordinator"."topics"
    DROP COLUMN "first_nonce",
    ALTER COLUMN "next_turn_height" DROP NOT NULL,
    ADD COLUMN "creation_fee_uallo" DECIMAL(38,0),
    ADD COLUMN "weight_height" BIGINT;

-- Whoever counts blocks has heard of none: the records begin behind what is told of all topics.
ALTER TABLE "topic_coordinator"."clock" ADD COLUMN "blocks_told_height" BIGINT;
UPDATE "topic_coordinator"."clock" SET "blocks_told_height" =
    least("height", (SELECT min("next_turn_height") - 1 FROM "topic_coordinator"."topics"));
ALTER TABLE "topic_coordinator"."clock" ALTER COLUMN "blocks_told_height" SET NOT NULL;

CREATE INDEX "epochs_reputer_closed_height_idx" ON "topic_coordinator"."epochs"("reputer_closed_height");

ALTER TABLE "topic_coordinator"."applied_commands" ADD COLUMN "answer" JSONB;
UPDATE "topic_coordinator"."applied_commands" AS command SET "answer" = jsonb_build_object(
    'id', topic."id", 'creator', topic."creator", 'metadata', topic."metadata", 'lossMethod', topic."loss_method",
    'params', topic."params", 'active', topic."active", 'createdHeight', topic."created_height")
FROM "topic_coordinator"."topics" AS topic WHERE topic."id" = command."topic_id";
ALTER TABLE "topic_coordinator"."applied_commands" ALTER COLUMN "answer" SET NOT NULL;
