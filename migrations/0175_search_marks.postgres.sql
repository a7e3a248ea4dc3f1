-- +goose Up

-- Each token begins with a letter for its community, so that only that community's records are read;
-- tokens of the title are there once more with a mark, and so are what records are filtered by, and
-- what words begin with. Weights and positions are gone: to compare them took a look at each row.
DROP INDEX search_tokens;
UPDATE search SET tokens = (
    SELECT array_to_tsvector(array_agg(mark || token)) FROM (
        SELECT w AS token FROM unnest(string_to_array(title_tokens, ' ')) w
        UNION ALL SELECT w FROM unnest(string_to_array(body_tokens, ' ')) w
        UNION ALL SELECT '¤' || w FROM unnest(string_to_array(title_tokens, ' ')) w
        UNION ALL SELECT '¤¬' || left(w, n) FROM unnest(string_to_array(title_tokens, ' ')) w, generate_series(1, 3) n WHERE length(w) >= n AND left(w, 1) <> '§'
        UNION ALL SELECT '¬' || left(w, n) FROM unnest(string_to_array(title_tokens, ' ')) w, generate_series(2, 4) n WHERE length(w) >= n AND left(w, 1) <> '§'
        UNION ALL SELECT '¬' || left(w, n) FROM unnest(string_to_array(body_tokens, ' ')) w, generate_series(2, 4) n WHERE length(w) >= n AND left(w, 1) <> '§'
        UNION ALL SELECT '¶s' || lower(replace(section, '-', '·')) WHERE section <> ''
        UNION ALL SELECT '¶k' || lower(replace(kind, '-', '·')) WHERE kind <> ''
        UNION ALL SELECT '¶g' || lower(replace(language, '-', '·')) WHERE language <> ''
        UNION ALL SELECT '¶l' || lower(letter) WHERE letter <> ''
        UNION ALL SELECT '¶t' || t FROM unnest(string_to_array(lower(replace(trim(topics), '-', '·')), ' ')) t WHERE t <> ''
        UNION ALL SELECT '¶u' || least FROM unnest(ARRAY[4, 16, 64]) least WHERE uses >= least
        UNION ALL SELECT '¶' || bits || ':' || (GREATEST(at, 0) >> bits) FROM unnest(ARRAY[32, 36, 40, 44]) bits
    ) AS every WHERE token <> '')
FROM (SELECT community_id AS marked, chr(CAST(65536 + community_id % 1000000 AS int))
        || CASE WHEN community_id < 1000000 THEN '' ELSE '¦' || community_id / 1000000 || '¦' END AS mark
    FROM (SELECT DISTINCT community_id FROM search) AS communities) AS marks
WHERE marked = community_id;
CREATE INDEX search_tokens ON search USING GIN (tokens) WITH (gin_pending_list_limit = 256);

-- +goose Down
SELECT 1;
