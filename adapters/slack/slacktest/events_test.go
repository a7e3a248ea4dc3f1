package slacktest_test

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

func TestMessagesComeEscapedAndMarked(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	help := w.NewChannel("help", ann, bea, w.Bot())
	b := connect(t, s, nil)
	ann.Say("#help", "@bea a < b & see #help, https://example.org/a?b=1&c=2. or ann@example.com, not @nobody")
	m := b.message("", 1)
	want := bea.Mention() + " a &lt; b &amp; see <#" + help.ID() + "|help>, <https://example.org/a?b=1&amp;c=2>. or <mailto:ann@example.com|ann@example.com>, not @nobody"
	if m.Text != want {
		t.Errorf("got  %q\nwant %q", m.Text, want)
	}
	if m.Channel != help.ID() || m.ChannelType != "channel" || m.User != ann.ID() || m.ClientMsgID == "" || m.TimeStamp == "" || m.BotID != "" {
		t.Errorf("incomplete: %+v", m)
	}
	if got := ann.Sees("#help")[0].Shown; got != "@bea a < b & see #help, https://example.org/a?b=1&c=2. or ann@example.com, not @nobody" {
		t.Errorf("ann reads %q", got)
	}
	ann.SayRaw("#help", "<!here> <!date^1^{date}|long ago> <https://example.org|there>")
	if got := ann.Sees("#help")[1].Shown; got != "@here long ago there" {
		t.Errorf("ann reads %q", got)
	}
	s.AwaitAcks()
	noFaults(t, s)
}

func TestMentionIsTwoEventsAndOneInDirectMessages(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	ann.Say("#help", "@guildhall ask how?")
	m, men := b.message("", 1), event[*slackevents.AppMentionEvent](b)
	if m.TimeStamp != men.TimeStamp || men.Text != w.Bot().Mention()+" ask how?" || men.Channel != m.Channel {
		t.Errorf("message %+v, mention %+v", m, men)
	}
	s.AwaitAcks()
	told := s.Told("message", "app_mention")
	if len(told) != 2 || told[0].EventID == told[1].EventID {
		t.Errorf("told %+v", told)
	}
	ann.Say(ann.DM(), "@guildhall help")
	if dm := b.message("", 2); dm.ChannelType != "im" || !strings.HasPrefix(dm.Channel, "D") {
		t.Errorf("got %+v", dm)
	}
	s.AwaitAcks()
	if n := len(s.Told("app_mention")); n != 1 {
		t.Errorf("%d app_mention", n)
	}
}

func TestEventsOnlyWhereTheBotIs(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("other", ann, bea)
	w.NewPrivate("closed", ann, w.Bot())
	b := connect(t, s, nil)
	m := ann.Say("#other", "@guildhall nobody hears this")
	ann.React(m, "wave")
	ann.Say("#closed", "but this")
	if got := b.message("", 1); got.Text != "but this" || got.ChannelType != "group" {
		t.Errorf("got %+v", got)
	}
	ann.InviteBot("#other")
	if j := event[*slackevents.MemberJoinedChannelEvent](b); j.User != w.Bot().ID() || j.Inviter != ann.ID() {
		t.Errorf("got %+v", j)
	}
	bea.Say("#other", "now it does")
	if got := b.message("", 2); got.Text != "now it does" {
		t.Errorf("got %+v", got)
	}
	ann.Remove("#other", w.Bot())
	bea.Say("#other", "no more")
	s.AwaitAcks()
	if n := len(s.Told("message")); n != 3 { // two messages and the line about joining
		t.Errorf("%d messages", n)
	}
}

func TestSubscriptionsAndScopesDecideWhatComes(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	s.Configure(func(a *slacktest.AppSpec) { a.Events = []string{"app_mention", "reaction_added"} })
	w.Revoke("reactions:read")
	connect(t, s, nil)
	m := ann.Say("#help", "@guildhall hi")
	ann.React(m, "wave")
	s.AwaitAcks()
	if got := s.Told(); len(got) != 1 || got[0].What != "app_mention" {
		t.Errorf("told %+v", got)
	}
}

func TestEditsDeletionsAndTombstones(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("help", ann, bea, w.Bot())
	b := connect(t, s, nil)
	m := ann.Say("#help", "frist")
	ann.Edit(m, "first")
	ch := b.message("message_changed", 1)
	if ch.Message.Text != "first" || ch.PreviousMessage.Text != "frist" || ch.Message.Timestamp != m.TS || ch.Message.Edited == nil {
		t.Errorf("got %+v", ch.Message)
	}
	r := bea.Reply(m, "me too")
	if got := b.message("", 2); got.ThreadTimeStamp != m.TS || got.TimeStamp != r.TS {
		t.Errorf("reply %+v", got)
	}
	ann.Delete(m)
	tomb := b.message("message_changed", 2)
	if tomb.Message.SubType != "tombstone" || tomb.PreviousMessage.Text != "first" {
		t.Errorf("got %+v", tomb.Message)
	}
	if seen := ann.Sees("#help"); len(seen) != 1 || !seen[0].Deleted {
		t.Errorf("ann sees %v", seen)
	}
	bea.Delete(r)
	if del := b.message("message_deleted", 1); del.PreviousMessage.Text != "me too" {
		t.Errorf("got %+v", del)
	}
	if seen := ann.Sees("#help"); len(seen) != 0 {
		t.Errorf("the tombstone stays after its last reply: %v", seen)
	}
	s.AwaitAcks()
	noFaults(t, s)
}

func TestOwnMessagesAndUpdatesComeBack(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	b := connect(t, s, nil)
	_, ts, err := b.api.PostMessage(help.ID(), slack.MsgOptionText("hello", false))
	ok(t, err)
	if got := b.message("", 1); got.BotID == "" || got.User != w.Bot().ID() || got.TimeStamp != ts {
		t.Errorf("got %+v", got)
	}
	_, _, _, err = b.api.UpdateMessage(help.ID(), ts, slack.MsgOptionText("hello all", false))
	ok(t, err)
	if got := b.message("message_changed", 1); got.Message.Text != "hello all" || got.Message.BotID == "" {
		t.Errorf("got %+v", got.Message)
	}
	w.Unfurl(w.Channel("help").All()[0], "https://example.org", "Example")
	if got := b.message("message_changed", 2); got.Message.Text != got.PreviousMessage.Text {
		t.Errorf("an unfurl changes no text: %+v", got.Message)
	}
	_, _, err = b.api.DeleteMessage(help.ID(), ts)
	ok(t, err)
	b.message("message_deleted", 1)
	w.ForeignBot("deploybot", "#help", "deployed")
	if got := b.message("bot_message", 1); got.User != "" || got.BotID == "" || got.Text != "deployed" {
		t.Errorf("got %+v", got)
	}
}

func TestReactionsMembersAndChannels(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	m := ann.Say("#help", "done?")
	ann.React(m, ":white_check_mark:")
	if r := event[*slackevents.ReactionAddedEvent](b); r.Reaction != "white_check_mark" || r.Item.Timestamp != m.TS || r.ItemUser != ann.ID() {
		t.Errorf("got %+v", r)
	}
	ann.Unreact(m, "white_check_mark")
	if r := event[*slackevents.ReactionRemovedEvent](b); r.User != ann.ID() {
		t.Errorf("got %+v", r)
	}
	bea.Join("#help")
	if j := event[*slackevents.MemberJoinedChannelEvent](b); j.User != bea.ID() {
		t.Errorf("got %+v", j)
	}
	if line := b.message("channel_join", 1); line.User != bea.ID() {
		t.Errorf("got %+v", line)
	}
	bea.Leave("#help")
	event[*slackevents.MemberLeftChannelEvent](b)
	ann.Rename("#help", "aid")
	if r := event[*slackevents.ChannelRenameEvent](b); r.Channel.Name != "aid" {
		t.Errorf("got %+v", r)
	}
	b.message("channel_name", 1)
	ann.Archive("#aid")
	event[*slackevents.ChannelArchiveEvent](b)
	ann.Unarchive("#aid")
	event[*slackevents.ChannelUnarchiveEvent](b)
	ann.Create("new-room", false)
	event[*slackevents.ChannelCreatedEvent](b)
	w.Arrive("cid")
	event[*slackevents.TeamJoinEvent](b)
	s.AwaitAcks()
	noFaults(t, s)
}

func TestHomeIsOpened(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	b := connect(t, s, nil)
	ann.OpenHome()
	if e := event[*slackevents.AppHomeOpenedEvent](b); e.User != ann.ID() || e.Tab != "home" || e.Channel != ann.DM() {
		t.Errorf("got %+v", e)
	}
}

func TestUninstallingAndRevoking(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	w.NewChannel("help", w.User("ann"), w.Bot())
	b := connect(t, s, nil)
	w.Uninstall()
	event[*slackevents.AppUninstalledEvent](b)
	if e := event[*slackevents.TokensRevokedEvent](b); len(e.Tokens.Bot) != 1 {
		t.Errorf("got %+v", e)
	}
	_, err := b.api.AuthTest()
	wantCode(t, err, "account_inactive")
	old := s.BotToken()
	if again := w.Install(w.User("ann")); again == old {
		t.Error("a new installation has a new token")
	}
	w.RevokeToken()
	_, err = newAPI(s, s.BotToken()).AuthTest()
	wantCode(t, err, "token_revoked")
	s.AwaitAcks()
}

func TestFilesAreSharedByMessage(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	parent := ann.Say("#help", "@guildhall here it comes")
	ann.Upload("#help", "@guildhall deposit", parent, slacktest.Upload{Name: "Rubric 1.pdf", Data: []byte("%PDF")})
	m := b.message("file_share", 1)
	files := m.Message.Files
	if len(files) != 1 || files[0].Name != "Rubric 1.pdf" || files[0].Mimetype != "application/pdf" || files[0].Size != 4 || files[0].URLPrivate == "" {
		t.Errorf("got %+v", files)
	}
	if m.ThreadTimeStamp != parent.TS {
		t.Errorf("not in the thread: %+v", m)
	}
	event[*slackevents.FileSharedEvent](b)
	b.waitNth("the second mention", 2, func(ev socketmode.Event) bool {
		_, is := inner(ev).(*slackevents.AppMentionEvent)
		return is
	})
}
