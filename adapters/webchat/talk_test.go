package webchat_test

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// Everybody sees what they may see and nothing else.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna, bogdan, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoBogdan), s.As(webchat.DemoMary)
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	check(t, came(anna.Say(t.Context(), lobby, "", "Hello Cork!")))
	if _, err := mary.WaitText(t.Context(), lobby, "Hello Cork!"); err != nil {
		t.Error(err)
	}
	if _, err := bogdan.See(t.Context(), lobby); !refused(err, 404) {
		t.Errorf("Bogdan is in another space, and sees %v", err)
	}
	if _, err := bogdan.Say(t.Context(), lobby, "", "Hello?"); !refused(err, 404) {
		t.Errorf("Bogdan wrote there: %v", err)
	}
	annas, err := anna.Own(t.Context())
	check(t, err)
	check(t, came(anna.Say(t.Context(), annas, "", "Only to you.")))
	if _, err := mary.See(t.Context(), annas); !refused(err, 404) {
		t.Errorf("Mary sees Anna's own page: %v", err)
	}
	if page, err := mary.Page(t.Context(), annas, ""); !refused(err, 404) || strings.Contains(page, "Only to you.") {
		t.Errorf("Mary sees Anna's own page: %v", err)
	}
	// A whisper, and a form, are for one person on every way to them.
	at := chat.Address{Platform: webchat.ID, Space: webchat.DemoNet, Room: lobby}
	check(t, s.web.Whisper(t.Context(), at, webchat.DemoAnna, "", plain("Between us."), chat.Key{ID: "w"}))
	whisper, err := anna.WaitText(t.Context(), lobby, "Between us.")
	check(t, err)
	if all, err := mary.Messages(t.Context(), lobby); err != nil || slices.ContainsFunc(all, func(m webchattest.Message) bool { return m.ID == whisper.ID }) {
		t.Errorf("Mary sees %+v, %v", all, err)
	}
	for name, err := range map[string]error{
		"react": came(mary.React(t.Context(), whisper.ID, "✅", true)), "delete": came(mary.Delete(t.Context(), whisper.ID)),
		"act": came(mary.Act(t.Context(), whisper.ID, "deposit")),
	} {
		if !refused(err, 404) {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, came(anna.Delete(t.Context(), whisper.ID)))
	if all, err := anna.Messages(t.Context(), lobby); err != nil || len(all) != 1 {
		t.Errorf("after it was put aside: %+v %v", all, err)
	}
	if err := s.web.Whisper(t.Context(), at, "nobody", "", plain("x"), chat.Key{ID: "n"}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a whisper to nobody: %v", err)
	}
}

// Persons change and remove what is theirs; whoever looks after a space removes anything there.
func TestOwn(t *testing.T) {
	t.Parallel()
	e := &engine{}
	s := begin(t, e)
	anna, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoMary)
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	first, err := anna.Say(t.Context(), lobby, "", "With a rubrik.")
	check(t, err)
	if _, err := mary.Edit(t.Context(), first.Message, "With nothing."); !refused(err, 403) {
		t.Errorf("Mary edited Anna's: %v", err)
	}
	check(t, came(anna.Edit(t.Context(), first.Message, "With a rubric.")))
	if _, err := anna.Edit(t.Context(), first.Message, "  "); !refused(err, 422) {
		t.Errorf("edited to nothing: %v", err)
	}
	reply, err := mary.Say(t.Context(), lobby, chat.ThreadID(first.Message), "Which one?")
	check(t, err)
	if _, err := anna.Delete(t.Context(), reply.Message); !refused(err, 403) {
		t.Errorf("Anna deleted Mary's: %v", err)
	}
	check(t, came(mary.Delete(t.Context(), first.Message)))
	all, err := anna.Messages(t.Context(), lobby)
	check(t, err)
	if len(all) != 2 || !all[0].Gone || all[0].Text != "" || all[1].Text != "Which one?" {
		t.Errorf("what others answered stays under an empty place: %+v", all)
	}
	// What hangs on it can still be answered; nothing of what it said is left.
	check(t, came(anna.Say(t.Context(), lobby, chat.ThreadID(first.Message), "A good one.")))
	page, err := anna.Page(t.Context(), lobby, chat.ThreadID(first.Message))
	check(t, err)
	if strings.Contains(page, "With a rub") {
		t.Error("what was deleted is still on the page")
	}
	if _, err := anna.Say(t.Context(), lobby, chat.ThreadID(reply.Message), "A thread in a thread?"); !refused(err, 404) {
		t.Errorf("%v", err)
	}
}

// Where Guildhall alone writes, and where a room is archived, people write commands and nothing else.
func TestClosedRooms(t *testing.T) {
	t.Parallel()
	e := &engine{on: func(ev chat.Event) chat.Answer {
		if ev.Kind == chat.Invoked {
			return say("You may see " + ev.Text)
		}
		return chat.Answer{}
	}}
	s := begin(t, e)
	anna := s.As(webchat.DemoAnna)
	news, fresh, err := s.web.Open(t.Context(), webchat.DemoNet, chat.RoomSpec{Key: "news", Name: "VET News!", Section: "news", PostOnly: true})
	if err != nil || !fresh {
		t.Fatalf("%v %v", fresh, err)
	}
	if _, err := anna.Say(t.Context(), news, "", "News!"); !refused(err, 409) {
		t.Errorf("Anna wrote there: %v", err)
	}
	if c, err := anna.Say(t.Context(), news, "", "/digest show"); err != nil || c.Answer == nil || c.Answer.Text != "You may see digest show" || !c.Answer.Only {
		t.Errorf("%+v %v", c, err)
	}
	at := chat.Address{Platform: webchat.ID, Space: webchat.DemoNet, Room: news}
	card, err := s.web.Send(t.Context(), at, plain("VET Net, week 48"), chat.Key{ID: "d"})
	check(t, err)
	check(t, s.web.Archive(t.Context(), webchat.DemoNet, news))
	if _, err := s.web.Send(t.Context(), at, plain("more"), chat.Key{ID: "e"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("sent to an archived room: %v", err)
	}
	if _, err := anna.React(t.Context(), card.Message, "✅", true); !refused(err, 409) {
		t.Errorf("reacted in an archived room: %v", err)
	}
	sight, err := anna.See(t.Context(), news)
	if err != nil || !sight.Room.Archived || sight.Room.Name != "vet-news" || len(sight.Posts) != 2 {
		t.Errorf("%+v %v", sight, err)
	}
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	if err := s.web.Archive(t.Context(), webchat.DemoNet, lobby); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a room of people's own was archived: %v", err)
	}
}

// Rooms get names that can be read and typed, each once.
func TestRoomNames(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	for _, c := range []struct{ name, want string }{
		{"Communication", "communication"}, {"C2 · A shared rubric!", "c2-a-shared-rubric"}, {"Łódź & żółw", "łódź-żółw"}, {"!!!", "room"}, {"Communication", "communication-2"},
		{strings.Repeat("long ", 40), strings.TrimSuffix(strings.Repeat("long-", 12), "-")}, {"<script>", "script"},
	} {
		room, _, err := s.web.Open(t.Context(), webchat.DemoPoznan, chat.RoomSpec{Key: c.name + c.want, Name: c.name})
		check(t, err)
		sight, err := s.As(webchat.DemoBogdan).See(t.Context(), room)
		if err != nil || sight.Room.Name != c.want {
			t.Errorf("%q became %q, want %q: %v", c.name, sight.Room.Name, c.want, err)
		}
	}
	made, err := s.As(webchat.DemoBogdan).MakeRoom(t.Context(), webchat.DemoPoznan, "Spawacze")
	check(t, err)
	if infos, err := s.web.Rooms(t.Context(), webchat.DemoPoznan); err != nil || !slices.ContainsFunc(infos, func(r chat.RoomInfo) bool { return r.ID == made && r.Name == "spawacze" && r.Joined }) {
		t.Errorf("%+v %v", infos, err)
	}
}

// A collaboration's room is for those who were brought in.
func TestBrought(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoMary)
	room, _, err := s.web.Open(t.Context(), webchat.DemoNet, chat.RoomSpec{Key: "c1", Name: "c1-rubric", Record: "C1"})
	check(t, err)
	check(t, s.web.Bring(t.Context(), webchat.DemoNet, room, webchat.DemoAnna))
	if _, err := anna.See(t.Context(), room); err != nil {
		t.Errorf("Anna is not in: %v", err)
	}
	if _, err := mary.See(t.Context(), room); !refused(err, 404) {
		t.Errorf("Mary is in: %v", err)
	}
	if err := s.web.Bring(t.Context(), webchat.DemoNet, room, webchat.DemoBogdan); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("somebody of another space was brought in: %v", err)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	for _, c := range []struct {
		space chat.SpaceID
		who   chat.AccountID
		want  chat.Rights
	}{
		{webchat.DemoNet, webchat.DemoMary, chat.Rights{Admin: true, Count: 2, Name: "VET Net Ireland & Italy"}},
		{webchat.DemoNet, webchat.DemoAnna, chat.Rights{Count: 2, Name: "VET Net Ireland & Italy"}},
		{webchat.DemoNet, webchat.DemoBogdan, chat.Rights{Count: 2, Name: "VET Net Ireland & Italy"}},
		{webchat.DemoPoznan, webchat.DemoBogdan, chat.Rights{Admin: true, Count: 2, Name: "ZDZ Poznań"}},
		{webchat.DemoPoznan, "nobody", chat.Rights{Count: 2, Name: "ZDZ Poznań"}},
	} {
		if got, err := s.web.Rights(t.Context(), chat.Address{Space: c.space}, c.who); err != nil || got != c.want {
			t.Errorf("%s in %s: %+v %v, want %+v", c.who, c.space, got, err, c.want)
		}
	}
	if _, err := s.web.Rights(t.Context(), chat.Address{Space: "nowhere"}, webchat.DemoMary); !errors.Is(err, chat.ErrGone) {
		t.Errorf("%v", err)
	}
	link := s.web.Link(chat.Address{Room: "r1", Thread: "m2"}, "m3")
	if u, err := url.Parse(link); err != nil || u.Host != "localhost:8080" || u.Query().Get("room") != "r1" || u.Query().Get("thread") != "m2" || u.Fragment != "m3" {
		t.Errorf("%q %v", link, err)
	}
}

// A button is pressed by who sees it, a menu takes what it offers, and an answer can take the place of
// the private message whose button was pressed.
func TestPressed(t *testing.T) {
	t.Parallel()
	e := &engine{}
	e.on = func(ev chat.Event) chat.Answer {
		switch ev.Kind {
		case chat.Invoked:
			a := say("Do it?")
			a.Message.Buttons = []chat.Button{{Key: "yes", Label: "Do it"}}
			a.Message.Menus = []chat.Menu{{Key: "one", Options: []chat.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
				{Key: "many", Many: true, Options: []chat.Option{{Value: "x", Label: "X"}, {Value: "y", Label: "Y"}}}}
			a.Key = chat.Key{ID: "asked" + string(ev.ID)[:8]}
			return a
		case chat.Pressed:
			a := say("Done " + ev.Key + " " + strings.Join(ev.Chosen, "+"))
			a.Replace = ev.Key == "yes"
			return a
		}
		return chat.Answer{}
	}
	s := begin(t, e)
	anna := s.As(webchat.DemoAnna)
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	asked, err := anna.Say(t.Context(), lobby, "", "/setup")
	check(t, err)
	for labels, want := range map[string]string{"B": "Done one b", "X Y": "Done many x+y"} {
		c, err := anna.Choose(t.Context(), asked.Answer, strings.Fields(labels)...)
		if err != nil || c.Answer == nil || c.Answer.Text != want {
			t.Errorf("%s: %+v %v", labels, c.Answer, err)
		}
	}
	c, err := anna.Press(t.Context(), asked.Answer, "Do it")
	check(t, err)
	if c.Answer == nil || c.Answer.ID != asked.Answer.ID || strings.TrimSpace(c.Answer.Text) != "Done yes" {
		t.Errorf("%+v is not in the place of %+v", c.Answer, asked.Answer)
	}
	if _, err := anna.Press(t.Context(), asked.Answer, "Do it"); !refused(err, 409) {
		t.Errorf("a button that is no more: %v", err)
	}
}

// Somebody's own page is asked for when it is opened, and its buttons can be pressed.
func TestHome(t *testing.T) {
	t.Parallel()
	e := &engine{}
	e.home = func(ev chat.Event) chat.Message {
		return chat.Message{Lang: "it", Title: text.Plain("Ciao " + ev.From.Name), Buttons: []chat.Button{{Key: "ask", Label: "Chiedi aiuto"}}}
	}
	e.on = func(ev chat.Event) chat.Answer {
		if ev.Kind == chat.Pressed && ev.Key == "ask" && ev.Direct && ev.Message == "" {
			return chat.Answer{Form: &chat.Form{Key: "f", Title: "Chiedi aiuto"}}
		}
		return chat.Answer{}
	}
	s := begin(t, e)
	anna := s.As(webchat.DemoAnna)
	home, err := anna.Home(t.Context())
	if err != nil || home.Title.Plain() != "Ciao Anna Bianchi" {
		t.Fatalf("%+v %v", home, err)
	}
	c, err := anna.PressHome(t.Context(), "Chiedi aiuto")
	if err != nil || c.Form == nil || c.Form.Title != "Chiedi aiuto" {
		t.Errorf("%+v %v", c, err)
	}
	check(t, s.web.Refresh(t.Context(), webchat.DemoNet, webchat.DemoBogdan, plain("You have a review to do.")))
	own, err := s.As(webchat.DemoBogdan).Own(t.Context())
	check(t, err)
	e.home = nil
	if page, err := s.As(webchat.DemoBogdan).Page(t.Context(), own, ""); err != nil || !strings.Contains(page, "You have a review to do.") {
		t.Errorf("the page that was sent is not shown: %v", err)
	}
}

// A long room begins with its newest messages; the others are a press away.
func TestLongRoom(t *testing.T) {
	t.Parallel()
	files, err := webchat.OpenFolder(t.TempDir())
	check(t, err)
	s := beginWith(t, &engine{}, webchat.Options{Store: &webchat.Memory{}, Files: files})
	mary := s.As(webchat.DemoMary)
	lobby := s.room(t, mary, webchat.DemoNet, "lobby")
	at := chat.Address{Platform: webchat.ID, Space: webchat.DemoNet, Room: lobby}
	for i := range 301 {
		if _, err := s.web.Send(t.Context(), at, plain(fmt.Sprintf("message no. %d.", i)), chat.Key{ID: fmt.Sprintf("k%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := mary.Page(t.Context(), lobby, "")
	check(t, err)
	if strings.Contains(page, "message no. 0.") || !strings.Contains(page, "message no. 1.") || !strings.Contains(page, "message no. 300.") || !strings.Contains(page, "&amp;all=1") {
		t.Error("it is not the newest 300")
	}
	response, err := s.server.Client().Get(s.server.URL + "/?as=mary&all=1&room=" + string(lobby))
	check(t, err)
	b, err := io.ReadAll(response.Body)
	check(t, err)
	_ = response.Body.Close()
	if !strings.Contains(string(b), "message no. 0.") || strings.Contains(string(b), "&amp;all=1") {
		t.Error("it is not all of them")
	}
}
