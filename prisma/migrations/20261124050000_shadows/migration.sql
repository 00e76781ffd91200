-- Shadows: workers whose answers are recorded and scored, but neither weighted nor paid.

-- AlterTable
ALTER TABLE "topic_coordinator"."registrations" ADD COLUMN     "shadow" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "topic_coordinator"."worker_standings" (
    "topic_id" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    "height" BIGINT NOT NULL,
    "shadow" BOOLEAN NOT NULL,

    CONSTRAINT "worker_standings_pkey" PRIMARY KEY ("topic_id","address","height")
);

-- CreateTable
CREATE TABLE "synthesis"."shadow_regrets" (
    "topic_id" BIGINT NOT NULL,
    "role" SMALLINT NOT NULL,
    "worker" TEXT NOT NULL,
    "regret" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "shadow_regrets_pkey" PRIMARY KEY ("topic_id","role","worker")
);

-- AlterTable
ALTER TABLE "gateway"."registrations" ADD COLUMN     "shadow" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "gateway"."shadow_standings" (
    "address" TEXT NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "answered_epochs" INTEGER NOT NULL DEFAULT 0,
    "last_nonce" BIGINT,
    "weight" DOUBLE PRECISION,
    "scored_epochs" INTEGER NOT NULL DEFAULT 0,
    "helped_epochs" INTEGER NOT NULL DEFAULT 0,
    "scored_nonce" BIGINT,
    "loss" DOUBLE PRECISION,
    "contribution" DOUBLE PRECISION,
    "loss_sum" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "contribution_sum" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "shadow_standings_pkey" PRIMARY KEY ("address","topic_id","role")
);

-- CreateIndex
CREATE INDEX "shadow_standings_topic_id_idx" ON "gateway"."shadow_standings"("topic_id");
