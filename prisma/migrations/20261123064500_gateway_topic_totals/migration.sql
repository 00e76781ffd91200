CREATE TABLE "gateway"."topic_totals" (
    "topic_id" BIGINT NOT NULL,
    "worker_count" INTEGER NOT NULL DEFAULT 0,
    "reputer_count" INTEGER NOT NULL DEFAULT 0,
    "staked_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "staked_height" BIGINT,
    "paid_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "updated_at_ms" BIGINT NOT NULL,

    CONSTRAINT "topic_totals_pkey" PRIMARY KEY ("topic_id")
);

-- What was told before, as far as it is kept; stakes are told again after each epoch.
INSERT INTO "gateway"."topic_totals" ("topic_id", "worker_count", "reputer_count", "paid_uallo", "updated_at_ms")
SELECT topic."topic_id",
       (SELECT count(*) FROM "gateway"."registrations" r WHERE r."topic_id" = topic."topic_id" AND r."role" = 'worker'),
       (SELECT count(*) FROM "gateway"."registrations" r WHERE r."topic_id" = topic."topic_id" AND r."role" = 'reputer'),
       (SELECT coalesce(sum(s."paid_uallo"), 0) FROM "gateway"."participant_standings" s WHERE s."topic_id" = topic."topic_id"),
       (SELECT coalesce(max(f."produced_at_ms"), 0) FROM "gateway"."epoch_facts" f WHERE f."topic_id" = topic."topic_id")
FROM (SELECT "topic_id" FROM "gateway"."topics" UNION SELECT "topic_id" FROM "gateway"."registrations") AS topic;
