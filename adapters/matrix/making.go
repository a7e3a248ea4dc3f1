package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"maunium.net/go/mautrix"
)

// plan is what a room of ours is to be like. A homeserver that goes down while it makes a room leaves
// a part of it, and an answer that says nothing of it: so the plan's key stands in the room's very
// first event, by which a later try finds what there is and adds the rest.
type plan struct {
	key         string // what the room is for
	direct      string // of a conversation: the person
	kind        string // "m.space" for a Space
	preset      string
	name, topic string
	alias       string // without sigil and server
	powers      map[string]any
	state       []stateEvent
	invite      []string
}

// stateEvent is a piece of a new room's state.
type stateEvent struct {
	Type    string         `json:"type"`
	Key     string         `json:"state_key"`
	Content map[string]any `json:"content"`
}

// request is the body of POST /createRoom.
func (pl plan) request() map[string]any {
	creation := map[string]any{}
	for name, v := range map[string]string{"type": pl.kind, keyField: pl.key, directField: pl.direct} {
		if v != "" {
			creation[name] = v
		}
	}
	out := map[string]any{"preset": pl.preset, "creation_content": creation}
	for name, v := range map[string]string{"name": pl.name, "topic": pl.topic, "room_alias_name": pl.alias} {
		if v != "" {
			out[name] = v
		}
	}
	if pl.powers != nil {
		out["power_level_content_override"] = pl.powers
	}
	if len(pl.state) > 0 {
		out["initial_state"] = pl.state
	}
	if pl.direct != "" {
		out["is_direct"] = true
	}
	if len(pl.invite) > 0 {
		out["invite"] = pl.invite
	}
	return out
}

// What m.room.create says of a room of ours.
const (
	keyField    = "guildhall.key"
	directField = "guildhall.direct"
)

// lacks is what a room that was begun has not got, powers first: the rest may take them.
func (pl plan) lacks(r *room, me string) []stateEvent {
	var out []stateEvent
	add := func(s stateEvent) {
		if !r.has[s.Type+"/"+s.Key] {
			out = append(out, s)
		}
	}
	powers := map[string]any{}
	if !r.endless(me) {
		powers["users"] = map[string]any{me: 100}
	}
	for k, v := range pl.powers {
		powers[k] = v
	}
	add(stateEvent{Type: "m.room.power_levels", Content: powers})
	for _, s := range pl.state {
		add(s)
	}
	if pl.name != "" {
		add(stateEvent{Type: "m.room.name", Content: map[string]any{"name": pl.name}})
	}
	if pl.topic != "" {
		add(stateEvent{Type: "m.room.topic", Content: map[string]any{"topic": pl.topic}})
	}
	return out
}

// createRoom makes a room and learns what it is like; without its alias where the homeserver lets us
// have none.
func (p *Platform) createRoom(ctx context.Context, pl plan) (string, error) {
	id, err := p.create(ctx, pl)
	if c := code(err); err != nil && pl.alias != "" && (c == "M_FORBIDDEN" || c == "M_EXCLUSIVE" || c == "M_INVALID_ROOM_ALIAS") {
		if err := p.catchUp(ctx); err != nil { // it may have been made all the same
			return "", err
		}
		if id := p.byKey(pl.key); id != "" {
			return id, p.finish(ctx, id, pl)
		}
		pl.alias = ""
		return p.create(ctx, pl)
	}
	return id, err
}

func (p *Platform) create(ctx context.Context, pl plan) (string, error) {
	// Making a room is a dozen events on the server's side.
	call, cancel := context.WithTimeout(ctx, 3*callTime)
	defer cancel()
	var got struct {
		ID string `json:"room_id"`
	}
	_, err := p.client.MakeFullRequest(call, mautrix.FullRequest{Method: http.MethodPost, RequestJSON: pl.request(), ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildClientURL("v3", "createRoom")})
	if err != nil {
		return "", err
	}
	if got.ID == "" {
		return "", errors.New("the homeserver gave no room id")
	}
	return got.ID, p.load(ctx, got.ID)
}

// finish adds to a room of ours what it lacks because its making was interrupted. What somebody has
// changed since stays.
func (p *Platform) finish(ctx context.Context, id string, pl plan) error {
	var missing []stateEvent
	p.rooms.look(id, func(r *chamber) {
		if r.made(p.me) && r.after == "" {
			missing = pl.lacks(r, p.me)
		}
	})
	for _, s := range missing {
		if err := p.setState(ctx, id, s.Type, s.Key, s.Content); err != nil {
			return fmt.Errorf("finish a room that was begun: %w", err)
		}
	}
	if len(missing) > 0 && pl.alias != "" {
		p.nameAlias(ctx, id, pl.alias)
	}
	return nil
}

// nameAlias gives a room an alias. It is found without one, too.
func (p *Platform) nameAlias(ctx context.Context, id, alias string) {
	call, cancel := limited(ctx)
	defer cancel()
	full := "#" + alias + ":" + p.server
	_, err := p.client.MakeFullRequest(call, mautrix.FullRequest{Method: http.MethodPut, MaxAttempts: 1, RequestJSON: map[string]any{"room_id": id},
		URL: p.client.BuildClientURL("v3", "directory", "room", full)})
	if err == nil {
		err = p.setState(ctx, id, "m.room.canonical_alias", "", map[string]any{"alias": full})
	}
	if err != nil && status(err) != http.StatusConflict {
		p.log.Info("matrix: a room goes without an alias", "room", id, "error", err)
	}
}

// made says whether we made the room.
func (r *room) made(me string) bool { return len(r.creators) > 0 && r.creators[0] == me }

// byKey is the room that we made for a key, among those that are known.
func (p *Platform) byKey(key string) string {
	for _, id := range p.rooms.ids() {
		ours := false
		p.rooms.look(id, func(r *chamber) { ours = r.key == key && r.made(p.me) })
		if ours {
			return id
		}
	}
	return ""
}
