-- +goose Up

-- Collaborations. source_* is where one was opened.
CREATE TABLE collaboration (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    theme           TEXT NOT NULL,
    goal            TEXT NOT NULL,
    topic           TEXT NOT NULL,
    until           TEXT NOT NULL, -- a date in the community's zone
    owner           BIGINT NOT NULL, -- 0: the last member was erased
    state           TEXT NOT NULL,
    hidden          BOOLEAN NOT NULL,
    withdrawn       BOOLEAN NOT NULL,
    reason          TEXT NOT NULL, -- of a withdrawal, or of the last extension
    extended        BIGINT NOT NULL, -- how often without a moderator
    opened          BIGINT NOT NULL,
    active          BIGINT NOT NULL,
    closed          BIGINT NOT NULL,
    outcome         TEXT NOT NULL,
    because         TEXT NOT NULL, -- why there is no result
    results         TEXT NOT NULL, -- ids of resources and practices
    members         BIGINT NOT NULL, -- these three: when it was closed
    organisations   BIGINT NOT NULL,
    countries       BIGINT NOT NULL,
    news            BIGINT NOT NULL, -- the number of the last piece of news
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX collaboration_state ON collaboration (community_id, state);
CREATE INDEX collaboration_owner ON collaboration (community_id, owner, opened);

CREATE TABLE collaboration_member (
    community_id  BIGINT NOT NULL,
    collaboration BIGINT NOT NULL,
    member        BIGINT NOT NULL,
    joined        BIGINT NOT NULL,
    PRIMARY KEY (community_id, collaboration, member),
    FOREIGN KEY (community_id, collaboration) REFERENCES collaboration (community_id, number)
);
CREATE INDEX collaboration_member_of ON collaboration_member (community_id, member);

-- What moved in collaborations.
CREATE TABLE collaboration_news (
    community_id  BIGINT NOT NULL,
    collaboration BIGINT NOT NULL,
    number        BIGINT NOT NULL,
    author        BIGINT NOT NULL,
    body          TEXT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (community_id, collaboration, number),
    FOREIGN KEY (community_id, collaboration) REFERENCES collaboration (community_id, number)
);
CREATE INDEX collaboration_news_author ON collaboration_news (community_id, author);

-- +goose Down
SELECT 1;
