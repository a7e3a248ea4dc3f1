-- +goose Up

-- A digest as somebody of their own got it. It is claimed by being added: there is one for a recipient
-- and period. What it holds is a line for each item, "part record score at state": it is read only as
-- a whole, and a hundred thousand people get one in the same half hour.
CREATE TABLE digest_letter (
    community_id BIGINT NOT NULL REFERENCES community (id),
    recipient    TEXT NOT NULL,   -- such as member/12
    period       TEXT NOT NULL,   -- such as 2027-W09
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    people       BIGINT NOT NULL, -- who did something in that time
    countries    BIGINT NOT NULL,
    items        TEXT NOT NULL,
    PRIMARY KEY (community_id, recipient, period)
);
CREATE INDEX digest_letter_until ON digest_letter (community_id, until);

INSERT INTO digest_letter (community_id, recipient, period, since, until, people, countries, items)
SELECT community_id, 'member/' || member, period, until, until, 0, 0, '' FROM digest_own;
-- What was shown before is kept as if each thing had come alone.
INSERT INTO digest_letter (community_id, recipient, period, since, until, people, countries, items)
SELECT i.community_id, 'member/' || i.member, 'shown ' || i.record, 0,
    (SELECT MAX(o.until) FROM digest_own o WHERE o.community_id = i.community_id AND o.member = i.member), 0, 0,
    'toolbox ' || i.record || ' 0 0 ' || i.state
FROM digest_own_item i WHERE EXISTS (SELECT 1 FROM digest_own o WHERE o.community_id = i.community_id AND o.member = i.member);

DROP TABLE digest_own_item;
DROP TABLE digest_own;

-- +goose Down
SELECT 1;
