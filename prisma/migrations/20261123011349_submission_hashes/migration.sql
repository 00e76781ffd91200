-- CreateIndex
CREATE INDEX "submissions_hash_idx" ON "forecast_ingest"."submissions"("hash");

-- CreateIndex
CREATE INDEX "submissions_hash_idx" ON "inference_ingest"."submissions"("hash");

-- CreateIndex
CREATE INDEX "submissions_hash_idx" ON "reputation"."submissions"("hash");
