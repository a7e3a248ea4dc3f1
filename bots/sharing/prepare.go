package sharing

import (
	"context"
	"errors"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

// got is what was found out about a deposit before it is made.
type got struct {
	title, link, summary, language string
	files                          taken
	guessed                        bool // the title is made up from the link
	silent                         bool // the link did not say in time what it is
	gone                           bool // the message that it is about is no more
	theirs                         bool // it is from somebody else's message
}

// linkTime is how long a link is waited for where files wait behind it.
const linkTime = time.Second

// prepareDeposit finds out what is deposited: from what was typed, and from the message that it is
// about. Then it asks the link what it is, and fetches files as far as time allows; the rest is done
// later. As long as something has to be asked for, it fetches nothing.
func (b *bot) prepareDeposit(ctx context.Context, c *chat.Call) error {
	p := got{title: c.Text("title"), link: c.Text("link"), summary: c.Text("summary"), language: c.Text("language")}
	if p.link == "" {
		p.title, p.link = cutLink(p.title)
	}
	if p.link == "" {
		_, p.link = cutLink(c.Given["file"]) // a link, where a file was asked for
	}
	p.aim(c)
	defer func() { c.Prepared = p }()
	if p.title == "" && p.link == "" {
		return nil
	}
	if p.link != "" {
		b.ask(ctx, c, &p)
	}
	p.files = b.take(ctx, c, !p.theirs && licence(c.Text("licence")).AllowsCopies())
	if p.language == "" && b.Detector != nil {
		if tag, ok := b.Detector.Detect(context.WithoutCancel(ctx), p.title+"\n"+p.summary); ok {
			p.language = tag
		}
	}
	return nil
}

// aim looks at the message that a deposit is about. Files that came with the command are the
// depositor's own: then the message is no more than the place where it was said.
func (p *got) aim(c *chat.Call) {
	t := c.Target
	if t == nil || !c.Subject.ID.IsZero() || len(c.Event.Files)+len(c.Event.GivenFiles) > 0 && t.From.Account != c.Event.From.Account {
		return
	}
	p.gone = t.From.Account == "" && t.Text == "" && len(t.Files) == 0
	found := ""
	if p.link == "" {
		_, found = cutLink(t.Text)
		p.link = found
	}
	p.theirs = t.From.Account != c.Event.From.Account && (found != "" || len(t.Files) > 0)
}

// ask asks a link what it is. A page that does not answer is no reason to refuse it.
func (b *bot) ask(ctx context.Context, c *chat.Call, p *got) {
	var page sharing.Page
	if b.Links != nil && (p.title == "" || p.summary == "" || p.language == "") {
		if len(c.Files("file")) > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, linkTime)
			defer cancel()
		}
		var err error
		page, err = b.Links.Describe(ctx, p.link)
		p.silent = errors.Is(err, sharing.ErrAway) || ctx.Err() != nil
	}
	if title := text.Clean(page.Title, sharing.MaxTitle); p.title == "" && !strings.HasSuffix(strings.TrimRight(p.link, "/"), title) {
		p.title = title // else it has none but the end of its address
	}
	if p.title == "" {
		p.title, p.guessed = nameOfLink(p.link), true
	}
	if p.summary == "" {
		p.summary = text.CleanLines(page.Summary, sharing.MaxSummary)
	}
	if code, ok := text.Language(page.Language); ok && p.language == "" {
		p.language = code
	}
}

// prepareDescribe asks a link again that did not answer when it was deposited.
func (b *bot) prepareDescribe(ctx context.Context, it work) (any, error) {
	var d sharing.Describe
	if err := it.Read(&d); err != nil {
		return nil, err
	}
	link, err := b.Toolbox.ToDescribe(ctx, it.Community, d)
	if err != nil || link == "" || b.Links == nil {
		return sharing.Page{}, err
	}
	page, err := b.Links.Describe(ctx, link)
	if errors.Is(err, sharing.ErrAway) && it.Attempt < describeTries {
		return nil, err
	}
	if err != nil {
		return sharing.Page{}, nil //nolint:nilerr // the link stays as its depositor described it
	}
	if page.Language == "" && b.Detector != nil {
		page.Language, _ = b.Detector.Detect(ctx, page.Title+"\n"+page.Summary)
	}
	return page, nil
}

// describeTries is how often a link is asked that does not answer.
const describeTries = 4

func (b *bot) described(ctx context.Context, it work) (chat.Reply, error) {
	var d sharing.Describe
	if err := it.Read(&d); err != nil {
		return chat.Reply{}, err
	}
	page, _ := chat.Prepared(ctx).(sharing.Page)
	return chat.Nothing(), b.Toolbox.Described(ctx, it.Community, d, page)
}
