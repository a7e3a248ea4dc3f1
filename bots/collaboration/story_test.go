package collaboration_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/bots/bottest"
	bots "guildhall/bots/collaboration"
	"guildhall/bots/library"
	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/search"
)

// story is the engine with this bot and two spaces of one community.
type story struct {
	*bottest.World
	t   *testing.T
	web *bottest.Screen
	n   int
}

func begin(t *testing.T) *story {
	t.Helper()
	db := bottest.OpenStore(t)
	s := &story{t: t, web: bottest.NewScreen("web", true)}
	s.World = bottest.New(t, db, []chat.Platform{s.web}, crew)
	found(t, s)
	return s
}

func TestTranscripts(t *testing.T) { bottest.Play(t, crew) }

// crew are this bot and what its buttons need.
func crew(w *bottest.World) []chat.Bot {
	db := w.DB
	d, l := db.Directory(), db.Ledger()
	groups := collaboration.New(collaboration.Store{Transactions: db, Collaborations: db.Collaborations(), Members: d, Records: l,
		Changes: chat.Recorder{Keep: l}, Trails: l, Queue: w.Queue}, w.Clock)
	bot := bots.New(bots.Parts{Groups: groups, People: d})
	return []chat.Bot{
		library.New(func(letter byte) (chat.View, bool) { return w.Engine.View(letter) }, search.NewFinder(db.Search(), w.Clock), l, bot.Views...),
		bot,
	}
}

func found(t *testing.T, s *story) {
	t.Helper()
	db := s.DB
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		d := db.Directory()
		if _, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, s.Now); err != nil {
			return err
		}
		for _, space := range []string{"hall", "annex"} {
			if err := d.AddSpace(ctx, community.Space{Community: 1, Platform: "web", ID: space, Name: space, Noise: community.NoiseAll, Joined: s.Now}); err != nil {
				return err
			}
			if err := d.AddRoom(ctx, community.Room{Community: 1, Platform: "web", Space: space, ID: space + "-work", Sections: []community.Section{community.Collaboration}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// gives gives a command and works all that follows.
func (s *story) gives(who string, at chat.Address, line string) chat.Answer {
	s.t.Helper()
	s.n++
	at.Platform = "web"
	a := s.Handle(chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", s.n)), Kind: chat.Invoked, At: s.Now, Text: line, Where: at,
		Message: chat.MessageID(fmt.Sprintf("said%d", s.n)), Can: chat.Carry{Answer: true, Form: true},
		From: chat.Author{Account: chat.AccountID(who), Name: strings.ToUpper(who[:1]) + who[1:], Locale: "en"}})
	if a.Delivered != nil {
		if err := a.Delivered(s.t.Context(), chat.Sent{}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.Drain()
	return a
}

// types is gives in the room of a space; it returns what only that person sees.
func (s *story) types(who, space, line string) string {
	s.t.Helper()
	a := s.gives(who, chat.Address{Space: chat.SpaceID(space), Room: chat.RoomID(space + "-work")}, line)
	if a.Message == nil {
		return ""
	}
	return a.Message.Plain()
}

func (s *story) says(got, want string) {
	s.t.Helper()
	if !strings.Contains(got, want) {
		s.t.Errorf("got %q, want %q in it", got, want)
	}
}

// sees fails unless something that is shown has all of parts.
func (s *story) sees(parts ...string) {
	s.t.Helper()
	if !slices.ContainsFunc(s.web.Shows(), func(line string) bool {
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) })
	}) {
		s.t.Errorf("nothing has %q:\n%s", parts, strings.Join(s.web.Shows(), "\n"))
	}
}

func TestFromACallToAnOutcome(t *testing.T) {
	t.Parallel()
	s := begin(t)
	got := s.types("ann", "hall", `collab open theme:"A shared rubric" goal:"One rubric for five schools" until:"6 weeks"`)
	s.says(got, "C1 is open until 6 January 2027.")
	s.sees("hall-work", "C1 · A shared rubric", "1 member, 0 organisations, 0 countries")
	s.sees("annex-work", "C1 · A shared rubric")
	s.says(s.types("bea", "annex", "collab join C1"), "Welcome to C1")
	s.says(s.types("bea", "annex", "collab join c1"), "You are in C1 already.")
	s.sees("hall-work", "2 members")
	rooms, err := s.DB.Directory().Rooms(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, r := range rooms {
		if r.Record == "C1" && r.Opened && r.Name == "c1-shared-rubric" {
			opened++
		}
	}
	if opened != 2 {
		t.Errorf("%d rooms: %+v", opened, rooms)
	}
	s.says(s.types("bea", "annex", "collab update C1 The first draft is ready."), "Thank you!")
	s.sees("hall-work", "Bea: The first draft is ready.")
	s.says(s.types("bea", "annex", `collab close C1 "Done" because:"No time"`), "Only C1's owner or a moderator can do that.")
	s.says(s.types("ann", "hall", `collab close C1 "Done"`), "Please name what came of it")
	s.says(s.types("ann", "hall", `collab close C1 "Done" R13`), "I don't know R13")
	s.Now = s.Now.AddDate(0, 0, 36)
	s.Drain()
	s.sees("Ann, something here waits for you.")
	s.says(s.types("ann", "hall", `collab extend C1 until:2027-02-15 reason:"Two schools start in January"`), "C1 now runs until 15 February 2027.")
	s.says(s.types("ann", "hall", `collab close C1 outcome:"We have one rubric." because:"It is not ready to share"`), "C1 is closed.")
	s.sees("annex-work", "C1 · closed", "We have one rubric.", "No result, because: It is not ready to share", "14 January 2027")
	s.says(s.types("bea", "annex", "collab list closed"), "C1")
	s.Now = s.Now.Add(15 * 24 * time.Hour)
	s.Drain()
	if rooms, err = s.DB.Directory().Rooms(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		if r.Record == "C1" && !r.Archived {
			t.Errorf("still there: %+v", r)
		}
	}
	s.sees("annex-work", "C1 · archived")
}

// What a command needs is asked for, and only of those whose answer would count.
func TestAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.types("ann", "hall", `collab open theme:"Welding" goal:"One text" until:2026-12-24`)
	s.says(s.types("bea", "annex", "collab close C1"), "Only C1's owner or a moderator can do that.")
	for line, want := range map[string]string{"collab close C1": "outcome resources because", "collab extend C1": "until reason", "collab update C1": "text",
		"collab update Where does this belong?": "id", "collab join": "id", "collab close": "id"} {
		a := s.gives("ann", chat.Address{Space: "hall", Room: "hall-work"}, line)
		if a.Form == nil {
			t.Errorf("%s: no form, but %+v", line, a.Message)
			continue
		}
		var names []string
		for _, in := range a.Form.Inputs {
			names = append(names, in.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s asks for %s, want %s", line, got, want)
		}
	}
	in := chat.Address{Space: "hall", Room: "hall-c1-welding"}
	if a := s.gives("ann", in, "collab update The first weld holds."); a.Message == nil || !strings.Contains(a.Message.Plain(), "C1") {
		t.Errorf("in its own room: %+v", a.Message)
	}
	s.sees("annex-work", "Ann: The first weld holds.")
}

func TestRoomsWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	s := begin(t)
	got := s.types("ann", "hall", `collab open theme:"Welding" goal:"One text" until:2026-12-24 topic:didactics spaces:"hall, annex"`)
	s.says(got, "Its 2 rooms are being opened")
	s.sees("hall-c1-welding", "C1 · Welding")
	s.sees("annex-c1-welding", "C1 · Welding")
	s.says(s.types("ann", "hall", `collab open theme:"Welding" goal:"One text" until:2026-12-24`), "I made no second one")
	s.says(s.types("ann", "hall", `collab open theme:"Late" goal:"One text" until:2026-11-25`), "25 November 2026 is too early.")
	s.says(s.types("bea", "annex", "collab list"), "C1 Welding")
	s.says(s.types("bea", "annex", "collab list mine"), "You are in no collaboration yet.")
	s.says(s.types("bea", "annex", "collab show C1"), "In it: Ann")
	s.says(s.types("bea", "annex", "collab show C9"), "C9")
}

func TestHandedOver(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.types("ann", "hall", `collab open theme:"Welding" goal:"One text" until:2026-12-24`)
	s.says(s.types("ann", "hall", "collab leave C1"), "You are the only one in C1.")
	s.types("bea", "annex", "collab join C1")
	s.says(s.types("ann", "hall", "collab leave C1"), "Bea takes it over from you.")
	s.sees("Bea, something here waits for you.") // in private: she has not said that she may be written to
	s.says(s.types("bea", "annex", `withdraw C1 reason:"Wrong theme"`), "C1 is withdrawn")
	s.sees("hall-work", "C1 · withdrawn")
}
