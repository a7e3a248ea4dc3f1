package slack_test

import (
	"net/http"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/core/chat"
)

// What means nothing to us is answered at once: Slack must not wait for it, nor tell it again.
func TestWhatMeansNothingIsAcknowledgedOverHTTP(t *testing.T) {
	t.Parallel()
	st, base := overHTTP(t, setup{})
	const form, jsonKind = "application/x-www-form-urlencoded", "application/json"
	for name, c := range map[string]struct{ path, kind, body string }{
		"a command of nobody":        {"commands", form, "command=%2Ffind&text=x&team_id=" + st.w.ID()},
		"an interaction of nobody":   {"interactive", form, `payload=%7B%22type%22%3A%22block_actions%22%7D`},
		"an unknown interaction":     {"interactive", form, `payload=%7B%22type%22%3A%22dial%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%7D`},
		"a payload that is no JSON":  {"interactive", form, "payload=%7B%22type"},
		"an event without an event":  {"events", jsonKind, `{"type":"event_callback","team_id":"` + st.w.ID() + `","event_id":"Ev1"}`},
		"a delivery that is unknown": {"events", jsonKind, `{"type":"something_new"}`},
		"a check of the certificate": {"commands", form, "ssl_check=1&token=x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := st.s.Post(base+"/slack/"+c.path, c.kind, []byte(c.body), nil)
			if err != nil || got.Status != http.StatusOK || len(got.Answer) > 0 {
				t.Errorf("answered %d %q, %v", got.Status, got.Answer, err)
			}
		})
	}
}

// When the program ends, requests are held no longer than Run takes to end.
func TestRequestsEndWithRun(t *testing.T) {
	t.Parallel()
	h := newHall()
	begun, gate := make(chan struct{}), make(chan struct{})
	h.answer = func(chat.Event) (chat.Answer, error) {
		close(begun)
		<-gate
		return chat.Answer{}, nil
	}
	st, base := overHTTP(t, setup{hall: h, options: func(o *slack.Options) { o.Log = nil }}) // it outlives the test
	t.Cleanup(func() { close(gate) })
	st.p.EndSoon(50 * time.Millisecond)
	x := st.ann.Slash("#help", "/find", "x")
	<-begun
	if err := st.stop(); err != nil {
		t.Error(err)
	}
	if x.Wait().Err() == "" {
		t.Error("what nobody knows the end of was acknowledged")
	}
	// So does what comes after it.
	got, err := st.s.Post(base+"/slack/events", "application/json", []byte(`{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{"type":"message","channel":"C1","user":"U1","text":"x","ts":"1.2"}}`), nil)
	if err != nil || got.Status != http.StatusServiceUnavailable {
		t.Errorf("after the end: %d %v", got.Status, err)
	}
}
