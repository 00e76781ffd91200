CREATE TABLE "gateway"."api_keys" (
    "id" TEXT NOT NULL,
    "lineage" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "scopes" TEXT[] NOT NULL,
    "per_window" INTEGER,
    "per_day" BIGINT,
    "per_month" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "replaced_by" TEXT,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "api_keys_lineage_idx" ON "gateway"."api_keys"("lineage");
CREATE INDEX "api_keys_owner_id_idx" ON "gateway"."api_keys"("owner", "id");
CREATE INDEX "api_keys_changed_at_idx" ON "gateway"."api_keys"("changed_at");

CREATE TABLE "gateway"."api_key_usage" (
    "lineage" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "used" BIGINT NOT NULL,

    CONSTRAINT "api_key_usage_pkey" PRIMARY KEY ("lineage","period")
);

CREATE TABLE "gateway"."audit_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "facts" JSONB NOT NULL,

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "audit_log_subject_id_idx" ON "gateway"."audit_log"("subject", "id");

-- Only added to: what was done stays told, by whoever does it next.
CREATE FUNCTION "gateway"."refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'gateway.audit_log is only added to';
END
$$;

CREATE TRIGGER "audit_log_is_only_added_to"
    BEFORE UPDATE OR DELETE OR TRUNCATE ON "gateway"."audit_log"
    FOR EACH STATEMENT EXECUTE FUNCTION "gateway"."refuse_audit_change"();
