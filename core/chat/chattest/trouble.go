package chattest

import (
	"context"
	"errors"
	"testing"
	"time"

	"guildhall/core/chat"
)

func lost(t *testing.T, b *bench) {
	if b.LoseReply == nil {
		lacks(t, "replies that get lost")
		return
	}
	b.LoseReply(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sent, err := b.Platform.Send(ctx, b.Home, plain("Shown once."), chat.Key{ID: "lost"})
	for try := 0; err != nil && try < 5; try++ {
		sent, err = b.Platform.Send(ctx, b.Home, plain("Shown once."), chat.Key{ID: "lost", Again: true})
		var wait *chat.RetryAfter
		if errors.As(err, &wait) {
			<-time.After(min(wait.After, time.Second))
		}
	}
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if sent.Message == "" {
		t.Fatal("sent without an id")
	}
	b.sees(t, b.Ann, b.Home, "it", func(s Shown) bool { return s.ID == sent.Message })
	if n := count(b.Shown(t, b.Ann, b.Home), "Shown once."); n != 1 {
		t.Errorf("it is shown %d times", n)
	}
}

func throttled(t *testing.T, b *bench) {
	if b.Throttle == nil {
		lacks(t, "pace")
		return
	}
	b.Throttle(t, 7*time.Second)
	_, err := b.Platform.Send(t.Context(), b.Home, plain("Later."), chat.Key{ID: "later"})
	var wait *chat.RetryAfter
	if !errors.As(err, &wait) || wait.After < 5*time.Second || wait.After > 10*time.Second {
		t.Errorf("asked to wait 7 s: %v", err)
	}
	if n := count(b.Shown(t, b.Ann, b.Home), "Later."); n != 0 {
		t.Error("it is shown all the same")
	}
}
