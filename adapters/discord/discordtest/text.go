package discordtest

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"
)

func runes(s string) int { return utf8.RuneCountInString(s) }

func itoa(n int) string { return strconv.Itoa(n) }

func compareIDs(a, b Snowflake) int { return cmp.Compare(a, b) }

func startsFolded(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}
