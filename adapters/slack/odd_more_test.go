package slack_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// A channel that is opened again is one that we are in again, if we are; of others Slack tells, too.
func TestChannelsAreOpenedAgain(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.w.NewChannel("others", st.ann)
	for _, name := range []string{"#help", "#others"} {
		st.ann.Archive(name)
		st.ann.Unarchive(name)
	}
	st.bea.Join("#others")
	st.w.Event(map[string]any{"type": "channel_unarchive", "channel": st.w.Channel("others").ID(), "user": st.ann.ID()})
	st.w.Event(map[string]any{"type": "channel_unarchive", "channel": "C0GONE", "user": st.ann.ID()})
	st.s.AwaitAcks()
	if _, err := st.p.Send(t.Context(), st.at(st.room, ""), plainMessage("back"), chat.Key{ID: "k"}); err != nil { // joins, if it must
		t.Fatal(err)
	}
	st.w.Event(map[string]any{"type": "channel_unarchive", "channel": st.room.ID(), "user": st.ann.ID()})
	st.s.AwaitAcks()
	got := st.hall.heard(chat.Entered)
	if len(got) == 0 {
		t.Fatal("nothing was entered")
	}
	for _, ev := range got {
		if ev.Where.Room != st.at(st.room, "").Room {
			t.Errorf("entered %+v", ev)
		}
	}
	if last := got[len(got)-1]; last.Named != "help" {
		t.Errorf("entered %+v", last)
	}
}

// What says of no workspace that it is ours, as Enterprise Grid may, is for the only one that an app of one workspace
// knows.
func TestEventsWithoutAWorkspace(t *testing.T) {
	t.Parallel()
	st, base := overHTTP(t, setup{})
	st.hall.answer = saying("well met")
	for i, ids := range []string{``, `"team_id":null,"enterprise_id":"E1","authorizations":[{"team_id":null,"enterprise_id":"E1","is_enterprise_install":true}],`,
		`"team_id":"T0OTHER","context_team_id":"T0OTHER",`} {
		body := fmt.Sprintf(`{%s"type":"event_callback","event_id":"Ev%d","event":{"type":"message","channel":"%s","channel_type":"channel",`+
			`"user":"%s","text":"hello","ts":"1700000000.00010%d"}}`, ids, i, st.room.ID(), st.ann.ID(), i)
		got, err := st.s.Post(base+"/slack/events", "application/json", []byte(body), nil)
		if err != nil || got.Status != http.StatusOK {
			t.Errorf("%d %v", got.Status, err)
		}
	}
	heard := st.hall.heard(chat.Said)
	if len(heard) != 3 {
		t.Fatalf("%d were heard", len(heard))
	}
	for _, ev := range heard {
		if ev.Where.Room != st.at(st.room, "").Room || ev.From.Account != st.account(st.ann) {
			t.Errorf("heard %+v", ev)
		}
	}
	got, err := st.s.Post(base+"/slack/commands", "application/x-www-form-urlencoded", []byte("command=%2Ffind&text=x&enterprise_id=E1&is_enterprise_install=true&user_id="+
		st.ann.ID()+"&channel_id="+st.room.ID()+"&trigger_id=1.2"), nil)
	if err != nil || !strings.Contains(string(got.Answer), "well met") {
		t.Errorf("answered %q %v", got.Answer, err)
	}
}

// Slack looks at the certificate without a signature; that opens no door to anything else.
func TestChecksOfTheCertificate(t *testing.T) {
	t.Parallel()
	st, base := overHTTP(t, setup{})
	ask := func(method, path, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/slack/commands", "ssl_check=1&token=x", 200},
		{"GET", "/slack/commands?ssl_check=1&token=x", "", 200},
		{"GET", "/slack/commands", "", 405},
		{"POST", "/slack/commands", "ssl_check=0&token=x", 401},
		{"POST", "/slack/commands", "ssl_check=1&command=%2Ffind&user_id=U1", 401},
		{"POST", "/slack/interactive", "ssl_check=1&payload=%7B%7D", 401},
		{"POST", "/slack/events", "ssl_check=1", 401},
	} {
		if got := ask(c.method, c.path, c.body); got != c.want {
			t.Errorf("%s %s %s: %d", c.method, c.path, c.body, got)
		}
	}
	if n := len(st.hall.heard(chat.Invoked)); n != 0 {
		t.Errorf("%d commands", n)
	}
}

// Slack writes names for emoji, and what lies in another service comes as a file that cannot be fetched.
func TestWhatPeopleWriteIsAsTheyWroteIt(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	say := func(text string, more map[string]any) string {
		t.Helper()
		inner := map[string]any{"type": "message", "channel": st.room.ID(), "channel_type": "channel", "user": st.ann.ID(), "text": text,
			"ts": "1700000000.0001" + string(rune('a'+len(st.hall.heard(chat.Said))))}
		for k, v := range more {
			inner[k] = v
		}
		st.w.Event(inner)
		st.s.AwaitAcks()
		all := st.hall.heard(chat.Said)
		return all[len(all)-1].Text
	}
	for text, want := range map[string]string{
		"well done :+1::skin-tone-3: :tada:":                     "well done 👍 🎉",
		":wave: <@" + st.bea.ID() + "> :flag-it::it:":            "👋 @bea 🇮🇹🇮🇹",
		"at 10:30:45, a:x:b and :unknown: :x":                    "at 10:30:45, a:x:b and :unknown: :x",
		"<https://example.org/:x:/y> &amp;:bulb:":                "https://example.org/:x:/y &💡",
		"see <#C1|help>, <!here> <mailto:a@b.c|a@b.c> &lt;b&gt;": "see #help, @here a@b.c <b>",
	} {
		if got := say(text, nil); got != want {
			t.Errorf("%q is read as %q", text, got)
		}
	}
	drive := []map[string]any{{"id": "F1", "name": "Plan", "mode": "external", "is_external": true, "url_private": "https://docs.example.com/d/1?a=1&b=2"}}
	if got := say("our plan", map[string]any{"subtype": "file_share", "files": drive}); got != "our plan\nhttps://docs.example.com/d/1?a=1&b=2" {
		t.Errorf("read as %q", got)
	}
	if ev := st.hall.heard(chat.Said); len(ev[len(ev)-1].Files) != 0 {
		t.Errorf("files %+v", ev[len(ev)-1].Files)
	}
}

// A card whose new form Slack refuses says its news in plain words, and so does what is for one person.
func TestRefusedFormsOfEditsAndWhispers(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	sent := send(st, st.at(st.room, ""), plainMessage("before"), "card")
	st.s.Trouble(slacktest.Trouble{Method: "chat.update", Kind: slacktest.ErrorCode, Code: "invalid_blocks"})
	if err := st.p.Edit(t.Context(), st.at(st.room, ""), sent.Message, plainMessage("after")); err != nil {
		t.Error(err)
	}
	st.ann.Await("#help", slacktest.ByApp("after"))
	st.s.Trouble(slacktest.Trouble{Method: "chat.postEphemeral", Kind: slacktest.ErrorCode, Code: "invalid_blocks"})
	if err := st.p.Whisper(t.Context(), st.at(st.room, ""), st.account(st.ann), "", plainMessage("psst"), chat.Key{ID: "w"}); err != nil {
		t.Error(err)
	}
	st.ann.Await("#help", slacktest.ByApp("psst"))
}
