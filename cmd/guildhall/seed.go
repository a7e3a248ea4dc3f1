package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// invitation is the code in what a moderator is told when they invite another space.
var invitation = regexp.MustCompile(`setup join ([A-Z]+-\d+-[A-Z]+)`)

// seed tells the demo's story: a network of two spaces in its second week. Everything in it was said
// and pressed in the chat, as a visitor would. In a folder that has a community already it does
// nothing.
func (p *program) seed(ctx context.Context, address string) error {
	has, err := p.db.Directory().Communities(ctx)
	if err != nil || len(has) > 0 {
		return err
	}
	t := &teller{url: address, http: &http.Client{Timeout: time.Minute}}
	for _, chapter := range []func(context.Context, *teller) error{settingUp, whoIsWho, helping, depositing, together, keeping} {
		if err := chapter(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// The people and places of the story.
const (
	anna, bogdan, mary = webchat.DemoAnna, webchat.DemoBogdan, webchat.DemoMary
	net_, poznan       = webchat.DemoNet, webchat.DemoPoznan
	talk_, box         = "vet-communication", "vet-sharing"
	workshop, ownPage  = "vet-collaboration", ""
)

// step is one thing that happens.
type step func(context.Context, *teller) error

func inOrder(ctx context.Context, t *teller, steps ...step) error {
	for _, s := range steps {
		if err := s(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func says(who chat.AccountID, space chat.SpaceID, room, about, text string, files ...attachment) step {
	return func(ctx context.Context, t *teller) error { return t.say(ctx, who, space, room, about, text, files...) }
}

func reads(who chat.AccountID, space chat.SpaceID, room, about string) step {
	return func(ctx context.Context, t *teller) error {
		_, err := t.reads(ctx, who, space, room, about)
		return err
	}
}

func presses(who chat.AccountID, label, about string) step {
	return func(ctx context.Context, t *teller) error { return t.presses(ctx, who, label, about) }
}

func settingUp(ctx context.Context, t *teller) error {
	lobby := "lobby"
	if err := inOrder(ctx, t,
		says(mary, net_, lobby, "", `/setup start name:"VET Net" language:en timezone:Europe/Dublin sure:yes`),
		reads(mary, net_, talk_, "I'm Guildhall"),
		says(mary, net_, talk_, "", "Welcome to VET Net! Ask whatever you like here; somebody in the network has been there before."),
		says(mary, net_, lobby, "", "/setup invite"),
	); err != nil {
		return err
	}
	told, err := t.reads(ctx, mary, net_, lobby, "setup join")
	if err != nil {
		return err
	}
	code := invitation.FindStringSubmatch(told)
	if code == nil {
		return fmt.Errorf("no code in %q", told)
	}
	return inOrder(ctx, t,
		says(bogdan, poznan, lobby, "", "/setup join "+code[1]),
		presses(mary, "Accept", "ZDZ Poznań"),
	)
}

func whoIsWho(ctx context.Context, t *teller) error {
	return inOrder(ctx, t,
		says(mary, "", ownPage, "", `/profile language:en country:IE organisation:"Cork ETB" quote:always topics:didactics,funding`),
		says(anna, "", ownPage, "", `/profile language:it country:IT organisation:"CFP Bologna" quote:always topics:didactics`),
		says(bogdan, "", ownPage, "", `/profile language:en country:PL organisation:"ZDZ Poznań" quote:always topics:didactics helper:yes`),
		presses(mary, "Confirm", "Cork ETB"), presses(mary, "Confirm", "CFP Bologna"), presses(mary, "Confirm", "ZDZ Poznań"),
	)
}

const question = "Come valutare a distanza gli apprendisti saldatori?"

func helping(ctx context.Context, t *teller) error {
	if err := inOrder(ctx, t,
		says(anna, net_, talk_, "", `/ask "`+question+`" topic:didactics language:it`),
		says(bogdan, poznan, talk_, question, "We use video portfolios with a shared rubric: one short film for each exercise, and the mentor ticks five points while watching."),
		says(mary, net_, talk_, question, "In Cork the apprentices score their own film first. They are stricter than we are."),
	); err != nil {
		return err
	}
	return inOrder(ctx, t,
		func(ctx context.Context, t *teller) error {
			return t.reacts(ctx, anna, net_, talk_, "video portfolios with a shared rubric", "✅")
		},
		says(bogdan, poznan, talk_, "", `/ask "How do you find partner companies for Erasmus+ placements?" topic:funding language:en`),
	)
}

func depositing(ctx context.Context, t *teller) error {
	return inOrder(ctx, t,
		says(bogdan, poznan, box, "", `/deposit title:"Rubryka oceny spawania" summary:"Five points for assessing a weld from a short film, with pictures of good and poor seams." language:pl licence:CC-BY-4.0 kind:assessment topics:didactics`,
			attachment{"rubryka-oceny-spawania.pdf", onePage("Rubryka oceny spawania")}),
		says(mary, net_, box, "", `/deposit title:"Handbook for in-company mentors" summary:"How to show, let try, and talk about it afterwards." language:en licence:CC-BY-SA-4.0 kind:document topics:competences`,
			attachment{"mentor-handbook.pdf", onePage("Handbook for in-company mentors")}),
		says(anna, net_, box, "", "/used R1"),
	)
}

func together(ctx context.Context, t *teller) error {
	return inOrder(ctx, t,
		says(mary, net_, workshop, "", `/collab open theme:"A shared rubric for remote assessment" goal:"One rubric that works in three countries" until:"6 weeks" topic:didactics`),
		reads(bogdan, poznan, workshop, "A shared rubric for remote assessment"),
		says(bogdan, poznan, workshop, "", "/collab join C1"),
		says(anna, net_, workshop, "", "/collab join C1"),
		says(bogdan, poznan, workshop, "", `/collab update C1 "The first five points are translated."`),
	)
}

func keeping(ctx context.Context, t *teller) error {
	if err := t.uses(ctx, mary, net_, talk_, question, "promote"); err != nil {
		return err
	}
	if err := t.submits(ctx, mary, net_, talk_, map[string]string{"title": "Remote assessment with video portfolios"}, "video portfolios", "score their own"); err != nil {
		return err
	}
	return inOrder(ctx, t,
		reads(mary, net_, talk_, "P1"),
		says(mary, "", ownPage, "", `/practice edit P1 context:"Apprentices who weld in small firms, far from the school." `+
			`problem:"Practical work was assessed twice a year, too late to change anything." `+
			`approach:"One short film for each exercise; the apprentice scores it first, then the mentor, with the same five points." `+
			`results:"In Cork 14 of 16 apprentices passed at the first try." limits:"Needs a telephone with a camera and a quiet corner." `+
			`transfer:"The five points are translated; begin with one exercise."`),
		says(mary, "", ownPage, "", "/practice submit P1"),
		says(anna, "", ownPage, "", "/practice reviewer yes"),
		reads(anna, "", ownPage, "P1"),
	)
}

// onePage is a PDF of one page with a title.
func onePage(title string) []byte {
	plain := strings.NewReplacer("(", "", ")", "", `\`, "").Replace(title)
	text := "BT /F1 24 Tf 72 760 Td (" + plain + ") Tj ET"
	parts := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text), "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, part := range parts {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, part)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(parts)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(parts)+1, xref)
	return b.Bytes()
}
