package chat

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/community"
)

// writeCommand is the button "You may write to me": on some services a person is written to directly
// only after they said so.
func (e *Engine) writeCommand() Command {
	return Command{Path: "write me", Text: "chat.write", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []Arg{{Name: "may", Kind: Yes}},
		Run: func(ctx context.Context, c *Call) (Reply, error) {
			may := !c.Has("may") || c.Yes("may")
			err := e.store.Directory.AllowDirect(ctx, c.Community.ID, c.Event.Where.Platform, c.Event.From.Account, may)
			if err != nil {
				return Reply{}, fmt.Errorf("note a permission: %w", err)
			}
			if !may {
				return OnlyYouSay("chat.write.no", nil), nil
			}
			return OnlyYouSay("chat.write.yes", nil).Press(Press{Command: "write me", Given: Given{"may": "no"}, Label: "chat.write.stop"}), nil
		}}
}

// noticePrefix begins the keys of to-dos that are notices.
const noticePrefix = "notice/"

// keepNotice makes a to-do of what a person should know and cannot be told directly. It stays until
// they have pressed that they saw it.
func (e *Engine) keepNotice(ctx context.Context, l letter, key string) error {
	if !l.Notice {
		return nil
	}
	member, err := e.store.Directory.Member(ctx, l.Of, l.Member)
	if err != nil {
		return fmt.Errorf("load member: %w", err)
	}
	com, err := e.store.Directory.Community(ctx, l.Of)
	if err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	info := e.platforms[l.To.Platform].Platform()
	seen, err := e.voiceFor(member, com, "", info).message(ctx, Say{Buttons: []Press{{Command: "seen", Given: Given{"notice": key}}}})
	if err != nil {
		return err
	}
	l.Message.Buttons = append(l.Message.Buttons, seen.Buttons...)
	if err := e.todo(ctx, l.Of, l.Member, Post{Todo: noticePrefix + key}, l.Message); err != nil {
		return err
	}
	return e.homeChanged(ctx, l.Of, l.Member, key)
}

// seenCommand is the button of a notice on a person's own page: it is taken off there.
func (e *Engine) seenCommand() Command {
	return Command{Path: "seen", Text: "chat.seen", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []Arg{{Name: "notice", Kind: Line, Required: true}},
		Run: func(_ context.Context, c *Call) (Reply, error) {
			key := strings.TrimPrefix(c.Text("notice"), noticePrefix)
			r := OnlyYouSay("chat.seen.done", nil).Press(Press{Command: "help", Label: "chat.see"})
			r.Done = append(r.Done, Todo{Member: c.Member.No, Key: noticePrefix + key})
			return r, nil
		}}
}
