package slack_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func TestRooms(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	space := chat.SpaceID(st.w.ID())
	spec := chat.RoomSpec{Key: "collab/1/C2", Name: "C2: A shared <rubric>, für Übungen!", Topic: "Until 15 January & on", Section: "collaboration", Record: "C2"}
	st.s.Trouble(slacktest.Trouble{Method: "conversations.create", Kind: slacktest.DropAfter})
	if _, _, err := st.p.Open(ctx, space, spec); err == nil {
		t.Fatal("the outcome should be unknown")
	}
	id, made, err := st.p.Open(ctx, space, spec)
	if err != nil || made {
		t.Fatalf("%s %v %v", id, made, err)
	}
	again, _, err := st.p.Open(ctx, space, spec)
	if err != nil || again != id {
		t.Errorf("a second channel %s: %v", again, err)
	}
	ch := st.w.Channel("c2-a-shared-rubric-für-übungen")
	if ch == nil || ch.Topic() != "Until 15 January & on" && ch.Topic() != "Until 15 January &amp; on" || !strings.Contains(ch.Purpose(), "collab/1/C2") {
		t.Fatalf("channel %v", ch)
	}
	other := spec
	other.Key = "collab/2/C2"
	if id2, made, err := st.p.Open(ctx, space, other); err != nil || !made || id2 == id {
		t.Errorf("another community's: %s %v %v", id2, made, err)
	}
	for range 2 {
		if err := st.p.Bring(ctx, space, id, st.account(st.bea)); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(strings.Join(ch.Members(), " "), "bea") {
		t.Errorf("members %v", ch.Members())
	}
	for range 2 {
		if err := st.p.Release(ctx, space, id, st.account(st.bea)); err != nil {
			t.Error(err)
		}
	}
	card := chat.Message{Kind: chat.Card, Record: "C2", Title: text.Plain("C2 · A shared rubric"), Pin: true}
	sent := send(st, st.at(ch, ""), card, "card")
	if marks := ch.Bookmarks(); len(marks) != 1 || marks[0][0] != "C2 · A shared rubric" || !strings.Contains(marks[0][1], ch.ID()) {
		t.Errorf("bookmarks %v", marks)
	}
	if m := ch.All(); !m[len(m)-1].Pinned && !m[0].Pinned {
		t.Errorf("nothing is pinned: %s", sent.Message)
	}
	for range 2 {
		if err := st.p.Archive(ctx, space, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := st.p.Send(ctx, st.at(ch, ""), card, chat.Key{ID: "late"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("posting into an archive: %v", err)
	}
	rooms, err := st.p.Rooms(ctx, space)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rooms {
		seen[r.Name] = r.Joined
	}
	if !seen["help"] || seen["c2-a-shared-rubric-für-übungen"] {
		t.Errorf("rooms %v", rooms)
	}
	st.clean()
}

// The card of a channel's record may be posted by another replica than the one that made the channel.
func TestAnotherReplicaMakesTheBookmark(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	space := chat.SpaceID(st.w.ID())
	id, _, err := st.p.Open(t.Context(), space, chat.RoomSpec{Key: "c2", Name: "c2-rubric", Topic: "A rubric", Section: "collaboration", Record: "C2"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := slack.New(slack.Options{Apps: []slack.App{{BotToken: st.s.BotToken(), AppToken: st.s.AppToken(), APIURL: st.s.APIURL()}}})
	if err != nil {
		t.Fatal(err)
	}
	at := chat.Address{Platform: slack.ID, Space: space, Room: id}
	for _, record := range []string{"C20", "H2", "C2"} {
		card := chat.Message{Kind: chat.Card, Record: record, Title: text.Plain(record + " · A rubric")}
		if _, err := other.Send(t.Context(), at, card, chat.Key{ID: record}); err != nil {
			t.Fatal(err)
		}
	}
	send(st, st.at(st.room, ""), chat.Message{Kind: chat.Card, Record: "C2", Title: text.Plain("C2 · A rubric")}, "elsewhere")
	if marks := st.w.Channel("c2-rubric").Bookmarks(); len(marks) != 1 || marks[0][0] != "C2 · A rubric" {
		t.Errorf("bookmarks %v", marks)
	}
	if marks := st.room.Bookmarks(); len(marks) != 0 {
		t.Errorf("bookmarks of another's channel: %v", marks)
	}
	st.clean()
}

func TestPublicChannelsAreJoinedWhenNeeded(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ch := st.w.NewChannel("elsewhere", st.ann)
	private := st.w.NewPrivate("closed", st.ann)
	send(st, st.at(ch, ""), plainMessage("hello"), "k1")
	st.ann.Await("#elsewhere", slacktest.ByApp("hello"))
	if _, err := st.p.Send(context.Background(), st.at(private, ""), plainMessage("x"), chat.Key{ID: "k2"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("a private channel: %v", err)
	}
}

func TestRateLimitsStopOneChannelOnly(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithClock(clock)}, options: func(o *slack.Options) { o.Now = clock.Now }})
	ctx := context.Background()
	other := st.w.NewChannel("other", st.ann, st.w.Bot())
	var wait *chat.RetryAfter
	sent := 0
	for i := range 10 {
		_, err := st.p.Send(ctx, st.at(st.room, ""), plainMessage("hot"), chat.Key{ID: itoa(i)})
		if err == nil {
			sent++
			continue
		}
		if !errors.As(err, &wait) {
			t.Fatal(err)
		}
	}
	if sent == 0 || sent == 10 || wait.After <= 0 {
		t.Fatalf("%d of 10 were sent, wait %v", sent, wait)
	}
	if _, err := st.p.Send(ctx, st.at(other, ""), plainMessage("cool"), chat.Key{ID: "other"}); err != nil {
		t.Errorf("another channel: %v", err)
	}
	st.s.AwaitAcks()
	clock.Advance(wait.After + time.Second)
	if _, err := st.p.Send(ctx, st.at(st.room, ""), plainMessage("later"), chat.Key{ID: "later"}); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	st.clean()
}

// A method's pace is the workspace's: after a 429 it is left alone in every channel, and others go on.
func TestRateLimitsOfAMethod(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithClock(clock)}, options: func(o *slack.Options) { o.Now = clock.Now }})
	ctx := context.Background()
	other := st.w.NewChannel("other", st.ann, st.w.Bot())
	here, there := send(st, st.at(st.room, ""), plainMessage("here"), "k1"), send(st, st.at(other, ""), plainMessage("there"), "k2")
	st.s.Trouble(slacktest.Trouble{Method: "chat.update", Kind: slacktest.RateLimited, Wait: 30 * time.Second})
	var wait *chat.RetryAfter
	if err := st.p.Edit(ctx, st.at(st.room, ""), here.Message, plainMessage("new")); !errors.As(err, &wait) || wait.After < 30*time.Second {
		t.Fatal(err)
	}
	n := st.s.Count("chat.update")
	if err := st.p.Edit(ctx, st.at(other, ""), there.Message, plainMessage("new")); !errors.As(err, &wait) || st.s.Count("chat.update") != n {
		t.Errorf("another channel's edit was tried: %v", err)
	}
	send(st, st.at(other, ""), plainMessage("posting goes on"), "k3")
	st.s.AwaitAcks()
	clock.Advance(31 * time.Second)
	if err := st.p.Edit(ctx, st.at(other, ""), there.Message, plainMessage("new")); err != nil {
		t.Error(err)
	}
	st.clean()
}

func TestWhisper(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	if err := st.p.Whisper(ctx, st.at(st.room, ""), st.account(st.ann), "", plainMessage("for ann"), chat.Key{ID: "k"}); err != nil {
		t.Fatal(err)
	}
	if got := st.ann.Await("#help", slacktest.ByApp("for ann")); !got.Ephemeral {
		t.Errorf("everybody sees %s", got)
	}
	x := st.ann.Slash("#help", "/find", "x").Wait()
	via := st.hall.heard(chat.Invoked)[0].Via
	if err := st.p.Whisper(ctx, st.at(st.room, ""), st.account(st.ann), via, plainMessage("by the address"), chat.Key{ID: "k2"}); err != nil {
		t.Fatal(err)
	}
	if got := x.Reply(); got.Shown != "by the address" {
		t.Errorf("ann sees %q", got.Shown)
	}
	for i := range 10 { // more often than the address works
		if err := st.p.Whisper(ctx, st.at(st.room, ""), st.account(st.ann), via, plainMessage("and more "+itoa(i)), chat.Key{ID: "m" + itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	st.ann.Await("#help", slacktest.ByApp("and more 9"))
	// Where we are not, what is private comes directly.
	st.w.NewPrivate("closed", st.ann)
	private := st.w.Channel("closed")
	if err := st.p.Whisper(ctx, st.at(private, ""), st.account(st.ann), "", plainMessage("directly"), chat.Key{ID: "k3"}); err != nil {
		t.Fatal(err)
	}
	st.ann.Await(st.ann.DM(), slacktest.ByApp("directly"))
	st.clean()
}

func TestFilesAreSentBack(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	attach := func(name, content string) chat.Attachment {
		return chat.Attachment{SHA256: name, Name: name, Size: int64(len(content)),
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
	}
	m := plainMessage("your data")
	m.Files = []chat.Attachment{attach("data.json", `{"a":1}`), attach("more.txt", "x")}
	m.Picture = &chat.Picture{File: attach("chart.png", "\x89PNG"), Alt: "Three records"}
	st.s.Trouble(slacktest.Trouble{Method: "files.completeUploadExternal", Kind: slacktest.DropAfter, Skip: 1})
	if _, err := st.p.Send(ctx, st.at(st.room, ""), m, chat.Key{ID: "k"}); err == nil {
		t.Fatal("the outcome should be unknown")
	}
	if _, err := st.p.Send(ctx, st.at(st.room, ""), m, chat.Key{ID: "k", Again: true}); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	st.s.Await("the files", func() bool { // Slack shares them in its own time
		n := 0
		for _, msg := range st.room.All() {
			n += len(msg.Files)
		}
		return n >= 2
	})
	for _, msg := range st.room.All() {
		if strings.Contains(msg.Shown, "your data") {
			count["message"]++
		}
		for _, f := range msg.Files {
			count[f.Name()]++
		}
	}
	if count["message"] != 1 || count["data.json"] != 1 || count["more.txt"] != 1 {
		t.Errorf("sent %v", count)
	}
	st.clean()
}

func TestDownloadsStayWithSlack(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{options: func(o *slack.Options) { o.MaxFile = 10 }})
	st.ann.Upload("#help", "", slacktest.Message{}, slacktest.Upload{Name: "big.bin", Data: bytes.Repeat([]byte("x"), 11)})
	st.s.AwaitAcks()
	f := st.hall.heard(chat.Said)[0].Files[0]
	if _, err := st.p.Download(t.Context(), f); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a large file: %v", err)
	}
	f.ID = st.w.ID() + "/F0NONE"
	if _, err := st.p.Download(t.Context(), f); !errors.Is(err, chat.ErrGone) {
		t.Errorf("no file: %v", err)
	}
}

func TestThreadIsReadBack(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	root := st.ann.Say("#help", "the question")
	a := st.bea.Reply(root, "first answer")
	send(st, st.at(st.room, root.TS), plainMessage("ours"), "k")
	st.ann.Reply(root, "thanks")
	for _, at := range []chat.MessageID{chat.MessageID(root.TS), chat.MessageID(a.TS)} {
		got, err := st.p.Thread(ctx, st.at(st.room, ""), at)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, m := range got {
			texts = append(texts, m.Text)
		}
		if strings.Join(texts, "|") != "the question|first answer|thanks" || got[1].From.Account != st.account(st.bea) {
			t.Errorf("from %s: %v", at, texts)
		}
	}
	m, err := st.p.Message(ctx, st.at(st.room, ""), chat.MessageID(a.TS))
	if err != nil || m.Text != "first answer" || m.Where.Thread != chat.ThreadID(root.TS) {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := st.p.Message(ctx, st.at(st.room, ""), "1.000001"); !errors.Is(err, chat.ErrGone) {
		t.Errorf("no message: %v", err)
	}
}

func TestDirect(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	to, err := st.p.Direct(ctx, chat.SpaceID(st.w.ID()), st.account(st.ann))
	if err != nil {
		t.Fatal(err)
	}
	send(st, to, plainMessage("hello ann"), "k")
	st.ann.Await(st.ann.DM(), slacktest.ByApp("hello ann"))
	st.hall.answer = saying("found")
	st.ann.Say(st.ann.DM(), "find rubrics")
	x := st.ann.Slash(st.ann.DM(), "/find", "y").Wait()
	if got := x.Reply(); got.Shown != "found" || got.Ephemeral {
		t.Errorf("ann sees %+v", got)
	}
	st.s.AwaitAcks()
	said, invoked := st.hall.heard(chat.Said), st.hall.heard(chat.Invoked)
	if len(said) != 1 || !said[0].Direct || !said[0].Addressed || len(invoked) != 1 || !invoked[0].Direct {
		t.Errorf("heard %+v, %+v", said, invoked)
	}
}

func TestRightsAndDoctor(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	boss := st.w.User("boss", slacktest.Admin())
	at := chat.Address{Platform: slack.ID, Space: chat.SpaceID(st.w.ID())}
	for u, want := range map[*slacktest.User]bool{boss: true, st.ann: false} {
		r, err := st.p.Rights(t.Context(), at, st.account(u))
		if err != nil || r.Admin != want || r.Name != "Example" || r.Count < 3 {
			t.Errorf("%s: %+v, %v", u.Name(), r, err)
		}
	}
	if got := st.p.Check(t.Context()); len(got) != 0 {
		t.Errorf("all is well, yet %v", got)
	}
	st.w.Revoke("pins:write")
	st.w.Revoke("files:read")
	if got := st.p.Check(t.Context()); len(got) != 1 || !strings.Contains(got[0], "files:read, pins:write") {
		t.Errorf("missing scopes: %v", got)
	}
	st.s.RevokeAppToken()
	if got := st.p.Check(t.Context()); len(got) != 2 || !strings.Contains(got[0], "connections:write") {
		t.Errorf("no app token: %v", got)
	}
}

func TestFreeWorkspacesForget(t *testing.T) {
	t.Parallel()
	for plan, want := range map[string]time.Duration{"free": 90 * 24 * time.Hour, "std": 0} {
		st := begin(t, setup{})
		st.w.SetPlan(plan)
		if got, err := st.p.Forgets(t.Context(), chat.SpaceID(st.w.ID())); err != nil || got != want {
			t.Errorf("%s: %s, %v", plan, got, err)
		}
	}
}
