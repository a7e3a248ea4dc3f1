package slacktest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// oauthCode is what a consent gives the app, to be exchanged once within ten minutes.
type oauthCode struct {
	w        *Workspace
	by       *User
	scopes   []string
	redirect string
	made     time.Time
}

const codeLife = 10 * time.Minute

// serveAuthorize is the consent page. Nobody is signed in at it: consent is given with User.Authorize.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	_, reason := s.checkAuthorize(r.URL.Query())
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if reason != "" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Something went wrong: " + reason + "</body></html>"))
		return
	}
	_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Sign in to your workspace</body></html>"))
}

// checkAuthorize reads an authorisation request; reason says why Slack would show an error instead.
func (s *Server) checkAuthorize(q url.Values) (code *oauthCode, reason string) {
	spec := s.app.spec
	if q.Get("client_id") != spec.ClientID {
		return nil, "invalid_client_id"
	}
	scopes := strings.FieldsFunc(q.Get("scope"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(scopes) == 0 {
		return nil, "no_scopes"
	}
	known := AllScopes()
	for _, sc := range scopes {
		if !slices.Contains(known, sc) && !slices.Contains(spec.Scopes, sc) {
			return nil, "invalid_scope: " + sc
		}
	}
	to := q.Get("redirect_uri")
	if to != "" && len(spec.RedirectURLs) > 0 && !slices.ContainsFunc(spec.RedirectURLs, func(have string) bool {
		return strings.HasPrefix(to, have)
	}) {
		return nil, "bad_redirect_uri"
	}
	return &oauthCode{scopes: scopes, redirect: to}, ""
}

// Authorize lets the person open an authorisation link of the app in their browser and press Allow. It
// returns where Slack sends the browser then; the caller follows it. It fails the test when Slack would
// show an error instead.
func (u *User) Authorize(link string) (redirect string) {
	return u.consent(link, true)
}

// Deny is Authorize, except that the person presses Cancel.
func (u *User) Deny(link string) (redirect string) { return u.consent(link, false) }

func (u *User) consent(link string, yes bool) string {
	l, err := url.Parse(link)
	if err != nil {
		u.s.fail("authorisation link %q: %v", link, err)
		return ""
	}
	s := u.s
	s.mu.Lock()
	code, reason := s.checkAuthorize(l.Query())
	to := ""
	if reason == "" {
		to = code.redirect
		if to == "" && len(s.app.spec.RedirectURLs) > 0 {
			to = s.app.spec.RedirectURLs[0]
		}
	}
	back, err := url.Parse(to)
	if reason == "" && (err != nil || to == "") {
		reason = "bad_redirect_uri"
	}
	if reason != "" {
		s.mu.Unlock()
		s.fail("Slack shows %s for %s", reason, link)
		return ""
	}
	defer s.mu.Unlock()
	q := back.Query()
	if yes {
		code.w, code.by, code.made = u.w, u, s.clock.Now()
		key := u.w.id[1:] + "." + s.secret()
		s.codes[key] = code
		q.Set("code", key)
	} else {
		q.Set("error", "access_denied")
	}
	q.Set("state", l.Query().Get("state"))
	back.RawQuery = q.Encode()
	return back.String()
}

func (c *call) oauthAccess() (obj, *apiError) {
	s, spec := c.s, c.s.app.spec
	id, secret := c.args.str("client_id"), c.args.str("client_secret")
	switch {
	case id != spec.ClientID:
		return nil, failCode("invalid_client_id")
	case secret != spec.ClientSecret:
		return nil, failCode("bad_client_secret")
	}
	key := c.args.str("code")
	code := s.codes[key]
	// A code that was tried is spent.
	delete(s.codes, key)
	switch {
	case code == nil || s.clock.Now().Sub(code.made) > codeLife:
		return nil, failCode("invalid_code")
	case code.redirect != c.args.str("redirect_uri"):
		return nil, failCode("bad_redirect_uri")
	}
	in := code.w.installApp(code.by, code.scopes)
	return obj{
		"access_token": in.token, "token_type": "bot", "scope": strings.Join(in.scopes, ","),
		"bot_user_id": in.bot.id, "app_id": spec.ID, "team": obj{"id": in.w.id, "name": in.w.name},
		"enterprise": nil, "is_enterprise_install": false, "authed_user": obj{"id": code.by.id},
	}, nil
}
