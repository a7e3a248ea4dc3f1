package webchat

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// maxText is the longest text that a person can write, in characters.
const maxText = 20_000

// maxFiles is how many files a message can have.
const maxFiles = 20

// tooLong refuses a text that is longer than people can write.
func tooLong(s string) error {
	if n := utf8.RuneCountInString(s); n > maxText {
		return refuse(http.StatusRequestEntityTooLarge, "long", text.Args{"max": maxText})
	}
	return nil
}

type sayIn struct {
	Room   chat.RoomID   `json:"room"`
	Thread chat.ThreadID `json:"thread"`
	Text   string        `json:"text"`
	Files  []string      `json:"files"` // tokens of uploads
	Nonce  string        `json:"nonce"`
}

// mention is how people speak to us in a room.
var mention = regexp.MustCompile(`(?i)^@guildhall(?:[\s,:.!]+|$)`)

func (p *Platform) doSay(ctx context.Context, who *Persona, in sayIn) (result, error) {
	in.Text = text.CleanLines(in.Text, 0)
	if err := tooLong(in.Text); err != nil {
		return result{}, err
	}
	if len(in.Nonce) > 64 || len(in.Files) > maxFiles {
		return result{}, refuse(http.StatusUnprocessableEntity, "body", nil)
	}
	return p.do(ctx, func() (Entry, error) { return p.said(who, in) })
}

// said is what becomes of something that was typed: a command, which nobody else sees, or a message.
func (p *Platform) said(who *Persona, in sayIn) (Entry, error) {
	room, at, err := p.where(who, in.Room, in.Thread)
	if err != nil {
		return Entry{}, err
	}
	files, err := p.uploaded(who, in.Files)
	if err != nil {
		return Entry{}, err
	}
	if line, ok := strings.CutPrefix(in.Text, "/"); ok {
		ev := p.event(who, in.Nonce, chat.Invoked, at, true)
		ev.Text, ev.Addressed, ev.Files, ev.Via = strings.TrimSpace(line), true, refs(files), via(at, "")
		return Entry{Events: []chat.Event{ev}}, nil
	}
	switch {
	case in.Text == "" && len(files) == 0:
		return Entry{}, refuse(http.StatusUnprocessableEntity, "empty", nil)
	case room.Archived:
		return Entry{}, refuse(http.StatusConflict, "archived", nil)
	case room.PostOnly:
		return Entry{}, refuse(http.StatusConflict, "post_only", nil)
	}
	if id, again := p.world.nonces[string(who.Account)+"/"+in.Nonce]; again && in.Nonce != "" {
		return Entry{Posts: []Post{*p.world.posts[id]}}, nil
	}
	post := Post{N: p.next(), Room: room.ID, Thread: at.Thread, At: p.opts.Now(), From: who.Account, Text: in.Text, Files: files, Nonce: in.Nonce}
	post.ID = chat.MessageID(shortID("m", post.N))
	name := mention.FindString(in.Text)
	meant := name != "" || room.Direct != ""
	ev := p.event(who, string(post.ID), chat.Said, at, meant)
	ev.Message, ev.Text, ev.Addressed, ev.Files, ev.Via = post.ID, in.Text[len(name):], meant, refs(files), via(at, "")
	return Entry{Posts: []Post{post}, Events: []chat.Event{ev}, Sent: in.Files}, nil
}

// where is a room or thread that the person is in.
func (p *Platform) where(who *Persona, id chat.RoomID, thread chat.ThreadID) (*Room, chat.Address, error) {
	room := p.world.rooms[id]
	if room == nil || !room.has(who) {
		return nil, chat.Address{}, refuse(http.StatusNotFound, "room", nil)
	}
	at := room.address()
	if thread == "" {
		return room, at, nil
	}
	root := p.world.posts[chat.MessageID(thread)]
	if root == nil || root.Room != id || root.starts() == "" || root.Gone && p.world.replies(root, who.Account) == 0 {
		return nil, chat.Address{}, refuse(http.StatusNotFound, "thread", nil)
	}
	at.Thread = thread
	return room, at, nil
}

// uploaded are the files of these uploads of the person.
func (p *Platform) uploaded(who *Persona, tokens []string) ([]File, error) {
	var out []File
	for _, t := range tokens {
		u := p.world.uploads[t]
		if u == nil || u.By != who.Account {
			return nil, refuse(http.StatusConflict, "upload", nil)
		}
		out = append(out, u.File)
	}
	return out, nil
}

type editIn struct {
	Message chat.MessageID `json:"message"`
	Text    string         `json:"text"`
	Nonce   string         `json:"nonce"`
}

func (p *Platform) doEdit(ctx context.Context, who *Persona, in editIn) (result, error) {
	in.Text = text.CleanLines(in.Text, 0)
	if err := tooLong(in.Text); err != nil {
		return result{}, err
	}
	return p.do(ctx, func() (Entry, error) {
		post, room, err := p.visible(who, in.Message)
		switch {
		case err != nil:
			return Entry{}, err
		case post.From != who.Account:
			return Entry{}, refuse(http.StatusForbidden, "own", nil)
		case room.Archived:
			return Entry{}, refuse(http.StatusConflict, "archived", nil)
		case in.Text == "" && len(post.Files) == 0:
			return Entry{}, refuse(http.StatusUnprocessableEntity, "emptied", nil)
		case in.Text == post.Text:
			return Entry{}, nil
		}
		now := *post
		now.Text, now.Edited = in.Text, p.opts.Now()
		ev := p.event(who, in.Nonce, chat.Edited, p.at(post), false)
		ev.Message, ev.Text, ev.Files = post.ID, in.Text, refs(post.Files)
		return Entry{Posts: []Post{now}, Events: []chat.Event{ev}}, nil
	})
}

type messageIn struct {
	Message chat.MessageID `json:"message"`
	Nonce   string         `json:"nonce"`
}

// doDelete removes a message for everybody: the person's own, or any where they look after the space.
// A message that only they see is put aside; nobody hears of it.
func (p *Platform) doDelete(ctx context.Context, who *Persona, in messageIn) (result, error) {
	return p.do(ctx, func() (Entry, error) {
		post, room, err := p.visible(who, in.Message)
		if err != nil {
			return Entry{}, err
		}
		gone := Entry{Posts: []Post{post.emptied()}}
		if post.Only != "" {
			return gone, nil
		}
		if post.From != who.Account && !who.admin(room.Space) {
			return Entry{}, refuse(http.StatusForbidden, "own", nil)
		}
		ev := p.event(who, in.Nonce, chat.Deleted, p.at(post), false)
		ev.Message = post.ID
		gone.Events = []chat.Event{ev}
		return gone, nil
	})
}

type reactIn struct {
	Message chat.MessageID `json:"message"`
	Emoji   string         `json:"emoji"`
	On      bool           `json:"on"`
	Nonce   string         `json:"nonce"`
}

func (p *Platform) doReact(ctx context.Context, who *Persona, in reactIn) (result, error) {
	emoji, ok := plainEmoji(in.Emoji)
	if !ok {
		return result{}, refuse(http.StatusUnprocessableEntity, "emoji", nil)
	}
	return p.do(ctx, func() (Entry, error) {
		post, room, err := p.visible(who, in.Message)
		switch {
		case err != nil:
			return Entry{}, err
		case room.Archived:
			return Entry{}, refuse(http.StatusConflict, "archived", nil)
		case post.Only != "" || reacted(post, emoji, who.Account) == in.On:
			return Entry{}, nil
		}
		now := *post
		now.Reactions = reactions(post.Reactions, emoji, who.Account, in.On)
		kind := chat.Unreacted
		if in.On {
			kind = chat.Reacted
		}
		ev := p.event(who, in.Nonce, kind, p.at(post), in.On)
		t := p.target(post)
		ev.Reaction, ev.Target, ev.Via = emoji, &t, via(ev.Where, "")
		return Entry{Posts: []Post{now}, Events: []chat.Event{ev}}, nil
	})
}

// plainEmoji is an emoji without variation selectors; ok is false for anything else than one emoji.
func plainEmoji(s string) (string, bool) {
	s = strings.NewReplacer("\ufe0f", "", "\ufe0e", "").Replace(text.Clean(s, 0))
	first, _ := utf8.DecodeRuneInString(s)
	picture := unicode.Is(unicode.So, first) || strings.HasSuffix(s, "\u20e3") // or a key: "1" in a box
	return s, picture && len(s) <= 40 && text.Length(s) == 1
}

func reacted(p *Post, emoji string, who chat.AccountID) bool {
	return slices.ContainsFunc(p.Reactions, func(r Reaction) bool { return r.Emoji == emoji && has(r.Who, who) })
}

// reactions are was with who's emoji put on or taken off.
func reactions(was []Reaction, emoji string, who chat.AccountID, on bool) []Reaction {
	var out []Reaction
	found := false
	for _, r := range was {
		if r.Emoji == emoji {
			found = true
			r.Who = without(r.Who, who)
			if on {
				r.Who = append(r.Who, who)
			}
		}
		if len(r.Who) > 0 {
			out = append(out, r)
		}
	}
	if on && !found {
		out = append(out, Reaction{Emoji: emoji, Who: []chat.AccountID{who}})
	}
	return out
}
