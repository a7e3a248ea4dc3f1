package slack

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"guildhall/core/chat"
)

// noting knows for which answers it is being noted that they got through. The engine answers a command that
// is repeated before that with the answer that is kept, as after a crash; so who gives the same command twice on
// purpose, with the answer to the first before their eyes, must not be faster than the note.
type noting struct {
	mu    sync.Mutex
	under map[string]chan struct{}
}

// begin says that a note is under way; the function that it returns, that it is over.
func (n *noting) begin(print string) func() {
	over := make(chan struct{})
	n.mu.Lock()
	n.under[print] = over
	n.mu.Unlock()
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		close(over)
		if n.under[print] == over {
			delete(n.under, print)
		}
	}
}

// wait returns when no note of the same command is under way.
func (n *noting) wait(ctx context.Context, print string) {
	n.mu.Lock()
	over := n.under[print]
	n.mu.Unlock()
	if over == nil {
		return
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// printOf is the same for the same command by the same person in the same place.
func printOf(ev *chat.Event) string {
	parts := []string{string(ev.From.Account), string(ev.Where.Room), string(ev.Where.Thread), string(ev.Kind), ev.Text, ev.Command, ev.Key}
	if ev.Target != nil {
		parts = append(parts, string(ev.Target.Message))
	}
	for _, name := range slices.Sorted(maps.Keys(ev.Given)) {
		parts = append(parts, name, ev.Given[name])
	}
	return strings.Join(append(parts, ev.Chosen...), "\x00")
}
