package homeserver_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/internal/homeserver"
)

// two are people on a new homeserver, and a room of the first with both in it.
func two(t *testing.T, version string) (s *homeserver.Server, ann, bea *matrixtest.Person, room string) {
	t.Helper()
	s = homeserver.Start(t)
	ann, bea = matrixtest.Register(t, s, "ann"), matrixtest.Register(t, s, "bea")
	for _, p := range []*matrixtest.Person{ann, bea} {
		p.DefaultHTTPRetries, p.IgnoreRateLimit = 0, true
	}
	got, err := ann.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Home", Preset: "private_chat", RoomVersion: id.RoomVersion(version), Invite: []id.UserID{id.UserID(bea.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	room = string(got.RoomID)
	bea.Join(t, room)
	return s, ann, bea, room
}

// code is the Matrix error code of err.
func code(err error) string {
	var re mautrix.RespError
	if errors.As(err, &re) {
		return re.ErrCode
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (c client) state(t *testing.T, room, kind, key string, content map[string]any) error {
	t.Helper()
	_, err := c.SendStateEvent(t.Context(), id.RoomID(room), event.Type{Type: kind, Class: event.StateEventType}, key, content)
	return err
}

type client struct{ *matrixtest.Person }

func TestPowerIsEnforced(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"6", "10", "11", "12"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s, ann, bea, room := two(t, version)
			dan := matrixtest.Register(t, s, "dan")
			if server := strings.Contains(room, ":"); server == (version == "12") {
				t.Errorf("the room's id is %s", room)
			}
			refused := map[string]error{
				"a member names the room":     client{bea}.state(t, room, "m.room.name", "", map[string]any{"name": "Mine"}),
				"a member takes power":        client{bea}.state(t, room, "m.room.power_levels", "", map[string]any{"users": map[string]any{bea.ID: 100}}),
				"somebody's own state":        client{ann}.state(t, room, "org.example.status", bea.ID, map[string]any{"x": 1}),
				"writing without being there": func() error { _, err := dan.SendText(t.Context(), id.RoomID(room), "hello"); return err }(),
				"reading without being there": func() error { _, err := dan.Messages(t.Context(), id.RoomID(room), "", "", 'b', nil, 5); return err }(),
				"joining without an invite":   func() error { _, err := dan.JoinRoom(t.Context(), room, nil); return err }(),
				"a member puts the founder out": func() error {
					_, err := bea.KickUser(t.Context(), id.RoomID(room), &mautrix.ReqKickUser{UserID: id.UserID(ann.ID)})
					return err
				}(),
			}
			for what, err := range refused {
				if code(err) != "M_FORBIDDEN" {
					t.Errorf("%s: %v", what, err)
				}
			}
			said := ann.Say(t, room, "", "mine")
			if _, err := bea.RedactEvent(t.Context(), id.RoomID(room), id.EventID(said)); code(err) != "M_FORBIDDEN" {
				t.Errorf("a member takes back what is somebody else's: %v", err)
			}
			// Who runs the room may do it.
			if err := (client{ann}).state(t, room, "m.room.name", "", map[string]any{"name": "Ours"}); err != nil {
				t.Error(err)
			}
			ann.Redact(t, room, bea.Say(t, room, "", "rude"))
			powers := ann.State(t, room, "m.room.power_levels", "")
			users, _ := powers["users"].(map[string]any)
			if _, listed := users[ann.ID]; listed == (version == "12") {
				t.Errorf("powers: %v", powers)
			}
			users[ann.ID], powers["users"] = 100, users
			err := client{ann}.state(t, room, "m.room.power_levels", "", powers)
			if version == "12" && code(err) != "M_BAD_JSON" || version != "12" && err != nil {
				t.Errorf("listing the founder: %v", err)
			}
		})
	}
}

func TestLimitedTimelines(t *testing.T) {
	t.Parallel()
	_, ann, bea, room := two(t, "11")
	first, err := bea.SyncRequest(t.Context(), 0, "", "", false, "")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for i := range 25 {
		said = append(said, ann.Say(t, room, "", strings.Repeat("x", i+1)))
	}
	if err := (client{ann}).state(t, room, "m.room.topic", "", map[string]any{"topic": "news"}); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		said = append(said, ann.Say(t, room, "", "more"))
	}
	got, err := bea.SyncRequest(t.Context(), 0, first.NextBatch, "", false, "")
	if err != nil {
		t.Fatal(err)
	}
	r := got.Rooms.Join[id.RoomID(room)]
	if !r.Timeline.Limited || len(r.Timeline.Events) != 10 || string(r.Timeline.Events[9].ID) != said[36] {
		t.Errorf("%v, %d events", r.Timeline.Limited, len(r.Timeline.Events))
	}
	if !slices.ContainsFunc(r.State.Events, func(e *event.Event) bool { return e.Type.Type == "m.room.topic" }) {
		t.Errorf("the state that was left out is not told: %v", r.State.Events)
	}
	// What was left out can be read back, up to where the client was.
	var back []string
	from := r.Timeline.PrevBatch
	for from != "" {
		page, err := bea.Messages(t.Context(), id.RoomID(room), from, first.NextBatch, 'b', nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Chunk {
			if e.Type.Type == "m.room.message" {
				back = append(back, string(e.ID))
			}
		}
		from = page.End
	}
	slices.Reverse(back)
	if !slices.Equal(back, said[:27]) {
		t.Errorf("%d of 27 were read back", len(back))
	}
}

func TestRepeatsAndFaults(t *testing.T) {
	t.Parallel()
	s, ann, _, room := two(t, "11")
	send := func(txn string) (string, error) {
		got, err := ann.SendMessageEvent(t.Context(), id.RoomID(room), event.EventMessage, map[string]any{"msgtype": "m.text", "body": txn}, mautrix.ReqSendEvent{TransactionID: txn})
		if err != nil {
			return "", err
		}
		return string(got.EventID), nil
	}
	s.Lose(http.MethodPut, "/send/", 1)
	if _, err := send("one"); err == nil {
		t.Error("an answer came though it was lost")
	}
	first, err := send("one")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := send("one"); err != nil || again != first {
		t.Errorf("the same transaction gave %s and %s: %v", first, again, err)
	}
	s.Restart()
	ann.Client.Client = &http.Client{Transport: &http.Transport{}} // its connections are gone
	if again, err := send("one"); err != nil || again == first {
		t.Errorf("after a restart the transaction is known: %s, %v", again, err)
	}
	s.Throttle(http.MethodPut, "/send/", 1, 70*time.Millisecond)
	if _, err := send("two"); code(err) != "M_LIMIT_EXCEEDED" {
		t.Errorf("%v", err)
	}
	if _, err := ann.SendText(t.Context(), id.RoomID(room), strings.Repeat("x", 70000)); code(err) != "M_TOO_LARGE" {
		t.Errorf("%v", err)
	}
	msg := ann.Say(t, room, "", "react to me")
	ann.React(t, room, msg, "👍")
	_, err = ann.SendReaction(t.Context(), id.RoomID(room), id.EventID(msg), "👍")
	if code(err) != "M_DUPLICATE_ANNOTATION" {
		t.Errorf("%v", err)
	}
	s.LogOut(ann.ID, true)
	_, err = ann.Whoami(t.Context())
	var re mautrix.RespError
	if !errors.As(err, &re) || re.ErrCode != "M_UNKNOWN_TOKEN" || re.ExtraData["soft_logout"] != true {
		t.Errorf("%v", err)
	}
}

func TestWhoMaySeeWhat(t *testing.T) {
	t.Parallel()
	s, ann, bea, room := two(t, "11")
	before := ann.Say(t, room, "", "before")
	dan := matrixtest.Register(t, s, "dan")
	if err := (client{ann}).state(t, room, "m.room.history_visibility", "", map[string]any{"history_visibility": "joined"}); err != nil {
		t.Fatal(err)
	}
	hidden := ann.Say(t, room, "", "hidden")
	if err := (client{ann}).state(t, room, "m.room.join_rules", "", map[string]any{"join_rule": "restricted",
		"allow": []map[string]any{{"type": "m.room_membership", "room_id": room}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := dan.JoinRoom(t.Context(), room, nil); code(err) != "M_FORBIDDEN" {
		t.Errorf("%v", err)
	}
	if _, err := ann.InviteUser(t.Context(), id.RoomID(room), &mautrix.ReqInviteUser{UserID: id.UserID(dan.ID)}); err != nil {
		t.Fatal(err)
	}
	dan.Join(t, room)
	after := ann.Say(t, room, "", "after")
	var seen []string
	for _, e := range dan.Events(t, room) {
		seen = append(seen, e.ID)
	}
	if !slices.Contains(seen, before) || slices.Contains(seen, hidden) || !slices.Contains(seen, after) {
		t.Errorf("dan sees %v of before %s, hidden %s, after %s", seen, before, hidden, after)
	}
	// Whoever has left sees nothing of what comes then.
	if _, err := bea.LeaveRoom(t.Context(), id.RoomID(room)); err != nil {
		t.Fatal(err)
	}
	late := ann.Say(t, room, "", "late")
	for _, e := range bea.Events(t, room) {
		if e.ID == late {
			t.Error("who has left reads on")
		}
	}
}
