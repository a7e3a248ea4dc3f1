-- +goose Up

-- Work that happens later. What is ready waits in its lane, in the order of the ids; what is done
-- is remembered for a while by its key; what is dead keeps its body and its cause.
CREATE TABLE work (
    id           INTEGER PRIMARY KEY,
    community_id BIGINT NOT NULL, -- 0: the program's own
    key          TEXT NOT NULL,
    lane_id      BIGINT NOT NULL, -- while it is ready
    lane         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    body         TEXT NOT NULL, -- JSON; '' once it is done
    budget       TEXT NOT NULL,
    due          BIGINT NOT NULL,
    added        BIGINT NOT NULL,
    attempts     BIGINT NOT NULL, -- that ended, except those that were told to come later
    state        TEXT NOT NULL,   -- ready, done, dead
    cause        TEXT NOT NULL,   -- of the last failure
    ended        BIGINT NOT NULL
);
CREATE UNIQUE INDEX work_key ON work (community_id, key);
CREATE INDEX work_lane ON work (lane_id, id) WHERE state = 'ready';
CREATE INDEX work_done ON work (ended) WHERE state = 'done';
CREATE INDEX work_dead ON work (community_id, id) WHERE state = 'dead';

-- A lane is here while something in it is ready. It can be taken when it is due: when its first item
-- is, or, while a worker has it, when that worker's lease ends.
CREATE TABLE lane (
    id           INTEGER PRIMARY KEY,
    community_id BIGINT NOT NULL,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,   -- of its first item
    due          BIGINT NOT NULL,
    owner        TEXT NOT NULL,   -- '': nobody has it
    fence        BIGINT NOT NULL, -- greater each time it is taken
    item         BIGINT NOT NULL, -- that was taken last
    begun        BIGINT NOT NULL, -- how often that was taken without an outcome
    slot         BIGINT NOT NULL  -- the moment that its budget has reserved for it; 0: none
);
CREATE UNIQUE INDEX lane_name ON lane (community_id, name);
CREATE INDEX lane_due ON lane (kind, due, id);

-- The pace at which something may be used, for all that share this database.
CREATE TABLE budget (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL, -- when the next use would be exactly on the beat
    held BIGINT NOT NULL  -- nothing before
);

-- The program's own regular work: the last time of each that was queued.
CREATE TABLE upkeep (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What people set up to happen regularly.
CREATE TABLE schedule (
    community_id BIGINT NOT NULL,
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    zone         TEXT NOT NULL,
    rule         TEXT NOT NULL,
    due          BIGINT NOT NULL, -- 0: switched off
    period       TEXT NOT NULL,   -- that due stands for
    last         TEXT NOT NULL,   -- the last period that was done
    PRIMARY KEY (community_id, name)
);
CREATE INDEX schedule_due ON schedule (due) WHERE due > 0;

-- +goose Down
SELECT 1;
