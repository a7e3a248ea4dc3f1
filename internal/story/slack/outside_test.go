package slack_test

import (
	"testing"

	"guildhall/adapters/slack/slacktest"
)

// In channels that Guildhall is not in, everything works that does not need to read there; what does says so.
func TestWhereGuildhallIsNot(t *testing.T) {
	t.Parallel()
	c := newTown(t, false)
	c.setUp()
	c.w.NewPrivate("secret", c.ann)
	c.w.NewChannel("open", c.ann)
	c.ann.Slash("#secret", "/ask", "Who has a lathe?").Wait()
	c.bea.Await("#vet-communication", slacktest.ByApp("H1 · Who has a lathe?"))
	c.only(c.ann, "#secret", slacktest.ByApp("Nice to meet you"))
	for _, room := range []string{"#secret", "#open"} {
		if got := c.ann.Slash(room, "/find", "lathe").Wait().Reply(); !slacktest.Says("H1")(got) || !got.Ephemeral {
			t.Errorf("in %s ann finds %s", room, got)
		}
		talk := c.ann.Say(room, "a thing worth keeping: https://example.org/"+room[1:])
		c.ann.MessageShortcut("message:promote", talk).Wait()
		c.only(c.ann, room, slacktest.ByApp("I can't read that talk", "/invite @Guildhall"))
		c.ann.MessageShortcut("message:deposit", talk).Wait()
		c.only(c.ann, room, slacktest.ByApp(room[1:], "is in the toolbox"))
	}
	// Nothing of it was said where others read it, and we entered nothing.
	if n := len(c.w.Channel("secret").All()) + len(c.w.Channel("open").All()); n != 2 {
		t.Errorf("%d messages stand there", n)
	}
	if n := c.Count("conversations.join"); n != 0 {
		t.Errorf("%d channels were joined", n)
	}
	for _, f := range c.Faults() {
		t.Errorf("broke a rule of Slack's: %s", f)
	}
}
