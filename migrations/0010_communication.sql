-- +goose Up

-- Requests for help. source_* is the message by which one was opened, where there is one.
CREATE TABLE request (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    question        TEXT NOT NULL,
    digest          TEXT NOT NULL, -- of the words, so that the same question is not opened twice
    topic           TEXT NOT NULL,
    language        TEXT NOT NULL,
    urgency         TEXT NOT NULL,
    audience        TEXT NOT NULL,
    asker           BIGINT NOT NULL,
    state           TEXT NOT NULL,
    hidden          BOOLEAN NOT NULL,
    reason          TEXT NOT NULL,
    asked           BIGINT NOT NULL,
    active          BIGINT NOT NULL,
    answered        BIGINT NOT NULL, -- the first answer
    solved          BIGINT NOT NULL,
    accepted        BIGINT NOT NULL, -- the part that solved it; 0: none
    credited        BIGINT NOT NULL, -- the member who wrote it; 0: none
    parts           BIGINT NOT NULL, -- the number of the last part
    answers         BIGINT NOT NULL, -- parts that stand and are not the asker's own
    round           BIGINT NOT NULL,
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX request_state ON request (community_id, state, active);
CREATE INDEX request_asker ON request (community_id, asker, asked);
CREATE INDEX request_source ON request (source_platform, source_room, source_message);

-- The parts of requests: what was written in their threads, or answered through a form.
CREATE TABLE answer (
    community_id    BIGINT NOT NULL,
    request         BIGINT NOT NULL,
    part            BIGINT NOT NULL,
    author          BIGINT NOT NULL,
    body            TEXT NOT NULL,
    files           TEXT NOT NULL, -- names, one a line
    via             TEXT NOT NULL,
    written         BIGINT NOT NULL,
    edited          BIGINT NOT NULL,
    own             BOOLEAN NOT NULL, -- the asker's
    private         BOOLEAN NOT NULL,
    calls           BOOLEAN NOT NULL, -- mentions the asker
    gone            BOOLEAN NOT NULL,
    forgotten       BOOLEAN NOT NULL,
    kept            TEXT NOT NULL, -- whether the author lets the text stay: '', waiting, always, yes, unnamed, no
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL, -- '': given through a form
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, request, part),
    FOREIGN KEY (community_id, request) REFERENCES request (community_id, number)
);
CREATE UNIQUE INDEX answer_source ON answer (community_id, source_platform, source_room, source_message) WHERE source_message <> '';
CREATE INDEX answer_author ON answer (community_id, author);

-- Who was asked to help, and what became of it. Nobody but the helper learns the outcome.
CREATE TABLE helping (
    community_id BIGINT NOT NULL,
    request      BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    outcome      TEXT NOT NULL,
    PRIMARY KEY (community_id, request, member),
    FOREIGN KEY (community_id, request) REFERENCES request (community_id, number)
);
CREATE INDEX helping_member ON helping (community_id, member, at);

CREATE TABLE request_follower (
    community_id BIGINT NOT NULL,
    request      BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    PRIMARY KEY (community_id, request, member),
    FOREIGN KEY (community_id, request) REFERENCES request (community_id, number)
);
CREATE INDEX request_follower_member ON request_follower (community_id, member);

-- +goose Down
SELECT 1;
