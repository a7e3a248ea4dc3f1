package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"guildhall/core/text"
)

// problem is the reply to an error of a command: a refusal's sentence, else an incident.
func (e *Engine) problem(err error, s *scene, o *outcome, command string) Reply {
	var no *text.Refusal
	if asRefusal(err, &no) {
		o.word = "refused"
		r := OnlyYouSay(no.Key, no.Args)
		r.Kind = Alarm
		for _, p := range e.helpFor(no) {
			r = r.Press(p)
		}
		return r
	}
	o.word = "incident"
	id := e.incident(err, s.ev, command)
	r := OnlyYouSay("chat.incident", text.Args{"incident": id})
	r.Kind = Alarm
	return r
}

// helpFor are the buttons that help after a refusal.
func (e *Engine) helpFor(no *text.Refusal) []Press {
	switch no.Key {
	case "chat.no_record":
		if e.table.byPath["find"] != nil {
			return []Press{{Command: "find"}}
		}
	case "chat.encrypted":
		if e.table.byPath["agree"] != nil {
			return []Press{{Command: "agree"}}
		}
	case "chat.no_community":
		if e.table.byPath["setup start"] != nil {
			return []Press{{Command: "setup start"}}
		}
	}
	return nil
}

// incident logs an error under a short id that people are told.
func (e *Engine) incident(err error, ev Event, command string) string {
	id := strings.ToLower(rand.Text()[:6])
	e.log.Error("an event was answered with an incident", "incident", id, "event_id", string(ev.ID), "platform", string(ev.Where.Platform),
		"command", command, "error", err)
	return id
}

// failed answers an error that came before the transaction.
func (e *Engine) failed(ctx context.Context, s *scene, o *outcome, err error) (Answer, error) {
	var no *text.Refusal
	if !asRefusal(err, &no) && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return Answer{}, err
	}
	c := e.call(s)
	return e.say(ctx, s, c, e.problem(err, s, o, o.command))
}

// refuse answers a refusal.
func (e *Engine) refuse(ctx context.Context, s *scene, o *outcome, no *text.Refusal) (Answer, error) {
	if s.ev.Kind == Reacted {
		o.word = "refused"
		return Answer{}, nil
	}
	return e.failed(ctx, s, o, no)
}

// unknown answers a command that does not exist with the nearest one.
func (e *Engine) unknown(ctx context.Context, s *scene, o *outcome, line string) (Answer, error) {
	o.command, o.word = "", "unknown"
	first, _ := cutWord(line)
	c := e.call(s)
	if greetings[text.Fold(line)] {
		return e.command(ctx, s, o, "help", nil)
	}
	r := OnlyYouSay("chat.unknown.plain", text.Args{"given": text.Clean(first, 40), "command": s.info.Prefix + "help"})
	r.Kind = Alarm
	near := e.table.nearest(line)
	switch meant := e.meant(s, c, line); {
	case len(meant) > 0 && (near == nil || !strings.EqualFold(near.Path[:1], line[:1])): // slips begin well
		r.Lines = []Phrase{P("chat.unknown.sentence", text.Args{"given": text.Clean(line, 80)})}
		r.Kind, r.Buttons = Plain, meant
	case near != nil && e.guard(s, c, use{cmd: near}) == nil:
		r.Lines = []Phrase{P("chat.unknown.near", text.Args{"given": text.Clean(first, 40), "command": s.info.Prefix + near.Path})}
		cmd, rest := near, ""
		if words := strings.Fields(line); len(words) > len(strings.Fields(near.Path)) {
			rest = strings.Join(words[len(strings.Fields(near.Path)):], " ")
		}
		g, _ := cmd.given(rest)
		r = r.Press(Press{Command: near.Path, Given: g})
	default:
		r = r.Button("help", nil)
	}
	return e.say(ctx, s, c, r)
}

// greetings are what newcomers say first, and mean: who are you?
var greetings = map[string]bool{"hello": true, "hi": true, "hey": true, "ciao": true, "salve": true, "buongiorno": true, "hallo": true, "guten tag": true,
	"bonjour": true, "salut": true, "hola": true, "ola": true, "czesc": true, "dzien dobry": true, "hej": true, "ahoj": true, "merhaba": true}

// meant are the commands that a sentence said to us without any may be meant for: those that people
// use most, with the sentence as what they begin with.
func (e *Engine) meant(s *scene, c *Call, line string) (out []Press) {
	if n := len(strings.Fields(line)); n < 2 || n < 4 && !strings.HasSuffix(line, "?") {
		return nil
	}
	for top := 1; top <= 3; top++ {
		for _, cmd := range e.table.list {
			if cmd.Top == top && cmd.Global && len(cmd.Args) > 0 && takes(cmd.Args[0]) && e.guard(s, c, use{cmd: cmd}) == nil {
				out = append(out, Press{Command: cmd.Path, Given: Given{cmd.Args[0].Name: line}})
			}
		}
	}
	return out
}

// which asks somebody with several communities which one is meant.
func (e *Engine) which(ctx context.Context, s *scene, o *outcome, u use) (Answer, error) {
	o.word = "asked"
	v := voice{e: e, lang: e.words.Match(s.ev.From.Locale), info: s.info}
	m := Message{Lang: v.lang, Body: []text.Rich{e.words.Rich(v.lang, "chat.which", nil)}}
	for _, c := range s.several {
		key, err := e.key(ctx, c.ID, u.cmd.line(u.given), false)
		if err != nil {
			return Answer{}, err
		}
		m.Buttons = append(m.Buttons, Button{Key: key, Label: text.Clean(c.Name, 60)})
	}
	return e.deliverNow(ctx, s, e.call(s), OnlyYou, m, false)
}

// away is the sentence for when nothing can be stored.
func (e *Engine) away(ev Event) Answer {
	if !ev.Can.Answer {
		return Answer{}
	}
	lang := e.words.Match(ev.From.Locale)
	return Answer{Message: &Message{Lang: lang, Kind: Alarm, Body: []text.Rich{e.words.Rich(lang, "chat.away", nil)}},
		Key: Key{ID: keyID(fmt.Sprintf("away/%s/%s", ev.Where.Platform, ev.ID))}}
}
