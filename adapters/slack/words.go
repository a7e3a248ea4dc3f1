package slack

import (
	"embed"

	"guildhall/core/text"
)

//go:embed text
var wordFiles embed.FS

// words are the few words that only this adapter says, in one language.
type words struct {
	all  *text.Catalogue
	lang string
}

func (w words) say(key string, a text.Args) string { return w.all.Plain(w.lang, "slack."+key, a) }

// in is the words in the first of langs that there is.
func (w words) in(langs ...string) words {
	w.lang = w.all.Match(langs...)
	return w
}
