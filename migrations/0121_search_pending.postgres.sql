-- +goose Up

-- What was indexed last waits in a list that every search reads to its end: it stays short.
ALTER INDEX search_tokens SET (gin_pending_list_limit = 256);

-- +goose Down
SELECT 1;
