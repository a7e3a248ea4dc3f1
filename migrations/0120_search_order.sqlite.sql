-- +goose Up

-- A record's docid says when it changed (its microsecond times 1024, and a number of its own), so that
-- FTS5, which goes through matches by their ids, finds the newest first and can stop.
CREATE TABLE search_renumbered AS
    SELECT docid AS was, min(max(at, 0), 4503599627370495) * 1024
        + row_number() OVER (PARTITION BY min(max(at, 0), 4503599627370495) ORDER BY community_id, letter, number) - 1 AS now
    FROM search;
CREATE UNIQUE INDEX search_renumbered_was ON search_renumbered (was);
UPDATE search SET docid = -(SELECT now FROM search_renumbered WHERE was = docid) - 1;
UPDATE search SET docid = -docid - 1;
DROP TABLE search_renumbered;

DROP TABLE search_match;
CREATE VIRTUAL TABLE search_match USING fts5(title, body, scope, tokenize = 'ascii', detail = 'column',
    prefix = '2 3 4', content = '', contentless_delete = 1);
INSERT INTO search_match (rowid, title, body, scope)
    SELECT docid, title_tokens, body_tokens, 'c' || community_id FROM search ORDER BY docid;

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
