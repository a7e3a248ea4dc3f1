// Package migrations holds the database's schema as numbered SQL files. A file for one engine only
// has the engine's name before its ending (0003_search.sqlite.sql); files are only ever added.
package migrations

import "embed"

// Files are the migrations.
//
//go:embed *.sql
var Files embed.FS
