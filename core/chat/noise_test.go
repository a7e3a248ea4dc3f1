package chat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// crier is a bot that says something in the rooms of a section.
func crier() chat.Bot {
	return chat.Bot{Name: "crier", Words: fstest.MapFS{
		"text/en.json": {Data: []byte(`{"crier":{"about":"Cries.","button":"Cry","example":"x","arg":{"where":"Where"},"cry":"Hear, hear!"}}`)},
		"text/it.json": {Data: []byte(`{"crier":{"about":"Grida.","button":"Grida","example":"x","arg":{"where":"Dove"},"cry":"Udite, udite!"}}`)},
	}, Commands: []chat.Command{{Path: "cry", Text: "crier", Role: community.RoleMember, Args: []chat.Arg{{Name: "where", Kind: chat.Word, Required: true}},
		Run: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			return chat.Nothing().Tell(chat.Post{To: chat.To{Section: community.Section(c.Text("where"))},
				Say: chat.Say{Lines: []chat.Phrase{chat.P("crier.cry", nil)}}}), nil
		}}}}
}

func TestASpaceThatWantsTheDigestOnlyIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false)}
	w.World = bottest.New(t, bottest.OpenStore(t), []chat.Platform{w.web, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{crier()} })
	w.people(t)
	err := w.DB.Atomically(t.Context(), func(ctx context.Context) error {
		d := w.DB.Directory()
		return errors.Join(
			d.AddSpace(ctx, community.Space{Community: w.com.ID, Platform: "bare", ID: "hall", Noise: community.NoiseDigest, Joined: bottest.Noon}),
			d.AddRoom(ctx, community.Room{Community: w.com.ID, Platform: "bare", Space: "hall", ID: "bare-news", Sections: []community.Section{community.News}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.typed("ann", "cry communication")
	w.typed("ann", "cry news")
	w.Drain()
	same(t, w.web.Shows(), "web-help: Hear, hear!")
	if got := strings.Join(w.bare.Shows(), "\n"); got != "bare-news: Hear, hear!" {
		t.Error(got)
	}
}
