package fading

import (
	"context"
	"testing"
	"time"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/work"
)

func TestWords(t *testing.T) {
	t.Parallel()
	bottest.Words{Texts: words, Prefix: "fading", Apart: []string{kindLook}}.Check(t)
}

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// hall is what the bot knows of: requests by their age in days, and a platform that forgets.
type hall struct {
	requests []communication.Request
	queued   []work.Item
	forgets  time.Duration
}

func (h *hall) Request(_ context.Context, _ int64, id record.ID) (*communication.Request, error) {
	for i := range h.requests {
		if h.requests[i].ID == id {
			return &h.requests[i], nil
		}
	}
	return nil, nil
}

func (h *hall) List(_ context.Context, _ int64, f communication.Filter) ([]communication.Request, error) {
	var out []communication.Request
	for _, r := range h.requests { // newest first
		if r.Asked.Before(f.Before) {
			out = append(out, r)
		}
	}
	out = out[min(f.Skip, len(out)):]
	return out[:min(f.N, len(out))], nil
}

func (h *hall) Community(context.Context, int64) (community.Community, error) {
	return community.Community{ID: 1, Zone: "Europe/Dublin"}, nil
}

func (h *hall) Add(_ context.Context, items ...work.Item) error {
	h.queued = append(h.queued, items...)
	return nil
}

type service = chat.Platform

// platform is a service of which only its memory matters.
type platform struct {
	service
	after time.Duration
}

func (p platform) Forgets(context.Context, chat.SpaceID) (time.Duration, error) { return p.after, nil }

// run does what the daily upkeep asks for, and returns what is said to whom and what is settled.
func (h *hall) run(t *testing.T) (told []string, settled []chat.Todo) {
	t.Helper()
	b := &bot{Parts{Desk: h, Communities: h, Queue: h, Now: func() time.Time { return noon },
		Platform: func(chat.PlatformID) (chat.Platform, bool) { return platform{after: h.forgets}, true }}}
	ctx := t.Context()
	r, err := b.due(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range h.queued {
		after, err := b.look(ctx, it)
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.ask(ctx, it, after.(time.Duration))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.Also {
			told = append(told, p.Say.Record.String()+" "+p.Key)
			if p.To.Member != 7 || len(p.Say.Buttons) != 3 || p.Say.Buttons[0].Given["thread"] != p.Say.Record.String() {
				t.Errorf("told %+v", p)
			}
		}
	}
	return told, r.Done
}

func asked(no int64, days int, answers int64) communication.Request {
	r := communication.Request{Community: 1, ID: record.ID{Letter: communication.Letter, No: no}, Asker: 7, State: communication.Answered,
		Answers: answers, Asked: noon.AddDate(0, 0, -days)}
	r.Source.Platform, r.Source.Space = "slack", "T1"
	return r
}

func TestAskersAreToldBeforeTalkDisappears(t *testing.T) {
	t.Parallel()
	hidden := asked(5, 78, 1)
	hidden.Hidden = true
	all := []communication.Request{asked(9, 10, 3), asked(8, 74, 1), asked(7, 76, 2), asked(6, 77, 0), hidden, asked(4, 89, 1), asked(3, 91, 1), asked(2, 100, 1)}
	h := &hall{requests: all, forgets: 90 * 24 * time.Hour}
	told, settled := h.run(t)
	if len(told) != 2 || told[0] != "H7 fading/H7" || told[1] != "H4 fading/H4" {
		t.Errorf("told %v", told)
	}
	if len(settled) != 1 || settled[0].Key != "fading/H3" {
		t.Errorf("settled %v", settled)
	}
	paid := &hall{requests: all}
	if told, _ := paid.run(t); len(told) != 0 {
		t.Errorf("a service that forgets nothing: %v", told)
	}
}
