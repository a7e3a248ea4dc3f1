package slack

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
	"guildhall/core/text"
)

var _ chat.Inviter = (*Platform)(nil)

// An installation must come back within stateLife, in the browser that it was begun in.
const (
	stateLife   = 15 * time.Minute
	stateCookie = "guildhall_slack_install"
)

// key is a key of its own for one purpose, made from the program's secret.
func (p *Platform) key(purpose string) []byte {
	mac := hmac.New(sha256.New, p.opts.Secret)
	_, _ = mac.Write([]byte("guildhall slack " + purpose))
	return mac.Sum(nil)
}

// seal encrypts what a workspace gave us. about binds it to its place: another row's is not taken.
func (p *Platform) seal(in install, about string) ([]byte, error) {
	plain, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode an installation: %w", err)
	}
	gcm, err := p.gcm()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return gcm.Seal(nonce, nonce, plain, []byte(about)), nil
}

// unseal reads what seal made.
func (p *Platform) unseal(sealed []byte, about string, in *install) error {
	gcm, err := p.gcm()
	if err != nil {
		return err
	}
	if len(sealed) < gcm.NonceSize() {
		return errors.New("not an encrypted installation")
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], []byte(about))
	if err != nil {
		return fmt.Errorf("decrypt (was the program's secret changed?): %w", err)
	}
	if err := json.Unmarshal(plain, in); err != nil {
		return fmt.Errorf("read an installation: %w", err)
	}
	return nil
}

func (p *Platform) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.key("tokens"))
	if err != nil {
		return nil, fmt.Errorf("prepare encryption: %w", err)
	}
	return cipher.NewGCM(block) //nolint:wrapcheck // cannot fail for AES
}

// state is what an installation carries through Slack: when it began, for which app, and a secret that the
// browser holds as well, signed.
func (p *Platform) state(nonce string, at time.Time, client string) string {
	body := strconv.FormatInt(at.Unix(), 10) + "." + client
	mac := hmac.New(sha256.New, p.key("state"))
	_, _ = mac.Write([]byte(body + "." + nonce))
	return body + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// installer is the app that is installed by OAuth: the first, or the one named.
func (p *Platform) installer(client string) *app {
	for _, a := range p.apps {
		if a.installs() && a.BotToken == "" && (client == "" || a.ClientID == client) {
			return a
		}
	}
	return nil
}

// serveInstall sends a browser to Slack's page of consent.
func (p *Platform) serveInstall(w http.ResponseWriter, r *http.Request) {
	a := p.installer(r.URL.Query().Get("app"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails
	nonce := base64.RawURLEncoding.EncodeToString(raw)
	http.SetCookie(w, p.cookie(nonce, int(stateLife.Seconds())))
	q := url.Values{"client_id": {a.ClientID}, "scope": {strings.Join(scopeNames(), ",")}, "redirect_uri": {p.callback()},
		"state": {p.state(nonce, p.opts.Now(), a.ClientID)}}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, a.authorize()+"?"+q.Encode(), http.StatusFound)
}

func (p *Platform) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: stateCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(p.opts.PublicURL, "https://")}
}

// callback is where Slack sends the browser back to.
func (p *Platform) callback() string {
	return strings.TrimRight(p.opts.PublicURL, "/") + "/slack/callback"
}

// authorize is Slack's page of consent: beside the API.
func (a *app) authorize() string {
	return strings.TrimSuffix(strings.TrimSuffix(a.APIURL, "/"), "/api") + "/oauth/v2/authorize"
}

// serveCallback is where Slack sends the browser after the consent.
func (p *Platform) serveCallback(w http.ResponseWriter, r *http.Request) {
	words := p.words.in(r.Header.Get("Accept-Language"))
	http.SetCookie(w, p.cookie("", -1))
	q := r.URL.Query()
	a, err := p.stateOf(q.Get("state"), r)
	switch {
	case err != nil:
		p.log.Warn("an installation came back that was not begun here", "reason", err)
		showPage(w, words, http.StatusBadRequest, "not_installed.title", "not_installed.state", nil)
		return
	case q.Get("error") != "" || q.Get("code") == "":
		showPage(w, words, http.StatusOK, "not_installed.title", "not_installed.denied", nil)
		return
	}
	in, err := p.exchange(r.Context(), a, q.Get("code"))
	if err != nil {
		p.log.Error("an installation failed", "error", err)
		showPage(w, words, http.StatusBadGateway, "not_installed.title", "not_installed.failed", nil)
		return
	}
	p.log.Info("installed in a Slack workspace", "space", in.id, "workspace", in.name)
	showPage(w, words, http.StatusOK, "installed.title", "installed.text", text.Args{"team": in.name})
}

// stateOf checks that an installation was begun here, lately and in this browser.
func (p *Platform) stateOf(state string, r *http.Request) (*app, error) {
	cookie, err := r.Cookie(stateCookie)
	if err != nil || cookie.Value == "" {
		return nil, errors.New("no cookie")
	}
	at, rest, _ := strings.Cut(state, ".")
	cut := strings.LastIndexByte(rest, '.')
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || cut < 0 {
		return nil, errors.New("no state of ours")
	}
	begun := time.Unix(seconds, 0)
	if !hmac.Equal([]byte(p.state(cookie.Value, begun, rest[:cut])), []byte(state)) {
		return nil, errors.New("the state is not signed for this browser")
	}
	if age := p.opts.Now().Sub(begun); age > stateLife || age < -time.Minute {
		return nil, errors.New("the state is too old")
	}
	a := p.installer(rest[:cut])
	if a == nil {
		return nil, errors.New("the app is no more")
	}
	return a, nil
}

// exchange gets a token for a code, keeps it encrypted, and adds the workspace.
func (p *Platform) exchange(ctx context.Context, a *app, code string) (*team, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	got, err := slack.GetOAuthV2ResponseContext(ctx, p.opts.HTTP, a.ClientID, a.ClientSecret, code, p.callback(), slack.OAuthOptionAPIURL(a.APIURL))
	if err != nil {
		return nil, fmt.Errorf("exchange the code: %w", hideURL(err))
	}
	if got.AccessToken == "" || got.Team.ID == "" {
		return nil, errors.New("exchange the code: an answer without token or workspace")
	}
	in := install{Token: got.AccessToken, Name: got.Team.Name, User: got.BotUserID, By: got.AuthedUser.ID,
		Scopes: strings.FieldsFunc(got.Scope, func(r rune) bool { return r == ',' || r == ' ' }), Happened: p.opts.Now().UTC()}
	me, err := a.client(got.AccessToken).AuthTestContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("try the token: %w", hideURL(err))
	}
	in.Bot, in.Domain = me.BotID, host(me.URL)
	sealed, err := p.seal(in, a.ClientID+"/"+got.Team.ID)
	if err != nil {
		return nil, err
	}
	if err := p.opts.Installs.KeepSlackInstall(ctx, a.ClientID, got.Team.ID, sealed); err != nil {
		return nil, fmt.Errorf("keep the installation: %w", err)
	}
	return a.installed(got.Team.ID, in), nil
}

// showPage answers with a short page for a browser.
func showPage(w http.ResponseWriter, words words, status int, title, sentence string, a text.Args) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%[2]s</title></head>
<body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem"><h1>%[2]s</h1><p>%[3]s</p></body></html>
`, html.EscapeString(words.lang), html.EscapeString(words.say(title, a)), html.EscapeString(words.say(sentence, a)))
}

// Invite implements chat.Inviter.
func (p *Platform) Invite() (sentence, address string) {
	if a := p.installer(""); a != nil {
		return p.words.say("invite.link", nil), strings.TrimRight(p.opts.PublicURL, "/") + "/slack/install"
	}
	return p.words.say("invite.own", nil), ""
}
