package slacktest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/adapters/slack/slacktest"
)

// rawSocket is a Socket Mode connection without a library's manners.
type rawSocket struct {
	t  testing.TB
	ws *websocket.Conn
}

func dial(t testing.TB, s *slacktest.Server) *rawSocket {
	t.Helper()
	_, url, err := newAPI(s, s.BotToken()).StartSocketModeContext(t.Context())
	ok(t, err)
	ws, resp, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	ok(t, err)
	_ = resp.Body.Close()
	ok(t, ws.SetReadDeadline(time.Now().Add(10*time.Second)))
	t.Cleanup(func() { _ = ws.Close() })
	return &rawSocket{t: t, ws: ws}
}

func (r *rawSocket) send(text string) {
	r.t.Helper()
	ok(r.t, r.ws.WriteMessage(websocket.TextMessage, []byte(text)))
}

// read returns the next message.
func (r *rawSocket) read() map[string]any {
	r.t.Helper()
	_, data, err := r.ws.ReadMessage()
	ok(r.t, err)
	var v map[string]any
	ok(r.t, json.Unmarshal(data, &v))
	return v
}

var dialer = websocket.DefaultDialer
