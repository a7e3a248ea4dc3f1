package slack_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/files"
	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/jobs"
)

// town is a Slack workspace with all of Guildhall behind it.
type town struct {
	t *testing.T
	*slacktest.Server
	w             *slacktest.Workspace
	mia, ann, bea *slacktest.User
	p             *slack.Platform
}

func newTown(t *testing.T, overHTTP bool) *town {
	t.Helper()
	// Slack's clock stands still: what takes long because the machine is busy is not what this is about.
	s := slacktest.New(t, slacktest.WithoutLimits(), slacktest.WithPatience(90*time.Second), slacktest.WithClock(slacktest.NewStepped(time.Now())))
	c := &town{t: t, Server: s, w: s.Workspace()}
	commands, err := build.Commands("en")
	if err != nil {
		t.Fatal(err)
	}
	var handler atomic.Pointer[http.Handler]
	app, address := slack.App{BotToken: s.BotToken(), AppToken: s.AppToken(), APIURL: s.APIURL()}, ""
	if overHTTP {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
		t.Cleanup(web.Close)
		address, app.AppToken, app.SigningSecret = web.URL, "", s.SigningSecret()
	}
	manifest, err := slack.Manifest(slack.ManifestOptions{Commands: commands, URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UseManifest(manifest); err != nil {
		t.Fatal(err)
	}
	c.mia = c.w.User("mia", slacktest.Admin(), slacktest.TZ("Europe/Dublin"))
	c.ann = c.w.User("ann", slacktest.TZ("Europe/Rome"))
	c.bea = c.w.User("bea", slacktest.TZ("Europe/Warsaw"))

	ctx := context.Background()
	db, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "guildhall.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	kept, err := files.Open(filepath.Join(t.TempDir(), "files"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(logTo{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c.p, err = slack.New(slack.Options{Apps: []slack.App{app}, Installs: db.SlackInstalls(), Log: log, AckWithin: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	pages := c.p.Handler()
	handler.Store(&pages)
	g, err := build.New(build.Options{DB: db, Files: kept, Platforms: []chat.Platform{c.p}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: g.Engine.Kinds(), Rate: g.Engine.Rate, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	worked, ran := make(chan struct{}), make(chan error, 1)
	go func() { runner.Run(running); close(worked) }()
	go func() { ran <- c.p.Run(running, g.Engine) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		<-worked
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if !overHTTP {
		s.AwaitSockets(2)
		return c
	}
	if err := s.UseHTTP(slacktest.HTTPMode{Events: address + "/slack/events", Commands: address + "/slack/commands", Interactivity: address + "/slack/interactive"}); err != nil {
		t.Fatal(err)
	}
	c.AwaitCall("auth.test", 1)
	return c
}

type logTo struct{ t *testing.T }

func (l logTo) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// The whole story of a member who knows only Slack: nobody types a command's name twice.
func TestSlackStory(t *testing.T) {
	t.Parallel()
	for name, overHTTP := range map[string]bool{"socket mode": false, "http": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newTown(t, overHTTP).live()
		})
	}
}

func (c *town) live() {
	c.setUp()
	c.asksAndAnswers()
	c.introduces()
	c.deposits()
	c.worksTogether()
	c.promotes()
	c.speaksInAThread()
	c.looksHome()
	c.takesBack()
	for _, f := range c.Faults() {
		c.t.Errorf("broke a rule of Slack's: %s", f)
	}
	c.calledAsPublished()
}

// setUp makes the workspace a community, with a preview, and everybody enters the rooms.
func (c *town) setUp() {
	c.mia.Slash("#general", "/setup", "").Wait()
	c.mia.AwaitModal("Name", "Europe/Dublin")
	c.mia.Submit(slacktest.Values{"Name": "VET Net"}).Wait()
	preview := c.mia.Await("#general", slacktest.ByApp("VET Net", "#vet-communication", "Do it"))
	if !preview.Ephemeral || c.Count("conversations.create") != 0 {
		c.t.Errorf("something was made before the preview was accepted")
	}
	c.mia.Press(preview, "Do it").Wait()
	c.mia.Await("#general", slacktest.ByApp("VET Net* is ready"))
	c.AwaitCall("conversations.create", 5)
	for _, section := range []string{"communication", "sharing", "collaboration", "cooperation"} {
		c.AwaitCall("pins.add", 5)
		for _, u := range []*slacktest.User{c.mia, c.ann, c.bea} {
			u.Join("#vet-" + section)
		}
		if got := c.ann.Await("#vet-"+section, slacktest.ByApp("I'm Guildhall.", "Ask for help")); !got.Pinned {
			c.t.Errorf("the greeting in %s is not pinned", section)
		}
	}
}

// asksAndAnswers: a question by the greeting's button, answered in its thread, solved by a reaction.
func (c *town) asksAndAnswers() {
	const room = "#vet-communication"
	c.ann.Press(c.ann.Await(room, slacktest.ByApp("I'm Guildhall.")), "Ask for help").Wait()
	c.ann.AwaitModal("Question")
	c.ann.Submit(slacktest.Values{"Question": "How do you assess welders <remotely> & fairly?"}).Wait()
	card := c.bea.Await(room, slacktest.ByApp("H1 · How do you assess welders <remotely> & fairly?", "Answer in the thread"))
	if !strings.Contains(c.ann.Await(room, slacktest.ByApp("is open in all rooms")).Shown, "H1") {
		c.t.Error("ann is not told which request it is")
	}
	answer := c.bea.Reply(card, "With video portfolios & a shared rubric")
	c.only(c.bea, room, slacktest.ByApp("Nice to meet you")) // it was heard
	c.AwaitNow(card, slacktest.Says("H1 · answered"))
	c.ann.React(answer, "white_check_mark")
	c.AwaitNow(card, slacktest.Says("H1 · solved", "thanks to", "bea"))
	c.ann.AwaitReply(card, slacktest.ByApp("H1", "solved, thanks to"))
	ask := c.bea.Await(c.bea.DM(), slacktest.ByApp("May it be kept with your name?"))
	c.bea.Press(ask, "Always").Wait()
}

// only waits until a person sees something for their eyes alone in a room or one of its threads.
func (c *town) only(u *slacktest.User, room string, match slacktest.Match) slacktest.Message {
	var got slacktest.Message
	c.Await("something for "+u.Name()+" alone", func() bool {
		for _, m := range u.Ephemerals(room) {
			if match(m) {
				got = m
				return true
			}
		}
		return false
	})
	return got
}

// introduces: after their first action people are asked who they are, and answer in a form.
func (c *town) introduces() {
	c.mia.Slash("#general", "/guildhall", "profile").Wait()
	c.mia.Slash("#general", "/guildhall", `profile organisation:"Cork ETB" country:Ireland`).Wait()
	for u, about := range map[*slacktest.User][2]string{c.ann: {"CFP Bologna", "Italy"}, c.bea: {"ZDZ Poznań", "Poland"}} {
		asked := c.only(u, "#vet-communication", slacktest.ByApp("Nice to meet you"))
		u.Press(asked, "Answer").Wait()
		form := u.AwaitModal("Organisation")
		if got := u.Suggest(form, "Country", about[1][:3]).Wait().Choices(); len(got) == 0 || got[0].Text != about[1] {
			c.t.Errorf("countries like %q: %v", about[1][:3], got)
		}
		u.Submit(slacktest.Values{"Organisation": about[0], "Country": about[1]}).Wait()
		u.AwaitNoModal()
	}
	for _, org := range []string{"Cork ETB", "CFP Bologna", "ZDZ Poznań"} {
		new := c.mia.Await(c.mia.DM(), slacktest.ByApp("which is new here", org))
		c.mia.Press(new, "Confirm").Wait()
	}
}

// deposits: by the shortcut on a message with a file; found by another.
func (c *town) deposits() {
	const room = "#vet-sharing"
	up := c.bea.Upload(room, "our rubric", slacktest.Message{}, slacktest.Upload{Name: "rubryka_oceny.pdf", Data: []byte("%PDF-1.4 hello")})
	c.bea.MessageShortcut("message:deposit", up).Wait()
	c.bea.AwaitModal("rubryka_oceny.pdf", "May others use it?")
	c.bea.Submit(slacktest.Values{"Title": "Rubryka oceny spawania"}).Wait()
	c.bea.Await(room, slacktest.ByApp("R1", "Rubryka oceny spawania", "is in the toolbox"))
	c.ann.Await(room, slacktest.ByApp("R1 · Rubryka oceny spawania", "We used this"))
	found := c.ann.Slash("#general", "/find", "rubryka").Wait().Reply()
	if !strings.Contains(found.Shown, "R1") {
		c.t.Errorf("ann finds %s", found)
	}
	c.ann.Press(found, "Show").Wait()
	c.ann.Await("#general", slacktest.ByApp("R1", "rubryka_oceny.pdf"))
}

// worksTogether: a collaboration gets a channel, brings people in, and ends with an outcome.
func (c *town) worksTogether() {
	c.ann.GlobalShortcut("global:collab open").Wait()
	c.ann.AwaitModal("Theme", "Goal")
	c.ann.Submit(slacktest.Values{"Theme": "A shared rubric", "Goal": "One rubric for all", "Until": time.Now().AddDate(0, 0, 40).Format(time.DateOnly)}).Wait()
	c.ann.AwaitModal("C1", "is open until")
	c.ann.CloseModal()
	call := c.bea.Await("#vet-collaboration", slacktest.ByApp("C1 · A shared rubric", "Join"))
	c.bea.Press(call, "Join").Wait()
	c.AwaitCall("bookmarks.add", 1)
	room := c.w.Channel("c1-shared-rubric")
	c.bea.OpenHome()
	c.bea.AwaitHome("My collaborations", "C1", "A shared rubric", "My deposits", "R1")
	c.Await("both in the channel", func() bool { return len(room.Members()) == 3 })
	c.ann.Slash("#c1-shared-rubric", "/collab", "close").Wait()
	c.ann.AwaitModal("Outcome", "Resources")
	c.ann.Submit(slacktest.Values{"Outcome": "We have one rubric for all.", "No result, because": "it is kept elsewhere"}).Wait()
	c.AwaitNow(call, slacktest.Says("C1 · closed", "We have one rubric for all."))
	// What others do to it changes what stands on her Home.
	c.Await("bea's Home without C1", func() bool {
		v, _ := c.bea.Home()
		return !strings.Contains(v.Shown, "A shared rubric")
	})
}

// promotes: a thread's messages are ticked, their authors asked, the practice completed, reviewed and adopted.
func (c *town) promotes() {
	talk := c.ann.Say("#vet-cooperation", "We assess welders by video portfolios")
	c.bea.Reply(talk, "We tried it with 14 apprentices, 12 passed")
	c.ann.Reply(talk, "It took us two weeks to set up")
	c.mia.MessageShortcut("message:promote", talk).Wait()
	c.mia.AwaitModal("Messages to quote", "14 apprentices")
	c.mia.Submit(slacktest.Values{"Title": "Video portfolios",
		"Messages to quote": []string{"ann: We assess welders by video portfolios", "bea: We tried it with 14 apprentices, 12 passed"}}).Wait()
	candidate := c.only(c.mia, "#vet-cooperation", slacktest.ByApp("P1", "Video portfolios", "candidate"))
	c.ann.Await(c.ann.DM(), slacktest.ByApp("would like to quote you", "P1")) // bea said always
	// Ephemerals reach only who is there: what waits for ann stands on her Home as well, and goes when it is done.
	c.ann.OpenHome()
	home := c.ann.AwaitHome("would like to quote you")
	for _, control := range home.Controls {
		if control.Kind == "overflow" {
			c.ann.Choose(home, control.ActionID, "Yes").Wait()
		}
	}
	c.ann.AwaitModal("Thank you")
	c.ann.CloseModal()
	c.Await("ann's Home without it", func() bool {
		v, _ := c.ann.Home()
		return !strings.Contains(v.Shown, "would like to quote you")
	})
	c.mia.Press(candidate, "Complete it").Wait()
	c.mia.AwaitModal("Context", "Transfer")
	c.mia.Submit(slacktest.Values{"Context": "Two schools, welding", "Problem": "No trainer on site", "Approach": "Video portfolios and one rubric"}).Wait()
	saved := c.only(c.mia, "#vet-cooperation", slacktest.ByApp("P1", "is saved", "Approach ✓", "Ask for review"))
	for name, org := range map[string][2]string{"dan": {"BBZ Köln", "Germany"}, "eve": {"IES Sevilla", "Spain"}} {
		u := c.w.User(name)
		u.Slash("#general", "/guildhall", `profile organisation:"`+org[0]+`" country:`+org[1]).Wait()
		c.mia.Press(c.mia.Await(c.mia.DM(), slacktest.ByApp("which is new here", org[0])), "Confirm").Wait()
		u.Slash("#general", "/practice", "reviewer").Wait()
	}
	c.mia.Press(saved, "Ask for review").Wait()
	c.reviewed("dan", "eve")
	c.mia.Press(c.mia.Await(c.mia.DM(), slacktest.ByApp("review", "P1", "is complete", "Accept")), "Accept").Wait()
	c.mia.Await(c.mia.DM(), slacktest.ByApp("P1", "accepted"))
	dan := c.w.User("dan")
	dan.Slash("#general", "/practice", `adopt P1 result:"14 of 16 apprentices passed"`).Wait()
	dan.Await("#general", slacktest.ByApp("BBZ Köln", "P1", "in use"))
	shown := dan.Slash("#general", "/practice", "show P1").Wait().Reply()
	for _, want := range []string{"P1", "Video portfolios", "accepted", "demonstrated", "BBZ Köln", "We assess welders by video portfolios"} {
		if !strings.Contains(shown.Shown, want) {
			c.t.Errorf("P1 without %q: %s", want, shown)
		}
	}
}

// reviewed: the reviewers are asked one after the other, and answer in a form.
func (c *town) reviewed(names ...string) {
	done := map[string]bool{}
	for range names {
		var u *slacktest.User
		var ask slacktest.Message
		c.Await("a reviewer to be asked", func() bool {
			for _, name := range names {
				who := c.w.User(name)
				for _, m := range who.Sees(who.DM()) {
					if !done[name] && slacktest.ByApp("P1", "waits for a look from outside", "Review it")(m) {
						u, ask = who, m
						return true
					}
				}
			}
			return false
		})
		done[u.Name()] = true
		u.OpenHome()
		u.AwaitHome("Waiting for you", "My reviews", "P1", "Review it")
		u.Press(ask, "Review it").Wait()
		u.AwaitModal("Your verdict")
		u.Submit(slacktest.Values{"Your verdict": "Accept it", "In one sentence": "It works & is easy to take over"}).Wait()
		u.AwaitNoModal()
	}
}

// speaksInAThread: slash commands do not run there, so a mention is the way, and what is missing is asked.
func (c *town) speaksInAThread() {
	talk := c.ann.Say("#vet-sharing", "Look at https://example.org/guide")
	c.ann.Reply(talk, `@guildhall deposit "A guide for mentors"`)
	c.ann.AwaitReply(talk, slacktest.ByApp("R2 · A guide for mentors", "example.org/guide"))
	// 🔖 only offers, and only to who reacted.
	poster := c.ann.Say("#vet-sharing", "A poster for the workshop: https://example.org/poster")
	c.bea.React(poster, "bookmark")
	offer := c.only(c.bea, "#vet-sharing", slacktest.ByApp("Shall this go into the toolbox"))
	c.bea.Press(offer, offer.Buttons()[0]).Wait()
	c.only(c.bea, "#vet-sharing", slacktest.ByApp("R3"))
	chat := c.ann.Say("#vet-sharing", "I wonder …")
	c.ann.Reply(chat, "@guildhall ask")
	c.ann.AwaitReply(chat, slacktest.ByApp("Question"))
	c.ann.Reply(chat, "Who has a guide for mentors?")
	alike := c.ann.AwaitReply(chat, slacktest.ByApp("R2", "A guide for mentors", "Ask anyway"))
	c.ann.Press(alike, "Ask anyway").Wait()
	c.bea.Await("#vet-communication", slacktest.ByApp("H2 · Who has a guide for mentors?"))
}

// looksHome: the five things, what is hers, and her settings.
func (c *town) looksHome() {
	c.ann.OpenHome()
	home := c.ann.AwaitHome("Ask for help", "My requests", "H2", "My deposits", "R2", "A guide for mentors", "Look around", "See requests", "My settings", "My digest")
	c.ann.Press(home, "See requests").Wait()
	c.ann.AwaitModal("H2", "Who has a guide for mentors?")
	c.ann.CloseModal()
}

// takesBack: an answer that is edited and deleted at its source changes and goes in the record.
func (c *town) takesBack() {
	const room = "#vet-communication"
	c.ann.Slash(room, "/ask", "Who knows a good welding simulator?").Wait()
	card := c.bea.Await(room, slacktest.ByApp("H3", "welding simulator", "Answer in the thread"))
	answer := c.bea.Reply(card, "Try the one from Kraków")
	c.ann.AwaitReply(card, slacktest.Says("Kraków"))
	c.bea.Delete(c.bea.Edit(answer, "Try the one from Gdańsk"))
	c.AwaitAcks()
	shown := c.ann.Slash(room, "/guildhall", "show H3").Wait().Reply().Shown
	if strings.Contains(shown, "Gdańsk") || strings.Contains(shown, "Kraków") {
		c.t.Errorf("H3 still holds what was deleted: %s", shown)
	}
}
