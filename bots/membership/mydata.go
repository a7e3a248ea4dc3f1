package membership

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) exportCommand() chat.Command {
	return chat.Command{Path: "mydata export", Text: "membership.export", Role: community.RoleMember, Personal: true, Run: b.export}
}

// exported is everything that is kept about a member, as they get it.
type exported struct {
	Made       time.Time        `json:"made"`
	Community  string           `json:"community"`
	Profile    exportedProfile  `json:"profile"`
	Accounts   []exportedPlace  `json:"accounts"`
	Consents   []exportedYes    `json:"asked_about_being_quoted"`
	Reports    []exportedReport `json:"reports"`
	Moderation []exportedAct    `json:"moderation"`
	Records    map[string]any   `json:"records"`
	Besides    map[string]any   `json:"besides,omitempty"`
}

type exportedProfile struct {
	Number       int64     `json:"number"`
	Name         string    `json:"name"`
	Language     string    `json:"language,omitempty"`
	Country      string    `json:"country,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Topics       []string  `json:"topics"`
	Role         string    `json:"role"`
	Zone         string    `json:"time_zone,omitempty"`
	Quote        string    `json:"may_be_quoted"`
	Helper       bool      `json:"helper"`
	WeeklyCap    int       `json:"requests_a_week"`
	Reviewer     bool      `json:"reviewer"`
	Stopped      bool      `json:"stopped"`
	Joined       time.Time `json:"joined"`
}

type exportedPlace struct {
	Platform string    `json:"platform"`
	Account  string    `json:"account"`
	Space    string    `json:"space"`
	Name     string    `json:"name"`
	Seen     time.Time `json:"last_seen"`
}

type exportedYes struct {
	About    string    `json:"about"`
	Answer   string    `json:"answer"`
	Asked    time.Time `json:"asked"`
	Answered time.Time `json:"answered,omitzero"`
}

type exportedReport struct {
	About   string    `json:"about,omitempty"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	Settled time.Time `json:"settled,omitzero"`
}

type exportedAct struct {
	What  string    `json:"what"`
	About string    `json:"about,omitempty"`
	At    time.Time `json:"at"`
}

// export sends a member everything that is kept about them, as a file, to them alone.
func (b *bot) export(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if b.Files == nil {
		return chat.Reply{}, text.Refuse("membership.export.no_files", nil)
	}
	all, err := b.everything(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	body, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return chat.Reply{}, fmt.Errorf("write the export: %w", err)
	}
	file, err := b.Files.Keep(ctx, bytes.NewReader(body), "guildhall-"+c.Now.UTC().Format(time.DateOnly)+".json")
	if err != nil {
		return chat.Reply{}, fmt.Errorf("keep the export: %w", err)
	}
	args := text.Args{"community": c.Community.Name}
	r := chat.PersonalSay("membership.export.here", args)
	r.Files = []chat.Attachment{file}
	return r, nil
}

func (b *bot) everything(ctx context.Context, c *chat.Call) (exported, error) {
	m, of := c.Member, c.Community.ID
	out := exported{Made: c.Now.UTC(), Community: c.Community.Name, Accounts: []exportedPlace{}, Consents: []exportedYes{}, Reports: []exportedReport{},
		Moderation: []exportedAct{}, Records: map[string]any{}, Besides: map[string]any{},
		Profile: exportedProfile{m.No, m.Name, m.Language, m.Country, m.Organisation.Name, append([]string{}, m.Topics...), m.Role.String(), m.Zone,
			string(m.Quote), m.Helper, m.WeeklyCap, m.Reviewer, m.Stopped, m.Joined}}
	accounts, err := b.Lists.Accounts(ctx, of, m.No)
	if err != nil {
		return out, fmt.Errorf("load accounts: %w", err)
	}
	for _, a := range accounts {
		out.Accounts = append(out.Accounts, exportedPlace{a.Platform, a.ID, a.Space, a.Name, a.Seen})
	}
	consents, err := b.Lists.ConsentsOf(ctx, of, m.No)
	if err != nil {
		return out, fmt.Errorf("load consents: %w", err)
	}
	for _, x := range consents {
		out.Consents = append(out.Consents, exportedYes{x.Subject, string(x.Answer), x.Asked, x.Answered})
	}
	reports, err := b.Lists.ReportsBy(ctx, of, m.No)
	if err != nil {
		return out, fmt.Errorf("load reports: %w", err)
	}
	for _, x := range reports {
		out.Reports = append(out.Reports, exportedReport{x.Subject, x.Reason, x.At, x.Settled})
	}
	acts, err := b.Lists.ActsOf(ctx, of, m.No, 100_000)
	if err != nil {
		return out, fmt.Errorf("load acts: %w", err)
	}
	for _, a := range acts {
		out.Moderation = append(out.Moderation, exportedAct{a.What, a.About, a.At})
	}
	return out, b.records(ctx, of, m.No, &out)
}

// records are what all kinds of records, and whatever else holds something, keep of a member.
func (b *bot) records(ctx context.Context, of, member int64, out *exported) error {
	for _, letter := range []byte(record.Letters) {
		view, ok := b.views(letter)
		if !ok || view.Export == nil {
			continue
		}
		kept, err := view.Export(ctx, of, member)
		if err != nil {
			return fmt.Errorf("export records %c: %w", letter, err)
		}
		name := string(view.Section)
		if _, twice := out.Records[name]; twice || name == "" {
			name = strings.TrimPrefix(name+"_"+string(rune(letter)), "_")
		}
		out.Records[name] = kept
	}
	for _, h := range b.Held {
		if h.Export == nil {
			continue
		}
		kept, err := h.Export(ctx, of, member)
		if err != nil {
			return fmt.Errorf("export %s: %w", h.Name, err)
		}
		out.Besides[h.Name] = kept
	}
	return nil
}

func (b *bot) eraseCommand() chat.Command {
	return chat.Command{Path: "mydata erase", Text: "membership.erase", Role: community.RoleMember, Run: b.erase,
		Args: []chat.Arg{
			{Name: "member", Kind: chat.Member, NoForm: true},
			{Name: "sure", Kind: chat.Choice, Choices: []string{"yes", "no"}, Typed: true, Button: true},
		}}
}

// erase asks once more, and then takes a member's name off everything and removes the rest.
func (b *bot) erase(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	no := c.Member.No
	if c.Has("member") {
		no = c.Int("member")
	}
	m, err := b.Lists.Member(ctx, c.Community.ID, no)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load member: %w", err)
	}
	if err := b.Office.MayErase(ctx, c.Member, no); err != nil {
		return chat.Reply{}, err
	}
	mine, args := no == c.Member.No, text.Args{"who": text.Person{Name: m.Name}, "community": c.Community.Name}
	suffix := ".other"
	if mine {
		suffix = ".mine"
	}
	switch c.Text("sure") {
	case "no":
		r := chat.OnlyYouSay("membership.erase.kept", nil)
		r.Replace = true
		return r, nil
	case "":
		given := func(sure string) chat.Given {
			g := chat.Given{"sure": sure}
			if !mine {
				g["member"] = fmt.Sprintf("#%d", no)
			}
			return g
		}
		return chat.PersonalSay("membership.erase.sure"+suffix, args).
			Press(chat.Press{Command: "mydata erase", Given: given("yes"), Label: "membership.erase.do_it", Style: chat.Danger}).
			Press(chat.Press{Command: "mydata erase", Given: given("no"), Label: "membership.erase.keep"}), nil
	}
	if err := b.eraseEverywhere(ctx, c, no); err != nil {
		return chat.Reply{}, err
	}
	// Whoever is forgotten has no account here that could be written to: the answer goes to where they are.
	r := chat.OnlyYouSay("membership.erase.done"+suffix, args)
	r.Replace = true
	return r, nil
}

// eraseEverywhere lets those who keep records forget first: they still have to know who it is.
func (b *bot) eraseEverywhere(ctx context.Context, c *chat.Call, no int64) error {
	of := c.Community.ID
	for _, letter := range []byte(record.Letters) {
		view, ok := b.views(letter)
		if !ok || view.Erase == nil {
			continue
		}
		if err := view.Erase(ctx, of, no); err != nil {
			return fmt.Errorf("erase in records %c: %w", letter, err)
		}
	}
	for _, h := range b.Held {
		if h.Erase == nil {
			continue
		}
		if err := h.Erase(ctx, of, no); err != nil {
			return fmt.Errorf("erase in %s: %w", h.Name, err)
		}
	}
	return b.Office.Erase(ctx, c.Member, no)
}
