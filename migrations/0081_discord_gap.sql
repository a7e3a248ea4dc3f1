-- +goose Up

-- Since when messages are being looked for that a shard's lost session did not tell; 0 for not.
ALTER TABLE discord_shard ADD COLUMN gap BIGINT NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
