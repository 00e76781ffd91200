-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "bus";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "forecast_ingest";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "gateway";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "inference_ingest";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "reputation";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "rewards";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "synthesis";

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "topic_coordinator";

-- CreateTable
CREATE TABLE "bus"."outbox" (
    "id" BIGSERIAL NOT NULL,
    "service" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "envelope" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bus"."inbox" (
    "service" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "processed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("service","event_id")
);

-- CreateTable
CREATE TABLE "bus"."log_records" (
    "topic" TEXT NOT NULL,
    "lane" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "value" BYTEA NOT NULL,
    "appended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_records_pkey" PRIMARY KEY ("topic","lane","offset")
);

-- CreateTable
CREATE TABLE "bus"."group_offsets" (
    "group" TEXT NOT NULL,
    "topic" TEXT NOT NULL,
    "lane" INTEGER NOT NULL,
    "next_offset" BIGINT NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_offsets_pkey" PRIMARY KEY ("group","topic","lane")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."submissions" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "late" BOOLEAN NOT NULL,

    CONSTRAINT "submissions_pkey" PRIMARY KEY ("topic_id","nonce","author")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."sealed_sets" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closed_height" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "submissions" INTEGER NOT NULL DEFAULT 0,
    "parts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "sealed_sets_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."known_topics" (
    "topic_id" BIGINT NOT NULL,
    "params" JSONB NOT NULL,

    CONSTRAINT "known_topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."known_registrations" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "known_registrations_pkey" PRIMARY KEY ("topic_id","address")
);

-- CreateTable
CREATE TABLE "forecast_ingest"."known_windows" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closes_height" BIGINT NOT NULL,
    "closed" BOOLEAN NOT NULL,

    CONSTRAINT "known_windows_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "gateway"."topics" (
    "topic_id" BIGINT NOT NULL,
    "message" BYTEA NOT NULL,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "gateway"."latest_inferences" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,

    CONSTRAINT "latest_inferences_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "gateway"."registrations" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "height" BIGINT NOT NULL,

    CONSTRAINT "registrations_pkey" PRIMARY KEY ("address","topic_id","role")
);

-- CreateTable
CREATE TABLE "gateway"."open_windows" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "opened_height" BIGINT NOT NULL,
    "closes_height" BIGINT NOT NULL,

    CONSTRAINT "open_windows_pkey" PRIMARY KEY ("topic_id","nonce","role")
);

-- CreateTable
CREATE TABLE "gateway"."epoch_facts" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "message" BYTEA NOT NULL,
    "produced_at_ms" BIGINT NOT NULL,

    CONSTRAINT "epoch_facts_pkey" PRIMARY KEY ("topic_id","nonce","kind")
);

-- CreateTable
CREATE TABLE "gateway"."participant_standings" (
    "address" TEXT NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "last_nonce" BIGINT NOT NULL,
    "weight" DOUBLE PRECISION,
    "weight_share" DOUBLE PRECISION,
    "weight_nonce" BIGINT,
    "score" DOUBLE PRECISION,
    "score_nonce" BIGINT,
    "ema_score" DOUBLE PRECISION,
    "ema_nonce" BIGINT,
    "listening_coefficient" DOUBLE PRECISION,
    "paid_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "paid_epochs" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "participant_standings_pkey" PRIMARY KEY ("address","topic_id","role")
);

-- CreateTable
CREATE TABLE "inference_ingest"."submissions" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "late" BOOLEAN NOT NULL,

    CONSTRAINT "submissions_pkey" PRIMARY KEY ("topic_id","nonce","author")
);

-- CreateTable
CREATE TABLE "inference_ingest"."sealed_sets" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closed_height" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "submissions" INTEGER NOT NULL DEFAULT 0,
    "parts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "sealed_sets_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "inference_ingest"."known_topics" (
    "topic_id" BIGINT NOT NULL,
    "params" JSONB NOT NULL,

    CONSTRAINT "known_topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "inference_ingest"."known_registrations" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "known_registrations_pkey" PRIMARY KEY ("topic_id","address")
);

-- CreateTable
CREATE TABLE "inference_ingest"."known_windows" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closes_height" BIGINT NOT NULL,
    "closed" BOOLEAN NOT NULL,

    CONSTRAINT "known_windows_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "reputation"."pending_inputs" (
    "topic_id" BIGINT NOT NULL,
    "kind" SMALLINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "part" INTEGER NOT NULL,
    "parts" INTEGER NOT NULL,
    "payload" BYTEA NOT NULL,

    CONSTRAINT "pending_inputs_pkey" PRIMARY KEY ("topic_id","kind","nonce","part")
);

-- CreateTable
CREATE TABLE "reputation"."scored_topics" (
    "topic_id" BIGINT NOT NULL,
    "scored_nonce" BIGINT,
    "inferer_quantile" DOUBLE PRECISION,
    "forecaster_quantile" DOUBLE PRECISION,
    "reputer_quantile" DOUBLE PRECISION,

    CONSTRAINT "scored_topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "reputation"."scored_participants" (
    "topic_id" BIGINT NOT NULL,
    "role" SMALLINT NOT NULL,
    "participant" TEXT NOT NULL,
    "ema_score" DOUBLE PRECISION,
    "listening_coefficient" DOUBLE PRECISION,

    CONSTRAINT "scored_participants_pkey" PRIMARY KEY ("topic_id","role","participant")
);

-- CreateTable
CREATE TABLE "reputation"."epoch_results" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "outcome" SMALLINT NOT NULL,
    "losses" BYTEA NOT NULL,
    "scores" BYTEA NOT NULL,

    CONSTRAINT "epoch_results_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "reputation"."submissions" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "author" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "accepted_at_ms" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "late" BOOLEAN NOT NULL,

    CONSTRAINT "submissions_pkey" PRIMARY KEY ("topic_id","nonce","author")
);

-- CreateTable
CREATE TABLE "reputation"."sealed_sets" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closed_height" BIGINT NOT NULL,
    "log_partition" INTEGER NOT NULL,
    "log_offset" BIGINT NOT NULL,
    "submissions" INTEGER NOT NULL DEFAULT 0,
    "parts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "sealed_sets_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "reputation"."known_topics" (
    "topic_id" BIGINT NOT NULL,
    "params" JSONB NOT NULL,

    CONSTRAINT "known_topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "reputation"."known_registrations" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "known_registrations_pkey" PRIMARY KEY ("topic_id","address")
);

-- CreateTable
CREATE TABLE "reputation"."known_windows" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "closes_height" BIGINT NOT NULL,
    "closed" BOOLEAN NOT NULL,

    CONSTRAINT "known_windows_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."accounts" (
    "name" TEXT NOT NULL,
    "owner" TEXT,
    "topic_id" BIGINT,
    "balance_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "may_be_negative" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "rewards"."transfers" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "topic_id" BIGINT,
    "nonce" BIGINT,
    "posting_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "transfers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rewards"."postings" (
    "transfer_id" BIGINT NOT NULL,
    "line" INTEGER NOT NULL,
    "account_name" TEXT NOT NULL,
    "amount_uallo" DECIMAL(38,0) NOT NULL,

    CONSTRAINT "postings_pkey" PRIMARY KEY ("transfer_id","line")
);

-- CreateTable
CREATE TABLE "rewards"."topics" (
    "topic_id" BIGINT NOT NULL,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "rewards"."topic_progress" (
    "topic_id" BIGINT NOT NULL,
    "paid_nonce" BIGINT,
    "closed_nonce" BIGINT,
    "snapshot_nonce" BIGINT,
    "score_ratio" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "topic_progress_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "rewards"."pending_stake_snapshots" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "settled_nonce" BIGINT,

    CONSTRAINT "pending_stake_snapshots_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."pending_epoch_scores" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "message" BYTEA NOT NULL,

    CONSTRAINT "pending_epoch_scores_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "rewards"."smoothed_fractions" (
    "topic_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "participant" TEXT NOT NULL,
    "fraction" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "smoothed_fractions_pkey" PRIMARY KEY ("topic_id","role","participant")
);

-- CreateTable
CREATE TABLE "rewards"."score_lists" (
    "topic_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "scores" DOUBLE PRECISION[],

    CONSTRAINT "score_lists_pkey" PRIMARY KEY ("topic_id","role","nonce")
);

-- CreateTable
CREATE TABLE "synthesis"."pending_inputs" (
    "topic_id" BIGINT NOT NULL,
    "kind" SMALLINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "part" INTEGER NOT NULL,
    "parts" INTEGER NOT NULL,
    "settled_nonce" BIGINT,
    "payload" BYTEA NOT NULL,

    CONSTRAINT "pending_inputs_pkey" PRIMARY KEY ("topic_id","kind","nonce","part")
);

-- CreateTable
CREATE TABLE "synthesis"."topics" (
    "topic_id" BIGINT NOT NULL,
    "initial_regret" DOUBLE PRECISION NOT NULL,
    "network_loss" DOUBLE PRECISION,
    "synthesised_nonce" BIGINT,
    "losses_nonce" BIGINT,
    "scores_nonce" BIGINT,
    "rewards_nonce" BIGINT,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("topic_id")
);

-- CreateTable
CREATE TABLE "synthesis"."workers" (
    "topic_id" BIGINT NOT NULL,
    "role" SMALLINT NOT NULL,
    "worker" TEXT NOT NULL,
    "ema_score" DOUBLE PRECISION,
    "inclusions" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("topic_id","role","worker")
);

-- CreateTable
CREATE TABLE "synthesis"."regrets" (
    "topic_id" BIGINT NOT NULL,
    "regret_table" SMALLINT NOT NULL,
    "withheld" TEXT NOT NULL,
    "worker" TEXT NOT NULL,
    "regret" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "regrets_pkey" PRIMARY KEY ("topic_id","regret_table","withheld","worker")
);

-- CreateTable
CREATE TABLE "synthesis"."network_inferences" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "message" BYTEA NOT NULL,

    CONSTRAINT "network_inferences_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "topic_coordinator"."topics" (
    "id" BIGINT NOT NULL,
    "creator" TEXT NOT NULL,
    "metadata" TEXT NOT NULL,
    "loss_method" TEXT NOT NULL,
    "params" JSONB NOT NULL,
    "active" BOOLEAN NOT NULL,
    "created_height" BIGINT NOT NULL,
    "first_nonce" BIGINT NOT NULL,
    "told_height" BIGINT NOT NULL,
    "next_turn_height" BIGINT NOT NULL,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "topic_coordinator"."registrations" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    "role" SMALLINT NOT NULL,
    "height" BIGINT NOT NULL,

    CONSTRAINT "registrations_pkey" PRIMARY KEY ("topic_id","address","role")
);

-- CreateTable
CREATE TABLE "topic_coordinator"."epochs" (
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "worker_opened_height" BIGINT,
    "worker_closed_height" BIGINT,
    "reputer_opened_height" BIGINT,
    "reputer_closed_height" BIGINT,

    CONSTRAINT "epochs_pkey" PRIMARY KEY ("topic_id","nonce")
);

-- CreateTable
CREATE TABLE "topic_coordinator"."clock" (
    "id" SMALLINT NOT NULL,
    "height" BIGINT NOT NULL,
    "genesis_ms" BIGINT NOT NULL,
    "lease_holder" TEXT,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "clock_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "topic_coordinator"."applied_commands" (
    "author" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "topic_id" BIGINT NOT NULL,

    CONSTRAINT "applied_commands_pkey" PRIMARY KEY ("author","request_id")
);

-- CreateIndex
CREATE INDEX "outbox_service_id_idx" ON "bus"."outbox"("service", "id");

-- CreateIndex
CREATE INDEX "inbox_processed_at_idx" ON "bus"."inbox"("processed_at");

-- CreateIndex
CREATE INDEX "accounts_owner_idx" ON "rewards"."accounts"("owner");

-- CreateIndex
CREATE INDEX "accounts_topic_id_idx" ON "rewards"."accounts"("topic_id");

-- CreateIndex
CREATE UNIQUE INDEX "transfers_key_key" ON "rewards"."transfers"("key");

-- CreateIndex
CREATE INDEX "transfers_topic_id_nonce_idx" ON "rewards"."transfers"("topic_id", "nonce");

-- CreateIndex
CREATE INDEX "postings_account_name_transfer_id_idx" ON "rewards"."postings"("account_name", "transfer_id");

-- CreateIndex
CREATE INDEX "topics_next_turn_height_idx" ON "topic_coordinator"."topics"("next_turn_height");

-- AddForeignKey
ALTER TABLE "rewards"."postings" ADD CONSTRAINT "postings_transfer_id_fkey" FOREIGN KEY ("transfer_id") REFERENCES "rewards"."transfers"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "rewards"."postings" ADD CONSTRAINT "postings_account_name_fkey" FOREIGN KEY ("account_name") REFERENCES "rewards"."accounts"("name") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Rules of the ledger that Prisma's schema language cannot say. To stand at the end of the first migration.

-- Only the mint may owe; everybody else holds zero or more.
ALTER TABLE "rewards"."accounts"
  ADD CONSTRAINT "accounts_balance_not_negative" CHECK ("may_be_negative" OR "balance_uallo" >= 0),
  ADD CONSTRAINT "accounts_only_mint_may_be_negative" CHECK ("may_be_negative" = ("name" = 'mint'));

ALTER TABLE "rewards"."postings"
  ADD CONSTRAINT "postings_amount_not_zero" CHECK ("amount_uallo" <> 0),
  ADD CONSTRAINT "postings_line_not_negative" CHECK ("line" >= 0);

ALTER TABLE "rewards"."transfers"
  ADD CONSTRAINT "transfers_at_least_two_postings" CHECK ("posting_count" >= 2);

-- Transfers and postings are append-only.
CREATE FUNCTION "rewards"."refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on rewards.% is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER "transfers_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "rewards"."transfers"
  FOR EACH STATEMENT EXECUTE FUNCTION "rewards"."refuse_change"();
CREATE TRIGGER "postings_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "rewards"."postings"
  FOR EACH STATEMENT EXECUTE FUNCTION "rewards"."refuse_change"();
CREATE TRIGGER "accounts_not_deleted" BEFORE DELETE OR TRUNCATE ON "rewards"."accounts"
  FOR EACH STATEMENT EXECUTE FUNCTION "rewards"."refuse_change"();

-- A balance changes by postings alone: inserting them is the only thing that moves it.
CREATE FUNCTION "rewards"."apply_postings"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  overfull text;
BEGIN
  SELECT t."key" INTO overfull
    FROM "rewards"."transfers" t
   WHERE t."id" IN (SELECT a."transfer_id" FROM "added" a)
     AND t."posting_count" < (SELECT count(*) FROM "rewards"."postings" p WHERE p."transfer_id" = t."id")
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'transfer % has more postings than it declared', overfull USING ERRCODE = 'check_violation';
  END IF;
  UPDATE "rewards"."accounts" c
     SET "balance_uallo" = c."balance_uallo" + s."amount_uallo"
    FROM (SELECT a."account_name", sum(a."amount_uallo") AS "amount_uallo" FROM "added" a GROUP BY a."account_name") s
   WHERE c."name" = s."account_name" AND s."amount_uallo" <> 0;
  RETURN NULL;
END $$;

CREATE TRIGGER "postings_applied" AFTER INSERT ON "rewards"."postings"
  REFERENCING NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "rewards"."apply_postings"();

CREATE FUNCTION "rewards"."guard_balance"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."balance_uallo" <> 0 THEN
      RAISE EXCEPTION 'account % must be opened with a balance of 0', NEW."name" USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW."name" <> OLD."name" OR NEW."may_be_negative" <> OLD."may_be_negative"
     OR (NEW."balance_uallo" <> OLD."balance_uallo" AND pg_trigger_depth() < 2) THEN
    RAISE EXCEPTION 'account % changes by postings only', OLD."name" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "accounts_guarded" BEFORE INSERT OR UPDATE ON "rewards"."accounts"
  FOR EACH ROW EXECUTE FUNCTION "rewards"."guard_balance"();

-- At commit every transfer has all its postings and they sum to zero.
CREATE FUNCTION "rewards"."check_transfer"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  posted bigint;
  total numeric;
BEGIN
  SELECT count(*), coalesce(sum(p."amount_uallo"), 0) INTO posted, total
    FROM "rewards"."postings" p WHERE p."transfer_id" = NEW."id";
  IF posted <> NEW."posting_count" THEN
    RAISE EXCEPTION 'transfer % declared % postings and has %', NEW."key", NEW."posting_count", posted
      USING ERRCODE = 'check_violation';
  END IF;
  IF total <> 0 THEN
    RAISE EXCEPTION 'transfer % is not balanced: its postings sum to %', NEW."key", total
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER "transfers_balanced" AFTER INSERT ON "rewards"."transfers"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "rewards"."check_transfer"();

-- The network's own accounts are there from the start.
INSERT INTO "rewards"."accounts" ("name", "may_be_negative")
VALUES ('mint', true), ('rewards-pool', false), ('dust', false), ('faucet', false);
