-- +goose Up

-- The toolbox. source_* is the message that a resource was deposited from, where there is one.
CREATE TABLE resource (
    community_id    BIGINT NOT NULL REFERENCES community (id),
    number          BIGINT NOT NULL,
    state           TEXT NOT NULL,
    hidden          BOOLEAN NOT NULL,
    reason          TEXT NOT NULL,
    depositor       BIGINT NOT NULL,
    creator         BIGINT NOT NULL, -- 0: none but the depositor
    said            TEXT NOT NULL, -- the creator's consent: '', waiting, always, yes, unnamed, no
    title           TEXT NOT NULL,
    summary         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    language        TEXT NOT NULL,
    licence         TEXT NOT NULL, -- SPDX; '': all rights reserved
    rights_holder   TEXT NOT NULL,
    topics          TEXT NOT NULL,
    level           BIGINT NOT NULL, -- EQF; 0: not said
    audience        TEXT NOT NULL,
    replaced_by     BIGINT NOT NULL, -- 0: nothing
    version         BIGINT NOT NULL, -- the newest
    uses            BIGINT NOT NULL,
    created         BIGINT NOT NULL,
    issued          BIGINT NOT NULL,
    modified        BIGINT NOT NULL,
    source_platform TEXT NOT NULL,
    source_space    TEXT NOT NULL,
    source_room     TEXT NOT NULL,
    source_thread   TEXT NOT NULL,
    source_message  TEXT NOT NULL,
    source_url      TEXT NOT NULL,
    PRIMARY KEY (community_id, number)
);
CREATE INDEX resource_state ON resource (community_id, state);
CREATE INDEX resource_depositor ON resource (community_id, depositor);
CREATE INDEX resource_source ON resource (source_platform, source_room, source_message);
CREATE INDEX resource_creator ON resource (community_id, creator);

CREATE TABLE resource_version (
    community_id BIGINT NOT NULL,
    resource     BIGINT NOT NULL,
    version      BIGINT NOT NULL, -- from 1, without gaps
    by_member    BIGINT NOT NULL,
    note         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    link         TEXT NOT NULL,
    plain        TEXT NOT NULL, -- the form that the same link always has
    PRIMARY KEY (community_id, resource, version),
    FOREIGN KEY (community_id, resource) REFERENCES resource (community_id, number)
);
CREATE INDEX resource_version_plain ON resource_version (community_id, plain);
CREATE INDEX resource_version_member ON resource_version (community_id, by_member);

CREATE TABLE resource_file (
    community_id BIGINT NOT NULL,
    resource     BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL,
    size         BIGINT NOT NULL,
    sha256       TEXT NOT NULL, -- '': not fetched
    kept         BOOLEAN NOT NULL, -- the content is kept here
    ref          TEXT NOT NULL, -- where its platform has it
    PRIMARY KEY (community_id, resource, version, position),
    FOREIGN KEY (community_id, resource, version) REFERENCES resource_version (community_id, resource, version)
);
CREATE INDEX resource_file_content ON resource_file (sha256);

-- Who used what. The organisation is the one the member belonged to then.
CREATE TABLE resource_use (
    community_id BIGINT NOT NULL,
    resource     BIGINT NOT NULL,
    member       BIGINT NOT NULL,
    organisation BIGINT NOT NULL, -- 0: none said
    version      BIGINT NOT NULL,
    note         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (community_id, resource, member),
    FOREIGN KEY (community_id, resource) REFERENCES resource (community_id, number)
);
CREATE INDEX resource_use_member ON resource_use (community_id, member);

-- +goose Down
SELECT 1;
