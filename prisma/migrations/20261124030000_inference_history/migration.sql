-- What topics are filtered by. The messages of older rows are read, and these filled in, when the service starts.
ALTER TABLE "gateway"."topics"
    ADD COLUMN "creator" TEXT,
    ADD COLUMN "loss_method" TEXT,
    ADD COLUMN "active" BOOLEAN,
    ADD COLUMN "metadata" TEXT;

-- The figures of every inference with a value, so that pages and bars never decode messages.
CREATE TABLE "gateway"."inference_history" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "told_ms" BIGINT NOT NULL,
    "mode" INTEGER NOT NULL,
    "combined" DOUBLE PRECISION NOT NULL,
    "naive" DOUBLE PRECISION NOT NULL,
    "resistant" DOUBLE PRECISION,
    "low68" DOUBLE PRECISION,
    "high68" DOUBLE PRECISION,
    "low95" DOUBLE PRECISION,
    "high95" DOUBLE PRECISION,
    "width95" DOUBLE PRECISION,
    "effective_workers" DOUBLE PRECISION NOT NULL,
    "allow_negative" BOOLEAN NOT NULL,

    CONSTRAINT "inference_history_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- Pages go by it, and bars of time.
CREATE INDEX "inference_history_topic_id_told_ms_nonce_idx" ON "gateway"."inference_history"("topic_id", "told_ms", "nonce");

-- Inferences told before: SQL cannot read their messages, so the service does, and takes them off this list.
CREATE TABLE "gateway"."unread_inferences" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,

    CONSTRAINT "unread_inferences_pkey" PRIMARY KEY ("topic_id","nonce")
);

INSERT INTO "gateway"."unread_inferences" ("topic_id", "nonce")
SELECT "topic_id", "nonce" FROM "gateway"."epoch_facts" WHERE "kind" = 'inference';
