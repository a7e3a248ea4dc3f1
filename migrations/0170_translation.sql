-- +goose Up

-- The languages into which every message of a room is translated, separated by spaces.
ALTER TABLE room ADD COLUMN translated TEXT NOT NULL DEFAULT '';

-- What people, or rooms, want translated. Its words are there for a few days only; what stands in a room is
-- remembered longer, so that a translation goes when its original is deleted.
CREATE TABLE translation_order (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    for_member   BIGINT NOT NULL, -- 0: the room
    platform     TEXT NOT NULL,   -- of the original message, as are the next four; empty where there is none
    space        TEXT NOT NULL,
    room         TEXT NOT NULL,
    thread       TEXT NOT NULL,
    message      TEXT NOT NULL,
    subject      TEXT NOT NULL,   -- of a record's words, such as H7.2
    author       BIGINT NOT NULL, -- 0: not a member
    account      TEXT NOT NULL,   -- of the author
    name         TEXT NOT NULL,
    words        TEXT NOT NULL,
    from_lang    TEXT NOT NULL,
    to_langs     TEXT NOT NULL,   -- separated by spaces
    at_platform  TEXT NOT NULL,   -- the thread where all see it, as are the next three; empty: one person alone
    at_space     TEXT NOT NULL,
    at_room      TEXT NOT NULL,
    at_thread    TEXT NOT NULL,
    back         TEXT NOT NULL,   -- how one person is answered
    revision     BIGINT NOT NULL,
    gone         BOOLEAN NOT NULL,
    made         BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX translation_order_message ON translation_order (community_id, platform, room, message);
CREATE INDEX translation_order_subject ON translation_order (community_id, subject);
CREATE INDEX translation_order_author ON translation_order (community_id, author);
CREATE INDEX translation_order_made ON translation_order (community_id, made);

-- What they came to.
CREATE TABLE translation_text (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL, -- of the order
    to_lang      TEXT NOT NULL,
    from_lang    TEXT NOT NULL,
    words        TEXT NOT NULL,
    kept_as_is   BIGINT NOT NULL, -- how many parts are the original
    service      TEXT NOT NULL,
    digest       TEXT NOT NULL,   -- of the original and the rules
    made         BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    PRIMARY KEY (community_id, number, to_lang)
);
CREATE INDEX translation_text_digest ON translation_text (community_id, digest);
CREATE INDEX translation_text_made ON translation_text (community_id, made);

-- How many characters a community had translated on a day, counted from 1970.
CREATE TABLE translation_day (
    community_id BIGINT NOT NULL REFERENCES community (id),
    day          BIGINT NOT NULL,
    characters   BIGINT NOT NULL,
    PRIMARY KEY (community_id, day)
);

-- Members who want nothing translated of what they write in rooms.
CREATE TABLE translation_hush (
    community_id BIGINT NOT NULL REFERENCES community (id),
    member       BIGINT NOT NULL,
    since        BIGINT NOT NULL,
    PRIMARY KEY (community_id, member)
);

-- What a translation must say for a word, and what it must leave alone.
CREATE TABLE glossary_term (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    from_lang    TEXT NOT NULL, -- empty: any
    to_lang      TEXT NOT NULL, -- empty: any
    source       TEXT NOT NULL,
    folded       TEXT NOT NULL, -- the source as it is compared
    target       TEXT NOT NULL, -- empty: left alone
    by_member    BIGINT NOT NULL,
    added        BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE UNIQUE INDEX glossary_term_words ON glossary_term (community_id, folded, from_lang, to_lang);

-- What members think should be translated better.
CREATE TABLE glossary_wish (
    community_id BIGINT NOT NULL REFERENCES community (id),
    number       BIGINT NOT NULL,
    from_lang    TEXT NOT NULL,
    to_lang      TEXT NOT NULL,
    source       TEXT NOT NULL,
    target       TEXT NOT NULL,
    by_member    BIGINT NOT NULL,
    made         BIGINT NOT NULL,
    PRIMARY KEY (community_id, number)
);

-- +goose Down
SELECT 1;
