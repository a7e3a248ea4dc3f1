package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// twoServers is a stage with a second server, whose channel is followed, too.
func twoServers(t *testing.T, change ...func(*discord.Options)) (*stage, *store, *discordtest.Channel) {
	store := newStore()
	s := newStage(t, discordtest.Options{MaxConcurrency: 4}, append(change, func(o *discord.Options) { o.Store = store })...)
	second := s.srv.AddGuild("Another")
	room := second.AddChannel("room")
	second.Join(s.ann)
	other := s.at(room)
	other.Space = chat.SpaceID(second.ID.String())
	store.follow(s.at(s.help), other)
	return s, store, room
}

// Discord recommends more shards after a while away: what was written meanwhile was in no shard's
// session, and is read from the channels, once.
func TestWhatWasMissedIsReadWhenTheServersAreDividedAnew(t *testing.T) {
	t.Parallel()
	s, _, room := twoServers(t)
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "before"))
	must1[discordtest.Message](s)(s.ann.Say(room, "before, there"))
	s.hears("a message", saying("before"))
	s.hears("a message", saying("before, there"))
	for round, shards := range []int{3, 2, 1, 3} {
		s.must(s.end())
		must1[discordtest.Message](s)(s.ann.Say(s.help, fmt.Sprint("here ", round)))
		must1[discordtest.Message](s)(s.bea.Say(s.help, fmt.Sprint("here, too ", round)))
		must1[discordtest.Message](s)(s.ann.Say(room, fmt.Sprint("there ", round)))
		s.srv.RecommendShards(shards)
		s.make()
		s.start()
		s.must(s.srv.Connected(shards))
		s.hears("what was missed here", saying(fmt.Sprint("here ", round)))
		s.hears("what was missed here", saying(fmt.Sprint("here, too ", round)))
		s.hears("what was missed there", saying(fmt.Sprint("there ", round)))
		s.ear.drop()
	}
}

// missesTwo runs the adapter, which hears a message; then its connection falls silent, and it misses one in
// each room.
func (s *stage) missesTwo(room *discordtest.Channel) {
	s.t.Helper()
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the first message", saying("one"))
	s.srv.Mute(true)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	must1[discordtest.Message](s)(s.ann.Say(room, "three"))
}

// Discord wants more shards while we run: they are divided anew, without an end.
func TestTheServersAreDividedAnewWhenDiscordAsksForIt(t *testing.T) {
	t.Parallel()
	s, _, room := twoServers(t)
	s.missesTwo(room)
	s.srv.RecommendShards(2)
	s.srv.CloseConnections(discordtest.CloseShardingRequired)
	s.srv.Mute(false)
	s.must(s.srv.Connected(2))
	s.hears("what was missed", saying("two"))
	s.hears("what was missed there", saying("three"))
	must1[discordtest.Message](s)(s.ann.Say(room, "four"))
	s.hears("a message after it", saying("four"))
}

// However much was written meanwhile, all of it is read.
func TestALongGapIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	const many = 1234
	s, _, room := twoServers(t)
	s.missesTwo(room)
	for n := range many {
		must1[discordtest.Message](s)(s.ann.Say(s.help, fmt.Sprint("missed ", n)))
	}
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	s.hears("the last message", saying(fmt.Sprint("missed ", many-1)))
	if n := s.ear.heard(func(ev chat.Event) bool { return strings.HasPrefix(ev.Text, "missed ") }); n != many-1 {
		t.Errorf("%d of the %d before it", n, many-1)
	}
}

const reading = "GET /channels/{channel}/messages"

// Killed while it looks for what was missed: the next program goes on with the session, and looks on.
func TestAProgramThatIsKilledWhileItLooksIsFollowedByOneThatLooksOn(t *testing.T) {
	t.Parallel()
	s, store, _ := twoServers(t)
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the first message", saying("one"))
	s.srv.Mute(true)
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	held := s.srv.Cause(discordtest.Trouble{Route: reading, Hold: true})
	before := store.sessionOf("discord/0/1")
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	s.must(held.Struck(1))
	for store.sessionOf("discord/0/1") == before || store.sessionOf("discord/0/1") == "" {
		<-store.wrote
	}
	store.freeze()
	if n := s.ear.heard(saying("two")); n != 0 {
		t.Fatal("it was read")
	}
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	held.End()
	s.must(<-ended)
	s.ear.drop()
	gateway := s.srv.Gateway()
	s.opt.Store = store.thaw()
	s.make()
	s.start()
	s.hears("the second message", saying("two"))
	if now := s.srv.Gateway(); now.Resumed != gateway.Resumed+1 {
		t.Errorf("%+v, before %+v", now, gateway)
	}
	for gap := store.gapOf("discord/0/1"); !gap.IsZero(); gap = store.gapOf("discord/0/1") {
		<-store.wrote // once it has found all, nobody looks again
	}
}

// Where Discord answers with errors for a while, it is looked again.
func TestWhatCouldNotBeReadIsReadLater(t *testing.T) {
	t.Parallel()
	s, _, room := twoServers(t)
	s.missesTwo(room)
	trouble := s.srv.Cause(discordtest.Trouble{Route: reading, Status: 500, Times: 5})
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	s.hears("the second message", saying("two"))
	s.hears("the third message", saying("three"))
	if n := trouble.Hits(); n != 5 {
		t.Errorf("asked %d times in vain", n)
	}
}

// Discord forgot the session while the program was away: what was missed is counted from when it ended, not
// from when it came back.
func TestWhatWasMissedIsReadWhenTheSessionExpiredMeanwhile(t *testing.T) {
	t.Parallel()
	s, _, room := twoServers(t, func(o *discord.Options) { o.Overlap = time.Nanosecond })
	s.run()
	must1[discordtest.Message](s)(s.ann.Say(s.help, "one"))
	s.hears("the first message", saying("one"))
	s.must(s.end())
	must1[discordtest.Message](s)(s.ann.Say(s.help, "two"))
	s.srv.ExpireSessions()
	s.make()
	s.start()
	s.hears("the message that was missed", saying("two"))
	// And so on a connection that was dead before anybody noticed.
	s.srv.Mute(true)
	must1[discordtest.Message](s)(s.ann.Say(room, "three"))
	s.srv.ExpireSessions()
	s.srv.Mute(false)
	s.srv.DropConnections()
	s.hears("the message into the void", saying("three"))
}
