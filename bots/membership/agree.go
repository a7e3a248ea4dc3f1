package membership

import (
	"context"
	"errors"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// agreeCommand is the button by which a moderator agrees that what is given in an encrypted room is
// kept outside the encryption. It is Alone so that it runs where nothing else is taken yet.
func (b *bot) agreeCommand() chat.Command {
	return chat.Command{Path: "agree", Text: "membership.agree", Role: community.RoleModerator, Hidden: true, Alone: true, Run: b.agree}
}

func (b *bot) agree(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	switch {
	case c.Community.ID == 0:
		return chat.Reply{}, text.Refuse("chat.no_community", nil)
	case c.Event.Direct || c.Event.Where.Room == "":
		return chat.Reply{}, text.Refuse("membership.agree.not_here", nil)
	case c.Room.Agreed:
		return chat.OnlyYouSay("membership.agree.again", nil), nil
	}
	at, room := c.Event.Where, c.Room
	if room.ID == "" { // a room that we were brought into
		room = community.Room{Community: c.Community.ID, Platform: string(at.Platform), Space: string(at.Space), ID: string(at.Room),
			Name: text.Clean(c.Event.Named, 80)}
	}
	room.Encrypted, room.Agreed = true, true
	if err := b.Lists.AddRoom(ctx, room); err != nil {
		return chat.Reply{}, fmt.Errorf("keep that a moderator agreed: %w", err)
	}
	if err := b.Office.Note(ctx, c.Member, "room.agreed", ""); err != nil {
		return chat.Reply{}, err
	}
	return chat.InRoomSay("membership.agree.done", text.Args{"who": text.Person{Name: c.Member.Name}}), nil
}

// refused says whether an error is a rule's no.
func refused(err error) bool {
	var no *text.Refusal
	return errors.As(err, &no)
}
