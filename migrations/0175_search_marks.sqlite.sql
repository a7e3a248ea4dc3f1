-- +goose Up

-- Each token begins with a letter for its community, so that only that community's records are read;
-- tokens of the title are there once more with a mark, and so is what records are filtered by.
DROP TABLE search_match;
CREATE VIRTUAL TABLE search_match USING fts5(tokens, tokenize = 'ascii', detail = 'none',
    prefix = '3 4 5', content = '', contentless_delete = 1);
INSERT INTO search_match (rowid, tokens) SELECT docid, replace(' ' || title_tokens, ' ', ' ' || mark)
        || replace(' ' || title_tokens, ' ', ' ' || mark || '¤')
        || CASE body_tokens WHEN '' THEN '' ELSE replace(' ' || body_tokens, ' ', ' ' || mark) END
        || CASE section WHEN '' THEN '' ELSE ' ' || mark || '¶s' || lower(replace(section, '-', '·')) END
        || CASE kind WHEN '' THEN '' ELSE ' ' || mark || '¶k' || lower(replace(kind, '-', '·')) END
        || CASE language WHEN '' THEN '' ELSE ' ' || mark || '¶g' || lower(replace(language, '-', '·')) END
        || CASE letter WHEN '' THEN '' ELSE ' ' || mark || '¶l' || lower(letter) END
        || replace(rtrim(lower(replace(topics, '-', '·'))), ' ', ' ' || mark || '¶t')
        || CASE WHEN uses >= 4 THEN ' ' || mark || '¶u4' ELSE '' END
        || CASE WHEN uses >= 16 THEN ' ' || mark || '¶u16' ELSE '' END
        || CASE WHEN uses >= 64 THEN ' ' || mark || '¶u64' ELSE '' END
    FROM (SELECT *, char(65536 + community_id % 1000000)
        || CASE WHEN community_id < 1000000 THEN '' ELSE '¦' || community_id / 1000000 || '¦' END AS mark FROM search)
    ORDER BY docid;

-- +goose Down
SELECT 1;
