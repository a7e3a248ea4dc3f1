package discord_test

import (
	"regexp"
	"strings"
	"testing"

	"guildhall/adapters/discord/discordtest"
)

var invitation = regexp.MustCompile(`[A-Z]+-\d+-[A-Z]+`)

// Two servers of one community: what is answered in one is read in the other, and follows its edits.
func TestTwoServersOfOneCommunity(t *testing.T) {
	t.Parallel()
	s := openServer(t, discordtest.Options{})
	s.setUp()
	here := s.room("vet-communication")
	s.sees(s.ann, here, "I'm Guildhall")

	dan, there := s.joined(here)

	// One question, one card in each server; the asker is mentioned at home only.
	s.has(s.did(s.ann.Slash(here, "ask", discordtest.Opt("question", "How do you assess welders?"))).Text(), "H1")
	mine, theirs := s.threaded(s.sees(s.ann, here, "H1", "welders")), s.threaded(s.sees(dan, there, "H1", "welders"))
	if len(mine.Pings.Users) != 1 || !theirs.Pings.None() {
		t.Errorf("notified %+v here and %+v there", mine.Pings, theirs.Pings)
	}
	answer, err := dan.Say(theirs.Thread(), "With a *video* portfolio, @everyone")
	s.must(err)
	copied := s.sees(s.ann, mine.Thread(), "dan", "portfolio")
	if copied.Pings.Everyone || len(copied.Pings.Users) > 1 || copied.Author != s.App().Bot {
		t.Errorf("the copy is by %v and notified %+v", copied.Author, copied.Pings)
	}
	s.must(dan.Edit(answer, "With a video portfolio and a rubric"))
	_, err = s.ann.SeesChange(copied, "the edit", func(m discordtest.Message) bool { return strings.Contains(m.Text(), "and a rubric") })
	s.must(err)
	// It solved the request: the asker says so on the copy.
	i, err := s.ann.UseOn(copied, "This solved it")
	s.must(err)
	s.has(s.did(i, err).Text(), "H1")
	s.sees(dan, there, "H1", "solved", "dan")
	s.must(dan.Delete(answer))
	s.must(s.ann.SeesGone(copied))
}

// joined brings a second server into the community by a code, and returns its admin and its room for help.
func (s *server) joined(here *discordtest.Channel) (dan *discordtest.Person, there *discordtest.Channel) {
	s.t.Helper()
	code := invitation.FindString(s.did(s.mia.Slash(here, "setup invite")).Text())
	if code == "" {
		s.t.Fatal("the invitation has no code")
	}
	other := s.AddGuild("ZDZ Poznań")
	hall := other.AddChannel("hall")
	dan = s.AddPerson("dan")
	other.JoinAsAdmin(dan)
	s.has(s.did(dan.Slash(hall, "setup join", discordtest.Opt("code", code))).Text(), "I have asked", "VET Net")
	todo := s.did(s.mia.Slash(here, "help"))
	s.has(todo.Text(), "ZDZ Poznań", "wants to join")
	s.did(s.press(s.mia, todo, "Accept"))
	there, err := other.AwaitChannel("its room", func(c *discordtest.Channel) bool { return c.Name() == "vet-communication" })
	s.must(err)
	s.sees(dan, there, "I'm Guildhall")
	return dan, there
}

// Without Message Content an answer is carried on by an action on it.
func TestAnAnswerIsSharedWithoutMessageContent(t *testing.T) {
	t.Parallel()
	s := openServer(t, discordtest.Options{Disallowed: discordtest.MessageContent})
	form := s.opened(s.mia.Slash(s.lobby, "setup start"))
	s.did(s.press(s.mia, s.did(s.mia.Submit(form, map[string]any{"name": "VET Net"})), "Do it"))
	here := s.room("vet-communication")
	s.sees(s.ann, here, "I'm Guildhall")
	dan, there := s.joined(here)
	s.has(s.did(s.ann.Slash(here, "ask", discordtest.Opt("question", "How do you assess welders?"))).Text(), "H1")
	mine, theirs := s.threaded(s.sees(s.ann, here, "H1", "welders")), s.threaded(s.sees(dan, there, "H1", "welders"))
	answer, err := dan.Say(theirs.Thread(), "With a video portfolio")
	s.must(err)
	s.has(s.did(dan.UseOn(answer, "Share this answer")).Text(), "It appears in all threads of", "now")
	s.sees(s.ann, mine.Thread(), "dan", "With a video portfolio")
	s.has(s.did(dan.UseOn(answer, "Share this answer")).Text(), "already")
	talk, err := dan.Say(there, "Just talk")
	s.must(err)
	s.has(s.did(dan.UseOn(talk, "Share this answer")).Text(), "Only an answer in a request's thread")
}
