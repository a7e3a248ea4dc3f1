package moderation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

func (b *bot) topicCommand() chat.Command {
	return chat.Command{Path: "mod topic", Text: "moderation.topic", Role: community.RoleModerator, Run: b.topic,
		Args: []chat.Arg{
			{Name: "do", Kind: chat.Choice, Choices: []string{"list", "add", "rename", "merge"}},
			{Name: "topic", Kind: chat.Line, Max: community.MaxLabel + 100},
			{Name: "to", Kind: chat.Line, Max: community.MaxLabel},
			{Name: "language", Kind: chat.Language, Typed: true},
		}}
}

func (b *bot) topic(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	known, err := b.Lists.Topics(ctx, c.Community.ID)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load topics: %w", err)
	}
	lang := c.Text("language")
	if lang == "" {
		lang = c.Community.Language
	}
	do := c.Text("do")
	if do == "" || do == "list" {
		return listTopics(c, known), nil
	}
	if c.Text("topic") == "" {
		names := []string{"topic", "to"}
		if do == "add" {
			names = []string{"topic"}
		}
		return chat.AskFor("mod topic", c.Given, names...), nil
	}
	if do == "add" {
		t, err := b.Office.AddTopic(ctx, c.Member, c.Text("topic"), lang)
		if err != nil {
			return chat.Reply{}, err
		}
		other := "it"
		if lang == other {
			other = "en"
		}
		return chat.OnlyYouSay("moderation.topic.added", text.Args{"topic": t.Label(lang), "code": text.Code(t.Code)}).
			Note("moderation.topic.other_label", text.Args{"line": c.Platform.Prefix + "mod topic rename " + t.Code + " \"…\" language:" + other}), nil
	}
	topic, to := split(c.Text("topic"), c.Text("to"), func(s string) bool { return code(known, s) != "" })
	switch {
	case code(known, topic) == "":
		return chat.Reply{}, text.RefuseArg("topic", "community.topic.none", nil)
	case to == "":
		return chat.AskFor("mod topic", c.With("topic", topic), "to"), nil
	case do == "rename":
		t, err := b.Office.RenameTopic(ctx, c.Member, code(known, topic), to, lang)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.OnlyYouSay("moderation.topic.renamed", text.Args{"code": text.Code(t.Code), "topic": to,
			"language": text.LanguageName(lang, c.Lang)}), nil
	}
	if code(known, to) == "" {
		return chat.Reply{}, text.RefuseArg("to", "community.topic.none", nil)
	}
	gone, kept, err := b.Office.MergeTopics(ctx, c.Member, code(known, topic), code(known, to))
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.OnlyYouSay("moderation.topic.merged", text.Args{"gone": gone.Label(c.Lang), "kept": kept.Label(c.Lang)}), nil
}

// code is the topic that is called s, by its code or its name in any language; empty for none.
func code(known []community.Topic, s string) string {
	f := text.Fold(s)
	for _, t := range known {
		if f != "" && f == text.Fold(t.Code) {
			return t.Code
		}
	}
	for _, t := range known {
		for _, l := range t.Labels {
			if f != "" && f == text.Fold(l) {
				return t.Code
			}
		}
	}
	return ""
}

// split parts what was typed without quotes into two, where the first is one that is known: the
// longest such.
func split(first, second string, known func(string) bool) (string, string) {
	if second != "" || known(first) {
		return first, second
	}
	words := strings.Fields(first)
	for i := len(words) - 1; i > 0; i-- {
		if head := strings.Join(words[:i], " "); known(head) {
			rest := words[i:]
			if len(rest) > 1 && slices.Contains([]string{"into", "to", "in", "→", "->"}, strings.ToLower(rest[0])) {
				rest = rest[1:]
			}
			return head, strings.Trim(strings.Join(rest, " "), `"“”„«»`)
		}
	}
	return first, second
}

func listTopics(c *chat.Call, known []community.Topic) chat.Reply {
	r := chat.OnlyYouSay("moderation.topic.list", nil)
	for _, t := range known {
		if t.Hidden {
			continue
		}
		var labels []string
		for _, lang := range slices.Sorted(maps.Keys(t.Labels)) {
			labels = append(labels, t.Labels[lang]+" ("+lang+")")
		}
		r.List = append(r.List, chat.Item{Text: chat.P("moderation.topic.line", text.Args{"code": text.Code(t.Code), "labels": strings.Join(labels, " · ")})})
	}
	return r.Press(chat.Press{Command: "mod topic", Given: chat.Given{"do": "add"}, Label: "moderation.topic.add"}).
		Note("moderation.topic.how", text.Args{"rename": c.Platform.Prefix + "mod topic rename didactics \"…\" language:it", "merge": c.Platform.Prefix + "mod topic merge green-skills into didactics"})
}
