package membership

import (
	"context"
	"fmt"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// kindWithdraw is the work of taking back one record of a space that left.
const kindWithdraw = "membership.withdraw"

// spaceCommand says how much a space shows of requests and calls from everywhere.
func (b *bot) spaceCommand() chat.Command {
	return chat.Command{Path: "setup space", Text: "membership.space", Role: community.RoleMember, Prepare: b.mayRun, Run: b.space,
		Args: []chat.Arg{
			{Name: "noise", Kind: chat.Choice, Choices: []string{"all", "topics", "digest"}},
			{Name: "topics", Kind: chat.Topics},
		}}
}

func (b *bot) space(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if !c.Has("noise") && !c.Has("topics") {
		return b.spaceShown(ctx, c, c.Space, "membership.space.now")
	}
	var noise *community.Noise
	var topics *[]string
	if c.Has("topics") {
		list := c.List("topics")
		n := community.NoiseTopics
		topics, noise = &list, &n
	}
	if c.Has("noise") {
		n := community.Noise(c.Text("noise"))
		noise = &n
	}
	if *noise == community.NoiseTopics && topics == nil && len(c.Space.Topics) == 0 {
		return chat.AskFor("setup space", chat.Given{"noise": "topics"}, "topics"), nil
	}
	space, err := b.Office.Tune(ctx, c.Member, c.Space.Platform, c.Space.ID, noise, topics, nil)
	if err != nil {
		return chat.Reply{}, err
	}
	r, err := b.spaceShown(ctx, c, space, "membership.space.done")
	r.Replace = true
	return r, err
}

func (b *bot) spaceShown(ctx context.Context, c *chat.Call, space community.Space, key string) (chat.Reply, error) {
	topics, err := b.labels(ctx, c, space.Topics)
	if err != nil {
		return chat.Reply{}, err
	}
	noise := space.Noise
	if noise == "" {
		noise = community.NoiseAll
	}
	r := chat.OnlyYouSay(key, text.Args{"space": space.Name, "what": text.Key("membership.space.shows." + string(noise)), "topics": topics})
	for _, n := range []community.Noise{community.NoiseAll, community.NoiseTopics, community.NoiseDigest} {
		if n != noise {
			r = r.Press(chat.Press{Command: "setup space", Given: chat.Given{"noise": string(n)}, Label: "membership.space.noise." + string(n)})
		}
	}
	if noise == community.NoiseTopics {
		r = r.Note("membership.space.other_topics", text.Args{"line": c.Platform.Prefix + "setup space topics:didactics"})
	}
	return r, nil
}

func (b *bot) leaveCommand() chat.Command {
	return chat.Command{Path: "setup leave", Text: "membership.leave", Role: community.RoleMember, Prepare: b.mayRun, Run: b.leave,
		Args: []chat.Arg{{Name: "records", Kind: chat.Choice, Choices: []string{"keep", "withdraw", "stay"}}}}
}

// leave takes the space out of the community, after asking what becomes of its records.
func (b *bot) leave(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if rights := found(c).rights; !rights.Admin && c.Member.Role < community.RoleAdmin {
		return chat.Reply{}, text.Refuse("membership.setup.not_admin", nil)
	}
	ids, err := b.Lists.RecordsFrom(ctx, c.Community.ID, c.Space.Platform, c.Space.ID)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("list records: %w", err)
	}
	args := text.Args{"space": c.Space.Name, "community": c.Community.Name, "n": len(ids)}
	said := c.Text("records")
	switch said {
	case "":
		r := chat.OnlyYouSay("membership.leave.sure", args)
		for _, what := range []string{"keep", "withdraw", "stay"} {
			if what == "withdraw" && len(ids) == 0 {
				continue
			}
			p := chat.Press{Command: "setup leave", Given: chat.Given{"records": what}, Label: "membership.leave.button_" + what}
			if what == "withdraw" {
				p.Style = chat.Danger
			}
			r = r.Press(p)
		}
		return r, nil
	case "stay":
		r := chat.OnlyYouSay("membership.leave.stays", args)
		r.Replace = true
		return r, nil
	}
	if _, err := b.Office.Leave(ctx, c.Member, c.Space.Platform, c.Space.ID); err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.leave.kept", args)
	if said == "withdraw" && len(ids) > 0 {
		r = chat.OnlyYouSay("membership.leave.withdrawn", args)
		if err := b.queueWithdrawals(ctx, c, ids); err != nil {
			return r, err
		}
	}
	r.Replace = true
	return r.Tell(chat.Post{To: chat.To{Moderators: true}, Say: chat.Say{Lines: []chat.Phrase{chat.P("membership.leave.told", args)}}}), nil
}

// withdrawal is one record to be taken back.
type withdrawal struct {
	Record string
	By     int64
	Space  string
}

func (b *bot) queueWithdrawals(ctx context.Context, c *chat.Call, ids []record.ID) error {
	var items []work.Item
	for _, id := range ids {
		key := "left/" + strconv.FormatInt(c.Now.UnixMicro(), 36) + "/" + id.String()
		items = append(items, work.New(kindWithdraw, "left/"+c.Space.Platform+"/"+c.Space.ID, key,
			withdrawal{Record: id.String(), By: c.Member.No, Space: c.Space.Name}).In(c.Community.ID))
	}
	if err := b.Queue.Add(ctx, items...); err != nil {
		return fmt.Errorf("queue the withdrawals: %w", err)
	}
	return nil
}

// withdraw takes one record back in the name of the space that left. What cannot be withdrawn any
// more is left as it is.
func (b *bot) withdraw(ctx context.Context, it work.Item) (chat.Reply, error) {
	var w withdrawal
	if err := it.Read(&w); err != nil {
		return chat.Reply{}, err
	}
	id, err := record.Parse(w.Record)
	if err != nil {
		return chat.Reply{}, work.Dead(err)
	}
	view, ok := b.views(id.Letter)
	if !ok || view.Withdraw == nil {
		return chat.Nothing(), nil
	}
	com, err := b.Lists.Community(ctx, it.Community)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	c := &chat.Call{Community: com, Lang: com.Language, Now: b.Now(), Given: chat.Given{},
		Member: community.Member{Community: com.ID, No: w.By, Role: community.RoleAdmin}}
	r, err := view.Withdraw(ctx, c, id, w.Space)
	if refused(err) {
		return chat.Nothing(), nil
	}
	return r, err
}
