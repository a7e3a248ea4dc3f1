package main

import (
	"strings"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/internal/pgtest"
)

// TestTheDatabaseIsAwayWhileDiscordGoesOn: longer than a lease of the connection lasts. Who gives a command
// is told that nothing was saved, and what is said meanwhile is passed on afterwards.
func TestTheDatabaseIsAwayWhileDiscordGoesOn(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t, pgtest.Durable)
	fake := discordtest.Start(t, discordtest.Options{Patience: 90 * time.Second, NoSchema: true})
	a, b := newSquare(t, fake, "ann"), newSquare(t, fake, "bea")
	foundOnDiscord(t, server.URL(), a, b)
	serving(t, discordFile(t, server.URL(), t.TempDir(), fake))
	if err := fake.Connected(1); err != nil {
		t.Fatal(err)
	}
	a.asks("How do you assess welders remotely?")
	threadA, threadB := a.threadOf("assess welders"), b.threadOf("assess welders")

	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	before := fake.Gateway()
	if _, err := a.who.Say(threadA, "With video portfolios."); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); time.Since(begun) < 10*time.Second; { // more than a lease
		i, err := b.who.Slash(b.room, "ask", discordtest.Opt("question", "Is anybody there?"))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := i.Reply(); err != nil || !strings.Contains(m.Text(), "nothing was done") {
			t.Fatalf("told %q %v", m.Text(), err)
		}
	}
	if now := fake.Gateway(); now != before {
		t.Errorf("the connection was given up: %+v, before %+v", now, before)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	b.awaits(threadB, "With video portfolios.")
	b.asks("Is anybody there?")
	for _, f := range fake.Faults() {
		t.Errorf("Discord's rules were broken: %v", f)
	}
}
