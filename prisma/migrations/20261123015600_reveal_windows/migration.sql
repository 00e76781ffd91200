-- AlterTable
ALTER TABLE "topic_coordinator"."epochs" ADD COLUMN     "reveal_opened_height" BIGINT;
