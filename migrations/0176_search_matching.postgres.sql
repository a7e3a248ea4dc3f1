-- +goose Up

-- What matches a query. The planner takes it for much where words are common, and would rather read every
-- row and unpack its tokens, which takes minutes among a million records; here it always asks the index.
-- +goose StatementBegin
CREATE FUNCTION search_matching(q TSQUERY)
RETURNS TABLE (letter TEXT, number BIGINT, section TEXT, kind TEXT, language TEXT, state TEXT, topics TEXT, at BIGINT, uses BIGINT)
LANGUAGE sql STABLE SET enable_seqscan = off SET work_mem = '32MB' AS $$
    SELECT letter, number, section, kind, language, state, topics, at, uses FROM search WHERE tokens @@ q
$$;
-- +goose StatementEnd

-- Nobody asks how common words are.
ALTER TABLE search ALTER COLUMN tokens SET STATISTICS 0;

-- +goose Down
SELECT 1;
