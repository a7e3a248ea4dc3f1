package build_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/files"
	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/jobs"
)

// house is a guild with two communities that must never learn of each other, each in a space of its own.
type house struct {
	t      *testing.T
	guild  *build.Guild
	web    *bottest.Screen
	runner *jobs.Runner
	seen   outcomes
	n      int
}

// outcomes keeps how commands ended.
type outcomes struct {
	mu   sync.Mutex
	last string
}

func (o *outcomes) Event(_ chat.PlatformID, _ chat.EventKind, _, outcome string, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = outcome
}
func (*outcomes) Delivery(chat.PlatformID, string, string, time.Duration) {}

// canary stands in everything that the other community has.
const canary = "zqcanary"

func newHouse(t *testing.T) *house {
	t.Helper()
	db := bottest.OpenStore(t)
	store, err := files.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, web: bottest.NewScreen("web", true)}
	h.guild, err = build.New(build.Options{DB: db, Files: store, Platforms: []chat.Platform{h.web}, Observer: &h.seen, Pace: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if h.runner, err = jobs.New(jobs.Options{Store: db.Work(), Kinds: h.guild.Engine.Kinds()}); err != nil {
		t.Fatal(err)
	}
	err = db.Atomically(t.Context(), func(ctx context.Context) error {
		d := db.Directory()
		for _, space := range []string{"ours", "theirs"} {
			com, err := d.Found(ctx, community.Community{Name: space, Language: "en", Zone: "UTC", Policy: community.PolicyOpen}, time.Now())
			if err != nil {
				return err
			}
			if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "web", ID: space, Name: space, Noise: community.NoiseAll, Joined: time.Now()}); err != nil {
				return err
			}
			if err := d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "web", Space: space, ID: space + "-all",
				Sections: append([]community.Section{community.News}, community.Sections...)}); err != nil {
				return err
			}
			for _, role := range []community.Role{community.RoleMember, community.RoleCurator, community.RoleModerator, community.RoleAdmin} {
				m, _, err := d.Enter(ctx, com.ID, "web", chat.SpaceID(space), chat.Author{Account: chat.AccountID(space + "-" + role.String()), Name: space + role.String()}, time.Now())
				if err != nil {
					return err
				}
				if err := d.SetRole(ctx, com.ID, m.No, role); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// does gives a command by its path and returns all that came of it for the person and in the rooms.
func (h *house) does(who, space, path string, g chat.Given) (shown, outcome string) {
	h.t.Helper()
	h.n++
	before := len(h.web.Shows())
	a, err := h.guild.Engine.Handle(h.t.Context(), chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", h.n)), Kind: chat.Invoked, At: time.Now(), Command: path, Given: g,
		Where:   chat.Address{Platform: "web", Space: chat.SpaceID(space), Room: chat.RoomID(space + "-all")},
		Message: chat.MessageID(fmt.Sprintf("said%d", h.n)), Can: chat.Carry{Answer: true, Form: true},
		From: chat.Author{Account: chat.AccountID(who), Name: who, Locale: "en"}})
	if err != nil {
		h.t.Fatalf("%s %v: %v", path, g, err)
	}
	h.seen.mu.Lock()
	outcome = h.seen.last
	h.seen.mu.Unlock()
	if a.Message != nil {
		shown = a.Message.Plain()
	}
	if a.Form != nil {
		shown += fmt.Sprint(*a.Form)
	}
	if a.Delivered != nil {
		if err := a.Delivered(h.t.Context(), chat.Sent{}); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := h.runner.Drain(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	if all := h.web.Shows(); len(all) > before {
		shown += strings.Join(all[before:], "\n")
	}
	return shown, outcome
}

// commands are all commands, those behind buttons, too.
func (h *house) commands() []chat.Command {
	var out []chat.Command
	for _, b := range h.guild.Bots {
		out = append(out, b.Commands...)
	}
	return out
}

// furnish gives the other community one record of each kind.
func (h *house) furnish(space string) {
	who := space + "-admin"
	for _, c := range []struct {
		path string
		g    chat.Given
	}{
		{"ask", chat.Given{"question": canary + " question?"}},
		{"deposit", chat.Given{"title": canary + " resource", "link": "https://example.org/" + canary}},
		{"collab open", chat.Given{"theme": canary + " theme", "goal": canary + " goal", "until": "6 weeks"}},
		{"promote", chat.Given{"title": canary + " practice"}},
		{"partner propose", chat.Given{"title": canary + " partnership", "organisations": canary + " org", "purpose": canary}},
	} {
		h.does(who, space, c.path, c.g)
	}
}

// tries are values for arguments of a kind: the other community's, odd ones, and none.
func tries(a chat.Arg) []string {
	switch a.Kind {
	case chat.Record, chat.Records:
		var out []string
		for _, l := range "HRCPSGZ" {
			if a.Letters == "" || strings.ContainsRune(a.Letters, l) {
				out = append(out, string(l)+"1", string(l)+"999999999999999999", string(l)+"0")
			}
		}
		return append(out, "H1.1", "'; DROP TABLE request; --")
	case chat.Member:
		return []string{"5", "#8", "theirsadmin", "theirs-admin", "0", "-1", "nobody"}
	case chat.Org:
		return []string{"Some Org", "1"}
	case chat.Spaces:
		return []string{"theirs", "web/theirs", "nowhere"}
	case chat.Choice, chat.Choices:
		return append(slices.Clone(a.Choices), "nothing")
	case chat.Number:
		return []string{"1", "0", "-9223372036854775808", "1e9"}
	case chat.Yes:
		return []string{"yes", "no", "perhaps"}
	case chat.Date:
		return []string{"6 weeks", "2000-01-01", "9999-12-31", "0000-00-00"}
	case chat.Link:
		return []string{"https://127.0.0.1/", "javascript:alert(1)", "https://example.org/" + strings.Repeat("a", 3000)}
	}
	return []string{"words", strings.Repeat("long ", 3000), "@everyone <!channel> <script>", "\u202e\x00\xff", ""}
}

// TestEveryCommandByEveryRole gives every command, those behind buttons too, with the ids of another
// community and with odd values. None may break, and nothing of the other community may be told.
func TestEveryCommandByEveryRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("theirs")
	for _, cmd := range h.commands() {
		calls := []chat.Given{{}}
		whole := chat.Given{}
		for _, a := range cmd.Args {
			for _, v := range tries(a) {
				calls = append(calls, chat.Given{a.Name: v})
			}
			whole[a.Name] = tries(a)[0]
		}
		calls = append(calls, whole)
		for _, role := range []string{"stranger", "member", "moderator", "admin"} {
			for i, g := range calls {
				if role == "stranger" && i > 0 || len(calls) > 12 && role == "moderator" {
					continue
				}
				shown, outcome := h.does("ours-"+role, "ours", cmd.Path, g)
				if outcome == "incident" || outcome == "panic" || outcome == "failed" {
					t.Errorf("%s %v by a %s: %s\n%s", cmd.Path, short(g), role, outcome, shown)
				}
				if strings.Contains(shown, canary) && !strings.Contains(fmt.Sprint(g), canary) {
					t.Errorf("%s %v by a %s tells of another community:\n%s", cmd.Path, short(g), role, shown)
				}
				if cmd.Role > community.RoleMember && role == "member" && outcome == "done" {
					t.Errorf("%s %v was done by a member", cmd.Path, short(g))
				}
			}
		}
	}
}

func short(g chat.Given) string {
	s := fmt.Sprintf("%q", g)
	return s[:min(len(s), 200)]
}
