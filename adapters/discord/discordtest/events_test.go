package discordtest_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// TestWhatHappensIsTold has the events of everything that people and admins can do, in order.
func TestWhatHappensIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	c := w.wire()
	w.opened(c, everything)
	told := func(what, want string, do func()) {
		t.Helper()
		do()
		w.SendEvent("END", nil)
		before, _ := c.until("END")
		if got := strings.Join(before, " "); got != want {
			t.Errorf("%s is told as %s, want %s", what, got, want)
		}
	}
	eve := w.AddPerson("eve")
	var room, thread *discordtest.Channel
	var m discordtest.Message
	told("a new channel", "CHANNEL_CREATE", func() { room = w.guild.AddChannel("new") })
	told("an override", "CHANNEL_UPDATE", func() { room.Override(w.ben, discordtest.ManageMessages, 0) })
	told("a new member", "GUILD_MEMBER_ADD", func() { w.guild.Join(eve) })
	told("a role", "GUILD_ROLE_CREATE GUILD_MEMBER_UPDATE", func() { w.guild.Give(eve, w.guild.AddRole("r", 0)) })
	told("a message", "MESSAGE_CREATE", func() { m = must(eve.Say(room, "x"))(t) })
	told("an edit", "MESSAGE_UPDATE", func() { check(t, eve.Edit(m, "y")) })
	told("a reaction", "MESSAGE_REACTION_ADD", func() { check(t, eve.React(m, "👍")) })
	told("the same reaction again", "", func() { check(t, eve.React(m, "👍")) })
	told("taking it back", "MESSAGE_REACTION_REMOVE", func() { check(t, eve.Unreact(m, "👍")) })
	told("a thread", "THREAD_CREATE MESSAGE_CREATE MESSAGE_UPDATE", func() { thread = must(eve.StartThread(m, "t"))(t) })
	told("a word in it", "THREAD_MEMBERS_UPDATE MESSAGE_CREATE", func() { must(w.ann.Say(thread, "x"))(t) })
	told("archiving", "THREAD_UPDATE", func() { thread.SetArchived(true, false) })
	told("opening by a word", "THREAD_UPDATE MESSAGE_CREATE", func() { must(w.ann.Say(thread, "x"))(t) })
	told("leaving a thread", "THREAD_MEMBERS_UPDATE", func() { w.ann.LeaveThread(thread) })
	told("a pin", "CHANNEL_PINS_UPDATE MESSAGE_UPDATE MESSAGE_CREATE", func() { check(t, w.ann.Pin(m)) })
	told("a deletion", "MESSAGE_CREATE MESSAGE_DELETE", func() { check(t, eve.Delete(must(eve.Reply(m, "z"))(t))) })
	told("many deletions", "MESSAGE_DELETE_BULK", func() { room.BulkDelete(room.Messages()...) })
	told("leaving", "GUILD_MEMBER_REMOVE", func() { w.guild.Leave(eve) })
	told("a new name", "CHANNEL_UPDATE", func() { room.Rename("newer") })
	told("the guild's new name", "GUILD_UPDATE", func() { w.guild.Rename("Net") })
	told("a channel's end", "THREAD_DELETE CHANNEL_DELETE", func() { room.Delete() })
	told("a direct message", "MESSAGE_CREATE", func() { must(w.ann.Say(w.ann.DM(), "psst"))(t) })
	hidden := w.guild.AddChannel("hidden")
	hidden.Override(w.App().Bot, 0, discordtest.ViewChannel)
	c.until("CHANNEL_UPDATE")
	told("what the app does not see", "", func() { must(w.ann.Say(hidden, "x"))(t) })
}

func TestAChannelComesIntoSight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := make(chan *discordgo.ThreadListSync, 1)
	w.session(everything, func(_ *discordgo.Session, e *discordgo.ThreadListSync) { s <- e })
	w.room.Override(w.App().Bot, 0, discordtest.ViewChannel)
	must(w.ann.StartThreadIn(w.room, "unseen", false))(t)
	w.room.Override(w.App().Bot, 0, 0)
	if e := <-s; len(e.Threads) != 1 || e.Threads[0].Name != "unseen" || e.ChannelIDs[0] != w.room.ID.String() {
		t.Errorf("the event is %+v", e)
	}
}

// TestUnknownComponents shows what discordgo makes of a kind it does not know: an empty message.
func TestUnknownComponents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan *discordgo.MessageCreate, 1)
	w.session(everything, func(_ *discordgo.Session, m *discordgo.MessageCreate) { got <- m })
	other := w.AddPerson("other", discordtest.AnotherBot())
	w.guild.Join(other)
	must(other.SayRaw(w.room, "new", json.RawMessage(`[{"type":77,"id":1}]`)))(t)
	if m := <-got; m.Message != nil && m.Author != nil {
		t.Errorf("discordgo understood %+v", m.Message)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{RealHosts: true})
	for i := range 100 {
		w.guild.AddChannel(fmt.Sprint("room-", i))
	}
	// discordgo asks for compressed payloads by itself; GUILD_CREATE is long enough for one.
	created := make(chan *discordgo.GuildCreate, 1)
	w.session(everything, func(_ *discordgo.Session, e *discordgo.GuildCreate) { created <- e })
	if e := <-created; len(e.Channels) != 101 {
		t.Errorf("GUILD_CREATE has %d channels", len(e.Channels))
	}
	ws, _, err := w.Dialer().Dial("wss://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream", nil)
	check(t, err)
	defer ws.NetConn().Close()
	check(t, ws.WriteJSON(map[string]any{"op": 2, "d": w.identify(everything)}))
	var stream bytes.Buffer
	var names []string
	var z io.Reader
	for len(names) < 3 {
		_, data, err := ws.ReadMessage()
		check(t, err)
		stream.Write(data)
		if z == nil {
			z = must(zlib.NewReader(&stream))(t)
		}
		var f frame
		check(t, json.NewDecoder(z).Decode(&f))
		names = append(names, f.T)
	}
	if got := strings.Join(names, ","); got != ",READY,GUILD_CREATE" {
		t.Errorf("the stream holds %s", got)
	}
}

func TestPeopleWaitInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Patience: 1})
	if _, err := w.ann.SeesText(w.room, "nothing"); err == nil || !strings.Contains(err.Error(), "in vain") {
		t.Errorf("a vain wait gave %v", err)
	}
	m := must(w.ben.Say(w.room, "x"))(t)
	if w.ann.SeesGone(m) == nil {
		t.Error("a message that is there is gone")
	}
	if err := w.Until("never", func() bool { return false }); err == nil {
		t.Error("never came")
	}
}

func TestAWaitSeesWhatChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	m := must(w.ben.Say(w.room, "old"))(t)
	w.room.Override(w.guild.Everyone(), 0, discordtest.ViewChannel)
	seen := make(chan error)
	go func() {
		_, err := w.ben.SeesChange(m, "the edit", func(m discordtest.Message) bool { return m.Content == "new" && len(m.Reactions) == 1 })
		seen <- err
	}()
	w.room.Override(w.guild.Everyone(), 0, 0)
	check(t, w.ben.Edit(m, "new"))
	check(t, w.ann.React(m, "✅"))
	check(t, <-seen)
}

func TestSessionsEndInEveryWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	resume := func(c *wire, id string, seq int64) frame {
		c.send(6, map[string]any{"token": w.Token(), "session_id": id, "seq": seq})
		return c.next()
	}
	c := w.wire()
	id := w.opened(c, everything)
	w.DropConnections()
	if _, _, err := c.ws.ReadMessage(); err == nil {
		t.Error("a dropped connection was read from")
	}
	seq := c.seq
	c = w.wire()
	if f := resume(c, id, seq); f.T != "RESUMED" {
		t.Errorf("after a drop a resume gave %+v", f)
	}
	seq = c.seq
	w.CloseConnections(4000)
	if code := c.closed(); code != 4000 {
		t.Errorf("closed with %d", code)
	}
	c = w.wire()
	if f := resume(c, id, seq); f.T != "RESUMED" {
		t.Errorf("after 4000 a resume gave %+v", f)
	}
	w.InvalidateSessions(true)
	if f := c.next(); f.Op != 9 || string(f.D) != "true" {
		t.Errorf("invalidating gave %+v", f)
	}
	if f := resume(c, id, c.seq); f.T != "RESUMED" {
		t.Errorf("a resume on the same connection gave %+v", f)
	}
	w.InvalidateSessions(false)
	if f := c.next(); f.Op != 9 || string(f.D) != "false" {
		t.Errorf("invalidating gave %+v", f)
	}
	id = w.opened(c, everything)
	w.ExpireSessions()
	w.DropConnections()
	if f := resume(w.wire(), id, c.seq); f.Op != 9 {
		t.Errorf("a resume of a forgotten session gave %+v", f)
	}
}
