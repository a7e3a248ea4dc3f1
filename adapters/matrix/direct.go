package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// Direct implements chat.Director. A person who left the conversation, or refused to come, does not
// want to be written to.
func (p *Platform) Direct(ctx context.Context, _ chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	if !userID.MatchString(string(who)) || string(who) == p.me {
		return chat.Address{}, errors.Join(chat.ErrRefused, fmt.Errorf("%q is nobody to write to", who))
	}
	if err := p.ready(ctx); err != nil {
		return chat.Address{}, told("open the session", err)
	}
	unlock := p.gates.enter("direct " + string(who))
	defer unlock()
	room, left := p.conversation(string(who))
	if room == "" {
		// Another program, or this one before it was killed, may have opened it.
		if err := p.catchUp(ctx); err != nil {
			return chat.Address{}, told("look for a conversation", err)
		}
		room, left = p.conversation(string(who))
	}
	at := chat.Address{Platform: p.id, Room: chat.RoomID(room)}
	switch {
	case room != "":
		return at, nil
	case left:
		return chat.Address{}, errors.Join(chat.ErrRefused, fmt.Errorf("%s has left the conversation", who))
	}
	room, err := p.openDirect(ctx, string(who))
	at.Room = chat.RoomID(room)
	return at, err
}

// conversation is the room in which we talk with somebody alone; left says that there was one.
func (p *Platform) conversation(who string) (room string, left bool) {
	invited := ""
	for _, id := range p.rooms.ids() {
		membership, ours := "", false
		p.rooms.look(id, func(r *chamber) {
			membership = r.members[who].Membership
			ours = r.direct == who || r.members[p.me].Direct || slices.Contains(p.rooms.direct[who], id)
		})
		switch {
		case membership == "join" && p.rooms.isDirect(id):
			return id, false
		case membership == "invite" && p.rooms.isDirect(id):
			invited = id
		case ours && (membership == "leave" || membership == "ban"):
			left = true
		}
	}
	return invited, left
}

// catchUp loads the rooms that we are in and know nothing of.
func (p *Platform) catchUp(ctx context.Context) error {
	call, cancel := limited(ctx)
	defer cancel()
	list, err := p.client.JoinedRooms(call)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	for _, r := range list.JoinedRooms {
		if p.rooms.look(string(r), func(*chamber) {}) {
			continue
		}
		if err := p.load(ctx, string(r)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Platform) openDirect(ctx context.Context, who string) (string, error) {
	state := []stateEvent{{Type: markerType, Content: map[string]any{"direct": who}}}
	if p.cipher != nil && p.encrypts(ctx, who) {
		state = append(state, encryptionOn)
	}
	room, err := p.createRoom(ctx, map[string]any{"preset": "trusted_private_chat", "is_direct": true, "invite": []string{who}, "initial_state": state})
	if err != nil {
		return "", told("open a conversation", err)
	}
	if err := p.noteDirect(ctx, who, room); err != nil {
		p.log.Warn("matrix: note a direct conversation", "room", room, "error", err) // the room's own state says it, too
	}
	return room, nil
}

// encrypts says whether a person's clients can decrypt: else a conversation with them is plain.
func (p *Platform) encrypts(ctx context.Context, who string) bool {
	ctx, cancel := limited(ctx)
	defer cancel()
	got, err := p.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{id.UserID(who): {}}})
	return err == nil && len(got.DeviceKeys[id.UserID(who)]) > 0
}

// stateEvent is a piece of a new room's state.
type stateEvent struct {
	Type    string         `json:"type"`
	Key     string         `json:"state_key"`
	Content map[string]any `json:"content"`
}

var encryptionOn = stateEvent{Type: "m.room.encryption", Content: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}

// createRoom makes a room and learns what it is like.
func (p *Platform) createRoom(ctx context.Context, spec map[string]any) (string, error) {
	for name, v := range spec { // what says nothing is left out
		if list, ok := v.([]string); v == "" || ok && len(list) == 0 {
			delete(spec, name)
		}
	}
	// Making a room is a dozen events on the server's side.
	call, cancel := context.WithTimeout(ctx, 3*callTime)
	defer cancel()
	var got struct {
		ID string `json:"room_id"`
	}
	_, err := p.client.MakeFullRequest(call, mautrix.FullRequest{Method: http.MethodPost, RequestJSON: spec, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildClientURL("v3", "createRoom")})
	if err != nil {
		return "", err
	}
	if got.ID == "" {
		return "", errors.New("the homeserver gave no room id")
	}
	return got.ID, p.load(ctx, got.ID)
}

// noteDirect adds a room to our m.direct, which clients and we go by.
func (p *Platform) noteDirect(ctx context.Context, who, room string) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	unlock := p.gates.enter("m.direct")
	defer unlock()
	direct := map[string][]string{}
	if err := p.client.GetAccountData(ctx, "m.direct", &direct); err != nil && code(err) != "M_NOT_FOUND" {
		return fmt.Errorf("read the direct conversations: %w", err)
	}
	if direct == nil {
		direct = map[string][]string{}
	}
	if !slices.Contains(direct[who], room) {
		direct[who] = append([]string{room}, direct[who]...)
		if err := p.client.SetAccountData(ctx, "m.direct", direct); err != nil {
			return fmt.Errorf("write the direct conversations: %w", err)
		}
	}
	p.rooms.mu.Lock()
	p.rooms.direct = direct
	p.rooms.mu.Unlock()
	return nil
}
