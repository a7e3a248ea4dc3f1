package slack_test

import (
	"regexp"
	"strings"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
)

// unfinished is what a sentence must not show: a command that is not written whole, a gap where a name belongs.
var unfinished = regexp.MustCompile(`/guildhall[a-z]|no  ?here|no \.|nessun  ?\.|\{[a-z_]+\}|%!`)

// Every command without any argument opens a form, or says in whole sentences what came of it or what it wants.
func TestEveryCommandByItself(t *testing.T) {
	t.Parallel()
	c := newTown(t, false)
	alone := c.mia.Slash("#general", "/guildhall", "").Wait().Reply()
	if !strings.Contains(alone.Shown, "/guildhall setup") {
		t.Errorf("a new workspace is told %q", alone.Shown)
	}
	c.setUp()
	commands, err := build.Commands("en")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, cmd := range commands {
		if cmd.Hidden || cmd.Path == "mydata erase" || strings.HasPrefix(cmd.Path, "setup") {
			continue
		}
		tried++
		x := c.mia.Slash("#general", "/guildhall", cmd.Path).Wait()
		shown := ""
		c.Await("what comes of "+cmd.Path, func() bool {
			if v, ok := c.mia.Modal(); ok && v.Shown != "" {
				shown = v.Shown
			}
			for _, m := range x.Replies() {
				shown = m.Shown
			}
			if shown == "" && wantsFile(cmd) {
				shown = "a file"
			}
			return shown != ""
		})
		if x.Err() != "" || unfinished.MatchString(shown) {
			t.Errorf("/guildhall %s: %s %s", cmd.Path, x.Err(), shown)
		}
		if v, ok := c.mia.Modal(); ok && v.Shown != "" {
			c.mia.CloseAllModals()
		}
	}
	if tried < 30 {
		t.Errorf("only %d commands were tried", tried)
	}
	if got := c.mia.Slash("#general", "/guildhall", "help").Wait().Reply(); !slacktest.Says("VET Net")(got) {
		t.Errorf("after all that help says %s", got)
	}
	for _, f := range c.Faults() {
		t.Errorf("broke a rule of Slack's: %s", f)
	}
}

// wantsFile says whether a command is answered by a message with a file, in the person's own conversation.
func wantsFile(c chat.CommandInfo) bool { return c.Path == "mydata export" }
