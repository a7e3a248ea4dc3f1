package dendrite_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildhall/internal/dendrite"
)

func TestWhatItHoldsOutlivesARestart(t *testing.T) {
	t.Parallel()
	s := dendrite.Start(t)
	id := s.Register(t, "anna", "a pass phrase")
	if id != "@anna:"+dendrite.Name {
		t.Fatalf("registered %q", id)
	}
	login := map[string]any{
		"type": "m.login.password", "password": "a pass phrase",
		"identifier": map[string]string{"type": "m.id.user", "user": "anna"},
	}
	token := call(t, s, "POST", "/login", "", login)["access_token"].(string)
	room := call(t, s, "POST", "/createRoom", token, map[string]any{"name": "Help"})["room_id"].(string)

	before := s.URL()
	for _, end := range []func() error{s.Stop, s.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if resp, err := http.Get(before + "/_matrix/client/versions"); err == nil {
			resp.Body.Close()
			t.Fatal("the server answers although it was stopped")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if s.URL() != before {
			t.Fatalf("the URL was %s and is %s", before, s.URL())
		}
		name := call(t, s, "GET", "/rooms/"+url.PathEscape(room)+"/state/m.room.name/", token, nil)["name"]
		if name != "Help" {
			t.Fatalf("the room is called %v after a restart", name)
		}
	}
	// Many quick requests: with rate limits on, some would be refused.
	for range 30 {
		send := "/rooms/" + url.PathEscape(room) + "/send/m.room.message"
		if call(t, s, "POST", send, token, map[string]string{"msgtype": "m.text", "body": "hello"})["event_id"] == "" {
			t.Fatal("a message got no id")
		}
	}
}

func TestSharedIsOneServer(t *testing.T) {
	t.Parallel()
	if a, b := dendrite.Shared(t), dendrite.Shared(t); a != b {
		t.Fatalf("two servers: %s and %s", a.URL(), b.URL())
	}
}

// call asks the client API and returns its answer, which must be a success.
func call(t *testing.T, s *dendrite.Server, method, path, token string, body any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/_matrix/client/v3"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v %v", method, strings.TrimPrefix(path, "/"), resp.Status, answer, err)
	}
	return answer
}
