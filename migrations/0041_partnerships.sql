-- +goose Up

-- What organisations do together for longer. source_* is where it was proposed.
CREATE TABLE partnership (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    title           TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    topic           TEXT NOT NULL,
    begins          TEXT NOT NULL, -- dates in the community's zone
    ends            TEXT NOT NULL, -- empty: open-ended
    proposer        BIGINT NOT NULL,
    state           TEXT NOT NULL,
    hidden          BOOLEAN NOT NULL,
    reason          TEXT NOT NULL,
    made            BIGINT NOT NULL,
    active          BIGINT NOT NULL,
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX partnership_state ON partnership (community_id, state, number);
CREATE INDEX partnership_proposer ON partnership (community_id, proposer, made);

CREATE TABLE partnership_party (
    community_id BIGINT NOT NULL,
    partnership  BIGINT NOT NULL,
    place        BIGINT NOT NULL, -- in the order in which they were named
    organisation BIGINT NOT NULL,
    answer       TEXT NOT NULL, -- waiting, agreed, declined
    member       BIGINT NOT NULL, -- who answered; 0: nobody yet
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, partnership, place),
    FOREIGN KEY (community_id, partnership) REFERENCES partnership (community_id, number),
    FOREIGN KEY (community_id, organisation) REFERENCES organisation (community_id, number)
);
CREATE INDEX partnership_party_organisation ON partnership_party (community_id, organisation);
CREATE INDEX partnership_party_member ON partnership_party (community_id, member);

-- +goose Down
SELECT 1;
