-- Epochs that paid nobody and whose question an operator had asked again.
ALTER TABLE "topic_coordinator"."epochs" ADD COLUMN     "reopened_as" BIGINT;
