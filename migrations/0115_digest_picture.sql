-- +goose Up

-- The picture of a week, drawn once for all who see it in a language.
CREATE TABLE digest_picture (
    community_id BIGINT NOT NULL REFERENCES community (id),
    week         TEXT NOT NULL, -- such as 2027-W09
    language     TEXT NOT NULL, -- of its labels
    sha256       TEXT NOT NULL,
    size         BIGINT NOT NULL,
    alt          TEXT NOT NULL, -- its figures in words
    PRIMARY KEY (community_id, week, language)
);

-- +goose Down
SELECT 1;
