package mailing

import (
	"context"
	"errors"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/mail"
	"guildhall/core/text"
)

// Ask asks whether a member's digest may come to an address. An empty address means the one that they
// gave before.
func (m *Mailing) Ask(ctx context.Context, c *chat.Call, address string) (chat.Reply, error) {
	if address == "" {
		last, err := m.last(ctx, c)
		if err != nil {
			return chat.Reply{}, err
		}
		if last == "" {
			return chat.AskFor("digest settings", c.Given, "address"), nil
		}
		address = last
	}
	r, on, err := m.ask(ctx, c, c.Member.No, address)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "mailing.asked"
	if on {
		key = "mailing.already"
	}
	return chat.PersonalSay(key, text.Args{"address": r.Address}).Button("digest show", nil), nil
}

// last is the address that a member gave last.
func (m *Mailing) last(ctx context.Context, c *chat.Call) (address string, err error) {
	list, err := m.Subscriptions.Readers.ReadersOf(ctx, c.Community.ID, c.Member.No)
	if err != nil {
		return "", fmt.Errorf("list addresses: %w", err)
	}
	var newest mail.Reader
	for _, r := range list {
		if r.State == mail.On {
			return r.Address, nil
		}
		if newest.No == 0 || r.Asked.After(newest.Asked) {
			newest = r
		}
	}
	return newest.Address, nil
}

// Invite asks whether digests may come to somebody without a chat account.
func (m *Mailing) Invite(ctx context.Context, c *chat.Call, address string) (chat.Reply, error) {
	r, _, err := m.ask(ctx, c, 0, address)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.PersonalSay("mailing.invited", text.Args{"address": r.Address}), nil
}

func (m *Mailing) ask(ctx context.Context, c *chat.Call, member int64, address string) (mail.Reader, bool, error) {
	r, on, err := m.Subscriptions.Ask(ctx, c.Community.ID, member, c.Member.No, address)
	switch {
	case errors.Is(err, mail.ErrAddress):
		return r, false, text.RefuseArg("address", "mailing.no_address", text.Args{"address": text.Clean(address, 100)})
	case errors.Is(err, mail.ErrEnough):
		return r, false, text.Refuse("mailing.enough", nil)
	}
	return r, on, err
}

// Of is how a member gets their digest by mail: by which schedule, and where; ok is false when they do
// not.
func (m *Mailing) Of(ctx context.Context, of, member int64) (schedule, address string, ok bool, err error) {
	list, err := m.Subscriptions.Readers.ReadersOn(ctx, of, member, "")
	if err != nil || member == 0 || len(list) == 0 {
		return "", "", false, err
	}
	return mail.ScheduleName(list[0].No), list[0].Address, true, nil
}

// Stop ends all mail to a member.
func (m *Mailing) Stop(ctx context.Context, of, member int64) error {
	return m.Subscriptions.StopMember(ctx, of, member)
}

// exported is what is kept of a member, as they get it.
type exported struct {
	Address   string         `json:"address"`
	State     string         `json:"state"`
	Asked     string         `json:"asked"`
	Confirmed string         `json:"confirmed,omitempty"`
	Bounces   int            `json:"bounces_in_a_row"`
	Letters   []exportedMail `json:"letters"`
}

type exportedMail struct {
	Kind    string   `json:"kind"`
	Period  string   `json:"period,omitempty"`
	Fate    string   `json:"fate"`
	At      string   `json:"at"`
	Records []string `json:"records,omitempty"`
}

// told names the records that a reader's digest of a period held.
func (m *Mailing) told(ctx context.Context, r mail.Reader, period string) (out []string, err error) {
	ids, err := m.Told(ctx, r.Community, mail.Recipient(r.No), period)
	if err != nil {
		return nil, fmt.Errorf("read what a digest held: %w", err)
	}
	for _, id := range ids {
		out = append(out, id.String())
	}
	return out, nil
}

// mostExported is how many letters of an address are exported: some years of digests.
const mostExported = 1000

// Export gives everything that is kept of a member, as plain values for JSON.
func (m *Mailing) Export(ctx context.Context, of, member int64) (any, error) {
	list, err := m.Subscriptions.Readers.ReadersOf(ctx, of, member)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	out := []exported{}
	for _, r := range list {
		e := exported{Address: r.Address, State: string(r.State), Asked: stamp(r.Asked), Confirmed: stamp(r.Confirmed), Bounces: r.Bounces, Letters: []exportedMail{}}
		sent, err := m.Sendings.SentTo(ctx, of, r.No, mostExported)
		if err != nil {
			return nil, fmt.Errorf("list letters: %w", err)
		}
		for _, x := range sent {
			letter := exportedMail{Kind: x.Kind, Period: x.Period, Fate: string(x.Fate), At: stamp(x.At)}
			if x.Kind == aConfirmation {
				letter.Period = "" // the key of a link
			} else if letter.Records, err = m.told(ctx, r, x.Period); err != nil {
				return nil, err
			}
			e.Letters = append(e.Letters, letter)
		}
		out = append(out, e)
	}
	return out, nil
}
