package slacktest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func TestChannelNames(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	ann := w.User("ann")
	api := newAPI(s, s.BotToken())
	w.NewChannel("old", ann)
	ann.Archive("#old")
	for name, want := range map[string]string{
		"c2-shared-rubric": "", "zażółć": "", n(80): "",
		n(81): "invalid_name_maxlength", "Help": "invalid_name_specials", "two words": "invalid_name_specials",
		"a.b": "invalid_name_specials", "--": "invalid_name_punctuation", "general": "name_taken", "old": "name_taken",
	} {
		_, err := api.CreateConversation(slack.CreateConversationParams{ChannelName: name})
		if got := code(err); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	w.Revoke("groups:write")
	_, err := api.CreateConversation(slack.CreateConversationParams{ChannelName: "secret", IsPrivate: true})
	wantCode(t, err, "missing_scope")
}

func TestLifeOfAChannel(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	b := connect(t, s, nil)
	ch, err := b.api.CreateConversation(slack.CreateConversationParams{ChannelName: "c2", IsPrivate: true})
	ok(t, err)
	if !ch.IsPrivate || !ch.IsGroup || ch.Creator != w.Bot().ID() {
		t.Errorf("got %+v", ch)
	}
	_, err = b.api.InviteUsersToConversation(ch.ID, ann.ID(), bea.ID())
	ok(t, err)
	_, err = b.api.InviteUsersToConversation(ch.ID, ann.ID())
	wantCode(t, err, "already_in_channel")
	_, err = b.api.InviteUsersToConversation(ch.ID, "U000")
	wantCode(t, err, "user_not_found")
	_, err = b.api.InviteUsersToConversation(ch.ID, w.Bot().ID())
	wantCode(t, err, "cant_invite_self")
	members, _, err := b.api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: ch.ID})
	ok(t, err)
	if want := []string{w.Bot().ID(), ann.ID(), bea.ID()}; !slices.Equal(members, want) {
		t.Errorf("got %v", members)
	}
	_, err = b.api.SetTopicOfConversation(ch.ID, "one & two")
	ok(t, err)
	_, err = b.api.SetPurposeOfConversation(ch.ID, strings.Repeat("x", 251))
	wantCode(t, err, "too_long")
	_, err = b.api.RenameConversation(ch.ID, "c2-rubric")
	ok(t, err)
	ok(t, b.api.KickUserFromConversation(ch.ID, bea.ID()))
	info, err := b.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: ch.ID, IncludeNumMembers: true})
	ok(t, err)
	if info.Name != "c2-rubric" || info.Topic.Value != "one &amp; two" || info.NumMembers != 2 || info.PreviousNames[0] != "c2" {
		t.Errorf("got %+v", info)
	}
	ok(t, b.api.ArchiveConversation(ch.ID))
	wantCode(t, b.api.ArchiveConversation(ch.ID), "already_archived")
	ok(t, b.api.UnArchiveConversation(ch.ID))
	wantCode(t, b.api.UnArchiveConversation(ch.ID), "not_archived")
	wantCode(t, b.api.ArchiveConversation(w.Channel("general").ID()), "cant_archive_general")
	_, err = b.api.LeaveConversation(ch.ID)
	ok(t, err)
	_, err = b.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: ch.ID})
	wantCode(t, err, "channel_not_found")
	s.AwaitAcks()
}

func TestJoiningPublicChannels(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	open, closed := w.NewChannel("open", ann), w.NewPrivate("closed", ann)
	api := newAPI(s, s.BotToken())
	ch, warning, _, err := api.JoinConversation(open.ID())
	ok(t, err)
	if warning != "" || !ch.IsMember {
		t.Errorf("got %q, %+v", warning, ch)
	}
	_, warning, _, err = api.JoinConversation(open.ID())
	ok(t, err)
	if warning != "already_in_channel" {
		t.Errorf("got %q", warning)
	}
	_, _, _, err = api.JoinConversation(closed.ID())
	wantCode(t, err, "channel_not_found")
	if got := open.Members(); !slices.Equal(got, []string{"ann", "guildhall"}) {
		t.Errorf("got %v", got)
	}
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	for _, name := range []string{"a", "b", "c"} {
		w.NewChannel(name, ann)
	}
	w.NewPrivate("mine", w.Bot())
	w.NewPrivate("theirs", ann)
	ann.Archive("#c")
	api := newAPI(s, s.BotToken())
	var names []string
	p := &slack.GetConversationsParameters{Limit: 2, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"}}
	for {
		some, next, err := api.GetConversations(p)
		ok(t, err)
		for _, ch := range some {
			names = append(names, ch.Name)
		}
		if p.Cursor = next; next == "" {
			break
		}
	}
	if want := []string{"general", "a", "b", "mine"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
	some, _, err := api.GetConversationsForUser(&slack.GetConversationsForUserParameters{Types: []string{"private_channel"}})
	ok(t, err)
	if len(some) != 1 || some[0].Name != "mine" {
		t.Errorf("got %v", some)
	}
	_, _, err = api.GetConversations(&slack.GetConversationsParameters{Types: []string{"rooms"}})
	wantCode(t, err, "invalid_types")
	w.Revoke("groups:read")
	_, _, err = api.GetConversations(p)
	wantCode(t, err, "missing_scope")
}

func TestOpeningDirectMessages(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	api := newAPI(s, s.BotToken())
	ch, _, already, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{ann.ID()}, ReturnIM: true})
	ok(t, err)
	if already || !ch.IsIM || ch.User != ann.ID() || ch.ID != ann.DM() {
		t.Errorf("got %+v", ch)
	}
	_, _, already, err = api.OpenConversation(&slack.OpenConversationParameters{Users: []string{ann.ID()}})
	ok(t, err)
	if !already {
		t.Error("it is open already")
	}
	group, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{ann.ID(), bea.ID()}})
	ok(t, err)
	_, _, err = api.PostMessage(group.ID, slack.MsgOptionText("you two", false))
	ok(t, err)
	bea.Await(group.ID, slacktest.Says("you two"))
	_, _, _, err = api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U000"}})
	wantCode(t, err, "user_not_found")
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann", slacktest.Locale("it-IT"), slacktest.TZ("Europe/Rome"), slacktest.Admin(), slacktest.RealName("Ann Rossi"))
	api := newAPI(s, s.BotToken())
	u, err := api.GetUserInfo(ann.ID())
	ok(t, err)
	if u.RealName != "Ann Rossi" || u.TZ != "Europe/Rome" || !u.IsAdmin || u.IsOwner || u.Profile.Email != "ann@example.com" || u.Locale != "it-IT" {
		t.Errorf("got %+v", u)
	}
	all, err := api.GetUsers()
	ok(t, err)
	if len(all) != 3 {
		t.Errorf("got %d", len(all))
	}
	me, err := api.AuthTest()
	ok(t, err)
	if me.UserID != w.Bot().ID() || me.BotID == "" || me.TeamID != w.ID() || me.Header.Get("X-OAuth-Scopes") == "" {
		t.Errorf("got %+v", me)
	}
	w.Revoke("users:read.email")
	if u, err = api.GetUserInfo(ann.ID()); err != nil || u.Profile.Email != "" {
		t.Errorf("got %+v, %v", u, err)
	}
	_, err = api.GetUserInfo("U000")
	wantCode(t, err, "user_not_found")
	team, err := api.GetTeamInfo()
	ok(t, err)
	if team.Name != "Example" || team.Domain != "example" {
		t.Errorf("got %+v", team)
	}
	w.SetPlan("free")
	var out struct {
		Team struct{ Plan string }
	}
	call(t, s, "team.info", map[string]any{}, &out)
	if out.Team.Plan != "free" {
		t.Errorf("got %+v", out)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	m := ann.Say("#help", "hi")
	ref := slack.NewRefToMessage(help.ID(), m.TS)
	ok(t, api.AddReaction("eyes", ref))
	wantCode(t, api.AddReaction("eyes", ref), "already_reacted")
	wantCode(t, api.AddReaction("👀", ref), "invalid_name")
	if got := ann.Sees("#help")[0].Reactions["eyes"]; !slices.Equal(got, []string{"guildhall"}) {
		t.Errorf("got %v", got)
	}
	ok(t, api.RemoveReaction("eyes", ref))
	wantCode(t, api.RemoveReaction("eyes", ref), "no_reaction")
	ok(t, api.AddPin(help.ID(), ref))
	wantCode(t, api.AddPin(help.ID(), ref), "already_pinned")
	if !ann.Sees("#help")[0].Pinned {
		t.Error("not pinned")
	}
	wantCode(t, api.AddPin(help.ID(), slack.NewRefToMessage(help.ID(), "1.000001")), "message_not_found")
	ok(t, api.RemovePin(help.ID(), ref))
	bm, err := api.AddBookmark(help.ID(), slack.AddBookmarkParameters{Title: "Toolbox", Type: "link", Link: "https://example.org"})
	ok(t, err)
	_, err = api.AddBookmark(help.ID(), slack.AddBookmarkParameters{Title: "Toolbox", Type: "link", Link: "nowhere"})
	wantCode(t, err, "invalid_link")
	title := "The toolbox"
	_, err = api.EditBookmark(help.ID(), bm.ID, slack.EditBookmarkParameters{Title: &title})
	ok(t, err)
	if got := help.Bookmarks(); len(got) != 1 || got[0][0] != title {
		t.Errorf("got %v", got)
	}
	ok(t, api.RemoveBookmark(help.ID(), bm.ID))
	all, err := api.ListBookmarks(help.ID())
	ok(t, err)
	if len(all) != 0 {
		t.Errorf("got %v", all)
	}
}
