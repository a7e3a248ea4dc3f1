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
	w := digest.WindowOf(c.Now.AddDate(0, 0, -7), c.Now, digest.LongestWindow)
	pool, err := b.lately.pool(c.Community.ID, c.Now, func() ([]digest.Item, error) { return b.gather(ctx, c.Community.ID, w, fewChanges) })
	if err != nil {
		return chat.Reply{}, err
	}
	people, countries, err := b.Changes.AtWork(ctx, c.Community.ID, w.Since, w.Until)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("count who was at work: %w", err)
	}
	tasks, err := b.Issues.Tasks(ctx, c.Community.ID, []int64{c.Member.No})
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read to-dos: %w", err)
	}
	chosen := pool.Choose(readerOf(c.Member), w, nil, asked(c.Member.No, tasks[c.Member.No])...)
	r := chat.PersonalSay("digest.show.head", text.Args{"n": len(chosen)})
	if len(chosen) == 0 {
		return chat.PersonalSay("digest.show.nothing", nil).Button("find", nil), nil
	}
	r.Lines = append(r.Lines, head(people, countries))
	look := look{of: c.Community.ID, lang: c.Lang, until: w.Until, zone: c.Location(), member: c.Member.No, platform: c.Space.Platform, own: c.Space.ID}
	r.List, _, err = b.rows(ctx, look, digest.Keep(chosen))
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
		if err != nil {
			return r, fmt.Errorf("read the last digest: %w", err)
		}
		if i != nil {
			if r, err = b.chosen(ctx, c, r, "digest.why.last", i.Window, i.Items); err != nil {
				return r, err
			}
		}
		break
	}
	own, err := b.Issues.NewestLetter(ctx, c.Community.ID, digest.ToMember(c.Member.No))
	if err != nil {
		return r, fmt.Errorf("read the last digest: %w", err)
	}
	if own != nil && !own.Since.IsZero() && len(own.Items) > 0 {
		return b.chosen(ctx, c, r, "digest.why.own", own.Window, own.Items)
	}
	return r, nil
}

// chosen lists what was chosen for a digest, with the scores.
func (b *bot) chosen(ctx context.Context, c *chat.Call, r chat.Reply, key string, w digest.Window, items []digest.Kept) (chat.Reply, error) {
	zone := c.Location()
	list := chat.Item{Text: chat.P(key, text.Args{"since": text.DateOf(w.Since.In(zone)), "until": text.DateOf(w.Until.In(zone))})}
	if len(r.List) == 0 {
		r = r.Line(list.Text.Key, list.Text.Args)
	} else {
		r.List = append(r.List, list)
	}
	for _, x := range items {
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
