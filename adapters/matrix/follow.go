package matrix

import (
	"context"
	"embed"

	"guildhall/core/chat"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// catalogue has the few sentences that nobody but this package can say.
var catalogue, errWords = text.Load(words)

// say says one of our own sentences, once per room for ever.
func (p *Platform) say(ctx context.Context, room, key string, kind chat.MessageKind) {
	p.sayWith(ctx, room, key, kind, text.Args{"prefix": p.o.Prefix})
}

func (p *Platform) sayWith(ctx context.Context, room, key string, kind chat.MessageKind, args text.Args) {
	first, err := p.o.Store.Once(ctx, p.me, key+"/"+room, p.now())
	if err != nil || !first {
		if err != nil {
			p.log.Warn("matrix: note what was said", "room", room, "error", err)
		}
		return
	}
	lang := catalogue.Match(p.o.Lang)
	m := chat.Message{Lang: lang, Kind: kind, Body: []text.Rich{catalogue.Rich(lang, key, args)}}
	if _, err := p.Send(ctx, chat.Address{Platform: p.id, Room: chat.RoomID(room)}, m, chat.Key{ID: shortKey(key + "/" + room)}); err != nil {
		p.log.Warn("matrix: say something", "room", room, "about", key, "error", err)
	}
}

// greetStranger answers an invitation by somebody who belongs to no community.
func (p *Platform) greetStranger(ctx context.Context, room, who string) {
	if p.o.Known != nil {
		known, err := p.o.Known(ctx, chat.AccountID(who))
		if err != nil {
			p.log.Warn("matrix: ask who invited us", "error", err)
		}
		if known || err != nil {
			return
		}
	}
	on, space := false, false
	p.rooms.look(room, func(r *chamber) { on, space = r.encryption != nil, r.kind == "m.space" })
	if space {
		return // nobody talks there
	}
	if on && p.cipher == nil {
		p.say(ctx, room, "matrix.no_encryption", plainly)
		return
	}
	p.say(ctx, room, "matrix.stranger", chat.Plain)
}

// follow goes where a room's tombstone leads. The room's people may have to invite us first, which
// they do by themselves or with the upgrade.
func (p *Platform) follow(ctx context.Context, id string, e entry) []chat.Event {
	next := field(e, "replacement_room")
	if next == "" || next == id {
		return nil
	}
	if !p.rooms.look(next, func(*chamber) {}) {
		if err := p.join(ctx, next, e.Sender); err != nil {
			p.log.Warn("matrix: follow a room that was replaced", "room", id, "to", next, "error", err)
		}
	}
	ev := p.base(id, e, chat.Moved)
	ev.Text = next
	p.moveChild(ctx, id, next)
	return []chat.Event{ev}
}

// moveChild puts a room in its predecessor's place in our Spaces.
func (p *Platform) moveChild(ctx context.Context, old, next string) {
	for _, space := range p.rooms.ids() {
		may := false
		p.rooms.look(space, func(r *chamber) {
			_, child := r.children[old]
			may = r.kind == "m.space" && child && r.level(p.me) >= r.needs("m.space.child")
		})
		if !may {
			continue
		}
		p.adoptQuietly(ctx, space, next)
		if err := p.setState(ctx, space, "m.space.child", old, map[string]any{}); err != nil {
			p.log.Warn("matrix: take a replaced room out of its Space", "room", old, "error", err)
		}
	}
}
