package slack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
	"guildhall/core/text"
)

var _ chat.Homer = (*Platform)(nil)

// runID is a button on the Home that stands for a command line.
const runID = "run:"

// shown is a Home that a person opened.
type shown struct {
	sum    [32]byte        // of what it shows
	names  map[string]bool // the records that it names
	opened time.Time
	busy   bool // it is being made anew
	again  bool // and must be once more
}

// homeLife is how long after it was opened a Home is kept up to date.
const homeLife = 24 * time.Hour

// around and settings are the commands that the Home offers besides what the engine says, by their lines; those
// that the table does not have are left out.
var (
	around   = []string{"requests", "collab list", "practice list", "experts"}
	settings = []string{"profile", "digest settings", "link", "mydata export"}
)

// openHome shows a person's Home, which they just opened.
func (t *team) openHome(user string) {
	if user == "" {
		return
	}
	t.mu.Lock()
	s := t.shown[user]
	s.opened = t.p.opts.Now()
	t.shown[user] = s
	t.mu.Unlock()
	t.refreshLater(user) // beside the acknowledgement
}

// recordLater makes the Homes anew that name a record, since its card has changed.
func (t *team) recordLater(record string) {
	if record == "" {
		return
	}
	var users []string
	t.mu.Lock()
	for user, s := range t.shown {
		if s.names[record] {
			users = append(users, user)
		}
	}
	t.mu.Unlock()
	for _, user := range users {
		t.refreshLater(user)
	}
}

// refreshLater makes a person's Home anew after something they did, if they have it open.
func (t *team) refreshLater(user string) {
	t.mu.Lock()
	s, ok := t.shown[user]
	if !ok || t.p.opts.Now().Sub(s.opened) > homeLife {
		delete(t.shown, user)
		t.mu.Unlock()
		return
	}
	if s.busy {
		s.again = true
		t.shown[user] = s
		t.mu.Unlock()
		return
	}
	s.busy = true
	t.shown[user] = s
	t.mu.Unlock()
	t.p.later(func(ctx context.Context) {
		for {
			t.home(ctx, user)
			t.mu.Lock()
			s := t.shown[user]
			again := s.again
			s.again, s.busy = false, again
			t.shown[user] = s
			t.mu.Unlock()
			if !again {
				return
			}
		}
	})
}

// home asks the engine what a person's Home shows and publishes it.
func (t *team) home(ctx context.Context, user string) {
	t.p.mu.Lock()
	h := t.p.handler
	t.p.mu.Unlock()
	if h == nil {
		return
	}
	ev := chat.Event{Kind: chat.Invoked, At: t.p.opts.Now(), Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id)},
		From: t.author(ctx, user, "")}
	m, err := h.Home(ctx, ev)
	if err != nil {
		t.p.log.Error("a Home could not be made", "space", t.id, "error", err)
		return
	}
	if err := t.publish(ctx, user, m, t.p.tableIn(orElse(m.Lang, ev.From.Locale))); err != nil {
		t.p.log.Warn("a Home could not be shown", "space", t.id, "error", err)
	}
}

// Refresh implements chat.Homer.
func (p *Platform) Refresh(ctx context.Context, space chat.SpaceID, who chat.AccountID, m chat.Message) error {
	t, err := p.in(ctx, string(space))
	if err != nil {
		return err
	}
	return t.publish(ctx, userOf(who), m, p.tableIn(m.Lang))
}

// publish shows a Home, unless it is shown as it is already.
func (t *team) publish(ctx context.Context, user string, m chat.Message, table []chat.CommandInfo) error {
	v := homeView(m, table, t.p.words.in(m.Lang))
	b, err := json.Marshal(v)
	if err != nil {
		return err //nolint:wrapcheck // cannot be
	}
	sum := sha256.Sum256(b)
	t.mu.Lock()
	same := t.shown[user].sum == sum
	t.mu.Unlock()
	if same {
		return nil
	}
	err = t.call(ctx, "views.publish", "", false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "views.publish", obj{"user_id": user, "view": v}, nil)
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.shown[user]
	s.sum, s.names = sum, recordsIn(m)
	if s.opened.IsZero() {
		s.opened = t.p.opts.Now()
	}
	t.shown[user] = s
	return nil
}

// homeView is a Home: the five things and what needs its person, what is theirs, where to look around, and their
// settings.
func homeView(m chat.Message, table []chat.CommandInfo, w words) view {
	const own = 10 // blocks that follow what the engine says
	bs := slices.Clone(render(m, look{everyone: true, most: maxBlocks}).Blocks)
	for _, part := range m.Parts {
		shown := render(part, look{everyone: true, most: maxBlocks}).Blocks
		if len(bs)+len(shown)+1 > maxViewBlocks-own {
			break
		}
		bs = append(append(bs, block{"type": "divider"}), shown...)
	}
	for _, part := range []struct {
		title string
		lines []string
	}{{"home.around", around}, {"home.settings", settings}} {
		var list []any
		seen := map[string]bool{}
		for _, line := range part.lines {
			c, ok := command(table, line)
			if !ok || seen[c.Path] {
				continue
			}
			seen[c.Path] = true
			name := orElse(c.Button, c.Path)
			if key := "home.button." + line; w.all.Has("slack." + key) {
				name = w.say(key, nil) // beside others, its own would not say enough
			}
			list = append(list, obj{"type": "button", "action_id": runID + line, "text": plainText(label(name))})
		}
		if len(list) > 0 {
			title := text.Plain(w.say(part.title, nil)).With(text.StyleBold)
			bs = append(bs, block{"type": "divider"}, block{"type": "section", "text": names{}.element(title, maxSection)},
				block{"type": "actions", "elements": list})
		}
	}
	return view{"type": "home", "callback_id": "home", "blocks": list(bs)}
}

var recordName = regexp.MustCompile(`\b[A-Z]\d{1,9}\b`)

// recordsIn are the records that a page names.
func recordsIn(m chat.Message) map[string]bool {
	out := map[string]bool{}
	for _, part := range append([]chat.Message{m}, m.Parts...) {
		for _, id := range recordName.FindAllString(part.Plain(), -1) {
			out[id] = true
		}
	}
	return out
}

// command is the command at the beginning of a line, with one of its arguments' options behind it, if any.
func command(table []chat.CommandInfo, line string) (chat.CommandInfo, bool) {
	for _, c := range table {
		if c.Hidden {
			continue
		}
		if c.Path == line {
			return c, true
		}
		rest := ""
		if len(line) > len(c.Path)+1 && line[:len(c.Path)+1] == c.Path+" " {
			rest = line[len(c.Path)+1:]
		}
		for _, a := range c.Args {
			for _, o := range a.Options {
				if rest != "" && o.Value == rest {
					return c, true
				}
			}
		}
	}
	return chat.CommandInfo{}, false
}
