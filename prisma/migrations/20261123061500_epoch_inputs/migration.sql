-- What an epoch was computed from, beside what is kept of it already; absent for epochs from before.
-- AlterTable
ALTER TABLE "reputation"."epoch_results" ADD COLUMN     "input" BYTEA;

-- AlterTable
ALTER TABLE "synthesis"."network_inferences" ADD COLUMN     "regrets" BYTEA;
