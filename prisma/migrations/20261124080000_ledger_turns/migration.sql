-- One order of blocks, fees and payments, whichever of their logs is read first: what was read waits here for its turn.

-- CreateTable
CREATE TABLE "rewards"."told_blocks" (
    "id" BIGSERIAL NOT NULL,
    "to_height" BIGINT NOT NULL,
    "message" BYTEA NOT NULL,

    CONSTRAINT "told_blocks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rewards"."submission_fees" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "parts" INTEGER NOT NULL,
    "submitters" TEXT[],
    "ended" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "submission_fees_pkey" PRIMARY KEY ("topic_id","nonce","kind","part"),
    CONSTRAINT "submission_fees_kind_is_known" CHECK ("kind" IN ('inferences', 'forecasts', 'losses'))
);

-- CreateIndex
CREATE INDEX "submission_fees_ended_idx" ON "rewards"."submission_fees"("ended");

-- CreateTable
CREATE TABLE "rewards"."unpaid_epochs" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "height" BIGINT NOT NULL,
    "overdue" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "unpaid_epochs_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- No block is left out: whoever applies a later one (a release that does not know of waiting) is told to try again.
CREATE FUNCTION "rewards"."refuse_skipped_blocks"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "rewards"."told_blocks" WHERE "to_height" <= NEW."height") THEN
    RAISE EXCEPTION 'blocks below % are told and wait for their turn', NEW."height" USING ERRCODE = '40001';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "network_skips_no_blocks" BEFORE UPDATE OF "height" ON "rewards"."network"
  FOR EACH ROW WHEN (NEW."height" > OLD."height") EXECUTE FUNCTION "rewards"."refuse_skipped_blocks"();
