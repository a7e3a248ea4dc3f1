package discord_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

const posting = "POST /channels/{channel}/messages"

// shownTimes is how often a text stands in a channel.
func (s *stage) shownTimes(c *discordtest.Channel, part string) (n int) {
	for _, m := range c.Messages() {
		if strings.Contains(m.Text(), part) {
			n++
		}
	}
	return n
}

// Fault 7: only 502 is tried again, at once and doubling; a global limit stops only one bucket; the
// page of a ban is an error of JSON.
func TestAPostAppearsOnceWhateverHappensToIt(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]discordtest.Trouble{
		"lost before": {Route: posting, Times: 1, Drop: true}, "lost after": {Route: posting, Times: 1, Drop: true, After: true},
		"500": {Route: posting, Times: 2, Status: 500}, "502 after": {Route: posting, Times: 1, Status: 502, After: true},
		"503": {Route: posting, Times: 2, Status: 503}, "504 after": {Route: posting, Times: 2, Status: 504, After: true},
		"bucket": {Route: posting, Times: 2, RateLimit: 60 * time.Millisecond}, "shared": {Route: posting, Times: 1, RateLimit: 60 * time.Millisecond, Shared: true},
		"global": {Route: posting, Times: 1, RateLimit: 60 * time.Millisecond, Global: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, discordtest.Options{})
			s.srv.Cause(trouble)
			sent, err := s.dc.Send(t.Context(), s.at(s.help), plain("Once."), chat.Key{ID: "k1"})
			s.must(err)
			if n := s.shownTimes(s.help, "Once."); n != 1 || sent.Message == "" {
				t.Errorf("%d times, %+v", n, sent)
			}
		})
	}
}

// The program was killed between the send and its note: the nonce is long forgotten.
func TestWhatWasSentBeforeTheProgramEndedIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{NonceMemory: time.Nanosecond})
	card := plain("H7")
	card.Threaded = true
	first, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "card-h7"})
	s.must(err)
	for n := range 230 {
		must1[discordtest.Message](s)(s.ann.Say(s.help, fmt.Sprint("talk ", n)))
	}
	s.make() // another program
	again, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "card-h7", Again: true})
	s.must(err)
	first.Stood = true
	if again != first || s.shownTimes(s.help, "H7") != 1 {
		t.Errorf("%+v, then %+v", first, again)
	}
	// Killed between the post and its thread.
	s.srv.Cause(discordtest.Trouble{Route: "POST /channels/{channel}/messages/{message}/threads", Status: 500, Times: 4})
	if _, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "card-h8"}); err == nil {
		t.Error("a card without its thread is no success")
	}
	sent, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "card-h8", Again: true})
	s.must(err)
	if sent.Thread == "" || s.shownTimes(s.help, "H7") != 2 {
		t.Errorf("%+v, %d cards", sent, s.shownTimes(s.help, "H7"))
	}
}

func TestLongLimitsAreLeftToTheQueue(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]discordtest.Trouble{
		"bucket": {Route: posting, Times: 1, RateLimit: time.Minute}, "global": {Route: posting, Times: 1, RateLimit: time.Minute, Global: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, discordtest.Options{})
			s.make()
			s.srv.Cause(trouble)
			before := s.srv.Count(posting)
			var wait *chat.RetryAfter
			for range 3 {
				if _, err := s.dc.Send(t.Context(), s.at(s.help), plain("Later."), chat.Key{ID: "k"}); !errors.As(err, &wait) || wait.After > 61*time.Second {
					t.Errorf("%v", err)
				}
			}
			if n := s.srv.Count(posting) - before; n != 1 {
				t.Errorf("asked %d times while the limit stood", n)
			}
			_, err := s.dc.Rooms(t.Context(), chat.SpaceID(s.g.ID.String()))
			if got := errors.As(err, &wait); got != (name == "global") {
				t.Errorf("another bucket: %v", err)
			}
		})
	}
}

// While an address is banned, nothing is asked at all.
func TestABanStopsEverything(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.make()
	s.srv.Cause(discordtest.Trouble{Route: posting, Times: 1, RateLimit: 30 * time.Second, Cloudflare: true})
	var wait *chat.RetryAfter
	if _, err := s.dc.Send(t.Context(), s.at(s.help), plain("Banned."), chat.Key{ID: "k"}); !errors.As(err, &wait) || wait.After < 20*time.Second {
		t.Fatalf("%v", err)
	}
	asked := len(s.srv.Requests())
	if _, err := s.dc.Rooms(t.Context(), chat.SpaceID(s.g.ID.String())); !errors.As(err, &wait) {
		t.Errorf("%v", err)
	}
	if n := len(s.srv.Requests()); n != asked {
		t.Errorf("%d requests while banned", n-asked)
	}
}

func TestRealLimitsAreKept(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{Limits: discordtest.RealLimits()})
	var all sync.WaitGroup
	for c := range 3 {
		ch := s.g.AddChannel(fmt.Sprint("room", c))
		all.Go(func() {
			for n := range 8 {
				for {
					_, err := s.dc.Send(t.Context(), s.at(ch), plain(fmt.Sprint("number ", n)), chat.Key{ID: fmt.Sprintf("%d-%d", c, n), Again: false})
					var wait *chat.RetryAfter
					if errors.As(err, &wait) {
						timer := time.NewTimer(wait.After)
						<-timer.C
						continue
					}
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	all.Wait()
	for c := range 3 {
		for n, m := range s.g.Channel(fmt.Sprint("room", c)).Messages() {
			if !strings.Contains(m.Text(), fmt.Sprint("number ", n)) {
				t.Errorf("room %d, message %d is %q", c, n, m.Text())
			}
		}
	}
	if n := s.srv.Invalid(); n > 3 {
		t.Errorf("%d requests over the limit", n)
	}
}

// The program asks no more once its token was refused.
func TestARefusedTokenEndsAllRequests(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.srv.ChangeToken("another.token.here")
	for range 5 {
		_, err := s.dc.Send(t.Context(), s.at(s.help), plain("x"), chat.Key{ID: "k"})
		if !errors.Is(err, chat.ErrGone) || strings.Contains(err.Error(), "fake.bot.token") {
			t.Errorf("%v", err)
		}
	}
	if n := s.srv.Invalid(); n != 1 {
		t.Errorf("%d invalid requests", n)
	}
	s.srv.ForgetFaults()
}

func TestErrorsSayWhatToDoAndHoldNoSecret(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	vias := make(chan string, 1)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) { vias <- ev.Via; return chat.Answer{}, nil })
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Outcome](s)(i.Outcome())
	via := <-vias
	s.srv.Cause(discordtest.Trouble{Route: "POST /webhooks/{app}/{token}", Drop: true})
	err := s.dc.Whisper(t.Context(), s.at(s.help), "1", via, plain("x"), chat.Key{ID: "k"})
	if err == nil || strings.Contains(err.Error(), i.Token) {
		t.Errorf("%v", err)
	}
	s.g.SetBotPermissions(discordtest.ViewChannel)
	s.g.Everyone().Set(discordtest.ViewChannel)
	if _, err = s.dc.Send(t.Context(), s.at(s.help), plain("x"), chat.Key{ID: "k"}); !errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), "permission") {
		t.Errorf("%v", err)
	}
	s.g.KickBot()
	s.make()
	if _, err = s.dc.Send(t.Context(), s.at(s.help), plain("x"), chat.Key{ID: "k"}); !errors.Is(err, chat.ErrGone) || !strings.Contains(err.Error(), "invite it again") {
		t.Errorf("%v", err)
	}
	s.srv.ForgetFaults()
}

func TestAnArchivedThreadIsReopened(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	card := plain("H7")
	card.Threaded = true
	sent, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "card"})
	s.must(err)
	in := s.at(s.help)
	in.Thread = sent.Thread
	thread := must1[*discordtest.Channel](s)(s.g.AwaitChannel("the thread", func(c *discordtest.Channel) bool { return c.ID.String() == string(sent.Thread) }))
	first, err := s.dc.Send(t.Context(), in, plain("An answer."), chat.Key{ID: "a1"})
	s.must(err)
	thread.SetArchived(true, false)
	_, err = s.dc.Send(t.Context(), in, plain("Another."), chat.Key{ID: "a2"})
	s.must(err)
	thread.SetArchived(true, false)
	s.must(s.dc.Edit(t.Context(), in, first.Message, plain("An answer, corrected.")))
	// One that a moderator has closed stays closed.
	thread.SetArchived(true, true)
	if _, err = s.dc.Send(t.Context(), in, plain("Not here."), chat.Key{ID: "a4"}); !errors.Is(err, chat.ErrRefused) || !thread.Archived() {
		t.Errorf("%v, archived: %v", err, thread.Archived())
	}
	thread.SetArchived(false, false)
	// And by a button that is pressed in it: Discord takes no commands there.
	ask := plain("Did that help?")
	ask.Buttons = []chat.Button{{Key: "1~solved H7", Label: "Yes"}}
	_, err = s.dc.Send(t.Context(), in, ask, chat.Key{ID: "a5"})
	s.must(err)
	said := must1[discordtest.Message](s)(s.ann.SeesText(thread, "Did that help?"))
	thread.SetArchived(true, false)
	s.ear.says(plain("Solved."))
	i := must1[*discordtest.Interaction](s)(s.ann.Press(said, "Yes"))
	must1[discordtest.Message](s)(i.Reply())
	ev := s.hears("the press", kind(chat.Pressed))
	if ev.Where != in {
		t.Errorf("%+v", ev.Where)
	}
	_, err = s.dc.Send(t.Context(), in, plain("For all here."), chat.Key{ID: "a3"})
	s.must(err)
	if thread.Archived() {
		t.Error("it is still archived")
	}
}

func upload(name string, data []byte) chat.Attachment {
	return chat.Attachment{Name: name, Type: "application/pdf", Size: int64(len(data)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func TestFilesGoOutWithinTheServersLimitAndComeFromDiscordAlone(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{UploadLimit: 5000})
	m := plain("R13")
	m.Files = []chat.Attachment{upload("rubryka żółta.pdf", bytes.Repeat([]byte("x"), 1000))}
	m.Picture = &chat.Picture{File: upload("chart.png", []byte("png")), Alt: "Three records"}
	_, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "f1"})
	s.must(err)
	shown := must1[discordtest.Message](s)(s.bea.SeesText(s.help, "R13"))
	if len(shown.Files) != 2 || shown.Files[0].Description != "Three records" || shown.Embeds[0].Image == nil {
		t.Errorf("%+v", shown.Files)
	}
	// Larger than this server takes: the words go out all the same.
	m.Files = []chat.Attachment{upload("large.pdf", bytes.Repeat([]byte("x"), 6000))}
	_, err = s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "f2"})
	s.must(err)

	s.srv.ForgetFaults() // what it refused
	must1[discordtest.Message](s)(s.ann.Say(s.help, "mine", discordtest.Upload{Name: "a.pdf", Data: []byte("%PDF")}))
	ref := s.hears("a file", saying("mine")).Files[0]
	read := func(f chat.FileRef) (string, error) {
		r, err := s.dc.Download(t.Context(), f)
		if err != nil {
			return "", err
		}
		defer func() { _ = r.Close() }()
		b, err := io.ReadAll(r)
		return string(b), err
	}
	if got, err := read(ref); got != "%PDF" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	s.srv.Advance(25 * time.Hour) // links are signed and expire
	if got, err := read(ref); got != "%PDF" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	t.Cleanup(evil.Close)
	for _, address := range []string{strings.Replace(evil.URL, "127.0.0.1", "localhost", 1) + "/a.pdf", "https://cdn.discordapp.com.evil.example/a", "https://user@cdn.discordapp.com/a", "http://cdn.discordapp.com/a",
		"https://cdn.discordapp.com:8443/a", "file:///etc/passwd", "//cdn.discordapp.com/a", ""} {
		b, err := json.Marshal(map[string]string{"u": address})
		s.must(err)
		if _, err := read(chat.FileRef{ID: string(b)}); !errors.Is(err, chat.ErrRefused) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	if i := s.dc.Platform(); !i.LeaveFirst || !i.Private || !i.Forms {
		t.Errorf("%+v", i)
	}
	ann := chat.AccountID(s.ann.ID.String())
	at, err := s.dc.Direct(t.Context(), "", ann)
	s.must(err)
	_, err = s.dc.Send(t.Context(), at, plain("Your answer solved H7."), chat.Key{ID: "d1"})
	s.must(err)
	must1[discordtest.Message](s)(s.ann.SeesPrivately(s.ann.DM(), "Your answer solved H7."))
	must1[discordtest.Message](s)(s.ann.Say(s.ann.DM(), "stop"))
	if ev := s.hears("a direct message", saying("stop")); !ev.Direct || !ev.Addressed || ev.Where != at || ev.Can.Form {
		t.Errorf("%+v", ev)
	}
	s.bea.RefuseDMs(true)
	to, err := s.dc.Direct(t.Context(), "", chat.AccountID(s.bea.ID.String()))
	if err == nil {
		_, err = s.dc.Send(t.Context(), to, plain("x"), chat.Key{ID: "d2"})
	}
	if !errors.Is(err, chat.ErrRefused) {
		t.Errorf("%v", err)
	}
	if _, err := s.dc.Direct(t.Context(), "", "nobody"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("%v", err)
	}
}

func TestAThreadIsReadOldestFirstWithItsStart(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	start := must1[discordtest.Message](s)(s.ann.Say(s.help, "How do you assess welders?"))
	thread := must1[*discordtest.Channel](s)(s.ann.StartThread(start, "welders"))
	for n := range 120 {
		must1[discordtest.Message](s)(s.bea.Say(thread, fmt.Sprint("answer ", n)))
	}
	at := s.at(thread)
	_, err := s.dc.Send(t.Context(), at, plain("ours"), chat.Key{ID: "o"})
	s.must(err)
	for _, where := range []struct {
		at  chat.Address
		msg string
	}{{at, ""}, {s.at(s.help), start.ID.String()}} {
		list, err := s.dc.Thread(t.Context(), where.at, chat.MessageID(where.msg))
		if err != nil || len(list) != 121 || list[0].Text != "How do you assess welders?" || list[120].Text != "answer 119" || list[5].Where != at {
			t.Errorf("%d messages, %v", len(list), err)
		}
	}
	// What hangs together by replies.
	q := must1[discordtest.Message](s)(s.ann.Say(s.help, "a question"))
	must1[discordtest.Message](s)(s.bea.Say(s.help, "something else"))
	a := must1[discordtest.Message](s)(s.bea.Reply(q, "an answer"))
	b := must1[discordtest.Message](s)(s.ann.Reply(a, "thanks"))
	list, err := s.dc.Thread(t.Context(), s.at(s.help), chat.MessageID(b.ID.String()))
	if err != nil || len(list) != 3 || list[0].Text != "a question" || list[2].Text != "thanks" {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := s.dc.Message(t.Context(), s.at(s.help), "1"); !errors.Is(err, chat.ErrGone) {
		t.Errorf("%v", err)
	}
	// A reply to something of ours is no command, and says what it answers.
	must1[discordtest.Message](s)(s.bea.Reply(q, "late"))
	if ev := s.hears("a reply", saying("late")); ev.Addressed || ev.Target == nil || ev.Target.Message != chat.MessageID(q.ID.String()) {
		t.Errorf("%+v", ev)
	}
}

func TestWhatIsPinnedIsPinned(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := chat.Message{Lang: "en", Body: []text.Rich{text.Plain("I'm Guildhall.")}, Pin: true}
	_, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "hello"})
	s.must(err)
	if hello := must1[discordtest.Message](s)(s.ann.SeesText(s.help, "I'm Guildhall.")); !hello.Pinned {
		t.Error("it is not pinned")
	}
	s.g.SetBotPermissions(discordtest.BotPermissions &^ (discordtest.PinMessages | discordtest.ManageMessages))
	_, err = s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "hello2"})
	s.must(err) // without the permission it is not
	s.srv.ForgetFaults()
}
