package main

import (
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/internal/pgtest"
)

// TestTheDatabaseIsAwayForAWhile: who gives a command then is told that nothing was saved, what is said
// then arrives afterwards, and nothing has to be started again.
func TestTheDatabaseIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t, pgtest.Durable)
	address := server.URL()
	a, b := newHall(t, "ann", 0), newHall(t, "bea", 1_000_000)
	foundNet(t, address, a, b)
	serving(t, slackFile(t, t.TempDir(), address, a, b))
	a.AwaitSockets(2)
	b.AwaitSockets(2)
	asked(t, a.ann, "How do you assess welders remotely?")
	cardA := a.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))
	cardB := b.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))

	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	x := a.ann.Slash("#vet-communication", "/ask", "Is anybody there?").Wait()
	if said := string(x.Payload()); x.Err() != "" || !strings.Contains(said, "nothing was done") {
		t.Errorf("told %q %q", said, x.Err())
	}
	b.ann.Reply(cardB, "With video portfolios.")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}

	a.ann.AwaitReply(cardA, slacktest.ByApp("With video portfolios."))
	asked(t, a.ann, "Is anybody there?")
	b.ann.Await("#vet-communication", slacktest.ByApp("Is anybody there?"))
	n := 0
	for _, m := range a.ann.Thread(cardA) {
		if strings.Contains(m.Shown, "With video portfolios.") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the answer stands %d times", n)
	}
}
