package discord_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func (s *stage) space() chat.SpaceID { return chat.SpaceID(s.g.ID.String()) }

func section(name string) chat.RoomSpec {
	return chat.RoomSpec{Key: "section-" + name, Name: "vet-" + name, Section: name, Lang: "en", Community: "VET Net"}
}

func TestSetupMakesACategoryWithTheSections(t *testing.T) {
	t.Parallel()
	store := newStore()
	store.topics[""] = []string{"Labour-market-driven provision", "Innovative didactics and technologies", "Competences of trainers and VET professionals", "European funding expertise"}
	store.topics["R13"] = []string{"Innovative didactics and technologies"}
	store.topics["R14"] = []string{"A topic of later"}
	s := begin(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	rooms := map[string]chat.RoomID{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range []string{"communication", "sharing", "collaboration", "cooperation", "news"} {
		all.Go(func() {
			spec := section(name)
			spec.PostOnly = name == "news"
			id, fresh, err := s.dc.Open(t.Context(), s.space(), spec)
			if err != nil || !fresh {
				t.Errorf("%s: %v %v", name, fresh, err)
			}
			mu.Lock()
			defer mu.Unlock()
			rooms[name] = id
		})
	}
	all.Wait()
	var categories []string
	for _, c := range s.g.Channels() {
		if c.Type == discordtest.Category {
			categories = append(categories, c.Name())
		}
	}
	if fmt.Sprint(categories) != "[VET Net]" {
		t.Errorf("categories %q", categories)
	}
	for name, kind := range map[string]discordtest.ChannelType{"communication": discordtest.Text, "sharing": discordtest.Forum, "collaboration": discordtest.Text, "cooperation": discordtest.Forum, "news": discordtest.Text} {
		c := s.g.Channel("vet-" + name)
		if c == nil || c.Type != kind || c.ID.String() != string(rooms[name]) || c.Parent() == nil || c.Parent().Name() != "VET Net" {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, err := s.bea.Say(s.g.Channel("vet-news"), "hello"); err == nil {
		t.Error("anybody can write into the news")
	}
	// Asked again, by another program.
	s.make()
	for name, id := range rooms {
		again, fresh, err := s.dc.Open(t.Context(), s.space(), section(name))
		if err != nil || fresh || again != id {
			t.Errorf("%s: %q, was %q, made %v, %v", name, again, id, fresh, err)
		}
	}
	s.forum(store)
}

// forum: one post per record, with its topics as tags.
func (s *stage) forum(*store) {
	t := s.t
	t.Helper()
	forum := s.g.Channel("vet-sharing")
	var tags []string
	for _, x := range forum.Tags() {
		tags = append(tags, x.Name)
	}
	if strings.Join(tags, ",") != "Labour-market-driven,Innovative didactics,Competences of,European funding" {
		t.Errorf("tags %q", tags)
	}
	at := s.at(forum)
	card := chat.Message{Lang: "en", Kind: chat.Card, Record: "R13", Title: text.Plain("R13 · Rubryka oceny spawania"), Body: []text.Rich{text.Plain("Document · Polish")},
		Buttons: []chat.Button{{Key: "1~show R13", Label: "Show"}}, Pin: true}
	sent, err := s.dc.Send(t.Context(), at, card, chat.Key{ID: "r13"})
	s.must(err)
	post := must1[*discordtest.Channel](s)(s.g.AwaitChannel("the post", func(c *discordtest.Channel) bool { return c.Parent() == forum }))
	if post.Name() != "R13 · Rubryka oceny spawania" || string(sent.Thread) != post.ID.String() || strings.Join(post.AppliedTags(), ",") != "Innovative didactics" {
		t.Errorf("%q %v %+v", post.Name(), post.AppliedTags(), sent)
	}
	again, err := s.dc.Send(t.Context(), at, card, chat.Key{ID: "r13", Again: true})
	sent.Stood = true
	if err != nil || again != sent {
		t.Errorf("%+v %v", again, err)
	}
	s.must(s.dc.Edit(t.Context(), at, sent.Message, plain("R13 · withdrawn")))
	must1[discordtest.Message](s)(s.ann.SeesText(post, "withdrawn"))
	must1[discordtest.Message](s)(s.bea.Say(post, "We used this."))
	if ev := s.hears("talk beneath it", saying("We used this.")); ev.Where.Room != at.Room || ev.Where.Thread != sent.Thread {
		t.Errorf("%+v", ev.Where)
	}
	if m, err := s.dc.Message(t.Context(), at, sent.Message); err != nil || m.Message != sent.Message {
		t.Errorf("%+v %v", m, err)
	}
	// A topic that has no tag yet.
	card.Record, card.Title, card.Pin = "R14", text.Plain("R14 · Handbook"), false
	sent, err = s.dc.Send(t.Context(), at, card, chat.Key{ID: "r14"})
	s.must(err)
	post = must1[*discordtest.Channel](s)(s.g.AwaitChannel("the post", func(c *discordtest.Channel) bool { return c.ID.String() == string(sent.Thread) }))
	if strings.Join(post.AppliedTags(), ",") != "A topic of later" {
		t.Errorf("%v", post.AppliedTags())
	}
}

func TestForumsThatWantATagGetOne(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	forum := s.g.AddChannel("library", discordtest.OfKind(discordtest.Forum), discordtest.Tagged("misc", "other"), discordtest.TagRequired())
	_, err := s.dc.Send(t.Context(), s.at(forum), plain("I'm Guildhall."), chat.Key{ID: "k"})
	s.must(err)
	post := must1[*discordtest.Channel](s)(s.g.AwaitChannel("the post", func(c *discordtest.Channel) bool { return c.Parent() == forum }))
	if fmt.Sprint(post.AppliedTags()) != "[misc]" || post.Name() != "I'm Guildhall." {
		t.Errorf("%v %q", post.AppliedTags(), post.Name())
	}
}

func TestACollaborationsChannelIsForWhoJoined(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.g.SetBotPermissions(botAsInvited())
	spec := chat.RoomSpec{Key: "C2", Name: "C2 A shared rubric!", Topic: "Until 15 January", Section: "collaboration", Record: "C2", Lang: "en", Community: "VET Net"}
	room, _, err := s.dc.Open(t.Context(), s.space(), spec)
	s.must(err)
	c := s.g.Channel("c2-a-shared-rubric")
	if c == nil || c.In(s.bea) || !strings.HasPrefix(c.Topic(), "Until 15 January") {
		t.Fatalf("%+v", c)
	}
	bea := chat.AccountID(s.bea.ID.String())
	for range 2 {
		s.must(s.dc.Bring(t.Context(), s.space(), room, bea))
	}
	must1[discordtest.Message](s)(s.bea.Say(c, "Hello."))
	_, err = s.dc.Send(t.Context(), s.at(c), plain("Welcome."), chat.Key{ID: "w"})
	s.must(err)
	for range 2 {
		s.must(s.dc.Archive(t.Context(), s.space(), room))
	}
	if _, err := s.bea.Say(c, "Too late."); err == nil {
		t.Error("it is archived, and she can write")
	}
	if len(s.bea.Reads(c)) != 2 {
		t.Error("she cannot read it any more")
	}
	_, err = s.dc.Send(t.Context(), s.at(c), plain("Closed."), chat.Key{ID: "x"})
	s.must(err)
	for range 2 {
		s.must(s.dc.Release(t.Context(), s.space(), room, bea))
	}
	if c.In(s.bea) {
		t.Error("she still sees it")
	}
	if _, _, err := s.dc.Open(t.Context(), "1", spec); !errors.Is(err, chat.ErrGone) {
		t.Errorf("%v", err)
	}
	s.srv.ForgetFaults()
}

// botAsInvited are the permissions that the invitation asks for.
func botAsInvited() discordtest.Permission {
	return discordtest.ViewChannel | discordtest.SendMessages | discordtest.SendMessagesInThreads | discordtest.CreatePublicThreads | discordtest.EmbedLinks |
		discordtest.AttachFiles | discordtest.ReadHistory | discordtest.PinMessages | discordtest.CreatePrivateThreads | discordtest.ManageChannels | discordtest.ManageRoles | discordtest.ManageThreads
}

func TestTheInvitationAsksForExactlyWhatIsUsed(t *testing.T) {
	t.Parallel()
	link := discord.InviteURL("1184123412341234123")
	if want := fmt.Sprintf("https://discord.com/oauth2/authorize?client_id=1184123412341234123&permissions=%d&scope=bot+applications.commands", uint64(botAsInvited())); link != want {
		t.Errorf("%s\n%s", link, want)
	}
	for _, p := range discord.Permissions() {
		if p.Name == "" || p.Why == "" {
			t.Errorf("%+v is not explained", p)
		}
	}
	// With these, and no more, the whole of it works.
	s := begin(t, discordtest.Options{})
	s.g.SetBotPermissions(botAsInvited())
	s.g.Everyone().Set(discordtest.ViewChannel | discordtest.ReadHistory | discordtest.UseCommands)
	for _, spec := range []chat.RoomSpec{section("sharing"), section("news"), {Key: "C1", Name: "c1", Record: "C1", Section: "collaboration"}} {
		spec.PostOnly = spec.Section == "news"
		room, _, err := s.dc.Open(t.Context(), s.space(), spec)
		s.must(err)
		m := plain("Hello.")
		m.Pin, m.Files = true, []chat.Attachment{upload("a.pdf", []byte("x"))}
		at := chat.Address{Platform: "discord", Space: s.space(), Room: room}
		_, err = s.dc.Send(t.Context(), at, m, chat.Key{ID: spec.Key})
		s.must(err)
	}
	card := plain("H1")
	card.Threaded = true
	sent, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "h1"})
	s.must(err)
	in := s.at(s.help)
	in.Thread = sent.Thread
	_, err = s.dc.Send(t.Context(), in, plain("An answer."), chat.Key{ID: "a1"})
	s.must(err)
	if got := s.dc.Check(t.Context()); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestRoomsAndRightsAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	secret := s.g.AddChannel("staff")
	secret.Override(s.g.Everyone(), 0, discordtest.ViewChannel)
	shut := s.g.AddChannel("shut")
	shut.Override(s.srv.App().Bot, 0, discordtest.SendMessages)
	s.g.AddChannel("voice", discordtest.OfKind(discordtest.Voice))
	list, err := s.dc.Rooms(t.Context(), s.space())
	s.must(err)
	got := map[string]chat.RoomInfo{}
	for _, r := range list {
		got[r.Name] = r
	}
	if len(got) != 3 || !got["help"].Joined || got["help"].Private || !got["staff"].Private || got["staff"].Joined || got["shut"].Joined {
		t.Errorf("%+v", got)
	}
	manager := s.srv.AddPerson("manager")
	s.g.Join(manager, s.g.AddRole("managers", discordtest.ManageGuild))
	for p, want := range map[*discordtest.Person]bool{s.ann: true, s.bea: false, manager: true, s.srv.AddPerson("stranger"): false} {
		r, err := s.dc.Rights(t.Context(), s.at(s.help), chat.AccountID(p.ID.String()))
		if err != nil || r.Admin != want || r.Name != "VET Net" || r.Count < 3 {
			t.Errorf("%s: %+v %v", p, r, err)
		}
	}
	s.srv.ForgetFaults()
}

func TestDoctorNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{Disallowed: discordtest.MessageContent}, func(o *discord.Options) { o.Store = store })
	check := func() string { return strings.Join(s.dc.Check(t.Context()), "\n") }
	if got := check(); !strings.Contains(got, "Switch on Message Content and this happens by itself.") {
		t.Errorf("%q", got)
	}
	s.opt.Content = true
	s.make()
	s.g.SetBotPermissions(botAsInvited() &^ (discordtest.EmbedLinks | discordtest.ManageRoles))
	s.g.Everyone().Set(discordtest.ViewChannel)
	store.follow(s.at(s.help), chat.Address{Platform: "discord", Space: s.space(), Room: "7"})
	s.help.Override(s.srv.App().Bot, 0, discordtest.SendMessages)
	got := check()
	if strings.Contains(got, "Private") {
		t.Errorf("%q", got)
	}
	for _, part := range []string{"lacks Embed Links, Manage Roles", "In #help on Discord Guildhall lacks Send Messages", "The Discord channel 7 cannot be seen", "Message Content intent is off"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in %q", part, got)
		}
	}
	s.g.KickBot()
	s.make()
	if got = check(); !strings.Contains(got, "in no Discord server yet") || !strings.Contains(got, "oauth2/authorize") {
		t.Errorf("%q", got)
	}
	s.srv.ChangeToken("other.token.now")
	s.make()
	if got = check(); !strings.Contains(got, "refused the token") || strings.Contains(got, s.opt.Token) {
		t.Errorf("%q", got)
	}
}

// Away, in trouble, busy and refused are four things.
func TestDoctorSaysWhyDiscordDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]http.HandlerFunc{
		"Discord has trouble of its own": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"Discord lets nothing through for 7s": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"is not Discord":       func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"refused the token":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"could not be reached": nil,
	} {
		srv := httptest.NewServer(answer)
		if answer == nil {
			srv.Close()
		}
		t.Cleanup(srv.Close)
		dc, err := discord.New(discord.Options{Token: "a.b.c", APIURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		if got := dc.Check(t.Context()); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: %q", want, got)
		}
	}
}

// An application without any intent has no flags at all.
func TestDoctorKnowsWhetherTheIntentIsUsed(t *testing.T) {
	t.Parallel()
	all := discordtest.MessageContent | discordtest.GuildMembers | discordtest.GuildPresences
	s := newStage(t, discordtest.Options{Disallowed: all})
	s.opt.Content = true
	s.make()
	if got := strings.Join(s.dc.Check(t.Context()), "\n"); !strings.Contains(got, "Message Content intent is off") {
		t.Errorf("%q", got)
	}
	s = newStage(t, discordtest.Options{})
	s.opt.Content = false
	s.make()
	if got := strings.Join(s.dc.Check(t.Context()), "\n"); !strings.Contains(got, "not used") {
		t.Errorf("%q", got)
	}
}

func TestNewServersChannelsThatGoAndKicks(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	other := s.srv.AddGuild("Another", discordtest.WithoutBot())
	lobby := other.AddChannel("lobby")
	other.AddBot(discordtest.BotPermissions)
	ev := s.hears("that we are in a new server", kind(chat.Entered))
	if ev.Where.Space != chat.SpaceID(other.ID.String()) || ev.Where.Room != chat.RoomID(lobby.ID.String()) {
		t.Errorf("%+v", ev)
	}
	gone := s.g.AddChannel("gone")
	at := s.at(gone)
	gone.Delete()
	if ev = s.hears("that a channel is gone", kind(chat.Left)); ev.Where != at {
		t.Errorf("%+v", ev)
	}
	other.KickBot()
	s.g.Outage()
	s.g.Restore()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "all well"))
	s.hears("a message after that", saying("all well"))
	if n := s.ear.heard(kind(chat.Entered)); n != 0 {
		t.Errorf("an outage brought us in %d times", n)
	}
}

func TestEditsDeletionsAndReactions(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := must1[discordtest.Message](s)(s.bea.Say(s.help, "With portfolios."))
	s.hears("the message", kind(chat.Said))
	s.must(s.ann.React(m, "✅"))
	ev := s.hears("the reaction", kind(chat.Reacted))
	if ev.Reaction != "✅" || ev.Target == nil || ev.Target.Message != chat.MessageID(m.ID.String()) || ev.From.Account != chat.AccountID(s.ann.ID.String()) {
		t.Errorf("%+v", ev)
	}
	// What would answer a reaction privately is left out, without an error.
	s.must(s.dc.Whisper(t.Context(), ev.Where, ev.From.Account, ev.Via, plain("Keep it?"), chat.Key{ID: "k"}))
	s.must(s.ann.Unreact(m, "✅"))
	s.hears("its end", kind(chat.Unreacted))
	s.must(s.ann.React(m, "✅"))
	if again := s.hears("the same reaction once more", kind(chat.Reacted)); again.ID == ev.ID {
		t.Error("who reacts again means it again")
	}
	s.must(s.bea.Edit(m, "With video portfolios."))
	if ev = s.hears("the edit", kind(chat.Edited)); ev.Text != "With video portfolios." || ev.Message != chat.MessageID(m.ID.String()) {
		t.Errorf("%+v", ev)
	}
	a := must1[discordtest.Message](s)(s.bea.Say(s.help, "one"))
	b := must1[discordtest.Message](s)(s.bea.Say(s.help, "two"))
	s.help.BulkDelete(a, b)
	s.must(s.bea.Delete(m))
	var ids []chat.MessageID
	for range 3 {
		ids = append(ids, s.hears("a deletion", kind(chat.Deleted)).Message)
	}
	want := []chat.MessageID{chat.MessageID(a.ID.String()), chat.MessageID(b.ID.String()), chat.MessageID(m.ID.String())}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}
