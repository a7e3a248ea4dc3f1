package crowd

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	sdk "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// Slack is a crowd on Slack: each space is a workspace with an app of its own.
type Slack struct {
	yards  []*slackYard
	people []slackPerson
}

type slackYard struct {
	*slacktest.Server
	room *slacktest.Channel
}

type slackPerson struct {
	u    *slacktest.User
	yard *slackYard
}

var _ Crowd = (*Slack)(nil)

// NewSlack starts the workspaces.
func NewSlack(tb TB, size Size) *Slack {
	tb.Helper()
	c := &Slack{}
	for i := range size.Spaces {
		s := slacktest.New(tb, slacktest.WithoutLimits(), slacktest.WithoutRecords(), slacktest.WithPatience(time.Minute),
			slacktest.WithIDsFrom(uint64(i)*1_000_000))
		w := s.Workspace()
		c.yards = append(c.yards, &slackYard{s, w.NewChannel("help", w.Bot())})
	}
	for m := range size.Members {
		for _, y := range c.yards {
			p := y.Workspace().User(fmt.Sprint("person", m))
			y.room.Add(p)
			c.people = append(c.people, slackPerson{p, y})
		}
	}
	return c
}

// People implements Crowd.
func (c *Slack) People() int { return len(c.people) }

// Places implements Crowd.
func (c *Slack) Places() (out []Place) {
	for _, y := range c.yards {
		id := y.Workspace().ID()
		out = append(out, Place{id, id + "/" + y.room.ID()})
	}
	return out
}

// Use implements Crowd.
func (c *Slack) Use(person int, command, words string) Took {
	x := c.people[person].u.Slash("#help", "/"+command, words).Wait()
	if x.Err() != "" { // not acknowledged in time, on a machine that has other things to do
		return Took{x.Latency(), x.Latency(), true}
	}
	x.Reply()
	return Took{x.Latency(), x.RepliedAfter(), false}
}

// sockets is how many connections the echo opens to a workspace, as many as the adapter does.
const sockets = 2

// Echo implements Crowd with slack-go.
func (c *Slack) Echo(tb TB, _ string) bool {
	c.echo(tb, func(ctx context.Context, _ *sync.WaitGroup, _ *sdk.Client, client *socketmode.Client, ev socketmode.Event) {
		if ev.Type == socketmode.EventTypeSlashCommand {
			_ = client.AckCtx(ctx, ev.Request.EnvelopeID, map[string]any{"text": "ok"})
		}
	})
	return true
}

// echo gives every event of every connection to answer, which may do more in running.
func (c *Slack) echo(tb TB, answer func(ctx context.Context, running *sync.WaitGroup, api *sdk.Client, client *socketmode.Client, ev socketmode.Event)) {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, y := range c.yards {
		api := sdk.New(y.BotToken(), sdk.OptionAppLevelToken(y.AppToken()), sdk.OptionAPIURL(y.APIURL()))
		for range sockets {
			client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
			running.Go(func() { _ = client.RunContext(ctx) })
			running.Go(func() {
				for {
					select {
					case <-ctx.Done():
						return
					case ev := <-client.Events:
						answer(ctx, &running, api, client, ev)
					}
				}
			})
		}
	}
	tb.Cleanup(func() { stop(); running.Wait() })
	c.Ready(tb)
}

// Adapter implements Crowd.
func (c *Slack) Adapter(tb TB, _ *sqlstore.DB) chat.Platform {
	o := slack.Options{}
	for _, y := range c.yards {
		o.Apps = append(o.Apps, slack.App{BotToken: y.BotToken(), AppToken: y.AppToken(), APIURL: y.APIURL()})
	}
	p, err := slack.New(o)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return p
}

// Ready implements Crowd.
func (c *Slack) Ready(TB) {
	for _, y := range c.yards {
		y.AwaitSockets(sockets)
	}
}
