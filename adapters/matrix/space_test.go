package matrix_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

func section(name string) chat.RoomSpec {
	return chat.RoomSpec{Key: "section-" + name, Name: "vet-" + name, Topic: "Ask and answer", Section: name, Lang: "en", Community: "VET Net", PostOnly: name == "news"}
}

// parentOf is the room's canonical Space.
func parentOf(t *testing.T, p *matrixtest.Person, room string) string {
	t.Helper()
	for _, e := range p.Events(t, room) {
		if e.Type == "m.space.parent" && e.StateKey != nil && e.Content["canonical"] == true {
			return *e.StateKey
		}
	}
	return ""
}

func TestACommunityIsASpace(t *testing.T) { everywhere(t, aCommunityIsASpace) }

func aCommunityIsASpace(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	home := chat.SpaceID(h.home)
	var rooms []chat.RoomID
	for _, name := range []string{"communication", "news"} {
		room, fresh, err := h.bot.Open(t.Context(), home, section(name))
		if err != nil || !fresh {
			t.Fatal(room, fresh, err)
		}
		rooms = append(rooms, room)
	}
	// Both were invited into the Space from the room, and come into its rooms through it.
	var space string
	matrixtest.Until(t, "invitations", func() bool {
		list := h.bea.Invites(t)
		if len(list) == 1 {
			space = list[0]
		}
		return space != ""
	})
	dan := matrixtest.Register(t, h.server, matrixtest.Name("dan"))
	if _, err := dan.JoinRoom(t.Context(), string(rooms[0]), nil); err == nil {
		t.Error("a stranger came in")
	}
	for _, p := range []*matrixtest.Person{h.ann, h.bea} {
		p.Join(t, space)
		for _, room := range rooms {
			p.Join(t, string(room))
		}
	}
	if got := h.ann.State(t, space, "m.room.name", "")["name"]; got != "VET Net" {
		t.Errorf("the Space is called %v", got)
	}
	if got := h.ann.State(t, space, "m.room.create", "")["type"]; got != "m.space" {
		t.Errorf("it is a %v", got)
	}
	for _, room := range []string{space, string(rooms[0])} {
		matrixtest.Until(t, "the power of the room's admin in what was made from it", func() bool {
			users, _ := h.ann.State(t, room, "m.room.power_levels", "")["users"].(map[string]any)
			if users[h.bea.ID] != nil {
				t.Fatalf("bea has power: %v", users)
			}
			return users[h.ann.ID] == float64(100)
		})
	}
	for i, room := range rooms {
		child := h.ann.State(t, space, "m.space.child", string(room))
		if child["suggested"] != true || len(child["via"].([]any)) == 0 {
			t.Errorf("child %v", child)
		}
		if got := parentOf(t, h.ann, string(room)); got != space {
			t.Errorf("its canonical parent is %q", got)
		}
		rule := h.ann.State(t, string(room), "m.room.join_rules", "")
		if rule["join_rule"] != "restricted" || !strings.Contains(fmt.Sprint(rule["allow"]), space) {
			t.Errorf("%v", rule)
		}
		if h.ann.State(t, string(room), "m.room.name", "")["name"] != []string{"vet-communication", "vet-news"}[i] ||
			h.ann.State(t, string(room), "m.room.topic", "")["topic"] != "Ask and answer" {
			t.Error("name or topic")
		}
	}
	// Whoever speaks there is in the space that was set up.
	h.bea.Say(t, string(rooms[0]), "", "!help")
	if ev := e.hears(t, "a command", saying("help")); ev.Where.Space != home || string(ev.Where.Room) != string(rooms[0]) || ev.Direct {
		t.Errorf("%+v", ev)
	}
	// In the room for news only we write.
	if _, err := h.bea.SendText(t.Context(), roomID(string(rooms[1])), "hello"); err == nil {
		t.Error("bea wrote into the room for news")
	}
	// After a restart nothing is opened twice.
	h.settle(t)
	stop()
	h.bot = h.fresh(t)
	h.run(t, e)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, name := range []string{"communication", "news"} {
				room, fresh, err := h.bot.Open(t.Context(), home, section(name))
				if err != nil || fresh || room != rooms[i] {
					t.Errorf("%s again: %s %v %v", name, room, fresh, err)
				}
			}
		})
	}
	wg.Wait()
	infos, err := h.bot.Rooms(t.Context(), home)
	if err != nil || len(infos) != 3 { // with the room itself
		t.Errorf("%+v %v", infos, err)
	}
	rights, err := h.bot.Rights(t.Context(), h.at(), chat.AccountID(h.ann.ID))
	if err != nil || !rights.Admin || rights.Name != "VET Net" || rights.Count != 2 {
		t.Errorf("%+v %v", rights, err)
	}
	if rights, err := h.bot.Rights(t.Context(), h.at(), chat.AccountID(h.bea.ID)); err != nil || rights.Admin {
		t.Errorf("%+v %v", rights, err)
	}
}

func TestAnArchivedRoom(t *testing.T) { everywhere(t, anArchivedRoom) }

func anArchivedRoom(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	home := chat.SpaceID(h.home)
	spec := chat.RoomSpec{Key: "c7", Name: "c7-rubric", Section: "collaboration", Record: "C7", Community: "VET Net"}
	room, _, err := h.bot.Open(t.Context(), home, spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.bot.Bring(t.Context(), home, room, chat.AccountID(h.bea.ID)); err != nil {
		t.Fatal(err)
	}
	h.bea.Join(t, string(room))
	h.bea.Say(t, string(room), "", "Our rubric is done.")
	e.hears(t, "a message", saying("Our rubric is done."))
	space := parentOf(t, h.bea, string(room))
	for range 2 {
		if err := h.bot.Archive(t.Context(), home, room); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.bea.SendText(t.Context(), roomID(string(room)), "more"); err == nil {
		t.Error("bea still writes there")
	}
	if got := h.bea.State(t, string(room), "m.room.member", h.botID)["membership"]; got != "leave" {
		t.Errorf("the bot's membership is %v", got)
	}
	if got := h.bea.State(t, string(room), "m.room.tombstone", ""); got != nil {
		t.Errorf("a tombstone: %v", got)
	}
	if !slices.ContainsFunc(h.bea.Show(t, string(room)), func(s matrixtest.Shown) bool { return s.Body == "Our rubric is done." }) {
		t.Error("it cannot be read any more")
	}
	bot := matrixtest.LogIn(t, h.server, h.botID)
	if via := bot.State(t, space, "m.space.child", string(room))["via"]; via != nil {
		t.Errorf("it is still in the Space: %v", via)
	}
	// Put out of a room, the bot says that it has left.
	if _, err := h.ann.KickUser(t.Context(), roomID(h.home), &mautrix.ReqKickUser{UserID: userID(h.botID)}); err != nil {
		t.Fatal(err)
	}
	e.hears(t, "our leaving", func(ev chat.Event) bool { return ev.Kind == chat.Left && string(ev.Where.Room) == h.home })
	if _, err := h.bot.Send(t.Context(), h.at(), plain("still here?"), chat.Key{ID: "gone"}); !isGone(err) {
		t.Errorf("sent into a room that we were put out of: %v", err)
	}
}

func TestAnExistingSpaceIsAdopted(t *testing.T) { everywhere(t, anExistingSpaceIsAdopted) }

func anExistingSpaceIsAdopted(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	got, err := h.ann.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "ZDZ", Preset: "public_chat", CreationContent: map[string]any{"type": "m.space"},
		Invite: []userIDs{userID(h.botID)}})
	if err != nil {
		t.Fatal(err)
	}
	space := string(got.RoomID)
	powers := h.ann.State(t, space, "m.room.power_levels", "")
	users, _ := powers["users"].(map[string]any)
	if users == nil {
		users = map[string]any{}
	}
	users[h.botID] = 50
	powers["users"] = users
	h.ann.SetState(t, space, "m.room.power_levels", "", powers)
	h.ann.SetState(t, space, "m.space.child", h.home, map[string]any{"via": []string{"guildhall.test"}})
	e := newEar()
	h.run(t, e)
	matrixtest.Until(t, "the bot in the Space", func() bool {
		return h.ann.State(t, space, "m.room.member", h.botID)["membership"] == "join"
	})
	h.ann.Say(t, h.home, "", "!setup start")
	ev := e.hears(t, "a command", saying("setup start"))
	matrixtest.Until(t, "the Space's being known", func() bool { // the two invitations come in any order
		h.ann.Say(t, h.home, "", "!setup start")
		ev = e.hears(t, "a command", saying("setup start"))
		return string(ev.Where.Space) == space
	})
	room, fresh, err := h.bot.Open(t.Context(), ev.Where.Space, section("communication"))
	if err != nil || !fresh {
		t.Fatal(room, fresh, err)
	}
	if child := h.ann.State(t, space, "m.space.child", string(room)); child["via"] == nil {
		t.Error("the room is not in the Space that was there")
	}
	h.bea.Join(t, space)
	h.bea.Join(t, string(room))
	h.bea.Say(t, string(room), "", "!help")
	if ev := e.hears(t, "a command", saying("help")); string(ev.Where.Space) != space {
		t.Errorf("%+v", ev.Where)
	}
}

// Where the homeserver lets us have no alias, or somebody has taken it, rooms are opened once all the same.
func TestRoomsWithoutAliases(t *testing.T) { everywhere(t, roomsWithoutAliases) }

func roomsWithoutAliases(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	h.options.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/createRoom") {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			if bytes.Contains(body, []byte("room_alias_name")) {
				return answer(req, 403, []byte(`{"errcode":"M_FORBIDDEN","error":"no aliases for you"}`)), nil
			}
			req.Body = io.NopCloser(bytes.NewReader(body))
		}
		return h.line.RoundTrip(req)
	})}
	h.bot = h.fresh(t)
	h.run(t, newEar())
	room, fresh, err := h.bot.Open(t.Context(), chat.SpaceID(h.home), section("sharing"))
	if err != nil || !fresh {
		t.Fatal(room, fresh, err)
	}
	again, fresh, err := h.bot.Open(t.Context(), chat.SpaceID(h.home), section("sharing"))
	if err != nil || fresh || again != room {
		t.Errorf("%s again: %s %v %v", room, again, fresh, err)
	}
}
