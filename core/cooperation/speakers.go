package cooperation

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/community"
)

// Speakers knows who speaks for organisations.
type Speakers interface {
	// Answerers are the members who speak for an organisation: its contacts; where it has none, its
	// first members. Whoever takes no messages is not among them.
	Answerers(ctx context.Context, of, org int64) ([]int64, error)
	// HasContacts says whether an organisation has contacts of its own.
	HasContacts(ctx context.Context, of, org int64) (bool, error)
}

// speaksFor says whether a member speaks for an organisation: its contacts do; where it has none, all
// of its members.
func speaksFor(ctx context.Context, s Speakers, by community.Member, org int64) (bool, error) {
	if org == 0 || by.No == 0 {
		return false, nil
	}
	has, err := s.HasContacts(ctx, by.Community, org)
	if err != nil {
		return false, fmt.Errorf("look up contacts: %w", err)
	}
	if !has {
		return by.Organisation.No == org, nil
	}
	all, err := s.Answerers(ctx, by.Community, org)
	if err != nil {
		return false, fmt.Errorf("look up contacts: %w", err)
	}
	return slices.Contains(all, by.No), nil
}
