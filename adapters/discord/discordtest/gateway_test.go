package discordtest_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"guildhall/adapters/discord/discordtest"
)

// wire is a gateway client that does only what the test says.
type wire struct {
	t   *testing.T
	ws  *websocket.Conn
	seq int64
}

type frame struct {
	Op int             `json:"op"`
	S  int64           `json:"s"`
	T  string          `json:"t"`
	D  json.RawMessage `json:"d"`
}

func (w *world) wire() *wire {
	w.t.Helper()
	ws, _, err := w.Dialer().Dial("ws://"+w.Addr()+"/gateway/?v=10&encoding=json", nil)
	check(w.t, err)
	w.t.Cleanup(func() { ws.NetConn().Close() })
	c := &wire{t: w.t, ws: ws}
	if f := c.next(); f.Op != 10 {
		w.t.Fatalf("the first frame is %+v", f)
	}
	return c
}

func (c *wire) send(op int, d any) {
	c.t.Helper()
	check(c.t, c.ws.WriteJSON(map[string]any{"op": op, "d": d}))
}

// next is the next frame.
func (c *wire) next() frame {
	c.t.Helper()
	var f frame
	check(c.t, c.ws.SetReadDeadline(time.Now().Add(30*time.Second)))
	check(c.t, c.ws.ReadJSON(&f))
	if f.S != 0 {
		c.seq = f.S
	}
	return f
}

// until reads frames until an event, and returns the names of those before it.
func (c *wire) until(event string) ([]string, frame) {
	c.t.Helper()
	var before []string
	for {
		f := c.next()
		if f.T == event {
			return before, f
		}
		before = append(before, f.T)
	}
}

// closed reads until the connection is closed, and returns the code.
func (c *wire) closed() int {
	c.t.Helper()
	for {
		check(c.t, c.ws.SetReadDeadline(time.Now().Add(30*time.Second)))
		_, _, err := c.ws.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		if err != nil {
			c.t.Fatalf("the connection ended with %v", err)
		}
	}
}

func (w *world) identify(intents discordtest.Intent) map[string]any {
	return map[string]any{"token": w.Token(), "intents": intents, "properties": map[string]string{"os": "x", "browser": "x", "device": "x"}}
}

// opened identifies and returns the session's id.
func (w *world) opened(c *wire, intents discordtest.Intent) string {
	w.t.Helper()
	c.send(2, w.identify(intents))
	_, f := c.until("READY")
	var ready struct {
		SessionID string `json:"session_id"`
		ResumeURL string `json:"resume_gateway_url"`
	}
	check(w.t, json.Unmarshal(f.D, &ready))
	if ready.ResumeURL == "" {
		w.t.Errorf("READY is %s", f.D)
	}
	if intents&discordtest.Guilds != 0 {
		c.until("GUILD_CREATE")
	}
	return ready.SessionID
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Disallowed: discordtest.GuildPresences, Limits: discordtest.Limits{GatewaySend: 5}})
	with := func(key string, v any) func(*wire) {
		return func(c *wire) {
			d := w.identify(discordtest.Guilds)
			d[key] = v
			c.send(2, d)
		}
	}
	for name, try := range map[string]struct {
		do   func(*wire)
		code int
	}{
		"unknown operation": {func(c *wire) { w.opened(c, discordtest.Guilds); c.send(99, nil) }, 4001},
		"no JSON":           {func(c *wire) { check(t, c.ws.WriteMessage(websocket.TextMessage, []byte("{"))) }, 4002},
		"too long":          {with("x", long(4096)), 4002},
		"too early":         {func(c *wire) { c.send(3, nil) }, 4003},
		"token":             {with("token", "Bot wrong"), 4004},
		"twice":             {func(c *wire) { w.opened(c, discordtest.Guilds); c.send(2, w.identify(1)) }, 4005},
		"sequence": {func(c *wire) {
			id := w.opened(c, discordtest.Guilds)
			c.ws.NetConn().Close()
			*c = *w.wire()
			c.send(6, map[string]any{"token": w.Token(), "session_id": id, "seq": 999})
		}, 4007},
		"pace": {func(c *wire) {
			for range 6 {
				c.send(1, nil)
			}
		}, 4008},
		"shard":      {with("shard", []int{2, 2}), 4010},
		"intents":    {with("intents", 1<<30), 4013},
		"no intents": {with("intents", nil), 4013},
		"disallowed": {with("intents", discordtest.GuildPresences), 4014},
	} {
		c := w.wire()
		try.do(c)
		if code := c.closed(); code != try.code {
			t.Errorf("%s: closed with %d, want %d", name, code, try.code)
		}
	}
	ws, _, err := w.Dialer().Dial("ws://"+w.Addr()+"/?v=5&encoding=json", nil)
	check(t, err)
	if code := (&wire{t: t, ws: ws}).closed(); code != 4012 {
		t.Errorf("version 5: closed with %d", code)
	}
}

func TestResumeReplaysWhatWasMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Replay: 10, SessionLife: time.Minute})
	resume := func(id string, seq int64) *wire {
		c := w.wire()
		c.send(6, map[string]any{"token": "Bot " + w.Token(), "session_id": id, "seq": seq})
		return c
	}
	c := w.wire()
	id := w.opened(c, everything)
	must(w.ann.Say(w.room, "seen"))(t)
	c.until("MESSAGE_CREATE")
	seq := c.seq
	c.ws.NetConn().Close()
	check(t, w.Until("the connection to end", func() bool { return w.Gateway().Connections == 0 }))
	must(w.ann.Say(w.room, "missed 1"))(t)
	must(w.ann.Say(w.room, "missed 2"))(t)
	c = resume(id, seq)
	if before, _ := c.until("RESUMED"); len(before) != 2 || before[0] != "MESSAGE_CREATE" || c.seq != seq+3 {
		t.Errorf("before RESUMED came %v, then s is %d", before, c.seq)
	}
	must(w.ann.Say(w.room, "live"))(t)
	c.until("MESSAGE_CREATE")

	// Too much was missed: the session is gone.
	c.ws.NetConn().Close()
	for range 25 {
		must(w.ann.Say(w.room, "more"))(t)
	}
	if f := resume(id, c.seq).next(); f.Op != 9 || string(f.D) != "false" {
		t.Errorf("a resume over a gap was answered with %+v", f)
	}
	// Too late.
	c = w.wire()
	id = w.opened(c, everything)
	c.ws.NetConn().Close()
	check(t, w.Until("the connection to end", func() bool { return w.Gateway().Sessions == 0 }))
	w.Advance(2 * time.Minute)
	if f := resume(id, c.seq).next(); f.Op != 9 {
		t.Errorf("a late resume was answered with %+v", f)
	}
	// Closing with 1000 ends a session.
	c = w.wire()
	id = w.opened(c, everything)
	check(t, c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second)))
	check(t, w.Until("the connection to end", func() bool { return w.Gateway().Sessions == 0 }))
	if f := resume(id, c.seq).next(); f.Op != 9 {
		t.Errorf("a resume of a closed session was answered with %+v", f)
	}
}

func TestOnlyEventsOfTheIntents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	c := w.wire()
	w.opened(c, discordtest.GuildReactions)
	m := must(w.ann.Say(w.room, "hello"))(t)
	w.guild.AddChannel("other")
	must(w.ann.Say(w.ann.DM(), "psst"))(t)
	w.guild.Join(w.AddPerson("eve"))
	check(t, w.ann.React(m, "✅"))
	if before, _ := c.until("MESSAGE_REACTION_ADD"); len(before) != 0 {
		t.Errorf("without their intents came %v", before)
	}
}

func TestContentNeedsItsIntent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Disallowed: discordtest.MessageContent})
	c := w.wire()
	w.opened(c, everything&^discordtest.MessageContent)
	content := func() (string, int) {
		_, f := c.until("MESSAGE_CREATE")
		var m struct {
			Content     string
			Attachments []any
		}
		check(t, json.Unmarshal(f.D, &m))
		return m.Content, len(m.Attachments)
	}
	m := must(w.ann.Say(w.room, "secret", discordtest.Upload{Name: "x.txt", Data: []byte("x")}))(t)
	if text, files := content(); text != "" || files != 0 {
		t.Errorf("without the intent came %q and %d files", text, files)
	}
	var got struct{ Content string }
	r := w.rest("GET", "/channels/"+w.room.ID.String()+"/messages/"+m.ID.String(), "").wants(t, 200, 0)
	if check(t, json.Unmarshal(r.body, &got)); got.Content != "" {
		t.Errorf("REST gave %q", got.Content)
	}
	must(w.ann.Say(w.room, "hey "+w.App().Bot.Mention()))(t)
	if text, _ := content(); text == "" {
		t.Error("a mention of the app is blank")
	}
	must(w.ann.Say(w.ann.DM(), "psst"))(t)
	if text, _ := content(); text != "psst" {
		t.Errorf("a direct message came as %q", text)
	}
	w.rest("POST", "/channels/"+w.room.ID.String()+"/messages", `{"content":"mine"}`).wants(t, 200, 0)
	if text, _ := content(); text != "mine" {
		t.Errorf("the app's own message came as %q", text)
	}
}

func TestZombiesAndFirstFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	c := w.wire()
	id := w.opened(c, everything)
	c.send(1, c.seq)
	if f := c.next(); f.Op != 11 {
		t.Fatalf("a heartbeat was answered with %+v", f)
	}
	w.StopAcks(true)
	c.send(1, c.seq)
	must(w.ann.Say(w.room, "still here"))(t)
	if f := c.next(); f.T != "MESSAGE_CREATE" {
		t.Errorf("a zombie was sent %+v", f)
	}
	w.StopAcks(false)
	w.Mute(true)
	must(w.ann.Say(w.room, "unheard"))(t)
	w.Mute(false)
	w.RequestReconnect()
	if f := c.next(); f.Op != 7 {
		t.Errorf("a mute connection was sent %+v", f)
	}
	c.ws.NetConn().Close()
	w.RequestReconnectFirst(1)
	seq := c.seq
	resume := map[string]any{"token": w.Token(), "session_id": id, "seq": seq}
	c = w.wire()
	c.send(6, resume)
	if f := c.next(); f.Op != 7 {
		t.Errorf("the first frame is %+v", f)
	}
	w.InvalidateFirst(true)
	c = w.wire()
	c.send(6, resume)
	if f := c.next(); f.Op != 9 || string(f.D) != "true" {
		t.Errorf("the first frame is %+v", f)
	}
	c.send(6, resume)
	if before, _ := c.until("RESUMED"); len(before) != 1 {
		t.Errorf("before RESUMED came %v", before)
	}
}

func TestDisturbedEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	c := w.wire()
	w.opened(c, everything)
	say := func() { must(w.ann.Say(w.room, "x"))(t) }

	double := w.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Times: 1, Double: true})
	say()
	if a, b := c.next(), c.next(); a.S != b.S || double.Hits() != 1 {
		t.Errorf("doubled are %d and %d", a.S, b.S)
	}
	w.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Times: 1, After: 1})
	say()
	say()
	if a, b := c.next(), c.next(); a.S != b.S+1 {
		t.Errorf("reordered are %d and %d", a.S, b.S)
	}
	held := w.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Times: 1, Hold: true})
	say()
	w.SendEvent("SOMETHING_NEW", map[string]any{"a": 1})
	if f := c.next(); f.T != "SOMETHING_NEW" {
		t.Errorf("while one is held came %+v", f)
	}
	held.End()
	if f := c.next(); f.T != "MESSAGE_CREATE" {
		t.Errorf("the held event came as %+v", f)
	}
	w.Disturb(discordtest.Disturbance{CutMiddle: true, Times: 1})
	say()
	var f frame
	if err := c.ws.ReadJSON(&f); err == nil {
		t.Errorf("instead of a cut came %+v", f)
	}
}

func TestIdentifyPace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Identify: true}})
	w.opened(w.wire(), discordtest.Guilds)
	c := w.wire()
	c.send(2, w.identify(discordtest.Guilds))
	if f := c.next(); f.Op != 9 || string(f.D) != "false" {
		t.Errorf("a second identify within 5 s was answered with %+v", f)
	}
	w.Advance(6 * time.Second)
	w.opened(c, discordtest.Guilds)
	if got := w.rules(); len(got) != 1 || got[0] != "identify-too-fast" {
		t.Errorf("the faults are %v", got)
	}
}

func TestShards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Shards: 2})
	shard := int(uint64(w.guild.ID)>>22) % 2
	open := func(n int) *wire {
		c := w.wire()
		d := w.identify(everything)
		d["shard"] = []int{n, 2}
		c.send(2, d)
		c.until("READY")
		return c
	}
	mine, other := open(shard), open(1-shard)
	mine.until("GUILD_CREATE")
	must(w.ann.Say(w.room, "x"))(t)
	mine.until("MESSAGE_CREATE")
	w.SendEvent("END", nil)
	if before, _ := other.until("END"); len(before) != 0 {
		t.Errorf("the other shard was sent %v", before)
	}
}

func TestGuildsComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	created := make(chan *discordgo.GuildCreate, 4)
	deleted := make(chan *discordgo.GuildDelete, 4)
	w.session(everything,
		func(_ *discordgo.Session, e *discordgo.GuildCreate) { created <- e },
		func(_ *discordgo.Session, e *discordgo.GuildDelete) { deleted <- e })
	if e := <-created; e.Name != "VET Net" || len(e.Channels) != 1 || len(e.Members) != 4 || e.PreferredLocale != "it" {
		t.Errorf("GUILD_CREATE is %+v", e.Guild)
	}
	w.guild.Outage()
	if e := <-deleted; !e.Unavailable {
		t.Error("an outage came as a removal")
	}
	w.guild.Restore()
	<-created
	w.guild.KickBot()
	if e := <-deleted; e.Unavailable || e.ID != w.guild.ID.String() {
		t.Error("a removal came as an outage")
	}
	w.rest("GET", "/guilds/"+w.guild.ID.String(), "").wants(t, 403, 50001)
	if _, err := w.ann.Slash(w.room, "ask"); err == nil {
		t.Error("a command could be used without the app")
	}
	w.guild.AddBot(discordtest.BotPermissions)
	<-created
}

// TestDiscordgoSurvivesALostConnection shows that the unmodified library resumes here.
func TestDiscordgoSurvivesALostConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	seen := make(chan string, 8)
	w.session(everything, func(_ *discordgo.Session, m *discordgo.MessageCreate) { seen <- m.Content })
	must(w.ann.Say(w.room, "before"))(t)
	if got := <-seen; got != "before" {
		t.Errorf("got %q", got)
	}
	w.Mute(true)
	must(w.ann.Say(w.room, "meanwhile"))(t)
	w.Mute(false)
	// With op 7 discordgo closes with 1012, which leaves the session to be resumed.
	w.RequestReconnect()
	if got := <-seen; got != "meanwhile" {
		t.Errorf("got %q", got)
	}
	if g := w.Gateway(); g.Resumed != 1 || g.Identifies != 1 {
		t.Errorf("the gateway counts %+v", g)
	}
}
