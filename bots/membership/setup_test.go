package membership

import (
	"context"
	"errors"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// book is a register in memory.
type book struct {
	communities []community.Community
	spaces      []community.Space
	roles       map[int64]community.Role
}

func (b *book) Found(_ context.Context, c community.Community, _ time.Time) (community.Community, error) {
	c.ID = int64(len(b.communities) + 1)
	b.communities = append(b.communities, c)
	return c, nil
}

func (b *book) AddSpace(_ context.Context, s community.Space) error {
	b.spaces = append(b.spaces, s)
	return nil
}

func (b *book) Enter(_ context.Context, of int64, _ chat.PlatformID, _ chat.SpaceID, a chat.Author, _ time.Time) (community.Member, bool, error) {
	return community.Member{Community: of, No: 1, Name: a.Name, Role: community.RoleMember}, true, nil
}

func (b *book) SetRole(_ context.Context, _, no int64, r community.Role) error {
	b.roles[no] = r
	return nil
}

// sets runs setup as somebody does it, through Prepare and Run.
func sets(t *testing.T, b *book, admin bool, change func(c *chat.Call), given map[string]string) (*chat.Call, chat.Reply, error) {
	t.Helper()
	cmd := New(b, nil, nil, func(context.Context, chat.Address, chat.AccountID) (chat.Rights, error) {
		return chat.Rights{Admin: admin, Name: "Workspace"}, nil
	}).Commands[0]
	c := (&chat.Call{Lang: "en", Event: chat.Event{Where: chat.Address{Platform: "web", Space: "hall", Room: "lobby"},
		From: chat.Author{Account: "mia", Name: "Mia", Locale: "it-IT", Zone: "Europe/Dublin"}}}).Filled(given)
	if change != nil {
		change(c)
	}
	if err := cmd.Prepare(t.Context(), c); err != nil {
		return c, chat.Reply{}, err
	}
	r, err := cmd.Run(t.Context(), c)
	return c, r, err
}

func TestSetupShowsFirstAndThenMakes(t *testing.T) {
	t.Parallel()
	b := &book{roles: map[int64]community.Role{}}
	_, r, err := sets(t, b, true, nil, map[string]string{"name": "VET Net"})
	if err != nil || len(b.communities) != 0 || len(r.Rooms) != 0 || len(r.Buttons) != 2 {
		t.Fatalf("the preview made something: %+v %v", b, err)
	}
	yes := r.Buttons[0].Given
	if yes["language"] != "it" || yes["timezone"] != "Europe/Dublin" || yes["sure"] != "yes" {
		t.Errorf("%v", yes)
	}
	c, r, err := sets(t, b, true, nil, yes)
	if err != nil || len(b.communities) != 1 || len(b.spaces) != 1 || b.roles[1] != community.RoleAdmin || c.Community.ID != 1 {
		t.Fatalf("%+v %v", b, err)
	}
	if got := b.communities[0]; got.Name != "VET Net" || got.Language != "it" || got.Zone != "Europe/Dublin" || got.Policy != community.PolicyOpen {
		t.Errorf("%+v", got)
	}
	if len(r.Rooms) != 5 || r.Rooms[0].Spec.Name != "vet-communication" || r.Rooms[4].Sections[0] != community.News {
		t.Errorf("%+v", r.Rooms)
	}
}

func TestSetupRefuses(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		admin  bool
		change func(c *chat.Call)
		key    string
	}{
		"who is no admin":  {false, nil, "membership.setup.not_admin"},
		"a direct message": {true, func(c *chat.Call) { c.Event.Direct = true }, "membership.setup.not_here"},
	} {
		b := &book{roles: map[int64]community.Role{}}
		_, _, err := sets(t, b, x.admin, x.change, map[string]string{"name": "VET Net", "sure": "yes"})
		var no *text.Refusal
		if !errors.As(err, &no) || no.Key != x.key || len(b.communities) != 0 {
			t.Errorf("%s: %v, %+v", name, err, b)
		}
	}
}

func TestTheWordsAreWhole(t *testing.T) {
	t.Parallel()
	if _, err := text.Load(words); err != nil {
		t.Error(err)
	}
}
