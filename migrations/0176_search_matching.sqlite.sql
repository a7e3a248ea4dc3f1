-- +goose Up

-- For Postgres alone.
SELECT 1;

-- +goose Down
SELECT 1;
