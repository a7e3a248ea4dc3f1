package membership

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// The two halves of a profile, as its forms ask for them: no service is asked for more than five
// fields at a time.
var (
	aboutMe  = []string{"name", "language", "country", "organisation", "topics"}
	helping  = []string{"helper", "cap", "review", "quote", "timezone"}
	firstAsk = []string{"language", "country", "organisation"}
)

func (b *bot) profileCommand() chat.Command {
	return chat.Command{
		Path: "profile", Text: "membership.profile", Role: community.RoleMember, Personal: true, Form: b.profileForm, Run: b.profile,
		Person: true,
		Args: []chat.Arg{
			{Name: "member", Kind: chat.Member, Mention: true, NoForm: true},
			{Name: "name", Kind: chat.Line, Max: community.MaxName},
			{Name: "language", Kind: chat.Language},
			{Name: "country", Kind: chat.Country},
			{Name: "organisation", Kind: chat.Org, Max: community.MaxOrganisation},
			{Name: "topics", Kind: chat.Topics},
			{Name: "helper", Kind: chat.Yes},
			{Name: "cap", Kind: chat.Number},
			{Name: "review", Kind: chat.Yes},
			{Name: "quote", Kind: chat.Choice, Choices: []string{"ask", "always", "never"}},
			{Name: "timezone", Kind: chat.Zone},
		},
	}
}

// now is a profile as it would be typed.
func now(m community.Member) chat.Given {
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	return chat.Given{"name": m.Name, "language": m.Language, "country": m.Country, "organisation": m.Organisation.Name,
		"topics": strings.Join(m.Topics, ", "), "helper": yes(m.Helper), "cap": strconv.Itoa(m.WeeklyCap), "review": yes(m.Reviewer),
		"quote": string(m.Quote), "timezone": m.Zone}
}

// profileForm shows what is known.
func (b *bot) profileForm(_ context.Context, c *chat.Call, f *chat.Form) error {
	known := now(c.Member)
	for i, in := range f.Inputs {
		if _, typed := c.Given[in.Name]; !typed {
			f.Inputs[i].Value = known[in.Name]
		}
	}
	return nil
}

func (b *bot) profile(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Event.Kind == chat.Submitted {
		c = c.Without(untouched(c)...)
	}
	p, any := wanted(c)
	if no := c.Int("member"); no != 0 && no != c.Member.No {
		if any {
			return chat.Reply{}, text.RefuseArg("member", "membership.person.not_yours", nil)
		}
		return b.person(ctx, c, no)
	}
	if !any {
		return b.profileShown(ctx, c, c.Member)
	}
	out, err := b.Office.Change(ctx, c.Member, p)
	if err != nil {
		return chat.Reply{}, err
	}
	r, err := b.profileShown(ctx, c, out.Member)
	if err != nil {
		return r, err
	}
	r.Title, r.Lines = chat.Phrase{}, []chat.Phrase{chat.P("membership.profile.saved", nil)}
	r.Fields = slices.DeleteFunc(r.Fields, func(f chat.Fact) bool { return !c.Has(strings.TrimPrefix(f.Label, "membership.profile.arg.")) })
	if out.Unconfirmed != nil {
		r = r.Note("membership.profile.unconfirmed", text.Args{"organisation": out.Unconfirmed.Name})
		r = r.Tell(b.newOrganisation(c, *out.Unconfirmed))
	}
	return r, nil
}

// untouched are the fields that a form gave back as they were.
func untouched(c *chat.Call) []string {
	var out []string
	plain := func(s string) string {
		return text.Fold(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }), " "))
	}
	for name, before := range now(c.Member) {
		if given, ok := c.Given[name]; ok && plain(given) == plain(before) {
			out = append(out, name)
		}
	}
	return out
}

// wanted is what a call wants to be changed; any is false when that is nothing.
func wanted(c *chat.Call) (p community.Profile, any bool) {
	str := func(name string) *string {
		if !c.Has(name) {
			return nil
		}
		any = true
		v := c.Text(name)
		return &v
	}
	yes := func(name string) *bool {
		if !c.Has(name) || c.Text(name) == "" {
			return nil
		}
		any = true
		v := c.Yes(name)
		return &v
	}
	p = community.Profile{Name: str("name"), Language: str("language"), Country: str("country"), Organisation: str("organisation"),
		Zone: str("timezone"), Helper: yes("helper"), Reviewer: yes("review")}
	if c.Has("topics") {
		list := c.List("topics")
		p.Topics, any = &list, true
	}
	if c.Has("cap") && c.Given["cap"] != "" {
		n := int(max(min(c.Int("cap"), 1<<20), -1))
		p.WeeklyCap, any = &n, true
	}
	if c.Text("quote") != "" {
		q := community.Quote(c.Text("quote"))
		p.Quote, any = &q, true
	}
	return p, any
}

// newOrganisation tells the moderators of an organisation that nobody named before.
func (b *bot) newOrganisation(c *chat.Call, o community.Organisation) chat.Post {
	no := strconv.FormatInt(o.No, 10)
	say := chat.Say{Lines: []chat.Phrase{chat.P("membership.organisation.new", text.Args{"who": text.Person{Name: c.Member.Name}, "organisation": o.Name})},
		Buttons: []chat.Press{{Command: "confirm", Given: chat.Given{"number": no}, Style: chat.Primary}}}
	if b.Moderation {
		say.Notes = []chat.Phrase{chat.P("membership.organisation.merge", text.Args{"line": c.Platform.Prefix + "mod org merge #" + no + " \"…\""})}
	}
	return chat.Post{To: chat.To{Moderators: true}, Say: say, Key: "organisation/" + no, Todo: "organisation/" + no}
}

// confirmCommand is the button under that.
func (b *bot) confirmCommand() chat.Command {
	return chat.Command{Path: "confirm", Text: "membership.confirm", Role: community.RoleModerator, Hidden: true,
		Args: []chat.Arg{{Name: "number", Kind: chat.Number, Required: true}}, Run: b.confirm}
}

func (b *bot) confirm(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	o, again, err := b.Office.Confirm(ctx, c.Member, c.Int("number"))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "membership.confirm.done"
	if again {
		key = "membership.confirm.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"organisation": o.Name})
	r.Replace = true
	return b.done(ctx, r, c.Community.ID, "organisation/"+c.Given["number"])
}

// profileShown is a profile as its owner sees it.
func (b *bot) profileShown(ctx context.Context, c *chat.Call, m community.Member) (chat.Reply, error) {
	topics, err := b.labels(ctx, c, m.Topics)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.PersonalSay("", nil)
	r.Title = chat.P("membership.profile.you", text.Args{"community": c.Community.Name})
	fact := func(name string, p chat.Phrase) {
		if p.Key == "" {
			p = chat.P("membership.profile.unsaid", nil)
		}
		r.Fields = append(r.Fields, chat.Fact{Label: "membership.profile.arg." + name, Value: p})
	}
	plain := func(name, s string) {
		if s == "" {
			fact(name, chat.Phrase{})
			return
		}
		fact(name, chat.P("membership.as_is", text.Args{"text": s}))
	}
	plain("name", m.Name)
	plain("language", text.LanguageName(m.Language, c.Lang))
	plain("country", text.CountryName(m.Country, c.Lang))
	if m.Organisation.No != 0 && !m.Organisation.Confirmed {
		fact("organisation", chat.P("membership.profile.waiting", text.Args{"organisation": m.Organisation.Name}))
	} else {
		plain("organisation", m.Organisation.Name)
	}
	plain("topics", topics)
	if m.Helper {
		fact("helper", chat.P("membership.profile.helps", text.Args{"n": m.WeeklyCap}))
	} else {
		fact("helper", chat.P("membership.profile.no", nil))
	}
	fact("review", yesNo(m.Reviewer))
	fact("quote", chat.P("membership.profile.quote."+string(m.Quote), nil))
	if m.Zone != "" {
		plain("timezone", m.Zone)
	} else {
		fact("timezone", chat.P("membership.profile.their_zone", text.Args{"zone": c.Community.Zone}))
	}
	if m.Stopped {
		r = r.Note("membership.profile.stopped", nil)
	}
	r = profileButtons(c, m, r)
	if !c.Platform.LeaveFirst {
		return r, nil
	}
	may, err := b.mayBeWritten(ctx, c)
	if err != nil {
		return r, err
	}
	fact("direct", yesNo(may))
	if may {
		return r.Press(chat.Press{Command: "write me", Given: chat.Given{"may": "no"}, Label: "membership.profile.no_direct"}), nil
	}
	return r.Button("write me", nil), nil
}

// mayBeWritten says whether the caller said that they may be written to directly here.
func (b *bot) mayBeWritten(ctx context.Context, c *chat.Call) (bool, error) {
	accounts, err := b.Lists.Accounts(ctx, c.Community.ID, c.Member.No)
	if err != nil {
		return false, fmt.Errorf("load accounts: %w", err)
	}
	for _, a := range accounts {
		if a.Platform == string(c.Platform.ID) && a.ID == string(c.Event.From.Account) {
			return a.MayWrite, nil
		}
	}
	return false, nil
}

func yesNo(b bool) chat.Phrase {
	if b {
		return chat.P("membership.profile.yes", nil)
	}
	return chat.P("membership.profile.no", nil)
}

// labels are topics in words.
func (b *bot) labels(ctx context.Context, c *chat.Call, codes []string) (string, error) {
	out, err := community.TopicLabels(ctx, b.Lists, c.Community.ID, codes, c.Lang)
	if err != nil {
		return "", err
	}
	return strings.Join(out, " · "), nil
}

// profileButtons lead to the forms; where there are none, to one question each.
func profileButtons(c *chat.Call, m community.Member, r chat.Reply) chat.Reply {
	ask := func(what string) chat.Press {
		return chat.Press{Command: "me", Given: chat.Given{"what": what}, Label: "membership.me.what." + what}
	}
	if c.Platform.Forms {
		r = r.Press(ask("about")).Press(ask("helping"))
	} else {
		for _, what := range aboutMe {
			r = r.Press(ask(what))
		}
		r = r.Note("membership.profile.by_name", text.Args{"line": c.Platform.Prefix + "profile helper:yes cap:3 quote:always"})
	}
	if m.Stopped {
		r = r.Button("start", nil)
	} else {
		r = r.Button("stop", nil)
	}
	return r.Button("mydata export", nil)
}

// aboutMeCommand asks for parts of the profile.
func (b *bot) aboutMeCommand() chat.Command {
	return chat.Command{Path: "me", Text: "membership.me", Role: community.RoleMember, Hidden: true, Personal: true, Reads: true, Run: b.aboutMe,
		Args: []chat.Arg{{Name: "what", Kind: chat.Choice, Required: true, Choices: append([]string{"about", "helping", "first", "nothing"}, aboutMe...)}}}
}

func (b *bot) aboutMe(_ context.Context, c *chat.Call) (chat.Reply, error) {
	names := []string{c.Text("what")}
	switch c.Text("what") {
	case "about":
		names = aboutMe
	case "helping":
		names = helping
	case "first":
		names = firstAsk
	case "nothing":
		r := chat.OnlyYouSay("membership.me.later", text.Args{"line": c.Platform.Prefix + "profile"})
		r.Replace = true
		return r, nil
	}
	return chat.AskFor("profile", chat.Given{}, names...), nil
}

// welcome asks somebody who has just acted for the first time who they are, once.
func (b *bot) welcome(_ context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Member.No == 0 || c.Command == "profile" || c.Command == "stop" || strings.HasPrefix(c.Command, "mydata") {
		return chat.Nothing(), nil
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("membership.welcome.hello", text.Args{"who": text.Person{Name: c.Member.Name}, "community": c.Community.Name})}}
	ask := func(what, label string) {
		say.Buttons = append(say.Buttons, chat.Press{Command: "me", Given: chat.Given{"what": what}, Label: label})
	}
	if c.Platform.Forms {
		ask("first", "membership.me.what.first")
	} else {
		for _, what := range firstAsk {
			ask(what, "membership.me.what."+what)
		}
	}
	ask("nothing", "membership.me.what.nothing")
	to := chat.To{Here: true}
	if c.Event.Kind == chat.Said && !c.Event.Addressed && !c.Platform.Private {
		to = chat.To{Member: c.Member.No} // others read along in the thread
	}
	return chat.Nothing().Tell(chat.Post{To: to, Say: say, Key: "welcome/" + strconv.FormatInt(c.Member.No, 10)}), nil
}

func (b *bot) stopCommand() chat.Command {
	return chat.Command{Path: "stop", Text: "membership.stop", Role: community.RoleMember, Personal: true, Run: b.stopped(true, "membership.stop", "start")}
}

func (b *bot) startCommand() chat.Command {
	return chat.Command{Path: "start", Text: "membership.start", Role: community.RoleMember, Personal: true, Run: b.stopped(false, "membership.start", "profile")}
}

func (b *bot) stopped(stop bool, key, next string) func(context.Context, *chat.Call) (chat.Reply, error) {
	return func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
		again, err := b.Office.Stop(ctx, c.Member, stop)
		if err != nil {
			return chat.Reply{}, err
		}
		if again {
			return chat.OnlyYouSay(key+".again", nil).Button(next, nil), nil
		}
		return chat.OnlyYouSay(key+".done", text.Args{"community": c.Community.Name}).Button(next, nil), nil
	}
}
