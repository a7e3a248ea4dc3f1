package matrix

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// aliasFor is the alias of a room by what it is for: the same for every try, so that a room is
// opened once.
func (p *Platform) aliasFor(space, key string, try int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.me, space, key}, "\x00")))
	name := "guildhall-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
	if try > 0 {
		name = fmt.Sprintf("%s-%d", name, try+1)
	}
	return name
}

// aliasTries is how many aliases are tried where somebody else has taken ours.
const aliasTries = 3

// byAlias finds the room that we opened for a key; where there is none, alias is one that is free. A
// room that has lost its alias, or never got it, is known by its own state.
func (p *Platform) byAlias(ctx context.Context, space, key string) (room, alias string, err error) {
	if err := p.catchUp(ctx); err != nil {
		return "", "", err
	}
	if id := p.byKey(p.aliasFor(space, key, 0)); id != "" {
		return p.newestOf(ctx, id), p.aliasFor(space, key, 0), nil
	}
	for try := range aliasTries {
		name := p.aliasFor(space, key, try)
		id, err := p.resolve(ctx, name)
		if err != nil {
			return "", "", err
		}
		if id == "" {
			return "", name, nil
		}
		ours := false
		known, err := p.know(ctx, id)
		if err != nil {
			return "", "", err
		}
		if !known {
			// We may have left it (an archived room), or it is somebody else's.
			if p.joinOnce(ctx, id, p.me) == nil && p.load(ctx, id) == nil {
				known = true
			}
		}
		if known {
			p.rooms.look(id, func(r *chamber) { ours = slices.Contains(r.creators, p.me) || r.before != "" })
		}
		if ours {
			return p.newestOf(ctx, id), name, nil
		}
	}
	return "", "", fmt.Errorf("%w: others have taken the aliases for %q", chat.ErrRefused, key)
}

// newestOf follows replacements of a room as far as we are in them.
func (p *Platform) newestOf(ctx context.Context, id string) string {
	for range 20 {
		next := ""
		p.rooms.look(id, func(r *chamber) { next = r.after })
		if next == "" {
			break
		}
		if ok, err := p.know(ctx, next); err != nil || !ok {
			break
		}
		id = next
	}
	return id
}

// resolve is the room behind one of our aliases; empty when there is none.
func (p *Platform) resolve(ctx context.Context, name string) (string, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	var got struct {
		ID string `json:"room_id"`
	}
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildClientURL("v3", "directory", "room", "#"+name+":"+p.server)})
	if status(err) == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up an alias: %w", err)
	}
	return got.ID, nil
}

func (p *Platform) joinOnce(ctx context.Context, id, by string) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	var via []string
	for _, s := range []string{serverOf(by), serverOf(id)} {
		if s != "" && !slices.Contains(via, s) {
			via = append(via, s)
		}
	}
	u := p.client.BuildURLWithFullQuery(mautrix.ClientURLPath{"v3", "join", id}, func(q url.Values) {
		q["via"], q["server_name"] = via, via
	})
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodPost, URL: u, RequestJSON: struct{}{}, MaxAttempts: 1})
	return err
}

// matrixSpace is the Matrix Space of an engine's space: one that we use already, the space itself
// where we may put rooms into it, else one that is made now.
func (p *Platform) matrixSpace(ctx context.Context, space, name string) (string, error) {
	if err := p.catchUp(ctx); err != nil {
		return "", err
	}
	if id := p.spaceRoom(space); id != "" {
		return id, p.mark(ctx, id, space)
	}
	room, alias, err := p.byAlias(ctx, space, "space")
	if err != nil {
		return "", err
	}
	return p.makeSpace(ctx, space, name, room, alias)
}

// spaceRoom is the Space that serves an engine's space, among those that we are in.
func (p *Platform) spaceRoom(space string) string {
	for _, id := range p.rooms.ids() {
		found := false
		p.rooms.look(id, func(r *chamber) { found = r.kind == "m.space" && r.marker == space && r.after == "" })
		if found {
			return id
		}
	}
	may := false
	p.rooms.look(space, func(r *chamber) {
		may = r.kind == "m.space" && r.after == "" && r.level(p.me) >= r.needs("m.space.child")
	})
	if may {
		return space
	}
	return ""
}

// mark writes into a Space which space of the engine it is.
func (p *Platform) mark(ctx context.Context, id, space string) error {
	marked, may := false, false
	p.rooms.look(id, func(r *chamber) { marked, may = r.marker == space, r.level(p.me) >= r.needs(markerType) })
	if marked || !may {
		return nil
	}
	return p.setState(ctx, id, markerType, "", map[string]any{"space": space, "key": p.aliasFor(space, "space", 0)})
}

// maxInvited is how many people of the room in which a community was founded are invited into its
// Space; more find it by the room.
const maxInvited = 50

// makeSpace makes a Space for the room in which a community was set up, or goes on with one that was
// begun. Who is in that room may come. The Space is marked last, when all of this is done.
func (p *Platform) makeSpace(ctx context.Context, space, name, id, alias string) (string, error) {
	var home chamber
	var people []string
	p.rooms.look(space, func(r *chamber) {
		home = *r
		people, _ = r.people(p.me)
		if len(people) > maxInvited {
			people = slices.DeleteFunc(people, func(who string) bool { return !r.admin(who) })
		}
	})
	if name == "" {
		name = home.name
	}
	rule, preset := map[string]any{"join_rule": "restricted", "allow": allowed(space)}, "private_chat"
	if home.joinRule == "public" {
		rule, preset = map[string]any{"join_rule": "public"}, "public_chat"
	}
	pl := plan{
		key: p.aliasFor(space, "space", 0), kind: "m.space", preset: preset, name: name, topic: home.topic, alias: alias,
		powers: map[string]any{"events_default": 100, "invite": 50},
		state:  []stateEvent{{Type: "m.room.join_rules", Content: rule}},
	}
	var err error
	if id == "" {
		id, err = p.createRoom(ctx, pl)
		if code(err) == "M_ROOM_IN_USE" { // another program was faster
			id, _, err = p.byAlias(ctx, space, "space")
		}
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("make the Space: %w", err)
	case id == "":
		return "", errors.New("make the Space: its alias is taken and leads nowhere")
	}
	if err := p.finish(ctx, id, pl); err != nil {
		return "", err
	}
	for _, who := range p.uninvited(id, people[:min(len(people), maxInvited)]) {
		if err := p.invite(ctx, id, who); err != nil && !errors.Is(err, chat.ErrRefused) && !errors.Is(err, chat.ErrGone) {
			return "", err
		}
	}
	p.adoptQuietly(ctx, id, space)
	return id, p.mark(ctx, id, space)
}

// uninvited are those who never heard of a room of ours.
func (p *Platform) uninvited(id string, people []string) []string {
	var out []string
	p.rooms.look(id, func(r *chamber) {
		for _, who := range people {
			if r.made(p.me) && r.members[who].Membership == "" {
				out = append(out, who)
			}
		}
	})
	return out
}

func allowed(space string) []map[string]any {
	return []map[string]any{{"type": "m.room_membership", "room_id": space}}
}

// empower gives whoever runs the room from which we made a Space, or the Space of a room that we made,
// the same power in what we made, when they come there: they must be able to run it without us. Not
// before they come: servers let people into a restricted room in the name of somebody who may
// invite, and some do not look whether that one is there.
func (p *Platform) empower(ctx context.Context, id, who string) {
	parents, ours := []string{}, false
	p.rooms.look(id, func(r *chamber) {
		ours = slices.Contains(r.creators, p.me) && r.direct == "" && r.record == "" && r.level(who) < 100 && r.members[who].Membership == "join"
		if r.marker != "" {
			parents = append(parents, r.marker)
		}
		for parent := range r.parents {
			parents = append(parents, parent)
		}
	})
	runs := false
	for i := 0; i < len(parents) && i < 10; i++ {
		p.rooms.look(parents[i], func(r *chamber) {
			runs = runs || r.admin(who)
			if r.marker != "" && r.marker != parents[i] {
				parents = append(parents, r.marker) // the Space was made from this room
			}
		})
	}
	if !ours || !runs {
		return
	}
	unlock := p.gates.enter("power " + id)
	defer unlock()
	ctx, cancel := limited(ctx)
	defer cancel()
	var current map[string]any
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &current, MaxAttempts: 1,
		URL: p.stateURL(id, "m.room.power_levels", "")})
	if err == nil && current != nil {
		users, _ := current["users"].(map[string]any)
		if users == nil {
			users = map[string]any{}
		}
		users[who] = 100
		current["users"] = users
		err = p.setState(ctx, id, "m.room.power_levels", "", current)
	}
	if err != nil {
		p.log.Warn("matrix: give a room's admin power in what was made from it", "room", id, "error", err)
	}
}
