-- +goose Up

-- Who took part in the threads that belong to records: counters alone, no text.
CREATE TABLE thread_part (
    community_id BIGINT NOT NULL REFERENCES community (id),
    record       TEXT NOT NULL, -- its id, such as H12
    member       BIGINT NOT NULL,
    messages     BIGINT NOT NULL,
    reactions    BIGINT NOT NULL, -- how many stand there now
    PRIMARY KEY (community_id, record, member)
);
CREATE INDEX thread_part_member ON thread_part (community_id, member);

-- +goose Down
SELECT 1;
