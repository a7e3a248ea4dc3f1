-- +goose Up

-- Who gets digests by e-mail, or was asked: a member with an address of theirs, or somebody without a
-- chat account (member 0).
CREATE TABLE mail_reader (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    address      TEXT NOT NULL,
    language     TEXT NOT NULL, -- of who has no chat account; empty: the community's
    zone         TEXT NOT NULL, -- the same
    state        TEXT NOT NULL, -- asked, on or off
    link_key     TEXT NOT NULL, -- what the link of its confirmation holds
    by_member    BIGINT NOT NULL, -- who asked for it
    asked        BIGINT NOT NULL,
    confirmed    BIGINT NOT NULL, -- 0: not yet
    bounces      BIGINT NOT NULL, -- mails in a row that came back
    PRIMARY KEY (community_id, number),
    UNIQUE (community_id, member, address)
);
-- Whoever has several addresses gets one digest, and an address gets one, too.
CREATE UNIQUE INDEX mail_reader_member_on ON mail_reader (community_id, member) WHERE state = 'on' AND member > 0;
CREATE UNIQUE INDEX mail_reader_address_on ON mail_reader (community_id, address) WHERE state = 'on';
CREATE INDEX mail_reader_asked ON mail_reader (community_id, state, asked);
CREATE INDEX mail_reader_by ON mail_reader (community_id, by_member, asked);

-- When an address was asked last, by a hash of it: nobody is asked again at once, nor ever who said so.
CREATE TABLE mail_address (
    community_id BIGINT NOT NULL REFERENCES community (id),
    hash         TEXT NOT NULL,
    asked        BIGINT NOT NULL,
    refused      BOOLEAN NOT NULL,
    PRIMARY KEY (community_id, hash)
);

-- A letter is claimed by being added, before it is sent: none is sent twice.
CREATE TABLE mail_letter (
    community_id BIGINT NOT NULL,
    reader       BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    period       TEXT NOT NULL,
    fate         TEXT NOT NULL, -- sending, sent, refused or unknown
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, reader, kind, period),
    FOREIGN KEY (community_id, reader) REFERENCES mail_reader (community_id, number)
);

-- +goose Down
SELECT 1;
