package crowd

import (
	"context"
	"strings"
	"sync"
	"time"

	sdk "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// SlackTalk is the same crowd, who write to the app in the channel (@Guildhall note …) and are answered there by a
// message, for all to see.
type SlackTalk struct{ *Slack }

var _ Crowd = SlackTalk{}

// Use implements Crowd. Nobody sees when a message was acknowledged.
func (c SlackTalk) Use(person int, command, words string) Took {
	p := c.people[person]
	begun := time.Now()
	said := p.u.SayRaw("#help", "<@"+p.yard.Workspace().Bot().ID()+"> "+command+" "+words)
	answer := p.u.AwaitAnswer(said, strings.TrimSpace(words))
	return Took{Seen: time.Since(begun), Late: answer.TS == ""}
}

// Echo implements Crowd with slack-go.
func (c SlackTalk) Echo(tb TB, _ string) bool {
	c.echo(tb, func(ctx context.Context, running *sync.WaitGroup, api *sdk.Client, client *socketmode.Client, ev socketmode.Event) {
		if ev.Type != socketmode.EventTypeEventsAPI {
			return
		}
		_ = client.AckCtx(ctx, ev.Request.EnvelopeID, nil)
		outer, _ := ev.Data.(slackevents.EventsAPIEvent)
		if said, is := outer.InnerEvent.Data.(*slackevents.AppMentionEvent); is {
			running.Go(func() { // it goes on reading
				if _, _, err := api.PostMessageContext(ctx, said.Channel, sdk.MsgOptionText("ok "+said.Text, false)); err != nil && ctx.Err() == nil {
					tb.Errorf("%v", err)
				}
			})
		}
	})
	return true
}
