-- +goose Up

-- Records as search knows them: their tokens, and what they are filtered and ranked by.
CREATE TABLE search (
    docid        INTEGER PRIMARY KEY, -- of its row in search_match
    community_id BIGINT NOT NULL,
    letter       TEXT NOT NULL,
    number       BIGINT NOT NULL,
    section      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    language     TEXT NOT NULL,
    state        TEXT NOT NULL,
    topics       TEXT NOT NULL, -- codes, each with a space on both sides
    title        TEXT NOT NULL,
    at           BIGINT NOT NULL,
    uses         BIGINT NOT NULL,
    title_tokens TEXT NOT NULL,
    body_tokens  TEXT NOT NULL
);
CREATE UNIQUE INDEX search_record ON search (community_id, letter, number);
CREATE INDEX search_newest ON search (community_id, at DESC, letter, number);

-- Only matches tokens; scope holds the community.
CREATE VIRTUAL TABLE search_match USING fts5(title, body, scope, tokenize = 'ascii', detail = 'column',
    prefix = '2 3', content = '', contentless_delete = 1);

-- +goose Down
SELECT 1;
