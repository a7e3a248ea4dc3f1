package matrix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

// fuse is a way to the homeserver on which the next requests of a kind fail, each in its own way.
type fuse struct {
	way  http.RoundTripper
	mu   sync.Mutex
	path string // what a request's path ends with, or has in it
	ways []func(*http.Request) (*http.Response, error)
}

// blow makes the next requests to path fail so.
func (f *fuse) blow(path string, ways ...func(*http.Request) (*http.Response, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path, f.ways = path, ways
}

// RoundTrip implements http.RoundTripper.
func (f *fuse) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	var way func(*http.Request) (*http.Response, error)
	if len(f.ways) > 0 && req.Method != http.MethodGet && strings.Contains(req.URL.Path, f.path) {
		way, f.ways = f.ways[0], f.ways[1:]
	}
	f.mu.Unlock()
	if way == nil {
		return f.way.RoundTrip(req)
	}
	return way(req)
}

// refused is what a homeserver that goes down says to what it would take.
func refused(req *http.Request) (*http.Response, error) {
	return answer(req, http.StatusForbidden, []byte(`{"errcode":"M_FORBIDDEN","error":"going down"}`)), nil
}

func away(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

// cut lets a request through and loses its answer.
func (f *fuse) cut(req *http.Request) (*http.Response, error) {
	resp, err := f.way.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close()
		err = errors.New("connection reset")
	}
	return nil, err
}

// half makes a room as a homeserver does that goes down in the middle: of its state there are only the
// first pieces.
func (f *fuse) half(pieces int) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		var body map[string]any
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
			return nil, err
		}
		for _, late := range []string{"name", "topic", "room_alias_name", "invite"} {
			delete(body, late)
		}
		if list, ok := body["initial_state"].([]any); ok {
			body["initial_state"] = list[:min(pieces, len(list))]
		}
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		resp, err := f.way.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the half of a room: %s", resp.Status)
		}
		return answer(req, http.StatusInternalServerError, []byte(`{"errcode":"M_UNKNOWN","error":"Internal Server Error"}`)), nil
	}
}

func isUnknown(err error) bool {
	var unknown *chat.UnknownOutcome
	return errors.As(err, &unknown)
}

// fused is a hall whose bot's way to the homeserver has a fuse.
func fused(t *testing.T, on matrixtest.Server) (*hall, *fuse) {
	t.Helper()
	h := newHall(t, on)
	f := &fuse{way: h.line}
	h.options.HTTP = &http.Client{Transport: f}
	h.bot = h.fresh(t)
	h.run(t, newEar())
	return h, f
}

// rooms are all rooms that the bot is in.
func (h *hall) rooms(t *testing.T) int {
	t.Helper()
	h.eyes.Do(func() { h.eye = matrixtest.LogIn(t, h.server, h.botID) })
	got, err := h.eye.JoinedRooms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(got.JoinedRooms)
}

func TestTheHomeserverGoesDownWhileARoomIsMade(t *testing.T) {
	everywhere(t, theHomeserverGoesDownWhileARoomIsMade)
}

func theHomeserverGoesDownWhileARoomIsMade(t *testing.T, on matrixtest.Server) {
	h, f := fused(t, on)
	home := chat.SpaceID(h.home)
	f.blow("/createRoom", f.half(0)) // the Space
	if _, _, err := h.bot.Open(t.Context(), home, section("first")); !isUnknown(err) {
		t.Fatalf("half a Space: %v", err)
	}
	for i, way := range []func(*http.Request) (*http.Response, error){f.half(0), f.half(1), f.half(3), f.half(9), f.cut} {
		spec := section(fmt.Sprint("part", i))
		if i > 0 {
			f.blow("/createRoom", way)
			if _, _, err := h.bot.Open(t.Context(), home, spec); !isUnknown(err) {
				t.Errorf("half a room, %d: %v", i, err)
			}
		}
		room, _, err := h.bot.Open(t.Context(), home, spec)
		if err != nil {
			t.Fatalf("again, %d: %v", i, err)
		}
		if again, _, err := h.bot.Open(t.Context(), home, spec); err != nil || again != room {
			t.Errorf("a third time, %d: %s and %s, %v", i, room, again, err)
		}
		if got, want := h.rooms(t), 3+i; got != want { // with the first room and the Space
			t.Errorf("%d rooms instead of %d", got, want)
		}
		parent := parentOf(t, h.eye, string(room))
		if parent == "" || h.eye.State(t, parent, "m.room.name", "")["name"] != "VET Net" || h.eye.State(t, parent, "m.space.child", string(room))["via"] == nil {
			t.Errorf("%d: its Space is %q", i, parent)
		}
		for kind, want := range map[string]string{"m.room.name": spec.Name, "m.room.topic": spec.Topic, "m.room.join_rules": parent, "guildhall.room": spec.Section} {
			if got := fmt.Sprint(h.eye.State(t, string(room), kind, "")); !strings.Contains(got, want) {
				t.Errorf("%d: %s is %s", i, kind, got)
			}
		}
		matrixtest.Until(t, "both invited into the Space", func() bool {
			return h.eye.State(t, parent, "m.room.member", h.ann.ID) != nil && h.eye.State(t, parent, "m.room.member", h.bea.ID) != nil
		})
	}
}

func TestTheHomeserverGoesDownWhileAConversationIsOpened(t *testing.T) {
	everywhere(t, theHomeserverGoesDownWhileAConversationIsOpened)
}

func theHomeserverGoesDownWhileAConversationIsOpened(t *testing.T, on matrixtest.Server) {
	h, f := fused(t, on)
	for i, who := range []*matrixtest.Person{h.ann, h.bea} {
		way := f.half(0)
		if i > 0 {
			way = f.cut
		}
		f.blow("/createRoom", way)
		if _, err := h.bot.Direct(t.Context(), "", chat.AccountID(who.ID)); !isUnknown(err) {
			t.Errorf("half a conversation: %v", err)
		}
		at, err := h.bot.Direct(t.Context(), "", chat.AccountID(who.ID))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.bot.Direct(t.Context(), "", chat.AccountID(who.ID)); err != nil || again.Room != at.Room {
			t.Errorf("a second conversation: %s and %s, %v", at.Room, again.Room, err)
		}
		if got, want := h.rooms(t), 2+i; got != want {
			t.Errorf("%d rooms instead of %d", got, want)
		}
		who.Join(t, string(at.Room))
	}
	// Somebody who cannot be invited leaves no room behind.
	for range 2 {
		if _, err := h.bot.Direct(t.Context(), "", "@nobody is like this:guildhall.test"); err == nil {
			t.Error("a conversation with nobody")
		}
	}
	if got := h.rooms(t); got != 3 {
		t.Errorf("%d rooms", got)
	}
}

// A homeserver that goes down refuses what it would take (Dendrite says 403): that must not be
// believed, or an invitation or a message is lost.
func TestARefusalWhileTheHomeserverGoesDown(t *testing.T) {
	everywhere(t, aRefusalWhileTheHomeserverGoesDown)
}

func aRefusalWhileTheHomeserverGoesDown(t *testing.T, on matrixtest.Server) {
	h, f := fused(t, on)
	room, _, err := h.bot.Open(t.Context(), chat.SpaceID(h.home), section("sharing"))
	if err != nil {
		t.Fatal(err)
	}
	bring := func() error {
		return h.bot.Bring(t.Context(), chat.SpaceID(h.home), room, chat.AccountID(h.bea.ID))
	}
	f.blow("/invite", refused, away)
	if err := bring(); !isUnknown(err) {
		t.Errorf("an invitation: %v", err)
	}
	f.blow("/invite", f.cut)
	if err := bring(); !isUnknown(err) {
		t.Errorf("an invitation whose answer is lost: %v", err)
	}
	f.blow("/invite", refused)
	if err := bring(); err != nil {
		t.Errorf("when it is back: %v", err)
	}
	h.bea.Join(t, string(room))

	send := func(again bool) error {
		_, err := h.bot.Send(t.Context(), h.at(), plain("queued"), chat.Key{ID: "queued", Again: again})
		return err
	}
	f.blow("/send/", refused, away)
	if err := send(false); !isUnknown(err) {
		t.Errorf("a message: %v", err)
	}
	f.blow("/send/", f.cut)
	if err := send(true); !isUnknown(err) {
		t.Errorf("a message whose answer is lost: %v", err)
	}
	if err := send(true); err != nil {
		t.Errorf("when it is back: %v", err)
	}
	n := 0
	matrixtest.Until(t, "the message", func() bool {
		n = 0
		for _, s := range h.ann.Show(t, h.home) {
			if s.Body == "queued" {
				n++
			}
		}
		return n > 0
	})
	if n != 1 {
		t.Errorf("it is shown %d times", n)
	}
}
