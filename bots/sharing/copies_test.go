package sharing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/bots/bottest"
	"guildhall/bots/help"
	"guildhall/bots/library"
	sharingbot "guildhall/bots/sharing"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

// room is a chat service with one room, whose files may fail to come.
type room struct {
	*bottest.Screen
	*bottest.World
	t     *testing.T
	n     int
	dir   string
	fails int                         // how many downloads fail before one succeeds
	files map[string]func() io.Reader // by id
}

func (r *room) Download(_ context.Context, f chat.FileRef) (io.ReadCloser, error) {
	if r.fails > 0 {
		r.fails--
		return nil, errors.New("the service is slow today")
	}
	open := r.files[f.ID]
	if open == nil {
		return nil, chat.ErrGone
	}
	return io.NopCloser(open()), nil
}

// Direct implements chat.Director.
func (r *room) Direct(_ context.Context, space chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	return chat.Address{Platform: "web", Space: space, Room: chat.RoomID("dm-" + who)}, nil
}

func of(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// newRoom makes a room. change may take parts away from the bot; nil for all of them.
func newRoom(t *testing.T, bots func(w *bottest.World, dir string) []chat.Bot) *room {
	t.Helper()
	r := &room{t: t, Screen: bottest.NewScreen("web", true), dir: t.TempDir(), files: map[string]func() io.Reader{}}
	r.World = bottest.New(t, bottest.OpenStore(t), []chat.Platform{r}, func(w *bottest.World) []chat.Bot {
		if bots != nil {
			return bots(w, r.dir)
		}
		return house(t, w, newPages(), r.dir)
	})
	err := r.DB.Atomically(t.Context(), func(ctx context.Context) error {
		d := r.DB.Directory()
		com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, r.Now)
		if err != nil {
			return err
		}
		return errors.Join(
			d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "web", ID: "hall", Name: "Hall", Noise: community.NoiseAll, Joined: r.Now}),
			d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "web", Space: "hall", ID: "hall#sharing", Sections: []community.Section{community.Sharing}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says gives a command in a message with files, and returns the answer.
func (r *room) says(who, line string, files ...chat.FileRef) string {
	r.t.Helper()
	r.n++
	a := r.Handle(chat.Event{ID: chat.EventID(fmt.Sprint("e", r.n)), Kind: chat.Said, At: r.Now, Where: chat.Address{Platform: "web", Space: "hall", Room: "hall#sharing"},
		From: chat.Author{Account: chat.AccountID(who), Name: who, Locale: "en"}, Message: chat.MessageID(fmt.Sprint("said", r.n)),
		Text: line, Addressed: true, Files: files, Can: chat.Carry{Answer: true, Form: true}})
	if a.Delivered != nil {
		if err := a.Delivered(r.t.Context(), chat.Sent{}); err != nil {
			r.t.Fatal(err)
		}
	}
	r.Drain()
	if a.Message == nil {
		return ""
	}
	return a.Message.Plain()
}

// kept are the sizes of the contents on the disk.
func (r *room) kept() (sizes []int64) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		sizes = append(sizes, info.Size())
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return sizes
}

func (r *room) resource(no int64) *sharing.Resource {
	r.t.Helper()
	x, err := r.DB.Resources().ByID(r.t.Context(), 1, record.ID{Letter: sharing.Letter, No: no})
	if err != nil || x == nil {
		r.t.Fatalf("R%d: %v", no, err)
	}
	return x
}

func begins(t *testing.T, got, want string) {
	t.Helper()
	if !strings.HasPrefix(got, want) {
		t.Errorf("said %q, want %q …", got, want)
	}
}

// endless is a file of which nobody knows the size.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestAFileThatDoesNotComeInTimeIsFetchedLater(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	r.files["f"], r.fails = of("%PDF-1.7 rubric"), 2
	got := r.says("ann", `deposit Rubric licence:CC-BY-4.0`, chat.FileRef{ID: "f", Name: "rubric.exe", Type: "application/x-lie"})
	begins(t, got, "R1 · Rubric is in the toolbox.\nI am still copying the file.")
	if x := r.resource(1); x.Files[0].Kept || len(r.kept()) != 0 {
		t.Errorf("kept already: %+v", x.Files)
	}
	r.Later(time.Hour)
	x := r.resource(1)
	if !x.Files[0].Kept || x.Files[0].Type != "application/pdf" || x.Files[0].Size != 15 || len(r.kept()) != 1 {
		t.Errorf("%+v, on disk %v", x.Files, r.kept())
	}
	begins(t, r.says("bea", "show R1"), "R1 · Rubric\n")
}

func TestAFileOfUnknownSizeIsReadNoFurtherThanTheLimit(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	var film endless
	r.files["f"] = func() io.Reader { return &film }
	for _, line := range []string{"deposit Film licence:CC-BY-4.0", "deposit Film"} {
		film.read = 0
		begins(t, r.says("ann", line, chat.FileRef{ID: "f", Name: "film.mp4"}), "That file is larger than 25 MB, so I can't copy it. Deposit a link to it instead?")
		if film.read > 26<<20 {
			t.Errorf("%s: read %d bytes", line, film.read)
		}
	}
	if len(r.kept()) != 0 {
		t.Errorf("left on disk: %v", r.kept())
	}
	// It turns out later: its depositor is told, once, and may give a link.
	r.fails = 1
	begins(t, r.says("ann", "deposit Film licence:CC-BY-4.0", chat.FileRef{ID: "f", Name: "film.mp4"}), "R1 · Film is in the toolbox.")
	r.Later(time.Hour)
	told := 0
	for _, line := range r.Shows() {
		if strings.Contains(line, "I could not copy film.mp4 for R1") {
			told++
		}
	}
	if dead := r.Dead(); len(dead) > 0 || told != 1 {
		t.Errorf("told %d times, dead %v:\n%s", told, dead, strings.Join(r.Shows(), "\n"))
	}
	if x := r.resource(1); x.Files[0].Kept || len(r.kept()) != 0 {
		t.Errorf("%+v, on disk %v", x.Files, r.kept())
	}
}

func TestWhatNobodyNeedsIsRemoved(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	r.files["a"], r.files["b"], r.files["c"] = of("%PDF a"), of("%PDF bb"), of("%PDF ccc")
	begins(t, r.says("ann", "deposit One licence:CC-BY-4.0", chat.FileRef{ID: "a", Name: "a.pdf"}, chat.FileRef{ID: "b", Name: "b.pdf"}), "R1")
	begins(t, r.says("bea", "deposit Two licence:CC-BY-4.0 anyway:yes", chat.FileRef{ID: "b", Name: "b.pdf"}), "R2")
	begins(t, r.says("ann", "version R1", chat.FileRef{ID: "c", Name: "c.pdf"}), "R1 · One is now at version 2.")
	if len(r.kept()) != 3 {
		t.Errorf("on disk: %v", r.kept())
	}
	r.says("ann", `withdraw R1 "out of date"`)
	r.Later(time.Minute)
	if len(r.kept()) != 3 {
		t.Errorf("removed while somebody might be depositing the same: %v", r.kept())
	}
	r.Later(time.Hour)
	if got := r.kept(); len(got) != 1 || got[0] != int64(len("%PDF bb")) {
		t.Errorf("on disk: %v", got)
	}
	// Who only asks whether it is there already leaves nothing behind.
	begins(t, r.says("ann", "deposit Three licence:CC-BY-4.0", chat.FileRef{ID: "b", Name: "c.pdf"}), "That file is here already: R2 · Two")
	begins(t, r.says("bea", "edit R2 licence:unsure"), "R2 is changed.")
	r.Later(time.Hour)
	if len(r.kept()) != 0 {
		t.Errorf("on disk: %v", r.kept())
	}
}

func TestWithoutFilesLinksAndDetectorDepositsAreMade(t *testing.T) {
	t.Parallel()
	r := newRoom(t, func(w *bottest.World, _ string) []chat.Bot {
		db := w.DB
		l := db.Ledger()
		box := sharing.New(sharing.Store{Transactions: db, Resources: db.Resources(), Versions: db.ResourceVersions(), Uses: db.ResourceUses(),
			Members: db.Directory(), Consents: l, Changes: w.Changes(), Trails: l, Queue: w.Queue,
			Normalize: func(s string) (string, error) { return s, nil }}, w.Clock)
		toolbox := sharingbot.New(sharingbot.Parts{Toolbox: box, People: db.Directory()})
		return []chat.Bot{toolbox, library.New(w.View, w.Finder(), l, toolbox.Views...), help.New(w.Commands)}
	})
	begins(t, r.says("ann", "deposit https://example.org/welding-rubric.html"), "R1 · welding rubric is in the toolbox.")
	begins(t, r.says("ann", "deposit Film licence:CC-BY-4.0", chat.FileRef{ID: "f", Name: "film.mp4", Size: 90 << 20}), "R2 · Film is in the toolbox.")
	begins(t, r.says("ann", "version R2 https://example.org/film"), "R2 · Film is now at version 2.")
	begins(t, r.says("bea", "show R2"), "R2 · Film\n")
	begins(t, r.says("ann", "edit R2 licence:unsure"), "R2 is changed.")
	begins(t, r.says("ann", "withdraw R2 gone"), "R2 is withdrawn.")
	r.Later(time.Hour)
	if dead := r.Dead(); len(dead) > 0 {
		t.Error(dead)
	}
}

func TestManyAndRepeatedFilesAreTakenOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t, nil)
	var refs []chat.FileRef
	for i := range sharing.MaxFiles + 1 {
		id := fmt.Sprint("f", i)
		r.files[id] = func() io.Reader { return bytes.NewReader([]byte("file " + id)) }
		refs = append(refs, chat.FileRef{ID: id, Name: "../../etc/" + id + "\u202egpj.exe"})
	}
	begins(t, r.says("ann", "deposit Many licence:CC-BY-4.0", refs...), "One resource can have at most 20 files.")
	begins(t, r.says("ann", "deposit Same licence:CC-BY-4.0", refs[0], refs[0], refs[1]), "R1 · Same is in the toolbox.")
	x := r.resource(1)
	if len(x.Files) != 2 || strings.ContainsAny(x.Files[0].Name, "/\u202e") {
		t.Errorf("%+v", x.Files)
	}
}
