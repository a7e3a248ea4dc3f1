package sharing

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// Policies changes what happens to deposits.
type Policies interface {
	SetPolicy(ctx context.Context, of int64, p community.Policy) error
}

var policies = []community.Policy{community.PolicyOpen, community.PolicyTrusted, community.PolicyReviewed}

// policyCommand shows and changes what happens to deposits. What waits already goes on waiting.
func (b *bot) policyCommand() chat.Command {
	return chat.Command{Path: "mod deposits", Text: "sharing.policy", Role: community.RoleModerator, Run: b.policy,
		Args: []chat.Arg{{Name: "policy", Kind: chat.Choice, Choices: chat.Codes(policies)}}}
}

func (b *bot) policy(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	is, key := c.Community.Policy, "sharing.policy.is"
	if c.Has("policy") && c.Text("policy") != "" {
		is, key = community.Policy(c.Text("policy")), "sharing.policy.done"
		if err := b.Policies.SetPolicy(ctx, c.Community.ID, is); err != nil {
			return chat.Reply{}, err
		}
	}
	r := chat.OnlyYouSay(key, text.Args{"policy": text.Key("sharing.policy.means." + string(is))})
	for _, p := range policies {
		if p != is {
			r = r.Press(chat.Press{Command: "mod deposits", Given: chat.Given{"policy": string(p)}, Label: "sharing.policy.policy." + string(p)})
		}
	}
	return r, nil
}
