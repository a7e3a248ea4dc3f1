package bottest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// Play runs every transcript of testdata, each in a world of its own with the given bots, and
// compares what people saw with what is written there. With UPDATE=1 in the environment it writes
// what they saw: then read it aloud.
//
// A transcript is a txtar file whose comment is the talk:
//
//	# The second person to deposit a link is shown the first one's resource.
//
//	ann #sharing /deposit "Welding rubric" link:https://example.org/rubric.pdf
//	  only ann: R1 · Welding rubric is in the toolbox.
//	    [Show R1]
//	bea presses [Deposit it all the same]
//
// Lines that begin with a space are what somebody saw because of the line before them; they are
// written by the machine. All others are acts:
//
//	WHO PLACE /command …          a slash command
//	WHO PLACE: words + a.pdf      a message, perhaps with files; "@Guildhall …" speaks to us
//	WHO replies to "words": words + a.pdf
//	WHO presses [Label]           the newest button of that label that they see
//	WHO presses [Label] under "words"
//	WHO chooses [Option] [Other]  of a menu
//	WHO fills name="value" …      the form that is open for them; file fields: name=+a.pdf
//	WHO reacts ✅ to "words"       to the newest message in their space that says so
//	WHO unreacts ✅ to "words"
//	WHO acts deposit on "words"   a message action
//	WHO acts profile on @bea      an action on a person, by their account
//	WHO edits "words" to: words   a message of their own
//	WHO deletes "words"
//	WHO brings guildhall PLACE    adds us to a room
//	WHO speaks it                 their platform's language from now on
//	again                         the last event comes once more
//	later 24h, later 7d           time passes, and all that is due is worked
//	upkeep                        what the bots do regularly, once
//	file NAME SIZE                a file of that size, such as "file big.mp4 40MB"
//
// PLACE is "#sharing" (in their own space), "annex#sharing", "dm", or a record such as H1: the
// thread of its card. Without it they stay where they were. The first lines may be "world empty"
// (no community yet), "world it" (its language), "world without forms" (neither forms nor private
// answers, as on Matrix), "world unread" (threads cannot be read back), "world discreet" (nobody is written to
// directly who did not allow it). Files may stand in the archive, too.
//
// The cast: ann, dan (members) and mia (admin) in the hall, bea and eve (members) in the annex.
func Play(t *testing.T, bots func(w *World) []chat.Bot) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			play(t, file, bots)
		})
	}
}

func play(t *testing.T, file string, bots func(w *World) []chat.Bot) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ar := txtar.Parse(b)
	s := newStage(t, OpenStore(t), ar, bots)
	for i, line := range strings.Split(strings.TrimRight(string(ar.Comment), "\n"), "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			continue // what was seen, to be compared as a whole
		}
		s.shown = append(s.shown, strings.TrimRight(line, " "))
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "world ") {
			continue
		}
		if err := s.act(line); err != nil {
			t.Fatalf("%s:%d: %v\n%s", file, i+1, err, strings.Join(s.shown, "\n"))
		}
	}
	for _, dead := range s.Dead() {
		s.shown = append(s.shown, "  given up: "+dead)
	}
	ar.Comment = []byte(strings.Join(s.shown, "\n") + "\n")
	got := txtar.Format(ar)
	switch {
	case string(got) == string(b):
	case os.Getenv("UPDATE") != "":
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("%s differs (UPDATE=1 writes it anew):\n%s", file, firstDifference(string(b), string(got)))
	}
}

// firstDifference shows where two texts part, with a few lines around.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	cut := func(l []string) string { return strings.Join(l[max(0, i-4):min(len(l), i+12)], "\n") }
	return fmt.Sprintf("from line %d, want\n%s\n\ngot\n%s", i+1, cut(w), cut(g))
}

// Open is a stage for a test in Go. world are the lines that a transcript may begin with, such as
// "world it".
func Open(t *testing.T, bots func(w *World) []chat.Bot, world ...string) *Stage {
	t.Helper()
	return newStage(t, OpenStore(t), &txtar.Archive{Comment: []byte(strings.Join(world, "\n"))}, bots)
}

// OpenOn is Open on a store of the test's own, empty and migrated.
func OpenOn(t *testing.T, db *sqlstore.DB, bots func(w *World) []chat.Bot, world ...string) *Stage {
	t.Helper()
	return newStage(t, db, &txtar.Archive{Comment: []byte(strings.Join(world, "\n"))}, bots)
}

// Act does what lines of a transcript say, and returns what people saw because of it.
func (s *Stage) Act(lines ...string) []string {
	s.t.Helper()
	before := len(s.shown)
	for _, line := range lines {
		if err := s.act(line); err != nil {
			s.t.Fatalf("%s: %v\n%s", line, err, strings.Join(s.shown, "\n"))
		}
	}
	return s.seen(before)
}

// Give gives an event as a service might, and returns what people saw because of it.
func (s *Stage) Give(ev chat.Event) []string {
	s.t.Helper()
	before := len(s.shown)
	ev.Where.Platform = service
	s.do(ev)
	return s.seen(before)
}

// ThreadOf is the thread of a record's card in a space.
func (s *Stage) ThreadOf(space chat.SpaceID, record string) chat.Address {
	s.t.Helper()
	for _, m := range s.msgs {
		if m.m.Record == record && m.m.Threaded && m.who == "" && !m.gone && m.at.Space == space {
			at := m.at
			at.Thread = chat.ThreadID(m.id)
			return at
		}
	}
	s.t.Fatalf("%s has no thread in %s", record, space)
	return chat.Address{}
}

// Messages are all that was shown and stands.
func (s *Stage) Messages() (out []chat.Message) {
	for _, m := range s.msgs {
		if !m.gone && m.from == "" {
			out = append(out, m.m)
		}
	}
	return out
}

// seen is what was written down since, a line each.
func (s *Stage) seen(since int) (out []string) {
	for _, seen := range s.shown[since:] {
		for _, line := range strings.Split(seen, "\n") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

func newStage(t *testing.T, db *sqlstore.DB, ar *txtar.Archive, bots func(w *World) []chat.Bot) *Stage {
	t.Helper()
	s := &Stage{t: t, speak: "en", people: cast(), at: map[chat.AccountID]chat.Address{}, keys: map[string]*shown{}, rooms: map[string]chat.RoomID{},
		closed: map[chat.RoomID]bool{}, inside: map[chat.RoomID]map[chat.AccountID]bool{}, hidden: map[chat.RoomID]bool{},
		forms: map[chat.AccountID]openForm{}, files: map[string][]byte{}}
	empty := false
	for _, line := range strings.Split(string(ar.Comment), "\n") {
		switch what, ok := strings.CutPrefix(line, "world "); {
		case !ok:
		case what == "empty":
			empty = true
		case what == "without forms":
			s.bare = true
		case what == "unread":
			s.unread = true
		case what == "discreet":
			s.discreet = true
		case len(what) == 2:
			s.speak = what
		default:
			t.Fatalf("no such world: %q", what)
		}
	}
	for _, p := range s.people {
		p.Locale = s.speak
		room := "communication"
		if empty {
			room = "lobby"
		}
		s.at[p.Account] = chat.Address{Platform: service, Space: p.Home, Room: chat.RoomID(string(p.Home) + "#" + room)}
	}
	for _, f := range ar.Files {
		s.files[f.Name] = f.Data
	}
	var platform chat.Platform = s
	if s.unread {
		platform = blind{s, s, s, s, s, s, s, s}
	}
	s.World = New(t, db, []chat.Platform{platform}, bots)
	if !empty {
		if err := s.DB.Atomically(t.Context(), func(ctx context.Context) error { return s.found(ctx) }); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// anyService is a platform under a name that hides none of its methods.
type anyService = chat.Platform

// blind is a stage on which what people wrote cannot be read back.
type blind struct {
	anyService
	chat.Editor
	chat.Whisperer
	chat.Director
	chat.Roomer
	chat.Downloader
	chat.Warden
	chat.Inviter
}

var (
	doing    = regexp.MustCompile(`^(\w+) (replies|presses|chooses|fills|reacts|unreacts|acts|edits|deletes|brings|speaks)(?: (.*))?$`)
	typing   = regexp.MustCompile(`^(\w+)(?: (dm|\w*#[\w-]+|[A-Z]\d+))? (/.*)$`)
	saying   = regexp.MustCompile(`^(\w+)(?: (dm|\w*#[\w-]+|[A-Z]\d+))?: (.*)$`)
	quoted   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	brackets = regexp.MustCompile(`\[([^\]]*)\]`)
	given    = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S+)`)
)
