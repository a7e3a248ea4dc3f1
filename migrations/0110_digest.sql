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
    note         TEXT NOT NULL, -- of a moderator
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
-- What a moderator keeps out of digests, and the note for the next ones.
CREATE TABLE digest_hidden (
    community_id BIGINT NOT NULL REFERENCES community (id),
    record       TEXT NOT NULL,
    PRIMARY KEY (community_id, record)
);
CREATE TABLE digest_note (
    community_id BIGINT NOT NULL REFERENCES community (id),
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    note         TEXT NOT NULL,
    PRIMARY KEY (community_id, platform, room)
);

-- What a member got as a digest of their own; claimed by being added.
CREATE TABLE digest_own (
    community_id BIGINT NOT NULL REFERENCES community (id),
    member       BIGINT NOT NULL,
    period       TEXT NOT NULL,
    until        BIGINT NOT NULL,
    PRIMARY KEY (community_id, member, period)
);
CREATE TABLE digest_own_item (
    community_id BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    record       TEXT NOT NULL,
    state        TEXT NOT NULL, -- as it was shown last
    PRIMARY KEY (community_id, member, record)
);

-- Who wants one: which parts (none: all), and from when on.
CREATE TABLE digest_reader (
    community_id BIGINT NOT NULL REFERENCES community (id),
    member       BIGINT NOT NULL,
    parts        TEXT NOT NULL,
    paused       BIGINT NOT NULL,
    PRIMARY KEY (community_id, member)
);
CREATE INDEX digest_item_record ON digest_item (community_id, record);
CREATE INDEX change_at ON change (community_id, at);

-- +goose Down
SELECT 1;
