package slacktest_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

// An app made of slack-go answers a command; ann reads the answer and presses its button.
func Example() {
	s, err := slacktest.Start() // slacktest.New(t) in a test
	if err != nil {
		panic(err)
	}
	defer s.Close()
	w := s.Workspace()
	ann := w.User("ann", slacktest.Locale("it-IT"))
	w.NewChannel("help", ann, w.Bot())

	api := slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()))
	client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { _ = client.RunContext(ctx) }()
	go func() {
		for ev := range client.Events {
			switch data := ev.Data.(type) {
			case slack.SlashCommand:
				_ = client.AckCtx(ctx, ev.Request.EnvelopeID, map[string]any{"blocks": []slack.Block{
					slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*"+data.Text+"*", false, false), nil, nil),
					slack.NewActionBlock("acts", slack.NewButtonBlockElement("help", "", slack.NewTextBlockObject(slack.PlainTextType, "I can help", false, false))),
				}})
			case slack.InteractionCallback:
				_ = client.AckCtx(ctx, ev.Request.EnvelopeID, nil)
				_, _, _ = api.PostMessage(data.Channel.ID, slack.MsgOptionReplaceOriginal(data.ResponseURL), slack.MsgOptionText("Thank you, <@"+data.User.ID+">.", false))
			}
		}
	}()
	s.AwaitSockets(1)

	reply := ann.Slash("#help", "/ask", "How do I weld?").Reply()
	fmt.Println(reply)
	fmt.Println(ann.Press(reply, "I can help").Reply())
	fmt.Println(len(s.Faults()), "faults")
	// Output:
	// guildhall (only you): *How do I weld?*
	// [I can help]
	// guildhall (only you): Thank you, @ann.
	// 0 faults
}
