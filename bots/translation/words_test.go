package translation

import (
	"testing"

	"guildhall/bots/bottest"
)

func TestWords(t *testing.T) {
	t.Parallel()
	bottest.Words{Texts: words, Prefix: "translation", Rules: "../../core/translation", Apart: []string{kindOrder, "translation.sweep"}}.Check(t)
}
