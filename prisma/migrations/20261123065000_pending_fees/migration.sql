-- Fees that came with an epoch and count from its end on.
ALTER TABLE "rewards"."topics" ADD COLUMN     "pending_fees" JSONB NOT NULL DEFAULT '[]';
