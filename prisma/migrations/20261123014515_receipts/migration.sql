-- DropIndex
DROP INDEX "forecast_ingest"."submissions_hash_idx";

-- DropIndex
DROP INDEX "inference_ingest"."submissions_hash_idx";

-- DropIndex
DROP INDEX "reputation"."submissions_hash_idx";

-- CreateTable
CREATE TABLE "forecast_ingest"."receipts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("topic_id","nonce","author","hash")
);

-- CreateTable
CREATE TABLE "inference_ingest"."receipts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("topic_id","nonce","author","hash")
);

-- CreateTable
CREATE TABLE "reputation"."receipts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "log_index" INTEGER NOT NULL,

    CONSTRAINT "receipts_pkey" PRIMARY KEY ("topic_id","nonce","author","hash")
);

-- CreateIndex
CREATE INDEX "receipts_hash_idx" ON "forecast_ingest"."receipts"("hash");

-- CreateIndex
CREATE INDEX "receipts_hash_idx" ON "inference_ingest"."receipts"("hash");

-- CreateIndex
CREATE INDEX "receipts_hash_idx" ON "reputation"."receipts"("hash");

-- The proof of a submission stays on the log. Until now every record of it held one submission.
ALTER TABLE "inference_ingest"."submissions" DROP COLUMN "public_key", DROP COLUMN "signature",
  ADD COLUMN "log_index" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "inference_ingest"."submissions" ALTER COLUMN "log_index" DROP DEFAULT;

INSERT INTO "inference_ingest"."receipts" (topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index)
SELECT topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index FROM "inference_ingest"."submissions";

-- The proof of a submission stays on the log. Until now every record of it held one submission.
ALTER TABLE "forecast_ingest"."submissions" DROP COLUMN "public_key", DROP COLUMN "signature",
  ADD COLUMN "log_index" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "forecast_ingest"."submissions" ALTER COLUMN "log_index" DROP DEFAULT;

INSERT INTO "forecast_ingest"."receipts" (topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index)
SELECT topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index FROM "forecast_ingest"."submissions";

-- The proof of a submission stays on the log. Until now every record of it held one submission.
ALTER TABLE "reputation"."submissions" DROP COLUMN "public_key", DROP COLUMN "signature",
  ADD COLUMN "log_index" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "reputation"."submissions" ALTER COLUMN "log_index" DROP DEFAULT;

INSERT INTO "reputation"."receipts" (topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index)
SELECT topic_id, nonce, author, hash, accepted_at_ms, log_partition, log_offset, log_index FROM "reputation"."submissions";
