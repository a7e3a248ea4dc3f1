package digest

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/text"
)

func (b *bot) showCommand() chat.Command {
	return chat.Command{Path: "digest show", Text: "digest.show", Role: community.RoleMember, Reads: true, Personal: true, Top: 7, Run: b.show}
}

// show is a digest of the last week for one reader, now.
func (b *bot) show(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	w := digest.WindowOf(c.Now.AddDate(0, 0, -7), c.Now)
	all, err := b.gather(ctx, c.Community.ID, w)
	if err != nil {
		return chat.Reply{}, err
	}
	chosen := digest.Choose(all.items, readerOf(c.Member), w, nil)
	r := chat.PersonalSay("digest.show.head", text.Args{"n": len(chosen)})
	if len(chosen) == 0 {
		return chat.PersonalSay("digest.show.nothing", nil).Button("find", nil), nil
	}
	r.Lines = append(r.Lines, head(all.people, all.countries))
	r.List, err = b.rows(ctx, c.Community.ID, digest.Keep(chosen), c.Lang, w.Until, c.Location())
	return r.Button("digest settings", nil), err
}

func (b *bot) whyCommand() chat.Command {
	return chat.Command{Path: "digest why", Text: "digest.why", Role: community.RoleMember, Reads: true, Run: b.why}
}

// why says how the last digest of this space was chosen.
func (b *bot) why(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	rooms, err := b.People.Rooms(ctx, c.Community.ID)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list rooms: %w", err)
	}
	r := chat.OnlyYouSay("digest.why.what", text.Args{"community": c.Community.Name, "most": digest.MostItems})
	for _, room := range rooms {
		here := c.Space.ID == "" || room.Platform == c.Space.Platform && room.Space == c.Space.ID
		if !here || !room.Is(community.News) {
			continue
		}
		i, err := b.Issues.Newest(ctx, c.Community.ID, room.Platform, room.ID)
		if err != nil || i == nil {
			return r, err
		}
		zone := c.Location()
		r = r.Line("digest.why.last", text.Args{"since": text.DateOf(i.Since.In(zone)), "until": text.DateOf(i.Until.In(zone))})
		for _, x := range i.Items {
			brief, ok, err := b.brief(ctx, c.Community.ID, x.ID)
			if err != nil {
				return r, err
			}
			if !ok {
				continue
			}
			r.List = append(r.List, chat.Item{Text: chat.P("digest.why.item",
				text.Args{"id": chat.Rec(x.ID), "title": brief.Title, "part": text.Key("digest.part." + string(x.Part)), "score": x.Score})})
		}
		return r, nil
	}
	return r, nil
}
