package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// How much of a room is read again after a gap: what is much older than the last position was
// handed over before it.
const (
	gapPages  = 20
	gapEvents = 100
	gapMargin = 24 * time.Hour // clocks differ
)

// page is one answer of /messages, newest first when going backwards.
type page struct {
	Chunk []json.RawMessage `json:"chunk"`
	End   string            `json:"end"`
}

// fill reads what a limited timeline left out: from its beginning back to the last position. The
// engine recognises what it has seen.
func (p *Platform) fill(ctx context.Context, id, from, since string, stored time.Time) ([]entry, error) {
	var out []entry
	for range gapPages {
		if from == "" {
			break
		}
		got, err := p.messages(ctx, id, from, since, gapEvents)
		if err != nil {
			switch status(err) {
			case http.StatusForbidden, http.StatusNotFound:
				return nil, nil
			case http.StatusBadRequest: // a position that this server does not take here
				since = ""
				if got, err = p.messages(ctx, id, from, "", gapEvents); err != nil {
					return nil, err
				}
			default:
				return nil, err
			}
		}
		old := false
		for _, e := range readAll(got.Chunk) {
			if !stored.IsZero() && e.Time > 0 && millis(e.Time).Before(stored.Add(-gapMargin)) {
				old = true
				break
			}
			out = append(out, e)
			if e.Type == "m.room.member" && e.StateKey != nil && *e.StateKey == p.me && field(e, "membership") == "join" && before(e) != "join" {
				old = true
				break
			}
		}
		if old || len(got.Chunk) == 0 || got.End == from {
			break
		}
		from = got.End
	}
	slices.Reverse(out)
	return out, nil
}

// lookMargin is how much further back is looked than where the homeserver was last heard of: clocks differ.
const lookMargin = 2 * time.Minute

// lookBack hands over what was said in our rooms since a time and not seen yet. The engine recognises
// what it has seen.
func (p *Platform) lookBack(ctx context.Context, h chat.Handler, since time.Time) error {
	for _, id := range p.rooms.ids() {
		space := false
		p.rooms.look(id, func(r *room) { space = r.kind == "m.space" })
		if space {
			continue
		}
		got, err := p.messages(ctx, id, "", "", gapEvents)
		switch {
		case status(err) == http.StatusForbidden || status(err) == http.StatusNotFound:
			continue
		case err != nil:
			return err
		}
		list := readAll(got.Chunk)
		slices.Reverse(list)
		start, _ := arrival(list, p.me)
		for _, e := range list[start:] {
			_, seen := p.seen.get(id, e.ID)
			if seen || e.StateKey != nil || e.Sender == p.me || redacted(e) || millis(e.Time).Before(since.Add(-lookMargin)) {
				continue
			}
			if err := p.takeEvent(ctx, h, id, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// messages reads a page backwards.
func (p *Platform) messages(ctx context.Context, id, from, to string, n int) (page, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	query := map[string]string{"dir": "b", "limit": strconv.Itoa(n)}
	if from != "" {
		query["from"] = from
	}
	if to != "" {
		query["to"] = to
	}
	var got page
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodGet, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "rooms", id, "messages"}, query),
	})
	if err != nil {
		return page{}, fmt.Errorf("read messages of %s: %w", id, err)
	}
	return got, nil
}
