package membership_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"guildhall/bots/bottest"
	communicationbot "guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// drawer keeps exported files in memory.
type drawer struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (d *drawer) Keep(_ context.Context, r io.Reader, name string) (chat.Attachment, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return chat.Attachment{}, err
	}
	sum := sha256.Sum256(b)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[name] = b
	return chat.Attachment{SHA256: hex.EncodeToString(sum[:]), Name: name, Type: "application/json", Size: int64(len(b))}, nil
}

// office is a community's office on the store of a world.
func office(w *bottest.World) *community.Office {
	d := w.DB.Directory()
	return community.NewOffice(community.Store{Transactions: w.DB, People: d, Organisations: d, Topics: d, Spaces: d, Reports: d, Acts: d}, w.Clock)
}

// bots are membership and what its stories need: help, the library, and requests for help.
func bots(d *drawer) func(w *bottest.World) []chat.Bot {
	return func(w *bottest.World) []chat.Bot {
		dir, l := w.DB.Directory(), w.DB.Ledger()
		requests := communicationbot.New(communicationbot.Parts{Desk: w.Desk(), People: dir})
		return []chat.Bot{
			help.New(w.Commands), library.New(w.View, w.Finder(), l, requests.Views...),
			membership.New(dir, l, w.View, w.Rights, membership.Parts{Office: office(w), Lists: dir, Files: d, Queue: w.Queue, Now: w.Clock,
				Platforms: func() map[chat.PlatformID]chat.Platform { return w.Engine.Platforms() }}),
			requests,
		}
	}
}

func TestTranscripts(t *testing.T) { bottest.Play(t, bots(&drawer{files: map[string][]byte{}})) }

var codeLine = regexp.MustCompile(`setup join ([A-Z]+-\d+-[A-Z]+)`)

// TestASpaceJoins is no transcript because the code is another one each time.
func TestASpaceJoins(t *testing.T) {
	t.Parallel()
	web, other := bottest.NewScreen("web", true), bottest.NewScreen("other", true)
	w := bottest.New(t, bottest.OpenStore(t), []chat.Platform{web, letterbox{other}}, bots(&drawer{files: map[string][]byte{}}))
	s := &talk{World: w, t: t}
	hall, annex := chat.Address{Platform: "web", Space: "hall", Room: "lobby"}, chat.Address{Platform: "other", Space: "annex", Room: "door"}
	s.types("mia", hall, `setup "VET Net" sure:yes`)
	code := codeLine.FindStringSubmatch(s.types("mia", hall, "setup invite").Message.Plain())
	if code == nil {
		t.Fatal("no code")
	}
	// Only an admin of the other space can use it; and a wrong one does not work.
	s.says(s.types("ann", annex, "setup join "+code[1]), "Only an admin of this space can do that here.")
	s.says(s.types("mia", annex, "setup join OTTER-10-OTTER"), "I can't use that code. It may be mistyped, used already, or older than a week: ask for a new one.")
	s.says(s.types("mia", annex, "setup join "+strings.ToLower(code[1])), "I have asked VET Net. As soon as they say yes, I'll say so here.")
	s.says(s.types("mia", annex, "setup join "+code[1]), "This space has asked already and waits for an answer.")
	s.says(s.types("mia", chat.Address{Platform: "other", Space: "third", Room: "door"}, "setup join "+code[1]),
		"I can't use that code. It may be mistyped, used already, or older than a week: ask for a new one.")

	// The moderator who invited finds it among what waits, and lets them in. A member cannot.
	todo := s.types("mia", hall, "help")
	var accept, decline string
	for _, row := range todo.Message.List {
		for _, b := range row.Buttons {
			switch b.Label {
			case "Accept":
				accept = b.Key
			case "Decline":
				decline = b.Key
			}
		}
	}
	if accept == "" || decline == "" {
		t.Fatalf("nothing to accept: %s", todo.Message.Plain())
	}
	s.types("ann", hall, "ask Anybody here?")
	s.says(s.presses("ann", hall, accept), "Only a moderator can do that.")
	s.says(s.presses("mia", hall, accept), "annex is part of VET Net now.")
	s.says(s.presses("mia", hall, decline), "annex was let in already.")
	s.sees(other, "door: Welcome to VET Net! I'm making its rooms here.")
	s.sees(other, "annex-vet-communication: I'm Guildhall.")
	// What was asked before is not shown there; what is asked from now on is.
	if all := strings.Join(other.Shows(), "\n"); strings.Contains(all, "Anybody here?") {
		t.Error(all)
	}
	s.types("ann", hall, "ask And now?")
	s.sees(other, "annex-vet-communication: H2 · And now?")

	// Its admin may set up that space, and nothing else.
	s.says(s.types("mia", annex, "setup space digest"), "From now on annex shows no requests and calls from elsewhere, only the digest.")
	s.says(s.types("mia", annex, "setup invite"), "Only a moderator can do that.")
	s.types("ann", hall, "ask And after that?")
	if all := strings.Join(other.Shows(), "\n"); strings.Contains(all, "And after that?") {
		t.Error(all)
	}
	s.says(s.types("ann", hall, "setup space digest"), "Only an admin of this space can do that here.")

	// It leaves again; what it made stays or goes as it says.
	s.types("bea", annex, "ask Does anybody use VR?")
	s.sees(web, "hall-vet-communication: H4 · Does anybody use VR?")
	bye := s.types("mia", annex, "setup leave")
	s.says(bye, "annex would leave VET Net. What becomes of the 1 record that was made here?")
	s.says(s.types("mia", hall, "setup leave keep"), "All admins of the community live in this space. Make somebody elsewhere an admin first.")
	s.types("mia", annex, "setup space all")
	s.types("ann", hall, "ask Will this be seen there?")
	s.sees(other, "annex-vet-communication: H5 · Will this be seen there?")
	s.says(s.types("mia", annex, "setup leave withdraw"), "annex has left VET Net. I'm withdrawing its 1 record.")
	s.sees(web, "hall-vet-communication: H4 · withdrawn")
	// What stands there follows changes, so that nothing withdrawn is left; nothing new comes.
	at, _ := web.ThreadIn("hall-vet-communication", "H5")
	answer := s.event(chat.Said, "dan", at)
	answer.Text = "A secret of the hall."
	s.do(answer)
	s.types("ann", hall, "ask And is this seen there?")
	if all := strings.Join(web.Shows(), "\n"); !strings.Contains(all, "H6 · And is this seen there?") {
		t.Error(all)
	}
	s.sees(other, "annex-vet-communication: H5 · answered")
	for _, leak := range []string{"A secret of the hall.", "And is this seen there?"} {
		if all := strings.Join(other.Shows(), "\n"); strings.Contains(all, leak) {
			t.Errorf("a space that left is shown %q", leak)
		}
	}
	// Nobody there is written to either, whatever they were.
	err := w.DB.Atomically(t.Context(), func(ctx context.Context) error {
		bea, _, err := w.DB.Directory().Known(ctx, 1, "other", "bea")
		if err != nil {
			return err
		}
		return w.DB.Directory().SetRole(ctx, 1, bea.No, community.RoleModerator)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.types("ann", hall, `report H6 "For moderators alone"`)
	if all := strings.Join(other.Shows(), "\n"); strings.Contains(all, "For moderators alone") {
		t.Errorf("somebody in a space that left was written to:\n%s", all)
	}
	s.types("ann", hall, `withdraw H5 "Not needed"`)
	s.sees(other, "annex-vet-communication: H5 · withdrawn")
	s.says(s.types("bea", annex, "ask Still there?"), "This place is not part of a community yet. An admin of it can set one up.")
	if len(w.Queue.Dead) > 0 {
		t.Error(w.Queue.Dead)
	}
}

// letterbox is a screen whose people can be written to directly.
type letterbox struct{ *bottest.Screen }

func (letterbox) Direct(_ context.Context, space chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	return chat.Address{Platform: "other", Space: space, Room: chat.RoomID("letters of " + who)}, nil
}

// TestAnExportHasEverything reads the file that a member gets.
func TestAnExportHasEverything(t *testing.T) {
	t.Parallel()
	d := &drawer{files: map[string][]byte{}}
	web := bottest.NewScreen("web", true)
	s := &talk{World: bottest.New(t, bottest.OpenStore(t), []chat.Platform{web}, bots(d)), t: t}
	hall := chat.Address{Platform: "web", Space: "hall", Room: "lobby"}
	s.types("mia", hall, `setup "VET Net" sure:yes`)
	s.types("ann", hall, "ask How do you assess welders?")
	s.types("ann", hall, `profile Ann language:pl country:Italy organisation:"CFP Bologna" topics:didactics helper:yes`)
	s.types("ann", hall, `report H1 "Wrong room"`)
	s.says(s.types("ann", hall, "mydata export"), "This is everything that VET Net keeps about you.")
	var got struct {
		Community string
		Profile   struct {
			Name, Language, Country, Organisation string
			Topics                                []string
			Helper                                bool
		}
		Accounts []struct{ Account string }
		Reports  []struct{ About, Reason string }
		Records  struct {
			Communication struct {
				Requests []struct{ ID, Question string }
			}
		}
	}
	if err := json.Unmarshal(d.files["guildhall-2026-11-25.json"], &got); err != nil {
		t.Fatal(err)
	}
	if got.Community != "VET Net" || got.Profile.Name != "Ann" || got.Profile.Country != "IT" || got.Profile.Organisation != "CFP Bologna" || !got.Profile.Helper ||
		len(got.Profile.Topics) != 1 || len(got.Accounts) != 1 || got.Accounts[0].Account != "ann" || len(got.Reports) != 1 || got.Reports[0].Reason != "Wrong room" ||
		len(got.Records.Communication.Requests) != 1 || got.Records.Communication.Requests[0].Question != "How do you assess welders?" {
		t.Errorf("%s", d.files["guildhall-2026-11-25.json"])
	}
}

// TestDirectMessagesAreAllowedByThePerson is about services where a person is written to directly only
// after they said so.
func TestDirectMessagesAreAllowedByThePerson(t *testing.T) {
	t.Parallel()
	web := bottest.NewScreen("web", true)
	web.Info.LeaveFirst = true
	s := &talk{World: bottest.New(t, bottest.OpenStore(t), []chat.Platform{web}, bots(&drawer{files: map[string][]byte{}})), t: t}
	hall := chat.Address{Platform: "web", Space: "hall", Room: "lobby"}
	s.types("mia", hall, `setup "VET Net" sure:yes`)
	press := func(label string) {
		t.Helper()
		for _, b := range s.types("mia", hall, "profile").Message.Buttons {
			if b.Label == label {
				s.presses("mia", hall, b.Key)
				return
			}
		}
		t.Errorf("no button %q", label)
	}
	may := func() string {
		for _, f := range s.types("mia", hall, "profile").Message.Fields {
			if f.Name == "Direct messages" {
				return f.Value.Plain()
			}
		}
		return "not said"
	}
	for _, x := range []struct{ press, then string }{{"You may write to me", "yes"}, {"Don't write to me directly", "no"}, {"You may write to me", "yes"}} {
		press(x.press)
		if got := may(); got != x.then {
			t.Errorf("after [%s]: %s", x.press, got)
		}
	}
}

// TestTwoWhoSetUpAtOnceGetOneCommunity presses the same button many times at the same moment.
func TestTwoWhoSetUpAtOnceGetOneCommunity(t *testing.T) {
	t.Parallel()
	web := bottest.NewScreen("web", true)
	s := &talk{World: bottest.New(t, bottest.OpenStore(t), []chat.Platform{web}, bots(&drawer{files: map[string][]byte{}})), t: t}
	hall := chat.Address{Platform: "web", Space: "hall", Room: "lobby"}
	var events []chat.Event
	for range 8 {
		ev := s.event(chat.Invoked, "mia", hall)
		ev.Text = `setup "VET Net" sure:yes`
		events = append(events, ev)
	}
	var wg sync.WaitGroup
	said := make([]string, len(events))
	for i, ev := range events {
		wg.Add(1)
		go func() {
			defer wg.Done()
			a, err := s.Engine.Handle(t.Context(), ev)
			if err != nil || a.Message == nil {
				t.Errorf("%+v %v", a, err)
				return
			}
			said[i] = a.Message.Plain()
		}()
	}
	wg.Wait()
	ready := 0
	for _, words := range said {
		switch {
		case strings.HasPrefix(words, "VET Net is ready."):
			ready++
		case !strings.HasPrefix(words, "This space is part of VET Net already."):
			t.Errorf("%q", words)
		}
	}
	all, err := s.DB.Directory().Communities(t.Context())
	if ready != 1 || len(all) != 1 || err != nil {
		t.Errorf("%d ready, %d communities, %v", ready, len(all), err)
	}
}

// linked is a screen whose messages have addresses.
type linked struct{ letterbox }

func (linked) Link(at chat.Address, msg chat.MessageID) string {
	return "https://chat.example/" + string(at.Room) + "/" + string(msg)
}

func TestAReportLeadsToTheMessage(t *testing.T) {
	t.Parallel()
	web := bottest.NewScreen("other", true)
	s := &talk{World: bottest.New(t, bottest.OpenStore(t), []chat.Platform{linked{letterbox{web}}}, bots(&drawer{files: map[string][]byte{}})), t: t}
	hall := chat.Address{Platform: "other", Space: "hall", Room: "lobby"}
	s.types("mia", hall, `setup "VET Net" sure:yes`)
	ev := s.event(chat.Acted, "ann", hall)
	ev.Command, ev.Given = "report", chat.Given{"reason": "Spam"}
	ev.Target = &chat.Target{Where: hall, Message: "m9", Text: "Buy this", From: chat.Author{Account: "dan", Name: "Dan"}}
	s.says(s.do(ev), "Thank you.")
	var open string
	for _, row := range s.types("mia", hall, "help").Message.List {
		for _, b := range row.Buttons {
			if b.Label == "Open the message" {
				open = b.URL
			}
		}
	}
	if open != "https://chat.example/lobby/m9" {
		t.Errorf("%q", open)
	}
}

// talk is a world in which people type and press.
type talk struct {
	*bottest.World
	t *testing.T
	n int
}

func (s *talk) event(kind chat.EventKind, who string, at chat.Address) chat.Event {
	s.n++
	id := "e" + strings.Repeat("i", s.n)
	return chat.Event{ID: chat.EventID(id), Kind: kind, At: s.Now, Where: at, Message: chat.MessageID("said-" + id),
		From: chat.Author{Account: chat.AccountID(who), Name: strings.ToUpper(who[:1]) + who[1:], Locale: "en"}, Can: chat.Carry{Answer: true, Form: true}}
}

func (s *talk) do(ev chat.Event) chat.Answer {
	s.t.Helper()
	a := s.Handle(ev)
	if a.Delivered != nil {
		if err := a.Delivered(s.t.Context(), chat.Sent{}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.Drain()
	return a
}

func (s *talk) types(who string, at chat.Address, line string) chat.Answer {
	s.t.Helper()
	ev := s.event(chat.Invoked, who, at)
	ev.Text = line
	return s.do(ev)
}

func (s *talk) presses(who string, at chat.Address, key string) chat.Answer {
	s.t.Helper()
	ev := s.event(chat.Pressed, who, at)
	ev.Key = key
	return s.do(ev)
}

// says fails unless an answer begins with these words.
func (s *talk) says(a chat.Answer, want string) {
	s.t.Helper()
	if a.Message == nil || !strings.HasPrefix(a.Message.Plain(), want) {
		s.t.Errorf("want %q, got %+v", want, a.Message)
	}
}

func (s *talk) sees(screen *bottest.Screen, start string) {
	s.t.Helper()
	for _, line := range screen.Shows() {
		if strings.HasPrefix(line, start) {
			return
		}
	}
	s.t.Errorf("nothing begins with %q:\n%s", start, strings.Join(screen.Shows(), "\n"))
}
