package help

import (
	"context"
	"testing"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

var infos = []chat.CommandInfo{
	{Path: "ask", About: "Asks for help.", Example: "How?", Role: community.RoleMember, Section: community.Communication,
		Args: []chat.ArgInfo{{Name: "question", Label: "Question", Required: true}, {Name: "topic", Label: "Topic", Hint: "One word."},
			{Name: "urgency", Label: "How soon", Options: []chat.Option{{Value: "today", Label: "Today"}, {Value: "whenever", Label: "No hurry"}}}}},
	{Path: "collab open", About: "Opens a collaboration.", Role: community.RoleMember, Section: community.Collaboration},
	{Path: "collab join", About: "Joins one.", Role: community.RoleMember, Section: community.Collaboration},
	{Path: "mod queue", About: "Shows what waits.", Role: community.RoleModerator},
	{Path: "secret", Role: community.RoleMember, Hidden: true},
	{Path: "help", About: "Helps.", Role: community.Anyone},
}

// asks gives what a member of a role reads when they ask for help about something.
func asks(t *testing.T, about string, role community.Role) (lines []string, reply chat.Reply, err error) {
	t.Helper()
	b := New(func(string) []chat.CommandInfo { return infos })
	cat, err := text.Load(b.Words)
	if err != nil {
		t.Fatal(err)
	}
	c := (&chat.Call{Lang: "en", Platform: chat.Info{Prefix: "/"}}).Filled(map[string]string{"command": about})
	if role > community.Anyone {
		c.Community, c.Member = community.Community{ID: 1, Name: "VET Net"}, community.Member{No: 1, Role: role}
	}
	reply, err = b.Commands[0].Run(context.Background(), c)
	for _, p := range reply.Lines {
		lines = append(lines, cat.Plain("en", p.Key, p.Args))
	}
	for _, it := range reply.List {
		line := cat.Plain("en", it.Text.Key, it.Text.Args)
		if it.Detail.Key != "" {
			line += " " + cat.Plain("en", it.Detail.Key, it.Detail.Args)
		}
		lines = append(lines, line)
	}
	return lines, reply, err
}

func TestHelpShowsWhatTheReaderMayDo(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		about string
		role  community.Role
		want  []string
	}{
		"bare":      {"", community.RoleMember, []string{"This is VET Net. What would you like to do?"}},
		"outside":   {"", community.Anyone, []string{"I'm Guildhall: I turn a chat into a learning network. This place is not part of one yet; an admin of it can type /setup."}},
		"one":       {"/ask", community.RoleMember, []string{"/ask · Asks for help.", "For example: /ask How?", "question", "topic (may be left out) One word.", "urgency · How soon (may be left out) today / whenever"}},
		"a group":   {"collab", community.RoleMember, []string{"These begin with /collab:", "/collab join · Joins one.", "/collab open · Opens a collaboration."}},
		"member":    {"all", community.RoleMember, []string{"This is what you can do here. Type /help and a command to see more about it.", "Communication · /ask", "Collaboration · /collab join / open", "For all of it · /help"}},
		"a section": {"collaboration", community.RoleMember, []string{"Collaboration:", "/collab join · Joins one.", "/collab open · Opens a collaboration."}},
		"moderator": {"mod", community.RoleModerator, []string{"These begin with /mod:", "/mod queue · Shows what waits."}},
	} {
		lines, _, err := asks(t, x.about, x.role)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(lines) != len(x.want) {
			t.Errorf("%s: %q", name, lines)
			continue
		}
		for i, want := range x.want {
			if lines[i] != want {
				t.Errorf("%s: line %d is %q, want %q", name, i, lines[i], want)
			}
		}
	}
}

func TestHelpHidesWhatTheReaderMayNotDo(t *testing.T) {
	t.Parallel()
	for _, about := range []string{"mod", "mod queue", "secret", "nothing", "@everyone"} {
		if lines, _, err := asks(t, about, community.RoleMember); err == nil {
			t.Errorf("%q: %q", about, lines)
		}
	}
}

func TestTheFiveAreThoseThatExist(t *testing.T) {
	t.Parallel()
	_, r, err := asks(t, "", community.RoleMember)
	if err != nil || len(r.Buttons) != 2 || r.Buttons[0].Command != "ask" || r.Buttons[1].Command != "help" || !r.Waiting {
		t.Errorf("%+v %v", r.Buttons, err)
	}
}
