package main

import (
	"context"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/communication"
	"guildhall/core/community"
)

// place is a space that is in a community from the beginning, and its room for questions.
type place struct {
	platform, space, name, room string
}

// found makes a community of places, on a database that may be empty.
func found(t *testing.T, address string, places ...place) {
	t.Helper()
	db := opened(t, address)
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		d, now := db.Directory(), time.Now()
		com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, now)
		if err != nil {
			return err
		}
		for _, p := range places {
			if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: p.platform, ID: p.space, Name: p.name, Noise: community.NoiseAll, Joined: now}); err != nil {
				return err
			}
			if err := d.AddRoom(ctx, community.Room{Community: com.ID, Platform: p.platform, Space: p.space, ID: p.room, Name: "vet-communication",
				Sections: []community.Section{community.Communication, community.Sharing}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// opened is a database, until the test ends.
func opened(t *testing.T, address string) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// keptOnce fails unless so many questions are kept, each once, and nothing that all should see was given up.
func keptOnce(t *testing.T, address string, want int) {
	t.Helper()
	db := opened(t, address)
	list, err := db.Requests().List(t.Context(), 1, communication.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, r := range list {
		kept[r.Question]++
	}
	for question, n := range kept {
		if n != 1 {
			t.Errorf("%q is kept %d times", question, n)
		}
	}
	if len(kept) != want {
		t.Errorf("%d questions are kept, %d were answered", len(kept), want)
	}
	dead, err := db.Work().Dead(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range dead {
		if it.Kind == "chat.whisper" {
			continue // what was for one person alone is given up with the command that it belonged to
		}
		t.Errorf("%s was given up: %s", it.Key, it.Cause)
	}
}
