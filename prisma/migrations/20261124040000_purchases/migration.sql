-- Inferences that consumers pay for: fees held in the ledger, and at the gateway how far each request has come.

-- AlterTable
ALTER TABLE "rewards"."topics" ADD COLUMN     "min_inference_fee_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "rewards"."inference_holds" (
    "account" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "fee_uallo" DECIMAL(38,0) NOT NULL,
    "parts" INTEGER NOT NULL,
    "released_parts" INTEGER NOT NULL DEFAULT 0,
    "released_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "refunded_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "closed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "inference_holds_pkey" PRIMARY KEY ("account","request_id"),
    -- No fee is spent twice, and what is closed has nothing left.
    CONSTRAINT "inference_holds_adds_up" CHECK (
      "released_uallo" >= 0 AND "refunded_uallo" >= 0 AND "released_uallo" + "refunded_uallo" <= "fee_uallo"
      AND "released_parts" BETWEEN 0 AND "parts"
      AND (NOT "closed" OR "released_uallo" + "refunded_uallo" = "fee_uallo"))
);

-- CreateIndex
CREATE INDEX "inference_holds_closed_idx" ON "rewards"."inference_holds"("closed");

-- CreateTable
CREATE TABLE "gateway"."inference_purchases" (
    "id" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "signed" BYTEA NOT NULL,
    "parts" INTEGER NOT NULL,
    "fee_uallo" DECIMAL(38,0) NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "after_nonce" BIGINT NOT NULL,
    "delivered_parts" INTEGER NOT NULL DEFAULT 0,
    "charged_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "refunded_uallo" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "hold_key" TEXT NOT NULL DEFAULT '',
    "refund_key" TEXT NOT NULL DEFAULT '',
    "max_wait_blocks" BIGINT NOT NULL,
    "deadline_height" BIGINT NOT NULL DEFAULT 0,
    "deadline_at_ms" BIGINT NOT NULL,
    "reason_code" TEXT,
    "reason_detail" TEXT,
    "due_at_ms" BIGINT,
    "received_at_ms" BIGINT NOT NULL,
    "ended_at_ms" BIGINT,

    CONSTRAINT "inference_purchases_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "inference_purchases_state_is_known" CHECK (
      "state" IN ('received', 'held', 'delivering', 'closing', 'fulfilled', 'refunded', 'refused')),
    -- Whoever has an end is never taken again, and whoever has none is.
    CONSTRAINT "inference_purchases_ends" CHECK (
      ("state" IN ('fulfilled', 'refunded', 'refused')) = ("due_at_ms" IS NULL)
      AND ("due_at_ms" IS NULL) = ("ended_at_ms" IS NOT NULL))
);

-- CreateTable
CREATE TABLE "gateway"."purchase_deliveries" (
    "purchase_id" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "nonce" BIGINT NOT NULL,
    "message" BYTEA NOT NULL,
    "charged_uallo" DECIMAL(38,0),
    "ledger_key" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "purchase_deliveries_pkey" PRIMARY KEY ("purchase_id","part")
);

-- CreateIndex
CREATE UNIQUE INDEX "inference_purchases_account_request_id_key" ON "gateway"."inference_purchases"("account", "request_id");

-- CreateIndex
CREATE INDEX "inference_purchases_due_at_ms_idx" ON "gateway"."inference_purchases"("due_at_ms");

-- CreateIndex
CREATE INDEX "inference_purchases_account_due_at_ms_idx" ON "gateway"."inference_purchases"("account", "due_at_ms");

-- CreateIndex
CREATE INDEX "inference_purchases_topic_id_state_idx" ON "gateway"."inference_purchases"("topic_id", "state");

-- CreateIndex
CREATE INDEX "inference_purchases_account_received_at_ms_id_idx" ON "gateway"."inference_purchases"("account", "received_at_ms", "id");

-- CreateIndex
CREATE INDEX "inference_purchases_ended_at_ms_idx" ON "gateway"."inference_purchases"("ended_at_ms");

-- AddForeignKey
ALTER TABLE "gateway"."purchase_deliveries" ADD CONSTRAINT "purchase_deliveries_purchase_id_fkey" FOREIGN KEY ("purchase_id") REFERENCES "gateway"."inference_purchases"("id") ON DELETE CASCADE ON UPDATE CASCADE;
