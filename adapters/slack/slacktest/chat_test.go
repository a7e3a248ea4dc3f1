package slacktest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func TestPostingNeedsMembershipOrScope(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	api := newAPI(s, s.BotToken())
	post := func(ch string) error {
		_, _, err := api.PostMessage(ch, slack.MsgOptionText("hi", false))
		return err
	}
	open, closed := w.NewChannel("open", ann), w.NewPrivate("closed", ann)
	ok(t, post(open.ID()))
	ok(t, post("#open"))
	wantCode(t, post(closed.ID()), "channel_not_found")
	wantCode(t, post("C000"), "channel_not_found")
	w.Revoke("chat:write.public")
	wantCode(t, post(open.ID()), "not_in_channel")
	ann.InviteBot("#closed")
	ok(t, post(closed.ID()))
	closed.RestrictPosting(ann)
	wantCode(t, post(closed.ID()), "restricted_action_read_only_channel")
	ann.InviteBot("#open")
	ann.Archive("#open")
	wantCode(t, post(open.ID()), "is_archived")
	ok(t, post(ann.ID()))
	if m := ann.Await(ann.DM(), slacktest.Says("hi")); m.BotID == "" {
		t.Errorf("got %+v", m)
	}
	w.Revoke("chat:write")
	err := post(ann.ID())
	wantCode(t, err, "missing_scope")
	if e := err.(slack.SlackErrorResponse); e.Needed != "chat:write" || strings.Contains(","+e.Provided+",", ",chat:write,") || e.Provided == "" {
		t.Errorf("got %+v", e)
	}
	s.AwaitFault(slacktest.FaultScope)
}

func TestMessagesWithoutTextOrTooLong(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	api := newAPI(s, s.BotToken())
	_, _, err := api.PostMessage(help.ID(), slack.MsgOptionText("", false))
	wantCode(t, err, "no_text")
	_, ts, err := api.PostMessage(help.ID(), slack.MsgOptionText(strings.Repeat("ż", 40001), false))
	ok(t, err)
	if got := len([]rune(help.All()[0].Text)); got != 40000 {
		t.Errorf("cut to %d", got)
	}
	s.AwaitFault(slacktest.FaultTooLong)
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText(n(4001), false))
	wantCode(t, err, "msg_too_long")
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText(n(4000), false))
	ok(t, err)
}

func TestTextIsStoredEscapedOnce(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	for sent, want := range map[string]string{
		"a & b":                    "a &amp; b",
		"a &amp; b":                "a &amp; b",
		"1 < 2 > 0":                "1 &lt; 2 &gt; 0",
		ann.Mention() + " hi":      ann.Mention() + " hi",
		"<https://a.example|here>": "<https://a.example|here>",
		"see https://a.example/x":  "see <https://a.example/x>",
	} {
		_, ts, err := api.PostMessage(help.ID(), slack.MsgOptionText(sent, false))
		ok(t, err)
		got := ann.Await("#help", func(m slacktest.Message) bool { return m.TS == ts })
		if got.Text != want {
			t.Errorf("%q is stored %q, want %q", sent, got.Text, want)
		}
	}
}

func TestThreadsAndBroadcasts(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	q := ann.Say("#help", "how?")
	_, ts, err := api.PostMessage(help.ID(), slack.MsgOptionText("so", false), slack.MsgOptionTS(q.TS))
	ok(t, err)
	_, _, err = api.PostMessage(help.ID(), slack.MsgOptionText("also so", false), slack.MsgOptionTS(ts), slack.MsgOptionBroadcast())
	ok(t, err)
	if th := ann.Thread(q); len(th) != 3 || th[0].Replies != 2 || th[2].ThreadTS != q.TS {
		t.Errorf("thread %v", th)
	}
	if seen := ann.Sees("#help"); len(seen) != 2 || !seen[1].Broadcast {
		t.Errorf("sees %v", seen)
	}
	_, _, msg, err := api.PostMessageWithResponse(help.ID(), slack.MsgOptionText("lost", false), slack.MsgOptionTS("1.000001"))
	ok(t, err)
	if msg.ThreadTimestamp != "" {
		t.Error("a reply to what is gone stands outside of threads")
	}
	replies, more, _, err := api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: help.ID(), Timestamp: q.TS})
	ok(t, err)
	if len(replies) != 3 || more || replies[0].Timestamp != q.TS || replies[0].ReplyCount != 2 {
		t.Errorf("got %+v", replies)
	}
	link, err := api.GetPermalink(&slack.PermalinkParameters{Channel: help.ID(), Ts: ts})
	ok(t, err)
	contains(t, link, "https://example.slack.com/archives/"+help.ID()+"/p", "thread_ts="+q.TS)
}

func TestMetadataIsKept(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	api := newAPI(s, s.BotToken())
	meta := slack.SlackMetadata{EventType: "work", EventPayload: map[string]any{"key": "w1"}}
	_, ts, err := api.PostMessage(help.ID(), slack.MsgOptionText("one", false), slack.MsgOptionMetadata(meta))
	ok(t, err)
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText("two", false))
	ok(t, err)
	for _, with := range []bool{true, false} {
		h, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID(), IncludeAllMetadata: with})
		ok(t, err)
		if got := h.Messages[0]; got.Text != "two" || (got.Metadata.EventPayload["key"] == "w1") != with {
			t.Errorf("asked %v, got %+v", with, got.Metadata)
		}
	}
	_, _, err = api.PostMessage(help.ID(), slack.MsgOptionText("x", false), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "work"}))
	wantCode(t, err, "invalid_metadata_format")
}

func TestUpdatesKeepWhatIsNotSent(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	_, ts, err := api.PostMessage(help.ID(), slack.MsgOptionText("fallback", false), slack.MsgOptionBlocks(section("block")))
	ok(t, err)
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText("new fallback", false))
	ok(t, err)
	if got := ann.Sees("#help")[0]; got.Shown != "block" || got.Text != "new fallback" || !got.Edited {
		t.Errorf("got %+v", got)
	}
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText("only text", false), slack.MsgOptionBlocks())
	ok(t, err)
	if got := ann.Sees("#help")[0]; got.Shown != "only text" {
		t.Errorf("got %+v", got)
	}
	theirs := ann.Say("#help", "mine")
	_, _, _, err = api.UpdateMessage(help.ID(), theirs.TS, slack.MsgOptionText("yours", false))
	wantCode(t, err, "cant_update_message")
	_, _, err = api.DeleteMessage(help.ID(), theirs.TS)
	wantCode(t, err, "cant_delete_message")
	_, _, _, err = api.UpdateMessage(help.ID(), "1.000001", slack.MsgOptionText("x", false))
	wantCode(t, err, "message_not_found")
}

func TestEphemeralsAreForMembersOnly(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	ts, err := api.PostEphemeral(help.ID(), ann.ID(), slack.MsgOptionText("psst", false))
	ok(t, err)
	_, err = api.PostEphemeral(help.ID(), bea.ID(), slack.MsgOptionText("psst", false))
	wantCode(t, err, "user_not_in_channel")
	if got := ann.Ephemerals("#help"); len(got) != 1 || got[0].Shown != "psst" {
		t.Errorf("got %v", got)
	}
	_, _, _, err = api.UpdateMessage(help.ID(), ts, slack.MsgOptionText("louder", false))
	wantCode(t, err, "message_not_found")
	h, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID()})
	ok(t, err)
	if len(h.Messages) != 0 {
		t.Errorf("history shows %v", h.Messages)
	}
}

func TestHistoryPagesWindowsAndPlans(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC))
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	old := help.Backdate(ann, "old", 100)
	for _, text := range []string{"one", "two", "three"} {
		clock.Advance(time.Minute)
		ann.Say("#help", text)
	}
	read := func(p slack.GetConversationHistoryParameters) []string {
		t.Helper()
		p.ChannelID = help.ID()
		var all []string
		for {
			h, err := api.GetConversationHistory(&p)
			ok(t, err)
			for _, m := range h.Messages {
				all = append(all, m.Text)
			}
			if !h.HasMore {
				return all
			}
			p.Cursor = h.ResponseMetaData.NextCursor
		}
	}
	if got := strings.Join(read(slack.GetConversationHistoryParameters{Limit: 3}), " "); got != "three two one old" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(read(slack.GetConversationHistoryParameters{Oldest: old.TS}), " "); got != "three two one" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(read(slack.GetConversationHistoryParameters{Oldest: old.TS, Inclusive: true}), " "); got != "three two one old" {
		t.Errorf("got %q", got)
	}
	w.SetPlan("free")
	if got := strings.Join(read(slack.GetConversationHistoryParameters{}), " "); got != "three two one" {
		t.Errorf("a free workspace hides what is old, got %q", got)
	}
	_, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID(), Cursor: "nonsense"})
	wantCode(t, err, "invalid_cursor")
	other := w.NewChannel("other", ann)
	_, err = api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: other.ID()})
	wantCode(t, err, "not_in_channel")
}
