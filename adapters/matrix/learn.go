package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"maunium.net/go/mautrix"
)

// learn loads the state of all rooms that we are in, once for each start of /sync.
func (p *Platform) learn(ctx context.Context) error {
	call, cancel := limited(ctx)
	defer cancel()
	var direct map[string][]string
	if err := p.client.GetAccountData(call, "m.direct", &direct); err != nil && code(err) != "M_NOT_FOUND" {
		return fmt.Errorf("read the direct conversations: %w", err)
	}
	p.rooms.mu.Lock()
	if direct != nil {
		p.rooms.direct = direct
	}
	p.rooms.mu.Unlock()
	list, err := p.client.JoinedRooms(call)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	here := map[string]bool{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	slots := make(chan struct{}, 8)
	for _, r := range list.JoinedRooms {
		here[string(r)] = true
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := p.load(ctx, string(r)); err != nil && status(err) != http.StatusForbidden && status(err) != http.StatusNotFound {
				mu.Lock()
				first = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, id := range p.rooms.ids() {
		if !here[id] {
			p.rooms.drop(id)
		}
	}
	return first
}

// load reads one room's state from the homeserver.
func (p *Platform) load(ctx context.Context, id string) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	asked := p.rooms.asked.Add(1)
	var raw []json.RawMessage
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodGet, URL: p.client.BuildClientURL("v3", "rooms", id, "state"), ResponseJSON: &raw, MaxAttempts: 1,
	})
	if err != nil {
		return fmt.Errorf("read the state of %s: %w", id, err)
	}
	r := newRoom(id)
	r.asked = asked
	for _, e := range readAll(raw) {
		r.apply(e, p.me)
	}
	if r.members[p.me].Membership != "join" {
		p.rooms.drop(id)
		return nil
	}
	r.loaded = p.now()
	p.rooms.put(r)
	return nil
}

// stale is how old the state of a room may be in a program that does not lead.
const stale = 20 * time.Second

// know makes sure that a room's state is known. It is not when we are not in the room.
func (p *Platform) know(ctx context.Context, id string) (bool, error) {
	p.mu.Lock()
	leading := p.leading
	p.mu.Unlock()
	fresh := false
	p.rooms.look(id, func(r *room) { fresh = leading || p.now().Sub(r.loaded) < stale })
	if fresh {
		return true, nil
	}
	return p.reload(ctx, id)
}

// reload reads a room's state anew; here says whether we are in the room.
func (p *Platform) reload(ctx context.Context, id string) (here bool, err error) {
	err = p.load(ctx, id)
	switch status(err) {
	case http.StatusForbidden, http.StatusNotFound:
		p.rooms.drop(id)
		return false, nil
	}
	return err == nil && p.rooms.look(id, func(*room) {}), err
}

// encrypted says whether a room is, and knows the room first.
func (p *Platform) encrypted(ctx context.Context, id string) (bool, error) {
	if _, err := p.know(ctx, id); err != nil {
		return false, err
	}
	on := false
	p.rooms.look(id, func(r *room) { on = r.encryption != nil })
	return on, nil
}
