package discord_test

import (
	"fmt"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// rubric is a collaboration that is opened near a channel.
func rubric(near *discordtest.Channel) chat.RoomSpec {
	return chat.RoomSpec{Key: "c7", Name: "c7-shared-rubric", Topic: "A shared rubric", Section: "collaboration", Record: "C7", Near: chat.RoomID(near.ID.String())}
}

// A server where Guildhall may make no channels, or that is full of them: a collaboration is a private
// thread, and lives there as in a channel.
func TestACollaborationWithoutPlaceIsAPrivateThread(t *testing.T) {
	t.Parallel()
	for name, shut := range map[string]func(*stage){
		"no permission": func(s *stage) { s.g.SetBotPermissions(discordtest.BotPermissions &^ discordtest.ManageChannels) },
		"no roles":      func(s *stage) { s.g.SetBotPermissions(discordtest.BotPermissions &^ discordtest.ManageRoles) },
		"full": func(s *stage) {
			for n := range 500 {
				s.g.AddChannel(fmt.Sprint("full-", n))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, discordtest.Options{}, func(o *discord.Options) { o.Store = newStore() })
			shut(s)
			room, made, err := s.dc.Open(t.Context(), s.space(), rubric(s.help))
			s.must(err)
			s.srv.ForgetFaults() // a channel was tried first
			thread := must1[*discordtest.Channel](s)(s.g.AwaitChannel("the thread", func(c *discordtest.Channel) bool { return c.ID.String() == string(room) }))
			if !made || thread.Type != discordtest.PrivateThread || thread.Parent() != s.help || thread.Name() != "c7-shared-rubric" || thread.In(s.bea) {
				t.Fatalf("%v %+v", made, thread)
			}
			s.livesIn(room, thread)
		})
	}
}

// livesIn: people come and go, talk and give commands there; it is closed, and in the end it is gone.
func (s *stage) livesIn(room chat.RoomID, thread *discordtest.Channel) {
	t := s.t
	t.Helper()
	s.make() // another program finds it again
	if again, made, err := s.dc.Open(t.Context(), s.space(), rubric(s.help)); again != room || made || err != nil {
		t.Errorf("%s %v %v", again, made, err)
	}
	at := chat.Address{Platform: "discord", Space: s.space(), Room: room}
	thread.SetArchived(true, false) // nobody wrote for a week
	s.must(s.dc.Bring(t.Context(), s.space(), room, chat.AccountID(s.bea.ID.String())))
	if !thread.In(s.bea) {
		t.Error("bea is not there")
	}
	must1[chat.Sent](s)(s.dc.Send(t.Context(), at, plain("C7 · A shared rubric"), chat.Key{ID: "card"}))
	must1[discordtest.Message](s)(s.bea.Say(thread, "I am here"))
	if ev := s.hears("what she says", saying("I am here")); ev.Where != at {
		t.Errorf("said in %+v", ev.Where)
	}
	s.ear.says(plain("Noted."))
	i := must1[*discordtest.Interaction](s)(s.bea.Slash(thread, "help"))
	must1[discordtest.Message](s)(i.Reply())
	if ev := s.hears("her command", kind(chat.Invoked)); ev.Where != at {
		t.Errorf("given in %+v", ev.Where)
	}
	s.must(s.dc.Release(t.Context(), s.space(), room, chat.AccountID(s.bea.ID.String())))
	if thread.In(s.bea) {
		t.Error("bea is still there")
	}
	s.must(s.dc.Archive(t.Context(), s.space(), room))
	if !thread.Archived() || !thread.Locked() {
		t.Error("it is open")
	}
	thread.Delete()
	if ev := s.hears("that it is gone", kind(chat.Left)); ev.Where != at {
		t.Errorf("gone from %+v", ev.Where)
	}
}

// Where there is a place for its channel it has one, and a section's room is never a thread.
func TestOnlyACollaborationWithoutPlaceIsAThread(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	room := must1of(s)(s.dc.Open(t.Context(), s.space(), rubric(s.help)))
	if c := s.g.Channel("c7-shared-rubric"); c == nil || c.ID.String() != string(room) || c.Type != discordtest.Text {
		t.Errorf("%+v", c)
	}
	s.g.SetBotPermissions(discordtest.BotPermissions &^ discordtest.ManageChannels)
	spec := section("news")
	spec.Near = chat.RoomID(s.help.ID.String())
	if room, _, err := s.dc.Open(t.Context(), s.space(), spec); err == nil {
		t.Errorf("%s", room)
	}
	s.srv.ForgetFaults()
}

// The channel of such threads is deleted: its rooms are gone with it.
func TestRoomsGoWithTheirChannel(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.g.SetBotPermissions(discordtest.BotPermissions &^ discordtest.ManageChannels)
	room := must1of(s)(s.dc.Open(t.Context(), s.space(), rubric(s.help)))
	s.srv.ForgetFaults()
	s.help.Delete()
	for _, gone := range []chat.RoomID{room, chat.RoomID(s.help.ID.String())} {
		s.hears("that a room is gone", func(ev chat.Event) bool { return ev.Kind == chat.Left && ev.Where.Room == gone })
	}
}

func must1of(s *stage) func(chat.RoomID, bool, error) chat.RoomID {
	return func(r chat.RoomID, _ bool, err error) chat.RoomID { s.t.Helper(); s.must(err); return r }
}
