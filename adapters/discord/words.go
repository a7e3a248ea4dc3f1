package discord

import (
	"embed"
	"fmt"

	"guildhall/core/text"
)

//go:embed text
var wordFiles embed.FS

// words are the few sentences that only Discord needs.
var words = func() *text.Catalogue {
	c, err := text.Load(wordFiles)
	if err != nil {
		panic(fmt.Sprintf("discord: words: %v", err)) // embedded: a test sees it first
	}
	return c
}()
