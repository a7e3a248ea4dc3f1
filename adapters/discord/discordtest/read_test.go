package discordtest_test

import (
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// TestReadingTheWorld asks every endpoint that only reads; the answers' shapes are checked by
// newWorld.
func TestReadingTheWorld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	g, app, ben := w.guild.ID.String(), w.App().ID.String(), w.ben.ID.String()
	role := w.guild.AddRole("r", 0)
	th := must(w.ann.StartThreadIn(w.room, "t", false))(t)
	for _, path := range []string{
		"/gateway", "/gateway/bot", "/users/@me", "/users/" + ben, "/users/@me/guilds", "/applications/@me", "/oauth2/applications/@me",
		"/guilds/" + g, "/guilds/" + g + "?with_counts=true", "/guilds/" + g + "/roles", "/guilds/" + g + "/channels",
		"/guilds/" + g + "/members?limit=10", "/guilds/" + g + "/members/search?query=be", "/guilds/" + g + "/members/" + ben,
		"/guilds/" + g + "/threads/active", w.path(w.room, ""), w.path(th, ""), w.path(w.ann.DM(), ""),
		w.path(th, "/thread-members"), w.path(th, "/thread-members/"+w.ann.ID.String()+"?with_member=true"),
		"/applications/" + app + "/commands", "/applications/" + app + "/guilds/" + g + "/commands/permissions", w.path(w.room, "/pins"),
	} {
		w.rest("GET", path, "").wants(t, 200, 0)
	}
	for path, code := range map[string]int{
		"/users/1": 10013, "/guilds/1": 10004, "/guilds/" + g + "/members/" + w.AddPerson("eve").ID.String(): 10007,
		"/applications/" + app + "/commands/1": 10063, w.path(th, "/thread-members/"+ben): 10007,
	} {
		w.rest("GET", path, "").wants(t, 404, code)
	}
	check(t, s.GuildMemberRoleAdd(g, ben, role.ID.String()))
	if m := must(s.GuildMember(g, ben))(t); len(m.Roles) != 1 {
		t.Errorf("Ben has the roles %v", m.Roles)
	}
	top := w.guild.AddRole("above the app", 0)
	top.Raise()
	w.rest("PUT", "/guilds/"+g+"/members/"+ben+"/roles/"+top.ID.String(), "").wants(t, 403, 50013)
	w.rest("PATCH", "/guilds/"+g+"/members/@me", `{"nick":"Hall"}`).wants(t, 200, 0)
	w.rest("PUT", w.path(th, "/thread-members/@me"), "").wants(t, 204, 0)
	w.rest("DELETE", w.path(th, "/thread-members/@me"), "").wants(t, 204, 0)
	w.rest("POST", w.path(w.room, "/typing"), "").wants(t, 204, 0)
	w.rest("DELETE", w.path(th, ""), "").wants(t, 200, 0)
	w.rest("DELETE", "/users/@me/guilds/"+g, "").wants(t, 204, 0)
	if w.guild.HasBot() {
		t.Error("the app left and is still there")
	}
}

func TestCommandsByTheirIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	app := w.App().ID.String()
	c := must(s.ApplicationCommandCreate(app, "", &discordgo.ApplicationCommand{Name: "a", Description: "d"}))(t)
	again := must(s.ApplicationCommandCreate(app, "", &discordgo.ApplicationCommand{Name: "a", Description: "other"}))(t)
	if again.ID != c.ID || again.Version == c.Version || w.Creations() != 1 {
		t.Errorf("the same name gave %+v after %+v", again, c)
	}
	must(s.ApplicationCommandEdit(app, "", c.ID, &discordgo.ApplicationCommand{Name: "b", Description: "d"}))(t)
	if got := must(s.ApplicationCommands(app, ""))(t); len(got) != 1 || got[0].Name != "b" {
		t.Errorf("the commands are %+v", got)
	}
	check(t, s.ApplicationCommandDelete(app, "", c.ID))
	if len(w.Commands()) != 0 {
		t.Error("a deleted command is still there")
	}
	w.clean()
}

func TestCallbackWithResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan *discordgo.InteractionCreate, 1)
	w.commands(w.session(everything, func(_ *discordgo.Session, i *discordgo.InteractionCreate) { got <- i }))
	must(w.ann.Slash(w.room, "collab list"))(t)
	in := <-got
	w.rest("POST", "/interactions/"+in.ID+"/"+in.Token+"/callback?with_response=true", `{"type":4,"data":{"content":"x"}}`).wants(t, 200, 0)
	w.rest("GET", "/webhooks/"+w.App().ID.String()+"/"+in.Token+"/messages/@original", "").wants(t, 200, 0)
	w.rest("DELETE", "/webhooks/"+w.App().ID.String()+"/"+in.Token+"/messages/@original", "").wants(t, 204, 0)
	w.rest("GET", "/webhooks/"+w.App().ID.String()+"/"+in.Token+"/messages/@original", "").wants(t, 404, 10008)
}

func TestAnnouncementsAndOldEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Routes: true}})
	news := w.guild.AddChannel("news", discordtest.OfKind(discordtest.Announcement))
	m := w.say(news, "x")
	at := w.path(news, "/messages/"+m.ID.String())
	w.rest("POST", at+"/crosspost", "").wants(t, 200, 0)
	w.rest("POST", at+"/crosspost", "").wants(t, 400, 40033)
	w.Advance(2 * time.Hour)
	for range 30 {
		w.Advance(5 * time.Second)
		w.rest("PATCH", at, `{"content":"y"}`).wants(t, 200, 0)
	}
	w.Advance(5 * time.Second)
	w.rest("PATCH", at, `{"content":"z"}`).wants(t, 429, 30046)
}
