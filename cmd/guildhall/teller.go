package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// teller acts in the web chat as its people do, over HTTP, to tell the demo's story.
type teller struct {
	url  string
	http *http.Client
	acts int // numbers what was done, so that a try after a lost answer has no second effect
}

// post does one thing as somebody.
func (t *teller) post(ctx context.Context, what string, who chat.AccountID, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var out struct {
		Error, Failed string
	}
	if err := t.do(ctx, what, who, "application/json", bytes.NewReader(b), &out); err != nil {
		return err
	}
	if out.Error != "" || out.Failed != "" {
		return fmt.Errorf("%s as %s: %s%s", what, who, out.Error, out.Failed)
	}
	return nil
}

func (t *teller) do(ctx context.Context, what string, who chat.AccountID, kind string, body *bytes.Reader, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url+what+"?as="+string(who), body)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r.Header.Set("Content-Type", kind)
	return t.answer(r, what, out)
}

func (t *teller) answer(r *http.Request, what string, out any) error {
	a, err := t.http.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { _ = a.Body.Close() }()
	if err := json.NewDecoder(a.Body).Decode(out); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (t *teller) nonce() string {
	t.acts++
	return fmt.Sprintf("story-%d", t.acts)
}

// see is a room as somebody sees it; without a room, the rooms there are.
func (t *teller) see(ctx context.Context, who chat.AccountID, room chat.RoomID) (webchat.Sight, error) {
	var s webchat.Sight
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+"see?as="+string(who)+"&room="+url.QueryEscape(string(room)), nil)
	if err != nil {
		return s, fmt.Errorf("see: %w", err)
	}
	return s, t.answer(r, "see", &s)
}

// place is a room by its space and name; an empty name is somebody's own page.
func (t *teller) place(ctx context.Context, who chat.AccountID, space chat.SpaceID, name string) (chat.RoomID, error) {
	s, err := t.see(ctx, who, "")
	if err != nil {
		return "", err
	}
	for _, r := range s.Rooms {
		if r.Name == name && (name == "" || r.Space == space) {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%s sees no room %q in %q: %w", who, name, space, errNotYet)
}

// errNotYet says that something is not there; it may come.
var errNotYet = errors.New("not there yet")

// storyTime is how long the story waits for what must come.
const storyTime = 20 * time.Second

// until tries again as long as something is not there yet.
func until(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	for {
		err := try()
		if !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// attachment is a file of the story.
type attachment struct {
	name string
	data []byte
}

// say writes a message or a command into a room, or into the thread there whose first message says
// about.
func (t *teller) say(ctx context.Context, who chat.AccountID, space chat.SpaceID, room, about, text string, files ...attachment) error {
	return until(ctx, func() error {
		id, err := t.place(ctx, who, space, room)
		if err != nil {
			return err
		}
		var thread chat.ThreadID
		if about != "" {
			p, err := t.find(ctx, who, id, func(p webchat.SightPost) bool { return p.Thread == "" && strings.Contains(p.Text, about) })
			if err != nil {
				return err
			}
			thread = chat.ThreadID(p.ID)
		}
		tokens, err := t.upload(ctx, who, files)
		if err != nil {
			return err
		}
		return t.post(ctx, "say", who, map[string]any{"room": id, "thread": thread, "text": text, "files": tokens, "nonce": t.nonce()})
	})
}

func (t *teller) upload(ctx context.Context, who chat.AccountID, files []attachment) ([]string, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("file", f.name)
		if err != nil {
			return nil, fmt.Errorf("upload: %w", err)
		}
		_, _ = part.Write(f.data)
	}
	_ = w.Close()
	var out struct {
		Error string
		Files []struct{ Token string }
	}
	if err := t.do(ctx, "upload", who, w.FormDataContentType(), bytes.NewReader(b.Bytes()), &out); err != nil {
		return nil, err
	}
	if out.Error != "" {
		return nil, errors.New("upload: " + out.Error)
	}
	var tokens []string
	for _, f := range out.Files {
		tokens = append(tokens, f.Token)
	}
	return tokens, nil
}

// find is the newest message in a room that suits.
func (t *teller) find(ctx context.Context, who chat.AccountID, room chat.RoomID, suits func(webchat.SightPost) bool) (webchat.SightPost, error) {
	s, err := t.see(ctx, who, room)
	if err != nil {
		return webchat.SightPost{}, err
	}
	for _, p := range slices.Backward(s.Posts) {
		if !p.Gone && suits(p) {
			return p, nil
		}
	}
	return webchat.SightPost{}, fmt.Errorf("%s waits for a message: %w", who, errNotYet)
}

// reads is what somebody is told in a room by a message that says about.
func (t *teller) reads(ctx context.Context, who chat.AccountID, space chat.SpaceID, room, about string) (text string, err error) {
	err = until(ctx, func() error {
		id, err := t.place(ctx, who, space, room)
		if err != nil {
			return err
		}
		p, err := t.find(ctx, who, id, func(p webchat.SightPost) bool { return strings.Contains(p.Text, about) })
		text = p.Text
		return err
	})
	return text, err
}

// presses presses a button on somebody's own page, in the row that says about.
func (t *teller) presses(ctx context.Context, who chat.AccountID, label, about string) error {
	return until(ctx, func() error {
		id, err := t.place(ctx, who, "", "")
		if err != nil {
			return err
		}
		s, err := t.see(ctx, who, id)
		if err != nil {
			return err
		}
		if s.Home != nil {
			for _, part := range append([]chat.Message{*s.Home}, s.Home.Parts...) {
				if key := keyOf(part, label, about); key != "" {
					return t.post(ctx, "press", who, map[string]any{"message": "home", "key": key, "nonce": t.nonce()})
				}
			}
		}
		return fmt.Errorf("%s has no button %q about %q: %w", who, label, about, errNotYet)
	})
}

// keyOf is the key of a button in the row of a list that says about; empty when there is none.
func keyOf(m chat.Message, label, about string) string {
	for _, row := range m.List {
		for _, b := range row.Buttons {
			if b.Label == label && strings.Contains(row.Text.Plain(), about) {
				return b.Key
			}
		}
	}
	return ""
}

// reacts puts an emoji on the newest message that says about.
func (t *teller) reacts(ctx context.Context, who chat.AccountID, space chat.SpaceID, room, about, emoji string) error {
	return t.on(ctx, who, space, room, about, func(p webchat.SightPost) error {
		return t.post(ctx, "react", who, map[string]any{"message": p.ID, "emoji": emoji, "on": true, "nonce": t.nonce()})
	})
}

// uses uses a message action on the newest message that says about.
func (t *teller) uses(ctx context.Context, who chat.AccountID, space chat.SpaceID, room, about, command string) error {
	return t.on(ctx, who, space, room, about, func(p webchat.SightPost) error {
		return t.post(ctx, "act", who, map[string]any{"message": p.ID, "command": command, "nonce": t.nonce()})
	})
}

func (t *teller) on(ctx context.Context, who chat.AccountID, space chat.SpaceID, room, about string, do func(webchat.SightPost) error) error {
	return until(ctx, func() error {
		id, err := t.place(ctx, who, space, room)
		if err != nil {
			return err
		}
		p, err := t.find(ctx, who, id, func(p webchat.SightPost) bool { return strings.Contains(p.Text, about) })
		if err != nil {
			return err
		}
		return do(p)
	})
}

// submits sends the form that somebody has before them, with these values; what they leave out stays
// as it is proposed, and of a list to tick what has one of the texts is ticked.
func (t *teller) submits(ctx context.Context, who chat.AccountID, space chat.SpaceID, room string, values map[string]string, ticks ...string) error {
	return until(ctx, func() error {
		id, err := t.place(ctx, who, space, room)
		if err != nil {
			return err
		}
		s, err := t.see(ctx, who, id)
		if err != nil {
			return err
		}
		if len(s.Forms) == 0 {
			return fmt.Errorf("%s has no form: %w", who, errNotYet)
		}
		f := s.Forms[len(s.Forms)-1]
		all := map[string][]string{}
		for _, in := range f.Inputs {
			switch v, said := values[in.Name]; {
			case said:
				all[in.Name] = []string{v}
			case in.Kind == chat.Ticks:
				for _, o := range in.Options {
					if slices.ContainsFunc(ticks, func(words string) bool { return strings.Contains(o.Label+o.About, words) }) {
						all[in.Name] = append(all[in.Name], o.Value)
					}
				}
			case in.Value != "":
				all[in.Name] = []string{in.Value}
			}
		}
		return t.post(ctx, "submit", who, map[string]any{"key": f.Key, "values": all, "nonce": t.nonce()})
	})
}
