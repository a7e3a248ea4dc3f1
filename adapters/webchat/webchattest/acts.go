package webchattest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"slices"

	"guildhall/core/chat"
)

// File is a file that is sent along.
type File struct {
	Name string
	Type string // as a browser would claim; empty for application/octet-stream
	Data []byte
}

// Say writes in a room, or in a thread of it: a message, or a command behind "/".
func (p *Person) Say(ctx context.Context, room chat.RoomID, thread chat.ThreadID, text string, files ...File) (Came, error) {
	tokens, err := p.upload(ctx, files)
	if err != nil {
		return Came{}, err
	}
	return p.act(ctx, "say", map[string]any{"room": room, "thread": thread, "text": text, "files": tokens})
}

// Press presses the button of m with this label (or accessible name).
func (p *Person) Press(ctx context.Context, m *Message, label string) (Came, error) {
	b := m.Button(label)
	if b == nil {
		return Came{}, fmt.Errorf("the button %q among %q: %w", label, m.Labels(), ErrNotThere)
	}
	return p.act(ctx, "press", map[string]any{"message": m.ID, "key": b.Key})
}

// PressHome presses a button of the person's own page.
func (p *Person) PressHome(ctx context.Context, label string) (Came, error) {
	home, err := p.Home(ctx)
	if err != nil {
		return Came{}, err
	}
	b := button(home, label)
	if b == nil {
		return Came{}, fmt.Errorf("the button %q on the own page: %w", label, ErrNotThere)
	}
	return p.act(ctx, "press", map[string]any{"message": "home", "key": b.Key})
}

// Choose chooses options, by label, in the menu of m that has them.
func (p *Person) Choose(ctx context.Context, m *Message, labels ...string) (Came, error) {
	if m == nil || m.Message == nil {
		return Came{}, fmt.Errorf("a menu: %w", ErrNotThere)
	}
	for _, menu := range m.Message.Menus {
		var chosen []string
		for _, o := range menu.Options {
			if slices.Contains(labels, o.Label) {
				chosen = append(chosen, o.Value)
			}
		}
		if len(chosen) == len(labels) {
			return p.act(ctx, "press", map[string]any{"message": m.ID, "key": menu.Key, "chosen": chosen})
		}
	}
	return Came{}, fmt.Errorf("a menu with %q: %w", labels, ErrNotThere)
}

// Act uses a message action, by the path of its command.
func (p *Person) Act(ctx context.Context, msg chat.MessageID, command string) (Came, error) {
	return p.act(ctx, "act", map[string]any{"message": msg, "command": command})
}

// ActOn uses an action on the person who wrote a message.
func (p *Person) ActOn(ctx context.Context, msg chat.MessageID, command string) (Came, error) {
	return p.act(ctx, "act", map[string]any{"message": msg, "command": command, "person": true})
}

// Submit sends a form with values, and files by field. What a value leaves out stays as the form
// proposes it.
func (p *Person) Submit(ctx context.Context, f *chat.Form, values map[string][]string, files map[string][]File) (Came, error) {
	all := map[string][]string{}
	for _, in := range f.Inputs {
		if in.Kind != chat.File {
			all[in.Name] = proposed(in)
		}
	}
	for name, v := range values {
		if _, there := all[name]; !there {
			return Came{}, fmt.Errorf("the field %q of the form %q: %w", name, f.Title, ErrNotThere)
		}
		all[name] = v
	}
	tokens := map[string][]string{}
	for name, list := range files {
		sent, err := p.upload(ctx, list)
		if err != nil {
			return Came{}, err
		}
		tokens[name] = sent
	}
	return p.act(ctx, "submit", map[string]any{"key": f.Key, "values": all, "files": tokens})
}

// proposed is what an input holds before anybody touches it.
func proposed(in chat.Input) []string {
	if in.Value != "" {
		return []string{in.Value}
	}
	var out []string
	for _, o := range in.Options {
		if o.On {
			out = append(out, o.Value)
		}
	}
	return out
}

// CloseForm turns away from a form.
func (p *Person) CloseForm(ctx context.Context, f *chat.Form) error {
	_, err := p.act(ctx, "close", map[string]any{"key": f.Key})
	return err
}

// React puts an emoji on a message (on) or takes it off.
func (p *Person) React(ctx context.Context, msg chat.MessageID, emoji string, on bool) (Came, error) {
	return p.act(ctx, "react", map[string]any{"message": msg, "emoji": emoji, "on": on})
}

// Edit changes what the person wrote.
func (p *Person) Edit(ctx context.Context, msg chat.MessageID, text string) (Came, error) {
	return p.act(ctx, "edit", map[string]any{"message": msg, "text": text})
}

// Delete takes a message back; one that only the person sees is put aside.
func (p *Person) Delete(ctx context.Context, msg chat.MessageID) (Came, error) {
	return p.act(ctx, "delete", map[string]any{"message": msg})
}

// MakeRoom makes a room in a space.
func (p *Person) MakeRoom(ctx context.Context, space chat.SpaceID, name string) (chat.RoomID, error) {
	came, err := p.act(ctx, "room", map[string]any{"space": space, "name": name})
	return came.Room, err
}

// upload sends files ahead of what they go with, and returns their tokens.
func (p *Person) upload(ctx context.Context, files []File) ([]string, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		kind := f.Type
		if kind == "" {
			kind = "application/octet-stream"
		}
		head := textproto.MIMEHeader{"Content-Type": {kind}}
		head.Set("Content-Disposition", multipart.FileContentDisposition("file", f.Name))
		part, err := w.CreatePart(head)
		if err == nil {
			_, err = io.Copy(part, bytes.NewReader(f.Data))
		}
		if err != nil {
			return nil, fmt.Errorf("upload %s: %w", f.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	var sent struct {
		Files []struct {
			Token string `json:"token"`
		} `json:"files"`
	}
	if err := p.post(ctx, "upload", w.FormDataContentType(), &b, &sent); err != nil {
		return nil, fmt.Errorf("upload as %s: %w", p.account, err)
	}
	var tokens []string
	for _, f := range sent.Files {
		tokens = append(tokens, f.Token)
	}
	return tokens, nil
}
