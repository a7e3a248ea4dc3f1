-- +goose Up

-- Best practices. source_* is the message or thread that one grew from, where there is one.
CREATE TABLE practice (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    title           TEXT NOT NULL,
    topic           TEXT NOT NULL,
    language        TEXT NOT NULL,
    author          BIGINT NOT NULL,
    steward         BIGINT NOT NULL,
    organisation    BIGINT NOT NULL, -- where it comes from; 0: not known yet
    state           TEXT NOT NULL,
    level           TEXT NOT NULL, -- of evidence, computed from adoptions
    hidden          BOOLEAN NOT NULL,
    reason          TEXT NOT NULL,
    light           TEXT NOT NULL, -- why one review was enough
    made            BIGINT NOT NULL,
    active          BIGINT NOT NULL,
    submitted       BIGINT NOT NULL,
    accepted        BIGINT NOT NULL,
    due             BIGINT NOT NULL,
    round           BIGINT NOT NULL,
    parts           BIGINT NOT NULL, -- the number of the last quote
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX practice_state ON practice (community_id, state, number);
CREATE INDEX practice_author ON practice (community_id, author, made);

CREATE TABLE practice_text (
    community_id BIGINT NOT NULL,
    practice     BIGINT NOT NULL,
    section      TEXT NOT NULL, -- context, problem, approach, results, limits, transfer
    body         TEXT NOT NULL,
    PRIMARY KEY (community_id, practice, section),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number)
);

-- What a practice quotes; shown only with the author's consent.
CREATE TABLE practice_quote (
    community_id    BIGINT NOT NULL,
    practice        BIGINT NOT NULL,
    part            BIGINT NOT NULL,
    author          BIGINT NOT NULL,
    body            TEXT NOT NULL,
    written         BIGINT NOT NULL,
    gone            BOOLEAN NOT NULL,
    kept            TEXT NOT NULL, -- waiting, always, yes, unnamed, no
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, practice, part),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number)
);
CREATE INDEX practice_quote_source ON practice_quote (community_id, source_platform, source_room, source_message);
CREATE INDEX practice_quote_author ON practice_quote (community_id, author);

-- Who was asked to review, and what became of it.
CREATE TABLE practice_asking (
    community_id BIGINT NOT NULL,
    practice     BIGINT NOT NULL,
    round        BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    outcome      TEXT NOT NULL,
    PRIMARY KEY (community_id, practice, round, member),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number)
);
CREATE INDEX practice_asking_member ON practice_asking (community_id, member, at);

CREATE TABLE practice_review (
    community_id    BIGINT NOT NULL,
    practice        BIGINT NOT NULL,
    round           BIGINT NOT NULL,
    member          BIGINT NOT NULL,
    organisation    BIGINT NOT NULL, -- the reviewer's at that time; 0: none
    verdict         TEXT NOT NULL,
    comment         TEXT NOT NULL,
    relevance       BIGINT NOT NULL, -- points from 1 to 5; 0: none given
    effectiveness   BIGINT NOT NULL,
    evidence        BIGINT NOT NULL,
    transferability BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (community_id, practice, round, member),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number)
);
CREATE INDEX practice_review_member ON practice_review (community_id, member);

CREATE TABLE adoption (
    community_id BIGINT NOT NULL,
    practice     BIGINT NOT NULL,
    organisation BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    state        TEXT NOT NULL,
    changed      TEXT NOT NULL,
    result       TEXT NOT NULL,
    reach        TEXT NOT NULL,
    at           BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    round        BIGINT NOT NULL,
    PRIMARY KEY (community_id, practice, organisation),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number),
    FOREIGN KEY (community_id, organisation) REFERENCES organisation (community_id, number)
);
CREATE INDEX adoption_organisation ON adoption (community_id, organisation);
CREATE INDEX adoption_member ON adoption (community_id, member);

-- +goose Down
SELECT 1;
