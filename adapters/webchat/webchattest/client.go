// Package webchattest drives the web chat over HTTP exactly as its page does, in place of people: for
// tests of the whole program, and for the suite that every chat adapter passes.
//
// A Client is one address; a Person is somebody there. What a Person does returns what the page is
// told. What people see is read with See, and waited for with Wait:
//
//	c := webchattest.New("http://localhost:8080/")
//	anna, mary := c.As("anna"), c.As("mary")
//	room, err := mary.Room(ctx, "net", "lobby")
//	came, err := mary.Say(ctx, room, "", "/setup")
//	came, err = mary.Submit(ctx, came.Form, map[string][]string{"name": {"VET Net"}}, nil)
//	came, err = mary.Press(ctx, came.Answer, "Do it")
//	card, err := anna.Wait(ctx, room, func(m webchattest.Message) bool { return strings.Contains(m.Text, "H1") })
package webchattest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// Client is a web chat at an address.
type Client struct {
	base string // ends in a slash
	http *http.Client
}

// New is a client for the chat whose page is at address, such as "http://localhost:8080/".
func New(address string) *Client {
	return &Client{base: strings.TrimSuffix(address, "/") + "/", http: &http.Client{}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// As is the person with this account.
func (c *Client) As(who chat.AccountID) *Person { return &Person{client: c, account: who} }

// Person is somebody who uses the chat. What it does is safe to be done from several goroutines.
type Person struct {
	client  *Client
	account chat.AccountID
	try     string
}

// Account is who it is.
func (p *Person) Account() chat.AccountID { return p.account }

// Try is the same person, whose next action bears this name: an action that is done twice under one
// name, as after a lost connection or a killed program, happens once.
func (p *Person) Try(name string) *Person { return &Person{p.client, p.account, name} }

// Refused says that the chat did not do what was asked.
type Refused struct {
	Status   int    // of HTTP
	Sentence string // what the person is told
}

func (e *Refused) Error() string { return fmt.Sprintf("refused (%d): %s", e.Status, e.Sentence) }

// Came is what came of an action.
type Came struct {
	Message chat.MessageID // what was said or changed
	Room    chat.RoomID    // the room that was made
	Answer  *Message       // what Guildhall answers; nil for nothing
	Form    *chat.Form     // what Guildhall asks; nil for nothing
	Pending bool           // Guildhall has not answered yet; the answer comes later
	Failed  string         // Guildhall did nothing, in its words; try again later
}

// Message is what a person sees of one.
type Message struct {
	webchat.SightPost
	Place chat.RoomID // the room that it is in
}

// Button is the button with this label; nil when there is none. Buttons of lists count, too.
func (m *Message) Button(label string) *chat.Button {
	if m == nil || m.Message == nil {
		return nil
	}
	return button(*m.Message, label)
}

func button(m chat.Message, label string) *chat.Button {
	all := append([]chat.Button{}, m.Buttons...)
	for _, part := range append([]chat.Message{m}, m.Parts...) {
		for _, r := range part.List {
			all = append(all, r.Buttons...)
		}
	}
	for i := range all {
		if all[i].Label == label || all[i].Name == label {
			return &all[i]
		}
	}
	return nil
}

// Labels are what the buttons of m show, for what a test says when one is missing.
func (m *Message) Labels() (out []string) {
	if m == nil || m.Message == nil {
		return nil
	}
	for _, b := range m.Message.Buttons {
		out = append(out, b.Label)
	}
	for _, r := range m.Message.List {
		for _, b := range r.Buttons {
			out = append(out, b.Label)
		}
	}
	return out
}

// told is what the page is told of an action.
type told struct {
	Message chat.MessageID `json:"message"`
	Room    chat.RoomID    `json:"room"`
	Answer  *struct {
		ID   chat.MessageID `json:"id"`
		Room chat.RoomID    `json:"room"`
	} `json:"answer"`
	Form *struct {
		Key string `json:"key"`
	} `json:"form"`
	Pending bool   `json:"pending"`
	Failed  string `json:"failed"`
	Error   string `json:"error"`
}

// act does one thing, and reads what it led to.
func (p *Person) act(ctx context.Context, path string, body map[string]any) (Came, error) {
	if body["nonce"] = p.try; p.try == "" {
		body["nonce"] = rand.Text()
	}
	b, err := json.Marshal(body)
	if err != nil {
		return Came{}, fmt.Errorf("%s: %w", path, err)
	}
	var t told
	if err := p.post(ctx, path, "application/json", bytes.NewReader(b), &t); err != nil {
		return Came{}, fmt.Errorf("%s as %s: %w", path, p.account, err)
	}
	came := Came{Message: t.Message, Room: t.Room, Pending: t.Pending, Failed: t.Failed}
	if t.Answer != nil {
		m, err := p.message(ctx, t.Answer.Room, t.Answer.ID)
		if err != nil {
			return came, fmt.Errorf("%s as %s: read the answer: %w", path, p.account, err)
		}
		came.Answer = m
	}
	if t.Form != nil {
		if came.Form, err = p.form(ctx, t.Form.Key); err != nil {
			return came, fmt.Errorf("%s as %s: read the form: %w", path, p.account, err)
		}
	}
	return came, nil
}

func (p *Person) post(ctx context.Context, path, kind string, body io.Reader, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address(path, nil), body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", strings.TrimSuffix(p.client.base, "/"))
	return p.client.do(r, into)
}

func (p *Person) get(ctx context.Context, path string, q url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address(path, q), nil)
	if err != nil {
		return err
	}
	return p.client.do(r, into)
}

func (p *Person) address(path string, q url.Values) string {
	all := url.Values{"as": {string(p.account)}}
	for name, values := range q {
		all[name] = values
	}
	return p.client.base + path + "?" + all.Encode()
}

// do asks and decodes the answer into into; a refusal becomes *Refused.
func (c *Client) do(r *http.Request, into any) error {
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		var t told
		if err := json.Unmarshal(b, &t); err != nil || t.Error == "" {
			t.Error = strings.TrimSpace(string(b))
		}
		return &Refused{response.StatusCode, t.Error}
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// ErrNotThere says that what was looked for is not on the person's screen.
var ErrNotThere = errors.New("not on the screen")

func (p *Person) message(ctx context.Context, room chat.RoomID, id chat.MessageID) (*Message, error) {
	all, err := p.Messages(ctx, room)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, fmt.Errorf("the message %q: %w", id, ErrNotThere)
}

func (p *Person) form(ctx context.Context, key string) (*chat.Form, error) {
	s, err := p.See(ctx, "")
	if err != nil {
		return nil, err
	}
	for i := range s.Forms {
		if s.Forms[i].Key == key {
			return &s.Forms[i], nil
		}
	}
	return nil, fmt.Errorf("the form %q: %w", key, ErrNotThere)
}
