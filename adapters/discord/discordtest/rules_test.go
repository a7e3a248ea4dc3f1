package discordtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

func (w *world) path(c *discordtest.Channel, rest string) string {
	return "/channels/" + c.ID.String() + rest
}

// say posts as the app and returns the message.
func (w *world) say(c *discordtest.Channel, content string) discordtest.Message {
	w.t.Helper()
	r := w.rest("POST", w.path(c, "/messages"), string(must(json.Marshal(map[string]string{"content": content}))(w.t)))
	r.wants(w.t, 200, 0)
	m, ok := w.MessageByID(must(discordtest.ParseSnowflake(r.ID))(w.t))
	if !ok {
		w.t.Fatalf("the message %s is not there", r.ID)
	}
	return m
}

func TestPermissionsAndOverwrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	bot := w.App().Bot
	m := must(w.ben.Say(w.room, "x"))(t)
	own := w.say(w.room, "mine")
	at := w.path(w.room, "/messages/"+m.ID.String())
	try := func(method, path, body string, denied discordtest.Permission, code int) {
		t.Helper()
		w.room.Override(bot, 0, denied)
		w.rest(method, path, body).wants(t, 403, code)
		w.room.Override(bot, 0, 0)
	}
	try("POST", w.path(w.room, "/messages"), `{"content":"x"}`, discordtest.SendMessages, 50013)
	try("POST", w.path(w.room, "/messages"), `{"embeds":[{"title":"x"}]}`, discordtest.EmbedLinks, 50013)
	try("POST", w.path(w.room, "/messages"), `{"content":"x"}`, discordtest.ViewChannel, 50001)
	try("GET", w.path(w.room, ""), "", discordtest.ViewChannel, 50001)
	try("GET", at, "", discordtest.ReadHistory, 50013)
	try("DELETE", at, "", discordtest.ManageMessages, 50013)
	try("PUT", at+"/reactions/%E2%9C%85/@me", "", discordtest.AddReactions, 50013)
	try("PUT", w.path(w.room, "/messages/pins/"+own.ID.String()), "", discordtest.PinMessages, 50013)
	try("POST", at+"/threads", `{"name":"t"}`, discordtest.CreatePublicThreads, 50013)
	try("POST", w.path(w.room, "/threads"), `{"name":"t"}`, discordtest.CreatePrivateThreads, 50013)
	try("PATCH", w.path(w.room, ""), `{"topic":"t"}`, discordtest.ManageChannels, 50013)
	try("PUT", w.path(w.room, "/permissions/"+w.ben.ID.String()), `{"type":1,"allow":"0","deny":"1024"}`, discordtest.ManageRoles, 50013)
	try("POST", w.path(w.room, "/messages"), `{"content":"x","message_reference":{"message_id":"`+m.ID.String()+`"}}`, discordtest.ReadHistory, 160002)
	w.rest("PATCH", at, `{"content":"mine now"}`).wants(t, 403, 50005)
	// Without READ_MESSAGE_HISTORY the list is empty, not refused.
	w.room.Override(bot, 0, discordtest.ReadHistory)
	if r := w.rest("GET", w.path(w.room, "/messages"), "").wants(t, 200, 0); string(r.body) != "[]" {
		t.Errorf("without history the list is %s", r.body)
	}
	// A role's overwrite gives way to a member's.
	w.room.Override(w.guild.Everyone(), 0, discordtest.ViewChannel)
	w.rest("GET", w.path(w.room, ""), "").wants(t, 403, 50001)
	w.room.Override(bot, discordtest.ViewChannel, 0)
	w.rest("GET", w.path(w.room, ""), "").wants(t, 200, 0)
	if w.room.In(w.ben) || !w.room.In(w.ann) {
		t.Error("Ben sees the private channel, or the admin does not")
	}
	if _, err := w.ben.Say(w.room, "x"); err == nil {
		t.Error("Ben could write where he sees nothing")
	}
	// One may not give what one has not.
	w.guild.SetBotPermissions(discordtest.ViewChannel | discordtest.ManageChannels)
	w.rest("POST", "/guilds/"+w.guild.ID.String()+"/channels", `{"name":"x","permission_overwrites":[{"id":"1","type":1,"allow":"1024","deny":"0"}]}`).wants(t, 403, 50013)
	w.rest("POST", "/guilds/"+w.guild.ID.String()+"/channels", `{"name":"New Room"}`).wants(t, 201, 0)
	if w.guild.Channel("new-room") == nil {
		t.Error("the new channel's name was not made a channel's name")
	}
	for _, p := range []string{"/channels/1", "/channels/1/messages"} {
		w.rest("GET", p, "").wants(t, 404, 10003)
	}
	w.rest("GET", "/channels/x", "").wants(t, 400, 50035)
	w.rest("GET", w.path(w.room, "/messages/1"), "").wants(t, 404, 10008)
	w.rest("GET", "/nothing", "").wants(t, 404, 0)
	w.rest("PUT", "/gateway", "").wants(t, 405, 0)
}

func TestThreads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	m := must(w.ben.Say(w.room, "start"))(t)
	th := must(s.MessageThreadStart(w.room.ID.String(), m.ID.String(), "On it", 60))(t)
	if th.ID != m.ID.String() || th.Type != discordgo.ChannelTypeGuildPublicThread || th.OwnerID != w.App().ID.String() {
		t.Errorf("the thread is %+v", th)
	}
	w.rest("POST", w.path(w.room, "/messages/"+m.ID.String()+"/threads"), `{"name":"again"}`).wants(t, 400, 160004)
	thread := w.ChannelByID(m.ID)
	// SEND_MESSAGES means nothing in a thread.
	w.room.Override(w.App().Bot, 0, discordtest.SendMessages)
	w.say(thread, "in the thread")
	w.room.Override(w.App().Bot, 0, discordtest.SendMessagesInThreads)
	w.rest("POST", w.path(thread, "/messages"), `{"content":"x"}`).wants(t, 403, 50013)
	w.room.Override(w.App().Bot, 0, 0)

	// Without a type a thread is private; who is not in it does not see it.
	r := w.rest("POST", w.path(w.room, "/threads"), `{"name":"quiet"}`).wants(t, 201, 0)
	quiet := w.ChannelByID(must(discordtest.ParseSnowflake(r.ID))(t))
	if quiet.Type != discordtest.PrivateThread || quiet.In(w.ben) || !quiet.In(w.ann) {
		t.Errorf("the thread without a type is of type %d", quiet.Type)
	}
	w.rest("PUT", w.path(quiet, "/thread-members/"+w.ben.ID.String()), "").wants(t, 204, 0)
	if !quiet.In(w.ben) {
		t.Error("Ben was added and does not see the thread")
	}

	// Archived: no edits, no reactions; a message opens it again, unless it is locked.
	own := w.say(thread, "mine")
	thread.SetArchived(true, false)
	w.rest("PATCH", w.path(thread, "/messages/"+own.ID.String()), `{"content":"y"}`).wants(t, 403, 50083)
	w.rest("PUT", w.path(thread, "/messages/"+own.ID.String()+"/reactions/%E2%9C%85/@me"), "").wants(t, 403, 50083)
	w.rest("PATCH", w.path(thread, ""), `{"locked":true}`).wants(t, 403, 50083)
	w.say(thread, "open again")
	if thread.Archived() {
		t.Error("a message did not open the thread")
	}
	thread.SetArchived(true, true)
	w.rest("POST", w.path(thread, "/messages"), `{"content":"x"}`).wants(t, 403, 160005)
	if _, err := w.ben.Say(thread, "x"); err == nil {
		t.Error("Ben wrote in a locked thread")
	}
	w.guild.SetBotPermissions(discordtest.BotPermissions &^ discordtest.ManageThreads)
	w.rest("PATCH", w.path(thread, ""), `{"archived":false}`).wants(t, 403, 160005)
	w.guild.SetBotPermissions(discordtest.BotPermissions)
	w.rest("PATCH", w.path(thread, ""), `{"archived":false,"locked":false}`).wants(t, 200, 0)
	w.Advance(61 * time.Minute)
	if !thread.Archived() {
		t.Error("an idle thread was not archived")
	}
	for path, want := range map[string]int{
		w.path(w.room, "/threads/archived/public"):                             1,
		"/guilds/" + w.guild.ID.String() + "/threads/active":                   1,
		w.path(w.room, "/users/@me/threads/archived/private"):                  0,
		w.path(w.room, "/threads/archived/private?limit=5"):                    0,
		w.path(w.room, "/threads/archived/public?before=2001-01-01T00:00:00Z"): 0,
	} {
		var list struct{ Threads []any }
		check(t, json.Unmarshal(w.rest("GET", path, "").wants(t, 200, 0).body, &list))
		if len(list.Threads) != want {
			t.Errorf("%s lists %d threads, want %d", path, len(list.Threads), want)
		}
	}
}

func TestAThousandActiveThreads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{NoSchema: true})
	for i := range 1000 {
		must(w.ann.StartThreadIn(w.room, fmt.Sprint("t", i), false))(t)
	}
	w.rest("POST", w.path(w.room, "/threads"), `{"name":"one more","type":11}`).wants(t, 400, 160006)
	w.room.Threads()[0].SetArchived(true, false)
	w.rest("POST", w.path(w.room, "/threads"), `{"name":"one more","type":11}`).wants(t, 201, 0)
}

func TestForums(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	forum := w.guild.AddChannel("practices", discordtest.OfKind(discordtest.Forum), discordtest.Tagged("new", "old"), discordtest.TagRequired())
	w.rest("POST", w.path(forum, "/messages"), `{"content":"x"}`).wants(t, 400, 50008)
	w.rest("POST", w.path(forum, "/threads"), `{"name":"p","message":{"content":"x"}}`).wants(t, 400, 40067)
	w.rest("POST", w.path(forum, "/threads"), `{"name":"p","applied_tags":["1"],"message":{"content":"x"}}`).wants(t, 400, 50035)
	tag := forum.Tags()[0].ID.String()
	w.rest("POST", w.path(forum, "/threads"), `{"name":"p","applied_tags":["`+tag+`"],"message":{}}`).wants(t, 400, 50006)
	r := w.rest("POST", w.path(forum, "/threads"), `{"name":"A practice","applied_tags":["`+tag+`"],"message":{"content":"first"}}`).wants(t, 201, 0)
	post := w.ChannelByID(must(discordtest.ParseSnowflake(r.ID))(t))
	if tags := post.AppliedTags(); len(tags) != 1 || tags[0] != "new" {
		t.Errorf("the tags are %v", tags)
	}
	if m, ok := w.MessageByID(post.ID); !ok || m.Content != "first" || m.Channel != post {
		t.Errorf("the first message is %+v", m)
	}
	second := forum.Tags()[1].ID.String()
	must(s.ChannelEdit(post.ID.String(), &discordgo.ChannelEdit{AppliedTags: &[]string{second}}))(t)
	if tags := post.AppliedTags(); tags[0] != "old" {
		t.Errorf("the tags are %v", tags)
	}
	if _, err := w.ben.Post(forum, "Mine", "text"); err == nil {
		t.Error("Ben posted without a tag")
	}
	must(w.ben.Post(forum, "Mine", "text", "new"))(t)
}

func TestMentionsPingOnlyWhomTheyMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	role := w.guild.AddRole("mentors", 0)
	post := func(body string) discordtest.Pings {
		t.Helper()
		r := w.rest("POST", w.path(w.room, "/messages"), body).wants(t, 200, 0)
		m, _ := w.MessageByID(must(discordtest.ParseSnowflake(r.ID))(t))
		return m.Pings
	}
	all := `"content":"@everyone ` + w.ben.Mention() + ` ` + role.Mention() + `"`
	w.guild.SetBotPermissions(discordtest.BotPermissions | discordtest.MentionEveryone)
	if p := post(`{` + all + `}`); !p.Everyone || len(p.Users) != 1 || len(p.Roles) != 1 {
		t.Errorf("everything allowed pinged %+v", p)
	}
	if p := post(`{` + all + `,"allowed_mentions":{"parse":[]}}`); !p.None() {
		t.Errorf("nothing allowed pinged %+v", p)
	}
	if p := post(`{` + all + `,"allowed_mentions":{"parse":["roles"],"users":["` + w.ben.ID.String() + `"]}}`); p.Everyone || len(p.Users) != 1 || len(p.Roles) != 1 {
		t.Errorf("roles and Ben allowed pinged %+v", p)
	}
	w.guild.Everyone().Set(discordtest.EveryonePermissions &^ discordtest.MentionEveryone)
	w.guild.SetBotPermissions(discordtest.BotPermissions)
	if p := post(`{` + all + `}`); p.Everyone || len(p.Roles) != 0 {
		t.Errorf("without the permission pinged %+v", p)
	}
	role.SetMentionable(true)
	if p := post(`{` + all + `}`); len(p.Roles) != 1 {
		t.Errorf("a mentionable role was not pinged: %+v", p)
	}
	if p := post(`{"content":"` + "`@everyone " + w.ben.Mention() + "`" + `"}`); !p.None() {
		t.Errorf("code pinged %+v", p)
	}
	m := must(w.ben.Say(w.room, "question"))(t)
	reference := `"message_reference":{"message_id":"` + m.ID.String() + `"}`
	if p := post(`{"content":"answer",` + reference + `}`); len(p.Users) != 1 {
		t.Errorf("a reply pinged %+v", p)
	}
	if p := post(`{"content":"answer",` + reference + `,"allowed_mentions":{"parse":["users"]}}`); len(p.Users) != 0 {
		t.Errorf("a reply without replied_user pinged %+v", p)
	}
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	dm := must(s.UserChannelCreate(w.ann.ID.String()))(t)
	if again := must(s.UserChannelCreate(w.ann.ID.String()))(t); again.ID != dm.ID || dm.ID != w.ann.DM().ID.String() {
		t.Error("there are two DMs with one person")
	}
	must(s.ChannelMessageSend(dm.ID, "hello"))(t)
	must(w.ann.SeesPrivately(w.ann.DM(), "hello"))(t)
	w.ann.RefuseDMs(true)
	w.rest("POST", "/channels/"+dm.ID+"/messages", `{"content":"x"}`).wants(t, 403, 50007)
	stranger := w.AddPerson("eve")
	w.rest("POST", w.path(stranger.DM(), "/messages"), `{"content":"x"}`).wants(t, 403, 50278)
	w.clean()
	w.rest("POST", "/users/@me/channels", `{"recipient_id":"1"}`).wants(t, 400, 50033)
}

func TestNonce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{NonceMemory: time.Minute})
	post := func(body string) string {
		return w.rest("POST", w.path(w.room, "/messages"), body).wants(t, 200, 0).ID
	}
	const enforced = `{"content":"once","nonce":"k","enforce_nonce":true}`
	first := post(enforced)
	if again := post(enforced); again != first {
		t.Error("an enforced nonce did not give the same message")
	}
	if other := post(`{"content":"once","nonce":"k"}`); other == first {
		t.Error("a nonce that is not enforced gave the same message")
	}
	w.Advance(2 * time.Minute)
	if late := post(enforced); late == first {
		t.Error("the nonce was remembered too long")
	}
	if n := len(w.room.Messages()); n != 3 {
		t.Errorf("there are %d messages, want 3", n)
	}
}

func TestReadingHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	var ids []string
	for i := range 7 {
		ids = append(ids, must(w.ben.Say(w.room, fmt.Sprint(i)))(t).ID.String())
	}
	for name, c := range map[string]struct {
		before, after, around string
		limit                 int
		want                  string
	}{
		"all": {"", "", "", 100, "6543210"}, "newest": {"", "", "", 2, "65"}, "before": {ids[3], "", "", 2, "21"},
		"after": {"", ids[2], "", 2, "43"}, "around": {"", "", ids[3], 3, "432"}, "after the last": {"", ids[6], "", 9, ""},
	} {
		got := ""
		for _, m := range must(s.ChannelMessages(w.room.ID.String(), c.limit, c.before, c.after, c.around))(t) {
			got += m.Content
		}
		if got != c.want {
			t.Errorf("%s gives %q, want %q", name, got, c.want)
		}
	}
	w.rest("GET", w.path(w.room, "/messages?limit=101"), "").wants(t, 400, 50035)
}

func TestDeleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	gone := make(chan *discordgo.MessageDeleteBulk, 1)
	s := w.session(everything, func(_ *discordgo.Session, e *discordgo.MessageDeleteBulk) { gone <- e })
	a, b := must(w.ben.Say(w.room, "a"))(t), must(w.ben.Say(w.room, "b"))(t)
	w.rest("POST", w.path(w.room, "/messages/bulk-delete"), `{"messages":["`+a.ID.String()+`"]}`).wants(t, 400, 50016)
	w.rest("POST", w.path(w.room, "/messages/bulk-delete"), `{"messages":["1","2"]}`).wants(t, 400, 50034)
	check(t, s.ChannelMessagesBulkDelete(w.room.ID.String(), []string{a.ID.String(), b.ID.String()}))
	if e := <-gone; len(e.Messages) != 2 || e.GuildID != w.guild.ID.String() {
		t.Errorf("the event is %+v", e)
	}
	check(t, w.ben.SeesGone(a))
	if n := len(w.room.Messages()); n != 0 {
		t.Errorf("%d messages are left", n)
	}
}

func TestReactionsAndPins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	added := make(chan *discordgo.MessageReactionAdd, 4)
	s := w.session(everything, func(_ *discordgo.Session, e *discordgo.MessageReactionAdd) { added <- e })
	m := must(w.ben.Say(w.room, "x"))(t)
	check(t, w.ann.React(m, "✅"))
	if e := <-added; e.Emoji.Name != "✅" || e.UserID != w.ann.ID.String() || e.Member == nil {
		t.Errorf("the event is %+v", e)
	}
	check(t, s.MessageReactionAdd(w.room.ID.String(), m.ID.String(), "✅"))
	check(t, w.ann.SeesReaction(m, "✅"))
	users := must(s.MessageReactions(w.room.ID.String(), m.ID.String(), "✅", 10, "", ""))(t)
	if len(users) != 2 {
		t.Errorf("%d people reacted", len(users))
	}
	w.rest("PUT", w.path(w.room, "/messages/"+m.ID.String()+"/reactions/word/@me"), "").wants(t, 400, 10014)
	check(t, s.MessageReactionRemove(w.room.ID.String(), m.ID.String(), "✅", w.ann.ID.String()))
	check(t, s.MessageReactionsRemoveAll(w.room.ID.String(), m.ID.String()))
	if x, _ := w.MessageByID(m.ID); len(x.Reactions) != 0 {
		t.Errorf("the reactions are %+v", x.Reactions)
	}
	for i := range 20 {
		check(t, w.ann.React(m, fmt.Sprintf("e:%d", i+1)))
	}
	w.rest("PUT", w.path(w.room, "/messages/"+m.ID.String()+"/reactions/%E2%9C%85/@me"), "").wants(t, 403, 30010)

	check(t, s.ChannelMessagePin(w.room.ID.String(), m.ID.String()))
	if pins := must(s.ChannelMessagesPinned(w.room.ID.String()))(t); len(pins) != 1 {
		t.Errorf("%d messages are pinned", len(pins))
	}
	w.rest("GET", w.path(w.room, "/messages/pins"), "").wants(t, 200, 0)
	check(t, s.ChannelMessageUnpin(w.room.ID.String(), m.ID.String()))
	if x, _ := w.MessageByID(m.ID); x.Pinned {
		t.Error("it is still pinned")
	}
}

func TestLinksExpire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{RealHosts: true, LinkLife: time.Hour})
	m := must(w.ben.Say(w.room, "", discordtest.Upload{Name: "my file.pdf", Data: []byte("%PDF")}))(t)
	get := func(link string) (int, string) {
		res := must(w.Client().Get(link))(t)
		defer res.Body.Close()
		return res.StatusCode, string(must(io.ReadAll(res.Body))(t))
	}
	link := m.Files[0].URL
	if status, body := get(link); status != 200 || body != "%PDF" {
		t.Errorf("a fresh link gave %d %q", status, body)
	}
	if status, _ := get(link[:len(link)-3] + "00&"); status != 404 {
		t.Errorf("a wrong signature gave %d", status)
	}
	w.Advance(2 * time.Hour)
	if status, _ := get(link); status != 404 {
		t.Errorf("an old link gave %d", status)
	}
	x, _ := w.MessageByID(m.ID)
	if status, _ := get(x.Files[0].URL); status != 200 {
		t.Errorf("a link that was asked for again gave %d", status)
	}
	r := w.rest("POST", "/attachments/refresh-urls", string(must(json.Marshal(map[string]any{"attachment_urls": []string{link}}))(t))).wants(t, 200, 0)
	var fresh struct {
		URLs []struct{ Refreshed string } `json:"refreshed_urls"`
	}
	check(t, json.Unmarshal(r.body, &fresh))
	if status, _ := get(fresh.URLs[0].Refreshed); status != 200 {
		t.Errorf("a refreshed link gave %d", status)
	}
	// The bot's token must not be shown to the CDN.
	req := must(http.NewRequest("GET", link, nil))(t)
	req.Header.Set("Authorization", "Bot "+w.Token())
	must(w.Client().Do(req))(t).Body.Close()
	if got := w.rules(); len(got) != 1 || got[0] != "token-leak" {
		t.Errorf("the faults are %v", got)
	}
}

func TestEphemeralsComeBackWithoutAGuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	back := make(chan *discordgo.MessageCreate, 1)
	s := w.session(discordtest.Guilds|discordtest.DirectMessages, answer(func(*discordgo.InteractionCreate) *discordgo.InteractionResponse {
		return text("only you", discordgo.MessageFlagsEphemeral)
	}), func(_ *discordgo.Session, m *discordgo.MessageCreate) { back <- m })
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	m := must(i.Reply())(t)
	if e := <-back; e.GuildID != "" || e.Flags&discordgo.MessageFlagsEphemeral == 0 {
		t.Errorf("the event is %+v", e.Message)
	}
	w.rest("GET", w.path(w.room, "/messages/"+m.ID.String()), "").wants(t, 404, 10008)
	w.rest("POST", w.path(w.room, "/messages"), `{"content":"x","flags":64}`).wants(t, 200, 0)
	if got := w.rules(); len(got) != 1 || got[0] != "ephemeral-flag" {
		t.Errorf("the faults are %v", got)
	}
}
