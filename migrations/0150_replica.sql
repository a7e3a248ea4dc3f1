-- +goose Up

-- The programs that run on this database. Each writes its row again and again; who stops takes it away,
-- who was killed leaves it until it has run out.
CREATE TABLE replica (
    name      TEXT PRIMARY KEY, -- unique among all that ever ran
    host      TEXT NOT NULL,
    version   TEXT NOT NULL,
    platforms TEXT NOT NULL,    -- separated by spaces
    started   BIGINT NOT NULL,
    seen      BIGINT NOT NULL,
    held      BIGINT NOT NULL   -- until when it counts as running
);

-- +goose Down
SELECT 1;
