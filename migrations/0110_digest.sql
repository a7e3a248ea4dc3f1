-- +goose Up

-- A room's digest of one period. It is claimed by being added: there is one for a room and period.
CREATE TABLE digest_issue (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    period       TEXT NOT NULL, -- such as 2027-W09
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    people       BIGINT NOT NULL, -- who did something in that time
    countries    BIGINT NOT NULL,
    PRIMARY KEY (community_id, number),
    UNIQUE (community_id, platform, room, period)
);

-- What was chosen for it, and how useful it seemed.
CREATE TABLE digest_item (
    community_id BIGINT NOT NULL,
    issue        BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    part         TEXT NOT NULL,
    record       TEXT NOT NULL,
    state        TEXT NOT NULL, -- it is shown again only when this changed
    at           BIGINT NOT NULL,
    score        BIGINT NOT NULL,
    PRIMARY KEY (community_id, issue, position),
    FOREIGN KEY (community_id, issue) REFERENCES digest_issue (community_id, number)
);
CREATE INDEX digest_item_record ON digest_item (community_id, record);
CREATE INDEX change_at ON change (community_id, at);

-- +goose Down
SELECT 1;
