package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
)

// profiles are what people say about themselves beside their name: time zone and language, in the
// fields of their profile (https://spec.matrix.org/v1.16/client-server-api/#profiles).
type profiles struct {
	p    *Platform
	mu   sync.Mutex
	byID map[string]profile
}

type profile struct {
	name, zone, lang string
	read             time.Time
}

// How long a profile holds, and how long a person's command waits for it.
const (
	profileAge  = time.Hour
	profileTime = time.Second
)

// Where languages may stand: there is no agreed field yet.
var (
	zoneFields = []string{"m.tz", "us.cloke.msc4175.tz"}
	langFields = []string{"m.locale", "m.language", "m.lang", "locale", "language", "lang"}
)

func newProfiles(p *Platform) *profiles { return &profiles{p: p, byID: map[string]profile{}} }

// fill adds to an author what their profile says.
func (s *profiles) fill(ctx context.Context, a *chat.Author) {
	if a.Account == "" {
		return
	}
	who := string(a.Account)
	s.mu.Lock()
	got, ok := s.byID[who]
	s.mu.Unlock()
	if !ok || s.p.now().Sub(got.read) > profileAge {
		got = s.ask(ctx, who)
		s.mu.Lock()
		if len(s.byID) > 10000 {
			clear(s.byID)
		}
		s.byID[who] = got
		s.mu.Unlock()
	}
	a.Zone, a.Locale = got.zone, got.lang
	if a.Name == localpart(who) && got.name != "" {
		a.Name = got.name
	}
}

func (s *profiles) ask(ctx context.Context, who string) profile {
	ctx, cancel := context.WithTimeout(ctx, profileTime)
	defer cancel()
	out := profile{read: s.p.now()}
	var fields map[string]json.RawMessage
	_, err := s.p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &fields, MaxAttempts: 1,
		URL: s.p.client.BuildClientURL("v3", "profile", who)})
	if err != nil {
		return out
	}
	text := func(names ...string) string {
		for _, n := range names {
			var v string
			if json.Unmarshal(fields[n], &v) == nil && v != "" && len(v) < 100 {
				return v
			}
		}
		return ""
	}
	out.name, out.lang = text("displayname"), text(langFields...)
	if z := text(zoneFields...); z != "" && z != "Local" {
		if _, err := time.LoadLocation(z); err == nil {
			out.zone = z
		}
	}
	return out
}
