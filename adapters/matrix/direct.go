package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	c := p.conversation(string(who))
	if c.room == "" {
		// Another program, or this one before it was killed, may have opened it.
		if err := p.catchUp(ctx); err != nil {
			return chat.Address{}, told("look for a conversation", err)
		}
		c = p.conversation(string(who))
	}
	at := chat.Address{Platform: p.id, Room: chat.RoomID(c.room)}
	switch {
	case c.room != "":
		return at, nil
	case c.left:
		return chat.Address{}, errors.Join(chat.ErrRefused, fmt.Errorf("%s has left the conversation", who))
	}
	room, err := p.openDirect(ctx, string(who), c.begun)
	at.Room = chat.RoomID(room)
	return at, err
}

// conversation is the room in which we talk with somebody alone.
type conversation struct {
	room  string
	begun string // one that was made, but not to the end: nobody was invited yet
	left  bool   // there was one that the person does not want
}

func (p *Platform) conversation(who string) (c conversation) {
	for _, id := range p.rooms.ids() {
		membership, ours, made := "", false, false
		p.rooms.look(id, func(r *chamber) {
			membership = r.members[who].Membership
			ours = r.direct == who || r.members[p.me].Direct || slices.Contains(p.rooms.direct[who], id)
			made = r.direct == who && r.made(p.me)
		})
		switch {
		case membership == "join" && p.rooms.isDirect(id):
			return conversation{room: id}
		case membership == "invite" && p.rooms.isDirect(id):
			c.room = id
		case membership == "" && made:
			c.begun = id
		case ours && (membership == "leave" || membership == "ban"):
			c.left = true
		}
	}
	return c
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

// openDirect makes a conversation with somebody, or goes on with one that was begun.
func (p *Platform) openDirect(ctx context.Context, who, room string) (string, error) {
	pl := plan{direct: who, preset: "trusted_private_chat", invite: []string{who}, state: []stateEvent{{Type: markerType, Content: map[string]any{"direct": who}}}}
	if p.cipher != nil && p.encrypts(ctx, who) {
		pl.state = append(pl.state, encryptionOn)
	}
	var err error
	if room == "" {
		room, err = p.createRoom(ctx, pl)
	} else if err = p.finish(ctx, room, pl); err == nil {
		err = p.invite(ctx, room, who)
	}
	if err != nil {
		err = told("open a conversation", err)
		if errors.Is(err, chat.ErrRefused) {
			p.abandon(ctx, who)
		}
		return "", err
	}
	if i := slices.IndexFunc(pl.state, func(e stateEvent) bool { return e.Type == encryptionOn.Type }); i >= 0 {
		// Whatever the homeserver tells of the room that it is still making: nothing is said there in plain words.
		on, err := json.Marshal(pl.state[i].Content)
		if err != nil {
			return "", fmt.Errorf("open a conversation: %w", err)
		}
		p.rooms.with(room, func(r *chamber) {
			if r.encryption == nil {
				r.encryption = on
			}
		})
	}
	if err := p.noteDirect(ctx, who, room); err != nil {
		p.log.Warn("matrix: note a direct conversation", "room", room, "error", err) // the room's own state says it, too
	}
	return room, nil
}

// abandon leaves a conversation that was made and to which the person cannot be invited.
func (p *Platform) abandon(ctx context.Context, who string) {
	err := p.catchUp(ctx)
	room := p.conversation(who).begun
	if err == nil && room != "" {
		call, cancel := limited(ctx)
		defer cancel()
		_, err = p.client.LeaveRoom(call, id.RoomID(room))
	}
	if err != nil {
		p.log.Warn("matrix: leave a conversation that did not come about", "room", room, "error", err)
		return
	}
	p.rooms.drop(room)
}

// encrypts says whether a person's clients can decrypt: else a conversation with them is plain.
func (p *Platform) encrypts(ctx context.Context, who string) bool {
	ctx, cancel := limited(ctx)
	defer cancel()
	got, err := p.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{id.UserID(who): {}}})
	return err == nil && len(got.DeviceKeys[id.UserID(who)]) > 0
}

var encryptionOn = stateEvent{Type: "m.room.encryption", Content: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}

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
