package discord_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// What PLATFORMS lists as faults of the library, one test each, in the words of what people would see.

// Fault 1: a reconnect request as the first frame of a session hangs the library for ever.
func TestAReconnectRequestAsTheFirstFrameHangsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{})
	s.srv.RequestReconnectFirst(3)
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the first message", saying("one"))
	s.srv.RequestReconnectFirst(2)
	s.srv.DropConnections()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	s.hears("the second message", saying("two"))
}

// Fault 2: a zombie is closed with 1000, which drops the session and what was missed in it.
func TestAConnectionWithoutAcknowledgementsIsGivenUpAndNothingIsMissed(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{Heartbeat: 700 * time.Millisecond})
	before := s.srv.Gateway()
	s.srv.Mute(true)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "into the void"))
	s.must(s.srv.Until("another connection", func() bool { return s.srv.Gateway().Resumes > before.Resumes }))
	s.srv.Mute(false)
	s.hears("the message", saying("into the void"))
	if now := s.srv.Gateway(); now.Identifies != before.Identifies {
		t.Errorf("%+v, before %+v: a session that could be gone on with was given up", now, before)
	}
}

// Fault 2: op 9 that allows to go on is taken for one that does not.
func TestAnInvalidSessionThatMayGoOnGoesOn(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	before := s.srv.Gateway()
	s.srv.InvalidateSessions(true)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "meanwhile"))
	s.hears("the message", saying("meanwhile"))
	s.must(s.srv.Until("the session to go on", func() bool { return s.srv.Gateway().Resumed > before.Resumed }))
	if now := s.srv.Gateway(); now.Identifies != before.Identifies {
		t.Errorf("%+v, before %+v", now, before)
	}
}

// A session that is called invalid again and again, though it may be gone on with, is given up, and what was
// missed is read.
func TestASessionThatNeverGoesOnIsGivenUp(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	store.follow(s.at(s.help))
	s.run()
	before := s.srv.Gateway()
	for range 50 {
		s.srv.InvalidateFirst(true)
	}
	s.srv.DropConnections()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "meanwhile"))
	s.must(s.srv.Until("another session to be tried", func() bool { return s.srv.Gateway().Identifies > before.Identifies }))
	if now := s.srv.Gateway(); now.Resumes > before.Resumes+3 {
		t.Errorf("%+v, before %+v", now, before)
	}
}

// Fault 2: after a session that is lost, what was written meanwhile is read from the channels.
func TestWhatWasMissedIsReadWhenTheSessionIsLost(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	store.follow(s.at(s.help))
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the first message", saying("one"))
	s.srv.Mute(true)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	must1[discordtest.Message](s)(s.bea.Say(s.help, "three"))
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	s.hears("the second message", saying("two"))
	s.hears("the third message", saying("three"))
}

// And what was changed or taken back meanwhile changes or goes here, too, however old it is.
func TestWhatWasChangedWhileTheSessionWasLostIsNoticed(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	store.follow(s.at(s.help))
	s.run()
	said := must1[discordtest.Message](s)(s.ann.Say(s.help, "said"))
	kept := must1[discordtest.Message](s)(s.bea.Say(s.help, "kept"))
	s.hears("the last message", saying("kept"))
	for n := range 110 {
		must1[discordtest.Message](s)(s.ann.Say(s.help, fmt.Sprint("talk ", n)))
	}
	s.hears("all talk", saying("talk 109"))
	for _, m := range []discordtest.Message{said, kept} {
		store.hold(chat.Target{Where: s.at(s.help), Message: chat.MessageID(m.ID.String())})
	}
	s.srv.Mute(true)
	s.must(s.ann.Edit(said, "said better"))
	s.must(s.bea.Delete(kept))
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	if ev := s.hears("the edit", kind(chat.Edited)); ev.Text != "said better" || ev.Message != chat.MessageID(said.ID.String()) {
		t.Errorf("%+v", ev)
	}
	if ev := s.hears("the deletion", kind(chat.Deleted)); ev.Message != chat.MessageID(kept.ID.String()) || ev.Where != s.at(s.help) {
		t.Errorf("%+v", ev)
	}
}

// Fault 2 and more: a restarted program goes on with the session of the one before.
func TestARestartGoesOnWithTheSession(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "before"))
	s.hears("the message", saying("before"))
	before := s.srv.Gateway()
	s.must(s.end())
	must1[discordtest.Message](s)(s.ann.Say(s.help, "while away"))
	s.make()
	s.start()
	s.hears("the message", saying("while away"))
	if now := s.srv.Gateway(); now.Identifies != before.Identifies || now.Resumed != before.Resumed+1 {
		t.Errorf("%+v, before %+v", now, before)
	}
	if n := s.ear.heard(saying("before")); n != 0 {
		t.Errorf("what was handled came %d times again", n)
	}
}

// Killed right after it connected: nothing of its last second is lost.
func TestAProgramThatIsKilledAtOnceGoesOnWithItsSession(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store, o.Keep = store, time.Hour })
	s.run()
	for store.sessionOf("discord/0/1") == "" {
		<-store.wrote
	}
	store.freeze() // what it would write down when it ends is lost with it
	s.must(s.end())
	must1[discordtest.Message](s)(s.ann.Say(s.help, "while it was dead"))
	s.opt.Store = store.thaw()
	s.make()
	s.start()
	s.hears("the message", saying("while it was dead"))
}

// An interaction that comes once more, since the program ended before it had written down that it was
// handled, is not answered twice.
func TestAnInteractionThatComesAgainIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := begin(t, discordtest.Options{}, func(o *discord.Options) { o.Store, o.Keep = store, time.Hour })
	for store.sessionOf("discord/0/1") == "" {
		<-store.wrote
	}
	s.ear.says(plain("Done."))
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Message](s)(i.Reply())
	s.hears("the command", kind(chat.Invoked))
	store.freeze()
	s.must(s.end())
	s.opt.Store = store.thaw()
	s.ear.answers(nil) // the engine knows the event
	s.make()
	s.start()
	s.hears("the command once more", kind(chat.Invoked))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "and on"))
	s.hears("a message", saying("and on"))
	s.must(s.end())
	if n := s.srv.Count("POST /interactions/{interaction}/{token}/callback"); n != 1 {
		t.Errorf("%d responses", n)
	}
}

// What the store could not take is given again after a restart, not lost.
func TestWhatWasNotDurableIsGivenAgainAfterARestart(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store = store })
	s.run()
	refused := make(chan struct{}, 100)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Text == "lost?" {
			refused <- struct{}{}
			return chat.Answer{}, errors.New("the store is away")
		}
		return chat.Answer{}, nil
	})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "lost?"))
	<-refused
	must1[discordtest.Message](s)(s.ann.Say(s.g.AddChannel("other"), "kept"))
	s.hears("the other message", saying("kept"))
	s.must(s.end())
	s.ear.answers(nil)
	s.make()
	s.start()
	for range 3 { // once for each try before, and once more
		ev := s.hears("the message", saying("lost?"))
		if ev.ID == "" {
			t.Error("an event without an id")
		}
		if s.ear.heard(saying("lost?")) == 0 {
			break
		}
	}
}

// Fault 3: a revoked token is tried for ever.
func TestWhatCannotGetBetterStopsTheAdapterWithAClearMessage(t *testing.T) {
	t.Parallel()
	for code, says := range map[int]string{discordtest.CloseAuthFailed: "token", discordtest.CloseInvalidIntents: "intents", discordtest.CloseDisallowedIntent: "Message Content"} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, discordtest.Options{})
			s.start()
			s.must(s.srv.Connected(1))
			s.srv.CloseConnections(code)
			err := s.wait()
			if !errors.Is(err, chat.ErrGone) || !strings.Contains(err.Error(), says) {
				t.Errorf("%v", err)
			}
			if strings.Contains(err.Error(), s.srv.Token()) {
				t.Error("the message holds the token")
			}
		})
	}
}

func TestAWrongTokenStopsTheAdapterAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{})
	s.srv.ChangeToken("another.token.altogether")
	s.start()
	if err := s.wait(); !errors.Is(err, chat.ErrGone) || !strings.Contains(err.Error(), "token") {
		t.Errorf("%v", err)
	}
	if n := s.srv.Invalid(); n > 2 {
		t.Errorf("%d invalid requests", n)
	}
}

// Fault 4: the library gives events out of order and twice.
func TestEventsOfAChannelAreGivenInOrder(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	other := s.g.AddChannel("other")
	var got []string
	done := make(chan struct{})
	hold := make(chan struct{})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Where == s.at(other) {
			close(done)
			return chat.Answer{}, nil
		}
		<-hold // a slow one holds up its own channel alone
		got = append(got, ev.Text)
		return chat.Answer{}, nil
	})
	var want []string
	for i := range 30 {
		want = append(want, fmt.Sprint(i))
		must1[discordtest.Message](s)(s.ann.Say(s.help, fmt.Sprint(i)))
	}
	must1[discordtest.Message](s)(s.ann.Say(other, "elsewhere"))
	<-done
	close(hold)
	for i := range 30 {
		s.hears("message", saying(fmt.Sprint(i)))
	}
	s.must(s.end())
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v", got)
	}
}

// Repeats have the same event id, late ones come all the same.
func TestRepeatsAndLateOnesKeepTheirIDs(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	twice := s.srv.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Double: true, Times: 1})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "twice"))
	a, b := s.hears("the message", saying("twice")), s.hears("its repeat", saying("twice"))
	if a.ID != b.ID || twice.Hits() != 1 {
		t.Errorf("%q %q", a.ID, b.ID)
	}
	s.srv.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", After: 2, Times: 1})
	for _, line := range []string{"late", "in between", "last"} {
		must1[discordtest.Message](s)(s.ann.Say(s.help, line))
	}
	s.hears("the last", saying("last"))
	s.hears("the late one", saying("late"))
	// An interaction that comes twice is answered once.
	s.srv.Disturb(discordtest.Disturbance{Event: "INTERACTION_CREATE", Double: true, Times: 1})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Outcome](s)(i.Outcome())
	s.hears("the command", kind(chat.Invoked))
	s.hears("its repeat", kind(chat.Invoked))
	s.must(s.end())
	if n := s.srv.Count("POST /interactions/{interaction}/{token}/callback"); n != 1 {
		t.Errorf("%d responses", n)
	}
}

// What is lost on a connection comes when the session goes on.
func TestALostEventComesWithTheNextConnection(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.srv.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Lose: true, Times: 1})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "lost"))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "seen"))
	s.hears("the second", saying("seen"))
	s.srv.DropConnections()
	s.hears("the lost one", saying("lost"))
}

func TestAConnectionCutInTheMiddleOfAnEventLosesNothing(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.srv.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", CutMiddle: true, Times: 1})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "cut"))
	s.hears("the message", saying("cut"))
}

// What is being handled when a connection ends is handled to its end.
func TestWhatIsUnderWayOutlivesItsConnection(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	hold, came := make(chan struct{}), make(chan error, 9)
	s.ear.answers(func(ctx context.Context, ev chat.Event) (chat.Answer, error) {
		select {
		case <-hold:
		case <-ctx.Done():
			came <- ctx.Err()
			return chat.Answer{}, ctx.Err()
		}
		came <- nil
		m := plain("Done.")
		return chat.Answer{Message: &m}, nil
	})
	must1[discordtest.Message](s)(s.ann.Say(s.help, "slow"))
	i := must1[*discordtest.Interaction](s)(s.bea.Slash(s.help, "help"))
	s.hears("the message", saying("slow"))
	s.hears("the command", kind(chat.Invoked))
	before := s.srv.Gateway()
	s.srv.DropConnections()
	s.must(s.srv.Until("another connection", func() bool { return s.srv.Gateway().Resumed > before.Resumed }))
	close(hold)
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "Done." {
		t.Errorf("%q", m.Text())
	}
	for range 2 {
		if err := <-came; err != nil {
			t.Error(err)
		}
	}
}

// Fault 5: an unknown kind of component empties the whole message.
func TestKindsThatNobodyKnowsYetCostNothing(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	must1[discordtest.Message](s)(s.ann.SayRaw(s.help, "with something new", json.RawMessage(`[{"type":99,"what":{"ever":[1]}}]`)))
	if ev := s.hears("the message", saying("with something new")); ev.From.Account == "" {
		t.Errorf("%+v", ev)
	}
	for _, odd := range []any{nil, []int{1}, "text", map[string]any{"id": 7, "author": "nobody", "content": 3, "channel_id": []int{}}, map[string]any{"id": "1", "channel_id": "2"}} {
		for _, name := range []string{"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_REACTION_ADD", "INTERACTION_CREATE", "GUILD_CREATE", "THREAD_CREATE", "CHANNEL_DELETE", "A_NEW_KIND"} {
			s.srv.SendEvent(name, odd)
		}
	}
	must1[discordtest.Message](s)(s.ann.Say(s.help, "still here"))
	s.hears("the message after it", saying("still here"))
}

// Fault 6: ephemeral answers come back as messages.
func TestOurOwnAnswersAreNotHeard(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.ear.says(plain("Only for you."))
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Message](s)(i.Reply())
	_, err := s.dc.Send(t.Context(), s.at(s.help), plain("For all."), chat.Key{ID: "k1"})
	s.must(err)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "the end"))
	s.hears("the message", saying("the end"))
	if n := s.ear.heard(kind(chat.Said)); n != 0 {
		t.Errorf("%d messages of our own were given", n)
	}
}

func TestTwoProgramsShareShardsByLease(t *testing.T) {
	t.Parallel()
	store := newStore()
	s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Store, o.Lease = store, 600*time.Millisecond })
	s.run()
	first := s.end
	s.make()
	s.start()
	second := s.end
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the message", saying("one"))
	if n := s.srv.Gateway().Sessions; n != 1 {
		t.Errorf("%d sessions", n)
	}
	s.must(first())
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	s.hears("the message for the second program", saying("two"))
	s.must(second())
	if n := s.ear.heard(saying("one")) + s.ear.heard(saying("two")); n != 0 {
		t.Errorf("%d repeats", n)
	}
}

func TestEachShardHasItsGuilds(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{Shards: 3, MaxConcurrency: 3})
	second := s.srv.AddGuild("Another")
	room := second.AddChannel("room")
	second.Join(s.ann)
	s.start()
	s.must(s.srv.Connected(3))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "in the first"))
	must1[discordtest.Message](s)(s.ann.Say(room, "in the second"))
	s.hears("a message of the first guild", saying("in the first"))
	s.hears("a message of the second guild", saying("in the second"))
	s.must(s.end())
	if n := s.ear.heard(kind(chat.Said)); n != 0 {
		t.Errorf("%d repeats", n)
	}
}
