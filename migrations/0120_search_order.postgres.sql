-- +goose Up

-- Tokens that say when a record changed, in steps of about an hour, a day, two weeks and half a year:
-- the newest matches are looked for among what is new.
UPDATE search SET tokens = tokens || CAST(
    ' ''|c' || community_id || '.32.' || (GREATEST(at, 0) >> 32) || ''':3C ''|c' || community_id || '.36.' || (GREATEST(at, 0) >> 36) || ''':3C' ||
    ' ''|c' || community_id || '.40.' || (GREATEST(at, 0) >> 40) || ''':3C ''|c' || community_id || '.44.' || (GREATEST(at, 0) >> 44) || ''':3C' AS tsvector);

-- The languages whose stems a community's records have: others need not be looked for.
CREATE TABLE search_language (
    community_id BIGINT NOT NULL,
    code         TEXT NOT NULL,
    PRIMARY KEY (community_id, code)
);
INSERT INTO search_language (community_id, code)
    SELECT s.community_id, l.column1 FROM (SELECT DISTINCT community_id FROM search) s,
    (VALUES ('ar'), ('da'), ('de'), ('en'), ('es'), ('fi'), ('fr'), ('ga'), ('hu'), ('it'), ('nl'), ('no'), ('pt'), ('ro'), ('ru'), ('sv'), ('ta'), ('tr')) l;

-- +goose Down
SELECT 1;
