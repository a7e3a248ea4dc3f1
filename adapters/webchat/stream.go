package webchat

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"time"

	"guildhall/core/chat"
)

// heartbeat is how often a stream without news says that it is alive.
const heartbeat = 20 * time.Second

// serveLive streams what changes for a persona who has a room, and perhaps a thread, open: server-sent
// events whose ids are positions of the feed, so that a browser that was away for a while goes on
// where it stopped. Events: "post" (shownPost), "rooms" (the side bar), "home", "form" (shownForm),
// "closed" (a form's key), and "reset": too much was missed, load the page anew.
func (p *Platform) serveLive(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s := stream{p: p, w: w, who: p.personas[chat.AccountID(q.Get("as"))], room: chat.RoomID(q.Get("room")), thread: chat.ThreadID(q.Get("thread"))}
	since := r.Header.Get("Last-Event-ID")
	if since == "" {
		since = q.Get("since")
	}
	_, _, ended, _ := p.live.since(0)
	if s.who == nil || ended {
		http.Error(w, "", http.StatusServiceUnavailable)
		return
	}
	control := http.NewResponseController(w)
	// The server's own deadline for answers is not meant for a stream.
	if err := control.SetWriteDeadline(time.Time{}); err != nil {
		p.opts.Log.Debug("a stream keeps the server's deadline", "error", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	seq, known := p.live.parse(since)
	if !known {
		s.send("reset", p.live.position(), struct{}{})
		seq, _ = p.live.parse(p.live.position())
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		list, lost, ended, more := p.live.since(seq)
		switch {
		case ended:
			return
		case lost:
			s.send("reset", p.live.position(), struct{}{})
			seq, _ = p.live.parse(p.live.position())
		case len(list) > 0:
			seq = list[len(list)-1].seq
			s.changes(list)
		}
		if s.err == nil {
			s.err = control.Flush()
		}
		if s.err != nil {
			return // the browser has gone
		}
		select {
		case <-r.Context().Done():
			return
		case <-more:
		case <-tick.C:
			_, s.err = io.WriteString(w, ": still here\n\n")
		}
	}
}

// stream is one browser page that looks on.
type stream struct {
	p      *Platform
	w      io.Writer
	who    *Persona
	room   chat.RoomID
	thread chat.ThreadID
	err    error
}

func (s *stream) send(event, id string, data any) {
	b, err := json.Marshal(data)
	if err == nil && s.err == nil {
		_, err = fmt.Fprintf(s.w, "id: %s\nevent: %s\ndata: %s\n\n", id, event, b)
	}
	if s.err == nil {
		s.err = err
	}
}

type sidesChanged struct {
	HTML template.HTML `json:"html"`
	Room bool          `json:"room"` // the open room itself is another one now
}

// changes shows what changed, each thing once and as it is now.
func (s *stream) changes(list []change) {
	type piece struct {
		name string
		data any
	}
	var out []piece
	done := map[change]bool{}
	sides, looked := (*sidesChanged)(nil), false
	s.p.mu.RLock()
	for _, c := range list {
		c.seq = 0
		if done[c] || c.only != "" && c.only != s.who.Account {
			continue
		}
		done[c] = true
		switch c.kind {
		case postChanged:
			posts, other := s.post(c)
			for _, shown := range posts {
				out = append(out, piece{"post", shown})
			}
			looked = looked || len(posts) > 0
			if other && sides == nil {
				sides = &sidesChanged{}
			}
		case roomsChanged:
			if sides == nil {
				sides = &sidesChanged{}
			}
			sides.Room = sides.Room || c.room == s.room
		case homeChanged:
			if html, err := s.p.homeHTML(s.who); err == nil {
				out = append(out, piece{"home", map[string]template.HTML{"html": html}})
			}
		case formOpened:
			if f := s.p.world.forms[c.form]; f != nil {
				if shown, err := s.p.showForm(f, s.who); err == nil {
					out = append(out, piece{"form", shown})
				}
			}
		case formClosed:
			out = append(out, piece{"closed", map[string]string{"key": c.form}})
		}
	}
	if sides != nil {
		if html, err := s.p.sides(s.who, s.room); err == nil {
			sides.HTML = html
			out = append(out, piece{"rooms", sides})
		}
	}
	s.p.mu.RUnlock()
	id := s.p.live.mark(list[len(list)-1].seq)
	for _, e := range out {
		s.send(e.name, id, e.data)
	}
	if looked {
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		if err := s.p.lookedAt(s.who, s.room); err != nil {
			s.p.opts.Log.Warn("how far somebody has read could not be kept", "error", err)
		}
	}
}

// post is a changed message wherever the page shows it; other says that it is in another room of the
// persona's.
func (s *stream) post(c change) (out []shownPost, other bool) {
	post, room := s.p.world.posts[c.post], s.p.world.rooms[c.room]
	if post == nil || room == nil || !room.has(s.who) {
		return nil, false
	}
	if c.room != s.room {
		return nil, true
	}
	add := func(part string) {
		if shown, err := s.p.show(post, s.who, part); err == nil {
			out = append(out, shown)
		}
	}
	if post.Thread == "" {
		add("")
	}
	if s.thread != "" && (post.Thread == s.thread || chat.ThreadID(post.ID) == s.thread) {
		add("thread")
	}
	return out, false
}

// sides is the side bar of a persona who has the room open. p.mu must be held.
func (p *Platform) sides(who *Persona, current chat.RoomID) (template.HTML, error) {
	v := pageView{As: who, Say: p.saying(who)}
	p.fillSides(&v, who, current)
	return execute("sides", v)
}
