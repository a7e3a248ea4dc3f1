package slack_test

import (
	"fmt"
	"testing"

	"guildhall/adapters/slack/slacktest"
)

// A method that Slack closes for an hour, and refusals with odd ends, stop nothing else: neither what is said in the
// same room, nor anything in another; and what waits holds no worker.
func TestRefusalsStopNothingElse(t *testing.T) {
	t.Parallel()
	c := newTown(t, false)
	c.setUp()
	const room = "#vet-communication"
	topics := []string{"a lathe", "some tongs", "visors", "an anvil"}
	for i, what := range topics {
		c.ann.Slash(room, "/ask", fmt.Sprintf("Number %d: who has %s?", i+1, what)).Wait()
		c.bea.Await(room, slacktest.ByApp(fmt.Sprintf("H%d · ", i+1)))
	}
	closed := c.Count("chat.update")
	c.Trouble(slacktest.Trouble{Method: "chat.update", Kind: slacktest.RateLimited, Times: -1, RetryAfter: "99999999999999999999"})
	odd := []string{"none", "soon"} // more of them: TestOddRetryAfters
	for _, header := range odd {
		c.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.RateLimited, RetryAfter: header})
	}
	posts := c.Count("chat.postMessage")
	for i := range topics { // each would change its card, and says so in its thread
		card := c.bea.Await(room, slacktest.ByApp(fmt.Sprintf("H%d · ", i+1)))
		c.ann.Slash(room, "/guildhall", fmt.Sprintf("solved H%d", i+1)).Wait()
		c.bea.AwaitReply(card, slacktest.ByApp("solved"))
	}
	c.bea.Slash("#vet-sharing", "/deposit", `"A guide" https://example.org/guide`).Wait()
	c.ann.Await("#vet-sharing", slacktest.ByApp("R1", "A guide"))
	if got := c.Count("chat.update") - closed; got != 1 {
		t.Errorf("%d edits were tried though Slack asked for an hour", got)
	}
	// One for each of what was said, and one for each refusal.
	if got := c.Count("chat.postMessage") - posts; got > len(topics)+2+len(odd)+4 {
		t.Errorf("%d posts were tried", got)
	}
}
