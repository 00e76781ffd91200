-- A window was open or closed; now there are stages in between.
ALTER TABLE "forecast_ingest"."known_windows" ADD COLUMN "stage" INTEGER NOT NULL DEFAULT 0;
UPDATE "forecast_ingest"."known_windows" SET stage = 3 WHERE closed;
ALTER TABLE "forecast_ingest"."known_windows" ALTER COLUMN "stage" DROP DEFAULT, DROP COLUMN "closed";

-- A window was open or closed; now there are stages in between.
ALTER TABLE "inference_ingest"."known_windows" ADD COLUMN "stage" INTEGER NOT NULL DEFAULT 0;
UPDATE "inference_ingest"."known_windows" SET stage = 3 WHERE closed;
ALTER TABLE "inference_ingest"."known_windows" ALTER COLUMN "stage" DROP DEFAULT, DROP COLUMN "closed";

-- A window was open or closed; now there are stages in between.
ALTER TABLE "reputation"."known_windows" ADD COLUMN "stage" INTEGER NOT NULL DEFAULT 0;
UPDATE "reputation"."known_windows" SET stage = 3 WHERE closed;
ALTER TABLE "reputation"."known_windows" ALTER COLUMN "stage" DROP DEFAULT, DROP COLUMN "closed";

-- CreateTable
CREATE TABLE "forecast_ingest"."commitments" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,
    "late" BOOLEAN NOT NULL,

    CONSTRAINT "commitments_pkey" PRIMARY KEY ("topic_id","nonce","author")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."commitment_seals" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closed_height" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,

    CONSTRAINT "commitment_seals_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."commitment_receipts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,

    CONSTRAINT "commitment_receipts_pkey" PRIMARY KEY ("topic_id","nonce","author","hash")
);

-- CreateIndex
CREATE INDEX "commitment_receipts_hash_idx" ON "forecast_ingest"."commitment_receipts"("hash");

-- CreateTable
CREATE TABLE "inference_ingest"."commitments" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,
    "late" BOOLEAN NOT NULL,

    CONSTRAINT "commitments_pkey" PRIMARY KEY ("topic_id","nonce","author")
);

-- CreateTable
CREATE TABLE "inference_ingest"."commitment_seals" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closed_height" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,

    CONSTRAINT "commitment_seals_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "inference_ingest"."commitment_receipts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,

    CONSTRAINT "commitment_receipts_pkey" PRIMARY KEY ("topic_id","nonce","author","hash")
);

-- CreateIndex
CREATE INDEX "commitment_receipts_hash_idx" ON "inference_ingest"."commitment_receipts"("hash");
