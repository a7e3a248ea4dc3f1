-- +goose Up

-- Records as search knows them: their tokens, and what they are filtered and ranked by.
CREATE TABLE search (
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
    body_tokens  TEXT NOT NULL,
    tokens       TSVECTOR NOT NULL, -- cast, never parsed; the community's own token keeps others out
    PRIMARY KEY (community_id, letter, number)
);
CREATE INDEX search_newest ON search (community_id, at DESC, letter, number);
CREATE INDEX search_tokens ON search USING GIN (tokens);

-- +goose Down
SELECT 1;
