package build_test

import (
	"testing"

	"guildhall/adapters/files"
	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
)

// TestTranscripts plays what only all bots together can say.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, func(w *bottest.World) []chat.Bot {
		store, err := files.Open(t.TempDir(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return build.Bots(build.Options{DB: w.DB, Files: store, Queue: w.Queue, Now: w.Clock}, func() *chat.Engine { return w.Engine })
	})
}
