package sharing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"guildhall/adapters/files"
	"guildhall/adapters/lingua"
	"guildhall/adapters/links"
	"guildhall/bots/bottest"
	communicationbot "guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	sharingbot "guildhall/bots/sharing"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/sharing"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, func(w *bottest.World) []chat.Bot { return house(t, w, newPages(), t.TempDir()) })
}

// house are the bots of the toolbox and those that people need beside it. Files are kept on disk, and
// languages are told as in earnest; the web is in memory.
func house(t testing.TB, w *bottest.World, web *pages, dir string) []chat.Bot {
	t.Helper()
	store, err := files.Open(dir, 25<<20)
	if err != nil {
		t.Fatal(err)
	}
	db := w.DB
	d, l := db.Directory(), db.Ledger()
	box := sharing.New(sharing.Store{Transactions: db, Resources: db.Resources(), Versions: db.ResourceVersions(), Uses: db.ResourceUses(),
		Members: d, Consents: l, Changes: w.Changes(), Trails: l, Queue: w.Queue, Normalize: links.Normalize}, w.Clock)
	toolbox := sharingbot.New(sharingbot.Parts{Toolbox: box, People: d, Files: files.Deposits{Store: store}, Downloads: downloads{w}, Links: web, Detector: detector(), Policies: d})
	requests := communicationbot.New(communicationbot.Parts{Desk: w.Desk(), People: d})
	return []chat.Bot{
		toolbox, requests, backstage(w, web),
		library.New(w.View, w.Finder(), l, append(toolbox.Views, requests.Views...)...), help.New(w.Commands),
		membership.New(d, l, w.View, w.Rights),
	}
}

var detector = sync.OnceValue(func() *lingua.Detector {
	d, err := lingua.New("en", "it", "pl")
	if err != nil {
		panic(err)
	}
	return d
})

// downloads fetches files from the platform that has them.
type downloads struct{ w *bottest.World }

func (d downloads) Download(ctx context.Context, p chat.PlatformID, f chat.FileRef) (io.ReadCloser, error) {
	from, can := d.w.Engine.Platforms()[p].(chat.Downloader)
	if !can {
		return nil, chat.ErrGone
	}
	return from.Download(ctx, f)
}

// pages is a web of a few pages. A site may be down.
type pages struct {
	mu   sync.Mutex
	down bool
}

func newPages() *pages { return &pages{} }

func (p *pages) Describe(_ context.Context, link string) (sharing.Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return sharing.Page{}, sharing.ErrAway
	}
	switch {
	case strings.HasSuffix(link, "/rubric"):
		return sharing.Page{Title: "Rubric for welders", Summary: "How to assess a weld from a video, step by step.", Language: "en-GB"}, nil
	case strings.HasSuffix(link, "/rubrica"):
		return sharing.Page{Title: "Rubrica di saldatura", Summary: "Come valutare una saldatura da un video, passo dopo passo."}, nil
	case strings.HasSuffix(link, "/hostile"):
		return sharing.Page{Title: "@everyone <b>**Free**</b> \u202e [x](https://evil.example)", Summary: "<!channel> <script>alert(1)</script>"}, nil
	case strings.HasSuffix(link, ".pdf"):
		return sharing.Page{Title: link[strings.LastIndexByte(link, '/')+1:]}, nil
	}
	return sharing.Page{}, errors.New("no such page")
}

// backstage is what a story needs that no member can do: "stage role Dan curator", "stage
// web down".
func backstage(w *bottest.World, web *pages) chat.Bot {
	said := func(ok bool) (chat.Reply, error) {
		if !ok {
			return chat.Reply{}, errors.New("the stage does not know that")
		}
		return chat.Nothing(), nil
	}
	return chat.Bot{Name: "backstage", Words: fstest.MapFS{
		"text/en.json": {Data: []byte(`{"stage":{"about":"Sets the stage.","button":"Set","example":"x","arg":{"what":"What","who":"Who","how":"How"}}}`)},
		"text/it.json": {Data: []byte(`{"stage":{"about":"Prepara la scena.","button":"Prepara","example":"x","arg":{"what":"Cosa","who":"Chi","how":"Come"}}}`)},
	}, Commands: []chat.Command{{Path: "stage", Text: "stage", Args: []chat.Arg{{Name: "what", Kind: chat.Word, Required: true}, {Name: "who", Kind: chat.Word}, {Name: "how", Kind: chat.Word}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			switch c.Text("what") {
			case "web":
				web.mu.Lock()
				defer web.mu.Unlock()
				web.down = c.Text("who") == "down"
				return said(true)
			case "role":
				found, err := w.DB.Directory().Find(ctx, c.Community.ID, c.Text("who"), 1)
				role, ok := community.ParseRole(c.Text("how"))
				if err != nil || len(found) == 0 || !ok {
					return chat.Reply{}, fmt.Errorf("nobody is %s: %w", c.Text("who"), err)
				}
				return chat.Nothing(), w.DB.Directory().SetRole(ctx, c.Community.ID, found[0].No, role)
			}
			return said(false)
		}}}}
}
