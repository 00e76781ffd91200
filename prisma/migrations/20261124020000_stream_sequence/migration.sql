CREATE TABLE "gateway"."stream_heads" (
    "id" INTEGER NOT NULL,
    "generation" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,

    CONSTRAINT "stream_heads_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "gateway"."stream_places" (
    "seq" BIGINT NOT NULL,
    "topic_id" BIGINT NOT NULL,
    "nonce" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "stream_places_pkey" PRIMARY KEY ("seq")
);

CREATE INDEX "stream_places_topic_id_seq_idx" ON "gateway"."stream_places"("topic_id", "seq");

CREATE UNIQUE INDEX "stream_places_topic_id_nonce_kind_key" ON "gateway"."stream_places"("topic_id", "nonce", "kind");

-- A rebuild that empties the facts has to empty their places with them: PostgreSQL refuses one without the other.
ALTER TABLE "gateway"."stream_places" ADD CONSTRAINT "stream_places_topic_id_nonce_kind_fkey" FOREIGN KEY ("topic_id", "nonce", "kind") REFERENCES "gateway"."epoch_facts"("topic_id", "nonce", "kind") ON DELETE CASCADE ON UPDATE CASCADE;

-- What was told before, in the order in which it was told.
INSERT INTO "gateway"."stream_places" ("seq", "topic_id", "nonce", "kind")
SELECT row_number() OVER (ORDER BY "produced_at_ms", "topic_id", "nonce", "kind"), "topic_id", "nonce", "kind"
FROM "gateway"."epoch_facts";

-- Says which numbering a cursor is of. Volatile on purpose: an emptied head comes back as another generation.
CREATE FUNCTION "gateway"."new_generation"() RETURNS TEXT LANGUAGE sql VOLATILE
AS $$ SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) $$;

INSERT INTO "gateway"."stream_heads" ("id", "generation", "seq")
SELECT 1, "gateway"."new_generation"(), count(*) FROM "gateway"."stream_places";

-- The place of a fact in the stream. It runs as the transaction commits, and the row of the head is held until it has: places
-- are without gaps and in the order of commits, so that who has read up to one can never miss a smaller one.
CREATE FUNCTION "gateway"."place_fact"() RETURNS TRIGGER LANGUAGE plpgsql
AS $$
DECLARE
    place BIGINT;
BEGIN
    INSERT INTO "gateway"."stream_heads" AS head ("id", "generation", "seq")
    VALUES (1, "gateway"."new_generation"(), 1)
    ON CONFLICT ("id") DO UPDATE SET "seq" = head."seq" + 1
    RETURNING head."seq" INTO place;
    INSERT INTO "gateway"."stream_places" ("seq", "topic_id", "nonce", "kind")
    VALUES (place, NEW."topic_id", NEW."nonce", NEW."kind");
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER "place_fact" AFTER INSERT ON "gateway"."epoch_facts"
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "gateway"."place_fact"();
