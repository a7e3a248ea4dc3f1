-- +goose Up
-- Instants are microseconds since 1970 UTC (0: none), dates are 'YYYY-MM-DD' ('': none), lists of
-- codes are separated by spaces.

CREATE TABLE community (
    id       BIGINT PRIMARY KEY,
    name     TEXT NOT NULL,
    language TEXT NOT NULL,
    zone     TEXT NOT NULL,
    policy   TEXT NOT NULL,
    created  BIGINT NOT NULL
);

-- What gives short ids: one row per community and letter; 'member', 'organisation' for those.
CREATE TABLE counter (
    community_id BIGINT NOT NULL,
    name         TEXT NOT NULL,
    last         BIGINT NOT NULL,
    PRIMARY KEY (community_id, name)
);

CREATE TABLE space (
    community_id BIGINT NOT NULL REFERENCES community (id),
    platform     TEXT NOT NULL,
    space        TEXT NOT NULL,
    name         TEXT NOT NULL,
    noise        TEXT NOT NULL,
    topics       TEXT NOT NULL,
    joined       BIGINT NOT NULL,
    has_left     BOOLEAN NOT NULL,
    PRIMARY KEY (community_id, platform, space)
);
-- A space belongs to one community at a time.
CREATE UNIQUE INDEX space_live ON space (platform, space) WHERE has_left = FALSE;

CREATE TABLE room (
    community_id BIGINT NOT NULL REFERENCES community (id),
    platform     TEXT NOT NULL,
    room         TEXT NOT NULL,
    space        TEXT NOT NULL,
    name         TEXT NOT NULL,
    sections     TEXT NOT NULL,
    record       TEXT NOT NULL,
    opened       BOOLEAN NOT NULL,
    archived     BOOLEAN NOT NULL,
    language     TEXT NOT NULL,
    encrypted    BOOLEAN NOT NULL,
    agreed       BOOLEAN NOT NULL,
    post_only    BOOLEAN NOT NULL,
    greeted      BIGINT NOT NULL,
    PRIMARY KEY (community_id, platform, room)
);
CREATE INDEX room_place ON room (platform, room);
CREATE INDEX room_space ON room (community_id, platform, space);
CREATE INDEX room_record ON room (community_id, record);

CREATE TABLE organisation (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    name         TEXT NOT NULL,
    folded       TEXT NOT NULL, -- for finding it again, however it was typed
    country      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    site         TEXT NOT NULL,
    confirmed    BOOLEAN NOT NULL,
    merged_into  BIGINT NOT NULL,
    contacts     TEXT NOT NULL, -- member numbers
    PRIMARY KEY (community_id, number)
);
CREATE UNIQUE INDEX organisation_folded ON organisation (community_id, folded);

CREATE TABLE member (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    name         TEXT NOT NULL,
    folded       TEXT NOT NULL,
    language     TEXT NOT NULL,
    country      TEXT NOT NULL,
    organisation BIGINT NOT NULL, -- 0: none said
    topics       TEXT NOT NULL,
    role         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    quote        TEXT NOT NULL,
    helper       BOOLEAN NOT NULL,
    weekly_cap   BIGINT NOT NULL,
    reviewer     BOOLEAN NOT NULL,
    stopped      BOOLEAN NOT NULL,
    erased       BOOLEAN NOT NULL,
    joined       BIGINT NOT NULL,
    asked        BIGINT NOT NULL, -- when language, country and organisation were asked for
    pace_since   BIGINT NOT NULL,
    pace_count   BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX member_folded ON member (community_id, folded);

CREATE TABLE account (
    community_id BIGINT NOT NULL,
    platform     TEXT NOT NULL,
    account      TEXT NOT NULL,
    member       BIGINT NOT NULL,
    space        TEXT NOT NULL,
    name         TEXT NOT NULL,
    seen         BIGINT NOT NULL,
    may_write    BOOLEAN NOT NULL,
    refused      BOOLEAN NOT NULL,
    direct       TEXT NOT NULL,
    PRIMARY KEY (community_id, platform, account),
    FOREIGN KEY (community_id, member) REFERENCES member (community_id, number)
);
CREATE INDEX account_member ON account (community_id, member);
CREATE INDEX account_platform ON account (platform, account);

CREATE TABLE topic (
    community_id BIGINT NOT NULL REFERENCES community (id),
    code         TEXT NOT NULL,
    hidden       BOOLEAN NOT NULL,
    merged_into  TEXT NOT NULL,
    added        BIGINT NOT NULL,
    PRIMARY KEY (community_id, code)
);
CREATE TABLE topic_label (
    community_id BIGINT NOT NULL,
    code         TEXT NOT NULL,
    language     TEXT NOT NULL,
    label        TEXT NOT NULL,
    PRIMARY KEY (community_id, code, language),
    FOREIGN KEY (community_id, code) REFERENCES topic (community_id, code)
);

CREATE TABLE consent (
    community_id BIGINT NOT NULL REFERENCES community (id),
    member       BIGINT NOT NULL,
    subject      TEXT NOT NULL,
    answer       TEXT NOT NULL,
    asked        BIGINT NOT NULL,
    answered     BIGINT NOT NULL,
    PRIMARY KEY (community_id, subject, member)
);
CREATE INDEX consent_waiting ON consent (community_id, answer, asked);

-- What happened to records, for the audit trail; never the text of what people wrote.
CREATE TABLE change (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    subject      TEXT NOT NULL,
    what         TEXT NOT NULL,
    by_member    BIGINT NOT NULL,
    note         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX change_subject ON change (community_id, subject);
CREATE INDEX change_member ON change (community_id, by_member);

CREATE TABLE trail (
    community_id BIGINT NOT NULL REFERENCES community (id),
    from_id      TEXT NOT NULL,
    to_id        TEXT NOT NULL,
    how          TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, from_id, to_id, how)
);
CREATE INDEX trail_to ON trail (community_id, to_id);

-- +goose Down
SELECT 1;
