package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// responseURL lets the app answer where something happened, five times in thirty minutes.
type responseURL struct {
	x    *Exchange
	made time.Time
	uses int
}

const (
	responseURLLife = 30 * time.Minute
	responseURLUses = 5
)

func (s *Server) newResponseURL(x *Exchange, path string) string {
	p := "/" + path + "/" + x.w.id + "/" + s.secret() + "/" + s.secret()
	s.hooks[p] = &responseURL{x: x, made: s.clock.Now()}
	s.spentHooks.sweep(len(s.hooks), func() {
		limit := s.clock.Now().Add(-2 * responseURLLife)
		for k, h := range s.hooks {
			if h.made.Before(limit) {
				delete(s.hooks, k)
			}
		}
	})
	x.hook = s.base + p
	return x.hook
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	if r.Header.Get("Authorization") != "" {
		s.mu.Lock()
		s.fault(FaultTokenElsewhere, "a token was sent to a response_url")
		s.mu.Unlock()
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return
	}
	t := s.trouble("response_url", begun)
	if t.stops() {
		s.logHook(body, t, 0, "", begun)
	}
	if t.before(s, w, r) {
		return
	}
	s.mu.Lock()
	status, e := s.respond(r.URL.Path, body)
	s.mu.Unlock()
	code := ""
	if e != nil {
		code = e.code
	}
	s.logHook(body, t, status, code, begun)
	if t.after(s, w, r) {
		return
	}
	out := obj{"ok": e == nil}
	if e != nil {
		out["error"] = e.code
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(out))
}

// logHook records the use of a response URL as a call of "response_url".
func (s *Server) logHook(body []byte, t *Trouble, status int, code string, begun time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recordCall(Call{
		Method: "response_url", Args: map[string]string{"body": string(body)}, At: s.clock.Now(),
		Took: time.Since(begun), Status: t.status(status), Err: code,
	})
}

// respond does what a body sent to a response URL says, and returns the status of the answer.
func (s *Server) respond(path string, body []byte) (int, *apiError) {
	h := s.hooks[path]
	if h == nil {
		s.fault(FaultResponseURL, "unknown response_url")
		return http.StatusNotFound, &apiError{code: "invalid_url"}
	}
	if s.clock.Now().Sub(h.made) > responseURLLife {
		s.fault(FaultResponseURL, "used after %s", s.clock.Now().Sub(h.made).Round(time.Second))
		return http.StatusNotFound, &apiError{code: "expired_url"}
	}
	if h.uses++; h.uses > responseURLUses {
		s.fault(FaultResponseURL, "used %d times", h.uses)
		return http.StatusNotFound, &apiError{code: "used_url"}
	}
	if err := h.x.say(body); err != nil {
		status := http.StatusBadRequest
		if err.code == "no_text" {
			status = http.StatusInternalServerError
		}
		return status, err
	}
	return http.StatusOK, nil
}

// response is a message as acknowledgements and response URLs carry it.
type response struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ThreadTS        string          `json:"thread_ts"`
	Metadata        json.RawMessage `json:"metadata"`
}

// say shows what the app answers: privately to the person unless it says in_channel, as a new message
// unless it replaces or deletes the one that the person pressed something in.
func (x *Exchange) say(body []byte) *apiError {
	s := x.s
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		s.fault(FaultArguments, "response is not JSON: %v", err)
		return &apiError{code: "invalid_payload"}
	}
	if r.DeleteOriginal {
		if m := x.original; m != nil && !m.deleted {
			x.w.erase(m)
		}
		return nil
	}
	draft := &draft{text: r.Text, blocks: rawJSON(r.Blocks), attachments: rawJSON(r.Attachments)}
	if meta, ok := rawJSON(r.Metadata).(map[string]any); ok && meta["event_type"] != "" && meta["event_type"] != nil {
		draft.metadata, draft.hasMetadata = meta, true
	}
	if err := s.checkDraft(draft); err != nil {
		return err
	}
	if x.ch == nil {
		return &apiError{code: "channel_not_found"}
	}
	if r.ReplaceOriginal && x.original != nil {
		if x.original.deleted {
			return &apiError{code: "message_not_found"}
		}
		x.w.change(x.original, draft, nil)
		x.reply(x.original)
		return nil
	}
	m := &message{ch: x.ch, ts: s.ts(), user: x.w.install.bot, bot: x.w.install}
	draft.fill(m)
	if p := x.ch.byTS[r.ThreadTS]; p != nil {
		m.join(p)
	} else if r.ThreadTS == "" && x.original != nil && x.original.to != nil && x.original.threadTS != "" {
		// What follows up on something private in a thread stays there.
		m.threadTS = x.original.threadTS
	}
	if r.ResponseType != "in_channel" {
		m.to = x.who
	}
	x.ch.add(m)
	if m.to == nil {
		s.emitMessage(m)
	}
	x.reply(m)
	return nil
}

func rawJSON(b json.RawMessage) any {
	if len(b) == 0 {
		return nil
	}
	var v any
	_ = json.Unmarshal(b, &v)
	// Slack takes the structured arguments as text, too.
	if t, ok := v.(string); ok && t != "" {
		_ = json.Unmarshal([]byte(t), &v)
	}
	return v
}
