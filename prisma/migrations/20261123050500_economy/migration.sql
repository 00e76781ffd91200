-- DropIndex
DROP INDEX "rewards"."accounts_topic_id_idx";

-- AlterTable
ALTER TABLE "rewards"."accounts" ADD COLUMN     "kind" TEXT,
ADD COLUMN     "reputer" TEXT;

-- The first part of a name says what kind of account it is; the network's own have one part.
UPDATE "rewards"."accounts"
   SET "kind" = CASE WHEN position(':' IN "name") = 0 THEN 'network' ELSE split_part("name", ':', 1) END,
       "reputer" = CASE WHEN split_part("name", ':', 1) = 'stake' THEN "owner" END;
ALTER TABLE "rewards"."accounts"
  ALTER COLUMN "kind" SET NOT NULL,
  ADD CONSTRAINT "accounts_kind_is_of_name"
    CHECK ("kind" = CASE WHEN position(':' IN "name") = 0 THEN 'network' ELSE split_part("name", ':', 1) END);

-- AlterTable
ALTER TABLE "rewards"."topic_progress" ADD COLUMN     "taken_nonce" BIGINT;

-- AlterTable
ALTER TABLE "rewards"."topics" ADD COLUMN     "active" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "creator" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "epoch_length_blocks" BIGINT NOT NULL DEFAULT 1,
ADD COLUMN     "fee_revenue_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
ADD COLUMN     "stake_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
ADD COLUMN     "weight" DOUBLE PRECISION;
UPDATE "rewards"."topics" t SET "stake_uallo" = coalesce(
  (SELECT sum(a."balance_uallo") FROM "rewards"."accounts" a WHERE a."topic_id" = t."topic_id" AND a."kind" = 'stake'), 0);

-- Of topics from before, the next block to be told brings the length.
ALTER TABLE "rewards"."topics" ALTER COLUMN "creator" DROP DEFAULT, ALTER COLUMN "epoch_length_blocks" DROP DEFAULT;

-- CreateTable
CREATE TABLE "rewards"."network" (
    "id" SMALLINT NOT NULL,
    "genesis_hash" TEXT NOT NULL,
    "blocks_per_month" BIGINT NOT NULL,
    "height" BIGINT NOT NULL,
    "rate" DECIMAL(38,0),
    "block_emission_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "ecosystem_minted_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "reputers_percent" DECIMAL(38,0) NOT NULL,
    "month_rewards_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "month_reputers_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "total_weight" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "topic_stake_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "validator_stake_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "validator_index" DECIMAL NOT NULL DEFAULT 0,
    "validator_carry" DECIMAL NOT NULL DEFAULT 0,

    CONSTRAINT "network_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rewards"."emission_months" (
    "height" BIGINT NOT NULL,
    "month" INTEGER NOT NULL,
    "rate" DECIMAL(38,0) NOT NULL,
    "emission_uallo" DECIMAL(38,0) NOT NULL,
    "block_emission_uallo" DECIMAL(38,0) NOT NULL,
    "staked_uallo" DECIMAL(38,0) NOT NULL,
    "circulating_uallo" DECIMAL(38,0) NOT NULL,
    "locked_vesting_uallo" DECIMAL(38,0) NOT NULL,
    "treasury_uallo" DECIMAL(38,0) NOT NULL,
    "ecosystem_minted_uallo" DECIMAL(38,0) NOT NULL,
    "reputers_percent" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "emission_months_pkey" PRIMARY KEY ("height")
);

-- CreateTable
CREATE TABLE "rewards"."epoch_emissions" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "height" BIGINT NOT NULL,
    "epoch_length_blocks" BIGINT NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,
    "total_weight" DOUBLE PRECISION NOT NULL,
    "block_emission_uallo" DECIMAL(38,0) NOT NULL,
    "amount_uallo" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "epoch_emissions_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."settled_epochs" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "result" TEXT NOT NULL,
    "scores" BYTEA NOT NULL,
    "state" JSONB NOT NULL,
    "rewards" BYTEA NOT NULL,

    CONSTRAINT "settled_epochs_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."delegation_pools" (
    "topic_id" BIGINT NOT NULL,
    "reputer" TEXT NOT NULL,
    "index" DECIMAL NOT NULL,
    "carry" DECIMAL NOT NULL,

    CONSTRAINT "delegation_pools_pkey" PRIMARY KEY ("topic_id","reputer")
);

-- CreateTable
CREATE TABLE "rewards"."delegation_indexes" (
    "topic_id" BIGINT NOT NULL,
    "reputer" TEXT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "index" DECIMAL NOT NULL,

    CONSTRAINT "delegation_indexes_pkey" PRIMARY KEY ("topic_id","reputer","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."delegations" (
    "topic_id" BIGINT NOT NULL,
    "reputer" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "accrued_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "settled_index" DECIMAL NOT NULL,
    "after_nonces" BIGINT[],
    "shares_uallo" DECIMAL(38,0)[],

    CONSTRAINT "delegations_pkey" PRIMARY KEY ("topic_id","reputer","holder")
);

-- CreateTable
CREATE TABLE "rewards"."validators" (
    "address" TEXT NOT NULL,
    "accrued_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "settled_index" DECIMAL NOT NULL,

    CONSTRAINT "validators_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "rewards"."stake_removals" (
    "account" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "reputer" TEXT NOT NULL,
    "amount_uallo" DECIMAL(38,0) NOT NULL,
    "requested_height" BIGINT NOT NULL,
    "due_height" BIGINT NOT NULL,

    CONSTRAINT "stake_removals_pkey" PRIMARY KEY ("account")
);

-- CreateTable
CREATE TABLE "rewards"."owed_fees" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    "amount_uallo" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "owed_fees_pkey" PRIMARY KEY ("topic_id","address")
);

-- CreateTable
CREATE TABLE "rewards"."applied_commands" (
    "author" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "answer" BYTEA NOT NULL,

    CONSTRAINT "applied_commands_pkey" PRIMARY KEY ("author","request_id")
);

-- CreateIndex
CREATE INDEX "delegations_holder_idx" ON "rewards"."delegations"("holder");

-- CreateIndex
CREATE INDEX "stake_removals_due_height_account_idx" ON "rewards"."stake_removals"("due_height", "account");

-- CreateIndex
CREATE INDEX "stake_removals_holder_idx" ON "rewards"."stake_removals"("holder");

-- CreateIndex
CREATE INDEX "accounts_topic_id_kind_reputer_idx" ON "rewards"."accounts"("topic_id", "kind", "reputer");

-- CreateIndex
CREATE INDEX "accounts_kind_idx" ON "rewards"."accounts"("kind");

-- Nothing but its balance ever changes in an account.
CREATE OR REPLACE FUNCTION "rewards"."guard_balance"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."balance_uallo" <> 0 THEN
      RAISE EXCEPTION 'account % must be opened with a balance of 0', NEW."name" USING ERRCODE = 'check_violation';
    END IF;
  ELSIF (NEW."name", NEW."kind", NEW."owner", NEW."topic_id", NEW."reputer", NEW."may_be_negative")
        IS DISTINCT FROM (OLD."name", OLD."kind", OLD."owner", OLD."topic_id", OLD."reputer", OLD."may_be_negative")
     OR (NEW."balance_uallo" <> OLD."balance_uallo" AND pg_trigger_depth() < 2) THEN
    RAISE EXCEPTION 'account % changes by postings only', OLD."name" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- What is owed to or by somebody is never below zero, whoever writes it.
ALTER TABLE "rewards"."delegations"
  ADD CONSTRAINT "delegations_accrued_not_negative" CHECK ("accrued_uallo" >= 0),
  ADD CONSTRAINT "delegations_segments_aligned"
    CHECK (cardinality("after_nonces") = cardinality("shares_uallo") AND 0 <= ALL ("shares_uallo"));
ALTER TABLE "rewards"."validators"
  ADD CONSTRAINT "validators_accrued_not_negative" CHECK ("accrued_uallo" >= 0);
ALTER TABLE "rewards"."stake_removals"
  ADD CONSTRAINT "stake_removals_amount_above_zero" CHECK ("amount_uallo" > 0),
  ADD CONSTRAINT "stake_removals_due_after_request" CHECK ("due_height" > "requested_height");
ALTER TABLE "rewards"."owed_fees"
  ADD CONSTRAINT "owed_fees_amount_above_zero" CHECK ("amount_uallo" > 0);
ALTER TABLE "rewards"."network"
  ADD CONSTRAINT "network_one_row" CHECK ("id" = 1),
  ADD CONSTRAINT "network_amounts_not_negative"
    CHECK ("ecosystem_minted_uallo" >= 0 AND "block_emission_uallo" >= 0 AND "topic_stake_uallo" >= 0
      AND "validator_stake_uallo" >= 0);
ALTER TABLE "rewards"."topics"
  ADD CONSTRAINT "topics_amounts_not_negative" CHECK ("fee_revenue_uallo" >= 0 AND "stake_uallo" >= 0);

-- More of the network's own accounts.
INSERT INTO "rewards"."accounts" ("name", "kind", "may_be_negative")
VALUES ('treasury', 'network', false), ('validators-pool', 'network', false), ('epoch-rewards', 'network', false)
ON CONFLICT DO NOTHING;
