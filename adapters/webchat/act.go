package webchat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"slices"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// result is what a browser is told of an action.
type result struct {
	Message chat.MessageID `json:"message,omitempty"` // what was said or changed
	Room    chat.RoomID    `json:"room,omitempty"`    // the room that was made
	Answer  *shownPost     `json:"answer,omitempty"`  // what the engine answers, for this person
	Form    *shownForm     `json:"form,omitempty"`    // what the engine asks
	Pending bool           `json:"pending,omitempty"` // the engine has not answered yet; the answer comes live
	Failed  string         `json:"failed,omitempty"`  // the engine did nothing; try again later
	Error   string         `json:"error,omitempty"`   // the chat did nothing, and why

	answer chat.MessageID
	form   string
}

// answerTime is how long a browser waits for the engine's answer before it is told that it comes later.
const answerTime = 10 * time.Second

// do keeps what build gives and, where its event can carry an answer, waits for it. build runs with
// the world locked, so that what it looks at is still so when its entry is kept.
func (p *Platform) do(ctx context.Context, build func() (Entry, error)) (result, error) {
	p.mu.Lock()
	e, err := build()
	if err != nil {
		p.mu.Unlock()
		return result{}, err
	}
	var wait waiter
	var id chat.EventID
	if len(e.Events) > 0 && e.Events[0].Can.Answer {
		wait, id = make(waiter, 1), e.Events[0].ID
		p.waiting[id] = append(p.waiting[id], wait)
	}
	err = p.commit(e)
	for _, ev := range e.Events {
		p.wake(ev.Where.Room)
	}
	p.mu.Unlock()
	var out result
	if len(e.Posts) > 0 {
		out.Message = e.Posts[0].ID
	}
	if err != nil || wait == nil {
		p.forget(id, wait)
		return out, err
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case came := <-wait:
		out.answer, out.form, out.Failed = came.answer, came.form, came.failed
	case <-timer.C:
		out.Pending = true
		p.forget(id, wait)
	case <-ctx.Done():
		p.forget(id, wait)
		return out, ctx.Err()
	}
	return out, nil
}

// forget ends a wait.
func (p *Platform) forget(id chat.EventID, w waiter) {
	if w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[id] = slices.DeleteFunc(p.waiting[id], func(other waiter) bool { return other == w })
	if len(p.waiting[id]) == 0 {
		delete(p.waiting, id)
	}
}

// event is what a person did, as the engine is told of it. The same nonce gives the same event, so
// that a try after a lost connection is recognised. carry says that the person waits.
func (p *Platform) event(who *Persona, nonce string, kind chat.EventKind, at chat.Address, carry bool) chat.Event {
	if nonce == "" {
		nonce = rand.Text()
	}
	sum := sha256.Sum256([]byte(string(who.Account) + "\x00" + string(kind) + "\x00" + nonce))
	ev := chat.Event{ID: chat.EventID(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))), Kind: kind, At: p.opts.Now(),
		Where: at, From: who.author(), Can: chat.Carry{Answer: carry, Form: carry}}
	if r := p.world.rooms[at.Room]; r != nil {
		ev.Direct, ev.Named = r.Direct != "", r.Name
	}
	return ev
}

// visible is a message that the person sees, with its room.
func (p *Platform) visible(who *Persona, id chat.MessageID) (*Post, *Room, error) {
	post := p.world.posts[id]
	if post == nil || post.Gone || !p.world.sees(post, who.Account) {
		return nil, nil, refuse(http.StatusNotFound, "message", nil)
	}
	room := p.world.rooms[post.Room]
	if !room.has(who) {
		return nil, nil, refuse(http.StatusNotFound, "message", nil)
	}
	return post, room, nil
}

type pressIn struct {
	Message chat.MessageID `json:"message"` // homeMessage for a button of the person's own page
	Key     string         `json:"key"`
	Chosen  []string       `json:"chosen"`
	Nonce   string         `json:"nonce"`
}

// homeMessage stands for the person's own page where a message is asked for.
const homeMessage chat.MessageID = "home"

func (p *Platform) doPress(ctx context.Context, who *Persona, in pressIn) (result, error) {
	return p.do(ctx, func() (Entry, error) {
		var m chat.Message
		at := p.direct(who.Account).address()
		if in.Message == homeMessage {
			m = p.homes[who.Account]
		} else {
			post, _, err := p.visible(who, in.Message)
			if err != nil {
				return Entry{}, err
			}
			if post.ours() {
				m = *post.Message
			}
			at = p.at(post)
		}
		if !offers(m, in.Key, in.Chosen) {
			return Entry{}, refuse(http.StatusConflict, "button", nil)
		}
		ev := p.event(who, in.Nonce, chat.Pressed, at, true)
		ev.Key, ev.Chosen = in.Key, in.Chosen
		if in.Message != homeMessage {
			ev.Message = in.Message
		}
		ev.Via = via(at, ev.Message)
		return Entry{Events: []chat.Event{ev}}, nil
	})
}

// offers says whether m has a button with this key, or a menu with it and these options.
func offers(m chat.Message, key string, chosen []string) bool {
	if key == "" {
		return false
	}
	if slices.ContainsFunc(m.Parts, func(part chat.Message) bool { return offers(part, key, chosen) }) {
		return true
	}
	is := func(b chat.Button) bool { return b.Key == key }
	if slices.ContainsFunc(m.Buttons, is) {
		return true
	}
	for _, r := range m.List {
		if slices.ContainsFunc(r.Buttons, is) {
			return true
		}
	}
	for _, menu := range m.Menus {
		if menu.Key != key || len(chosen) > 1 && !menu.Many {
			continue
		}
		known := func(v string) bool {
			return slices.ContainsFunc(menu.Options, func(o chat.Option) bool { return o.Value == v })
		}
		return !slices.ContainsFunc(chosen, func(v string) bool { return !known(v) })
	}
	return false
}

type actIn struct {
	Message chat.MessageID `json:"message"`
	Command string         `json:"command"`
	Person  bool           `json:"person"` // it is about who wrote the message, not about the message
	Nonce   string         `json:"nonce"`
}

func (p *Platform) doAct(ctx context.Context, who *Persona, in actIn) (result, error) {
	known := slices.ContainsFunc(p.commands(who), func(c chat.CommandInfo) bool {
		return c.Path == in.Command && (c.Action && !in.Person || c.Person && in.Person)
	})
	return p.do(ctx, func() (Entry, error) {
		post, _, err := p.visible(who, in.Message)
		if err != nil {
			return Entry{}, err
		}
		if !known || post.Only != "" || in.Person && p.personas[post.From] == nil {
			return Entry{}, refuse(http.StatusConflict, "button", nil)
		}
		ev := p.event(who, in.Nonce, chat.Acted, p.at(post), true)
		ev.Command, ev.Via = in.Command, via(ev.Where, "")
		if in.Person {
			ev.Given = chat.Given{"member": "<@" + string(post.From) + ">"}
			return Entry{Events: []chat.Event{ev}}, nil
		}
		t := p.target(post)
		ev.Target = &t
		return Entry{Events: []chat.Event{ev}}, nil
	})
}

type submitIn struct {
	Key    string              `json:"key"`
	Values map[string][]string `json:"values"`
	Files  map[string][]string `json:"files"` // tokens of uploads
	Nonce  string              `json:"nonce"`
}

func (p *Platform) doSubmit(ctx context.Context, who *Persona, in submitIn) (result, error) {
	return p.do(ctx, func() (Entry, error) {
		form := p.world.forms[in.Key]
		if form == nil || form.For != who.Account {
			return Entry{}, refuse(http.StatusNotFound, "form", nil)
		}
		at := p.world.rooms[form.Room].address()
		at.Thread = form.Thread
		ev := p.event(who, in.Nonce, chat.Submitted, at, true)
		ev.Key, ev.Via = in.Key, via(at, form.Message)
		ev.Given = chat.Given{}
		for _, input := range form.Form.Inputs {
			if input.Kind == chat.File {
				files, err := p.uploaded(who, in.Files[input.Name])
				if err != nil {
					return Entry{}, err
				}
				if len(files) > 0 {
					if ev.GivenFiles == nil {
						ev.GivenFiles = map[string][]chat.FileRef{}
					}
					ev.GivenFiles[input.Name] = refs(files)
				}
				continue
			}
			value, err := joined(in.Values[input.Name])
			if err != nil {
				return Entry{}, err
			}
			// What was empty and stays so was not given; what was emptied was.
			if value != "" || input.Value != "" {
				ev.Given[input.Name] = value
			}
		}
		return Entry{Events: []chat.Event{ev}}, nil
	})
}

// joined is what was chosen or typed in one field.
func joined(values []string) (string, error) {
	var clean []string
	for _, v := range values {
		if v = text.CleanLines(v, 0); v != "" {
			clean = append(clean, v)
		}
	}
	all := strings.Join(clean, ", ")
	return all, tooLong(all)
}

type closeIn struct {
	Key string `json:"key"`
}

func (p *Platform) doClose(ctx context.Context, who *Persona, in closeIn) (result, error) {
	return p.do(ctx, func() (Entry, error) {
		form := p.world.forms[in.Key]
		if form == nil || form.For != who.Account {
			return Entry{}, nil
		}
		return Entry{Closed: []string{in.Key}}, nil
	})
}

type roomIn struct {
	Space chat.SpaceID `json:"space"`
	Name  string       `json:"name"`
}

// doRoom makes a room of people's own. We are in every room, so we enter it.
func (p *Platform) doRoom(ctx context.Context, who *Persona, in roomIn) (result, error) {
	var r Room
	out, err := p.do(ctx, func() (Entry, error) {
		if !who.in(in.Space) {
			return Entry{}, refuse(http.StatusNotFound, "space", nil)
		}
		if text.Clean(in.Name, 0) == "" {
			return Entry{}, refuse(http.StatusUnprocessableEntity, "name", nil)
		}
		r = Room{N: p.next(), Space: in.Space, Name: p.roomName(in.Space, in.Name), Lang: p.space(in.Space).Lang, Open: true}
		r.ID = chat.RoomID(shortID("r", r.N))
		return Entry{Rooms: []Room{r}, Events: []chat.Event{p.entered(r, who.author())}}, nil
	})
	out.Room = r.ID
	return out, err
}
