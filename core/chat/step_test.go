package chat_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// survey has a form of n questions, the first and the last required.
func survey(n int) chat.Bot {
	var labels []string
	cmd := chat.Command{Path: "survey", Text: "survey.take", Role: community.RoleMember}
	for i := 1; i <= n; i++ {
		labels = append(labels, fmt.Sprintf(`"q%d":"Question %d"`, i, i))
		cmd.Args = append(cmd.Args, chat.Arg{Name: fmt.Sprintf("q%d", i), Kind: chat.Line, Max: 10, Typed: i > 1, Required: i == 1 || i == n})
	}
	cmd.Run = func(_ context.Context, c *chat.Call) (chat.Reply, error) {
		var all []string
		for i := 1; i <= n; i++ {
			if s := c.Text(fmt.Sprintf("q%d", i)); s != "" {
				all = append(all, fmt.Sprintf("%d=%s", i, s))
			}
		}
		return chat.OnlyYouSay("survey.done", text.Args{"all": strings.Join(all, " ")}), nil
	}
	words := &fstest.MapFile{Data: []byte(`{"survey":{"done":"{all}","take":{"about":"Asks.","button":"Ask","example":"x","arg":{` + strings.Join(labels, ",") + `}}}}`)}
	return chat.Bot{Name: "survey", Words: fstest.MapFS{"text/en.json": words, "text/it.json": words}, Commands: []chat.Command{cmd}}
}

// A form with more questions than are shown at once comes in steps; what is wrong in a step is asked again before the
// next, and nothing that was given gets lost.
func TestLongFormsComeInSteps(t *testing.T) {
	t.Parallel()
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false)}
	w.web.Info.Limits.Step = 3
	w.World = bottest.New(t, bottest.OpenStore(t), []chat.Platform{w.web, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{survey(8)} })
	w.people(t)
	form := w.typed("ann", "survey").Form
	submit := func(g chat.Given) chat.Answer {
		ev := w.event(chat.Submitted, "ann")
		ev.Key, ev.Given = form.Key, g
		a := w.Handle(ev)
		if a.Form != nil {
			form = a.Form
		}
		return a
	}
	want := func(submitLabel, problem string, names ...string) {
		t.Helper()
		var got []string
		for _, in := range form.Inputs {
			got = append(got, in.Name)
			if in.Name == "q1" || in.Name == "q4" {
				if in.Problem != problem {
					t.Errorf("the problem of %s is %q", in.Name, in.Problem)
				}
			}
		}
		if !slices.Equal(got, names) || form.Submit != submitLabel {
			t.Fatalf("%q asks for %v, want %q for %v", form.Submit, got, submitLabel, names)
		}
	}
	const long = "Question %d may have at most 10 characters."
	want("Next", "", "q1", "q2", "q3")
	submit(chat.Given{"q1": "much too long"})
	want("Next", fmt.Sprintf(long, 1), "q1", "q2", "q3")
	submit(chat.Given{"q1": "one", "q3": "three"})
	want("Next", "", "q4", "q5", "q6")
	submit(chat.Given{"q4": "much too long", "q5": "five"})
	want("Next", fmt.Sprintf(long, 4), "q4", "q5", "q6")
	submit(chat.Given{"q4": "four"})
	want("Ask", "", "q7", "q8")
	submit(chat.Given{"q7": "seven"}) // the last is required
	want("Ask", "", "q7", "q8")
	if got := said(submit(chat.Given{"q8": "eight"})); got != "1=one 3=three 4=four 5=five 7=seven 8=eight" {
		t.Error(got)
	}
}
