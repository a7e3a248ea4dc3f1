-- +goose Up

-- Circles: organisations that study a practice together, try it, and show results.
CREATE TABLE practice_circle (
    community_id BIGINT NOT NULL,
    practice     BIGINT NOT NULL,
    number       BIGINT NOT NULL, -- per practice
    host         BIGINT NOT NULL,
    start        TEXT NOT NULL, -- a date in the community's zone
    outcomes     TEXT NOT NULL,
    state        TEXT NOT NULL,
    made         BIGINT NOT NULL,
    PRIMARY KEY (community_id, practice, number),
    FOREIGN KEY (community_id, practice) REFERENCES practice (community_id, number)
);

CREATE TABLE practice_circle_member (
    community_id BIGINT NOT NULL,
    practice     BIGINT NOT NULL,
    circle       BIGINT NOT NULL,
    place        BIGINT NOT NULL, -- in the order in which they were named or joined
    organisation BIGINT NOT NULL,
    member       BIGINT NOT NULL, -- who joined or declined for it; 0: invited
    gone         BOOLEAN NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, practice, circle, place),
    FOREIGN KEY (community_id, practice, circle) REFERENCES practice_circle (community_id, practice, number),
    FOREIGN KEY (community_id, organisation) REFERENCES organisation (community_id, number)
);

-- +goose Down
SELECT 1;
