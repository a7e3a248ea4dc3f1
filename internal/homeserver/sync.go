package homeserver

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// filter is what is read of a client's filter.
type filter struct {
	Room struct {
		Timeline struct {
			Limit    int      `json:"limit"`
			Types    []string `json:"types"`
			NotTypes []string `json:"not_types"`
		} `json:"timeline"`
		Ephemeral    kinds `json:"ephemeral"`
		AccountData  kinds `json:"account_data"`
		IncludeLeave bool  `json:"include_leave"`
	} `json:"room"`
}

// kinds is a list of event types that are left out.
type kinds struct {
	Not []string `json:"not_types"`
}

func (k kinds) none() bool { return slices.Contains(k.Not, "*") }

const usualTimeline = 10

// look is one answer of /sync in the making.
type look struct {
	s      *Server
	dev    *device
	who    *account
	since  int64
	full   bool
	filter filter
	news   bool
}

// serveSync waits for news (https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3sync).
func (s *Server) serveSync(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: r, s: s}
	ms, _ := strconv.Atoi(r.URL.Query().Get("timeout"))
	limit := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer limit.Stop()
	since, err := position(r.URL.Query().Get("since"))
	over := ms <= 0
	for first := true; err == nil; first = false {
		s.mu.Lock()
		if err = c.identify(); err != nil {
			s.mu.Unlock()
			break
		}
		l := &look{s: s, dev: c.dev, who: c.who, since: since, full: r.URL.Query().Get("full_state") == "true"}
		_ = json.Unmarshal(c.who.filter(r.URL.Query().Get("filter")), &l.filter)
		if since > s.pos {
			err = invalid("M_UNKNOWN", "that position has not come yet")
		}
		if first {
			l.collectMail()
		}
		out, more := l.answer(), s.more
		s.mu.Unlock()
		if err == nil && (l.news || over || since == 0) {
			write(w, out, nil)
			return
		}
		if err != nil {
			break
		}
		select {
		case <-more:
		case <-limit.C:
			over = true
		case <-r.Context().Done():
			return
		}
	}
	write(w, nil, err)
}

func (l *look) answer() map[string]any {
	join, invite, knock, leave := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for id, r := range l.s.rooms {
		list := r.members[l.who.id]
		if len(list) == 0 {
			continue
		}
		last := list[len(list)-1]
		switch m := text(last.content, "membership"); {
		case m == "join":
			if one := l.joined(r); one != nil {
				join[id] = one
			}
		case m == "invite" && last.pos > l.since:
			invite[id] = map[string]any{"invite_state": map[string]any{"events": r.stripped(l.who.id)}}
		case m == "knock" && last.pos > l.since:
			knock[id] = map[string]any{"knock_state": map[string]any{"events": r.stripped(l.who.id)}}
		case (m == "leave" || m == "ban") && last.pos > l.since && (l.since > 0 || l.filter.Room.IncludeLeave):
			leave[id] = l.left(r, last)
		}
	}
	l.news = l.news || len(join)+len(invite)+len(knock)+len(leave) > 0
	out := map[string]any{"next_batch": token(l.s.pos), "rooms": map[string]any{"join": join, "invite": invite, "knock": knock, "leave": leave},
		"presence": map[string]any{"events": []any{}}, "account_data": map[string]any{"events": l.data(l.who.data)}}
	l.addKeys(out)
	return out
}

// data is account data that is new.
func (l *look) data(all map[string]datum) []map[string]any {
	out := []map[string]any{}
	for kind, d := range all {
		if d.pos > l.since {
			l.news = true
			out = append(out, map[string]any{"type": kind, "content": d.content})
		}
	}
	return out
}

// joined is a room's part for who is in it; nil when there is nothing new.
func (l *look) joined(r *room) map[string]any {
	fresh := l.since == 0 || r.joinedAt(l.who.id) > l.since
	from := l.since
	if fresh {
		from = 0
	}
	timeline, start, limited := l.timeline(r, from, l.s.pos)
	var state []*event
	switch {
	case l.full:
		state = sorted(r.stateAt(start))
	case fresh:
		state = sorted(r.stateAt(start))
	case limited:
		for _, e := range sorted(r.stateAt(start)) {
			if e.pos > l.since {
				state = append(state, e)
			}
		}
	}
	ephemeral := l.ephemeral(r)
	data := []map[string]any{}
	if !l.filter.Room.AccountData.none() {
		data = l.data(l.who.roomData[r.id])
	}
	if len(timeline) == 0 && len(state) == 0 && len(ephemeral) == 0 && len(data) == 0 {
		return nil
	}
	in, invited := 0, 0
	for who := range r.members {
		switch r.membership(who) {
		case "join":
			in++
		case "invite":
			invited++
		}
	}
	return map[string]any{
		"timeline":             map[string]any{"events": r.list(timeline, l.s, l.dev), "limited": limited, "prev_batch": token(start)},
		"state":                map[string]any{"events": r.list(state, l.s, l.dev)},
		"ephemeral":            map[string]any{"events": ephemeral},
		"account_data":         map[string]any{"events": data},
		"summary":              map[string]any{"m.joined_member_count": in, "m.invited_member_count": invited},
		"unread_notifications": map[string]any{"notification_count": 0, "highlight_count": 0},
	}
}

// timeline is the newest of what came in a room between two positions; start is where it begins.
func (l *look) timeline(r *room, from, to int64) (list []*event, start int64, limited bool) {
	limit := l.filter.Room.Timeline.Limit
	if limit <= 0 {
		limit = usualTimeline
	}
	start = from
	for i := r.after(to) - 1; i >= 0 && r.events[i].pos > from; i-- {
		e := r.events[i]
		if len(list) == limit {
			return reversed(list), start, true
		}
		start = e.pos - 1
		if !r.sees(l.who.id, e) || slices.Contains(l.filter.Room.Timeline.NotTypes, e.kind) ||
			len(l.filter.Room.Timeline.Types) > 0 && !slices.Contains(l.filter.Room.Timeline.Types, e.kind) {
			continue
		}
		list = append(list, e)
	}
	return reversed(list), start, false
}

func reversed(list []*event) []*event {
	slices.Reverse(list)
	return list
}

// left is a room's part for who has left it.
func (l *look) left(r *room, last *event) map[string]any {
	timeline, start, limited := l.timeline(r, l.since, last.pos)
	return map[string]any{"timeline": map[string]any{"events": r.list(timeline, l.s, l.dev), "limited": limited, "prev_batch": token(start)},
		"state": map[string]any{"events": []any{}}, "account_data": map[string]any{"events": []any{}}}
}

// ephemeral are typing and receipts that are new.
func (l *look) ephemeral(r *room) []map[string]any {
	out := []map[string]any{}
	if l.filter.Room.Ephemeral.none() {
		return out
	}
	if r.typed > l.since {
		users := []string{}
		for who := range r.typing {
			users = append(users, who)
		}
		slices.Sort(users)
		out = append(out, map[string]any{"type": "m.typing", "content": map[string]any{"user_ids": users}})
	}
	content := map[string]any{}
	for kind, byUser := range r.receipts {
		for who, d := range byUser {
			if d.pos <= l.since || kind == "m.read.private" && who != l.who.id {
				continue
			}
			var got struct {
				Event string `json:"event"`
				Time  int64  `json:"ts"`
			}
			_ = json.Unmarshal(d.content, &got)
			on, _ := content[got.Event].(map[string]any)
			if on == nil {
				on = map[string]any{}
				content[got.Event] = on
			}
			users, _ := on[kind].(map[string]any)
			if users == nil {
				users = map[string]any{}
				on[kind] = users
			}
			users[who] = map[string]any{"ts": got.Time}
		}
	}
	if len(content) > 0 {
		out = append(out, map[string]any{"type": "m.receipt", "content": content})
	}
	return out
}

func typing(c *call) (any, error) {
	r, err := c.joined()
	if err != nil {
		return nil, err
	}
	if c.PathValue("user") != c.who.id {
		return nil, forbidden("that is somebody else")
	}
	on, _ := c.body["typing"].(bool)
	if r.typing[c.who.id] == on {
		return nil, nil //nolint:nilnil // an empty object
	}
	delete(r.typing, c.who.id)
	if on {
		r.typing[c.who.id] = true
	}
	r.typed = c.s.next()
	return nil, nil //nolint:nilnil // an empty object
}

func receipt(c *call) (any, error) {
	r, err := c.joined()
	if err != nil {
		return nil, err
	}
	return nil, c.reads(r, c.PathValue("type"), c.PathValue("event"))
}

func (c *call) reads(r *room, kind, event string) error {
	if !slices.Contains([]string{"m.read", "m.read.private", "m.fully_read"}, kind) {
		return invalid("M_INVALID_PARAM", "there is no such receipt")
	}
	if r.receipts[kind] == nil {
		r.receipts[kind] = map[string]datum{}
	}
	raw, err := json.Marshal(map[string]any{"event": event, "ts": c.s.now().UnixMilli()})
	r.receipts[kind][c.who.id] = datum{c.s.next(), raw}
	return err
}

func readMarkers(c *call) (any, error) {
	r, err := c.joined()
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{"m.read", "m.read.private"} {
		if event := c.text(kind); event != "" {
			if err := c.reads(r, kind, event); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil //nolint:nilnil // an empty object
}
