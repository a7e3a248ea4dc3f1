package chat

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/text"
)

// voice chooses the words of a Say for one kind of reader.
type voice struct {
	e      *Engine
	lang   string
	zone   *time.Location
	of     int64 // the community whose buttons these are; 0 for none
	info   Info
	lasts  bool // its buttons work for ever
	shared bool
}

// buttonDays is how long buttons of answers work.
const buttonDays = 30

// message is say in words. What its buttons stand for is kept where their keys are too short for it.
func (v voice) message(ctx context.Context, say Say) (Message, error) {
	m := Message{Lang: v.lang, Kind: say.Kind, Numbered: say.Numbered, From: say.From, Files: say.Files, Picture: say.Picture,
		Threaded: say.Threaded, Pin: say.Pin, Record: say.Record.String(), Speaker: text.Clean(say.Speaker, 80)}
	m.Title = v.phrase(say.Title)
	for _, p := range say.Lines {
		if p.Key != "" {
			m.Body = append(m.Body, v.phrase(p))
		}
	}
	for _, q := range say.Quote {
		if clean := text.CleanLines(q, 0); clean != "" {
			m.Quote = append(m.Quote, text.Plain(clean))
		}
	}
	for _, f := range say.Fields {
		value := text.Plain(text.CleanLines(f.Plain, 0))
		if f.Value.Key != "" {
			value = v.phrase(f.Value)
		}
		if !value.Empty() {
			m.Fields = append(m.Fields, Field{Name: v.e.words.Plain(v.lang, f.Label, nil), Value: value})
		}
	}
	for _, p := range say.Notes {
		if p.Key != "" {
			m.Note = append(m.Note, v.phrase(p))
		}
	}
	for _, it := range say.List {
		row := Row{Text: v.phrase(it.Text), Detail: v.phrase(it.Detail)}
		var err error
		if row.Buttons, err = v.buttons(ctx, it.Buttons); err != nil {
			return Message{}, err
		}
		m.List = append(m.List, row)
	}
	var err error
	if m.Buttons, err = v.buttons(ctx, say.Buttons); err != nil {
		return Message{}, err
	}
	for _, c := range say.Menus {
		menu, err := v.menu(ctx, c)
		if err != nil {
			return Message{}, err
		}
		m.Menus = append(m.Menus, menu)
	}
	return m, nil
}

func (v voice) phrase(p Phrase) text.Rich {
	if p.Key == "" {
		return nil
	}
	return v.e.words.Rich(v.lang, p.Key, p.Args).In(v.lang, v.zone)
}

func (v voice) buttons(ctx context.Context, presses []Press) ([]Button, error) {
	var out []Button
	for _, p := range presses {
		b, err := v.button(ctx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (v voice) button(ctx context.Context, p Press) (Button, error) {
	args := text.Args{"id": ""}
	for k, x := range p.Given {
		args[k] = x
	}
	for k, x := range p.Args {
		args[k] = x
	}
	b := Button{Style: p.Style, URL: text.SafeURL(p.URL), Emoji: p.Emoji}
	cmd := v.e.table.byPath[p.Command]
	label := p.Label
	if label == "" && cmd != nil {
		label = cmd.Text + ".button"
	}
	b.Label = strings.TrimSpace(v.e.words.Plain(v.lang, label, args))
	if id := p.Given["id"]; id != "" && !strings.Contains(b.Label, id) {
		b.Name = b.Label + " " + id
	}
	if b.URL != "" {
		return b, nil
	}
	if cmd == nil {
		return Button{}, fmt.Errorf("a button is for the command %q, which does not exist", p.Command)
	}
	line := cmd.line(p.Given)
	var err error
	if p.On != nil {
		b.Key, err = v.e.keyAbout(ctx, v.of, line, *p.On)
		return b, err
	}
	if !cmd.Hidden {
		b.Line = line
	}
	b.Key, err = v.e.key(ctx, v.of, line, v.lasts)
	return b, err
}

func (v voice) menu(ctx context.Context, c Choose) (Menu, error) {
	cmd := v.e.table.byPath[c.Command]
	if cmd == nil {
		return Menu{}, fmt.Errorf("a menu is for the command %q, which does not exist", c.Command)
	}
	m := Menu{Label: v.e.words.Plain(v.lang, c.Label, nil), Many: c.Many}
	for _, o := range c.Options {
		label := text.Clean(o.Plain, 0)
		if o.Label.Key != "" {
			label = v.phrase(o.Label).Plain()
		}
		m.Options = append(m.Options, Option{Value: o.Value, Label: label, On: o.On})
	}
	// The argument that the choice fills stands last, open.
	line := cmd.line(c.Given) + " " + menuMark + c.Arg
	var err error
	m.Key, err = v.e.key(ctx, v.of, line, v.lasts)
	return m, err
}

// menuMark stands before the argument that a menu's choice fills, in the line behind its key.
const menuMark = "?"

// keptMark stands before the name of a line that is kept.
const keptMark = "#"

// maxKey is the longest button key, in bytes of printable ASCII.
const maxKey = 100

// key is the button key for a line: the line itself where it fits, else a short name under which the
// line is kept. Forging one gains nothing: whoever presses a button is asked for the same rights as
// whoever types its command.
func (e *Engine) key(ctx context.Context, of int64, line string, lasts bool) (string, error) {
	head := strconv.FormatInt(of, 36) + "~"
	if len(head)+len(line) <= maxKey && printable(line) {
		return head + line, nil
	}
	return e.keep(ctx, head, line, lasts)
}

// keep keeps a line under a short name.
func (e *Engine) keep(ctx context.Context, head, line string, lasts bool) (string, error) {
	sum := sha256.Sum256([]byte(line))
	name := head + keptMark + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
	expires := e.now().AddDate(0, 0, buttonDays)
	if lasts {
		expires = time.Time{}
	}
	err := e.store.Atomically(ctx, func(ctx context.Context) error { return e.store.Keys.KeepKey(ctx, name, line, expires) })
	if err != nil {
		return "", fmt.Errorf("keep a button: %w", err)
	}
	return name, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// unkey is the community and line behind a key; ok is false when there is none any more.
func (e *Engine) unkey(ctx context.Context, key string) (of int64, line string, ok bool, err error) {
	head, line, found := strings.Cut(key, "~")
	of, perr := strconv.ParseInt(head, 36, 64)
	if !found || perr != nil || of < 0 || len(key) > maxKey {
		return 0, "", false, nil //nolint:nilerr // a key that is none
	}
	if !strings.HasPrefix(line, keptMark) {
		return of, line, true, nil
	}
	line, ok, err = e.store.Keys.KeyLine(ctx, key, e.now())
	return of, line, ok, err
}

// address fills in who is meant by the message's mentions on a platform, and who is notified.
func (e *Engine) address(ctx context.Context, of int64, p PlatformID, m *Message, ping []int64) error {
	members := map[int64]bool{}
	visit := func(r text.Rich) {
		for _, s := range r {
			if s.Member > 0 {
				members[s.Member] = true
			}
		}
	}
	visit(m.Title)
	for _, part := range [][]text.Rich{m.Body, m.Note} {
		for _, r := range part {
			visit(r)
		}
	}
	for _, f := range m.Fields {
		visit(f.Value)
	}
	for _, r := range m.List {
		visit(r.Text)
		visit(r.Detail)
	}
	for _, no := range ping {
		members[no] = true
	}
	if len(members) == 0 {
		return nil
	}
	var list []int64
	for no := range members {
		list = append(list, no)
	}
	accounts, err := e.store.Directory.AccountsOn(ctx, of, p, list)
	if err != nil {
		return fmt.Errorf("accounts of those who are mentioned: %w", err)
	}
	m.Accounts = accounts
	m.Pings = nil
	for _, no := range ping {
		if a, ok := accounts[no]; ok {
			m.Pings = append(m.Pings, a)
		}
	}
	return nil
}

// voiceFor is the voice that speaks to one member.
func (e *Engine) voiceFor(m community.Member, c community.Community, locale string, info Info) voice {
	zone := c.Location()
	if m.Zone != "" {
		zone = community.Location(m.Zone)
	}
	return voice{e: e, lang: e.readerLang(m, c, locale), zone: zone, of: c.ID, info: info}
}

// voiceIn is the voice that speaks to all in a room.
func (e *Engine) voiceIn(r community.Room, c community.Community, info Info) voice {
	return voice{e: e, lang: e.roomLang(r, c), zone: c.Location(), of: c.ID, info: info, shared: true}
}
