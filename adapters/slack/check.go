package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var _ chat.Checker = (*Platform)(nil)

// Check implements chat.Checker: it tries the tokens and names the scopes that are missing.
func (p *Platform) Check(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var out []string
	for i, a := range p.apps {
		name := "Slack"
		if len(p.apps) > 1 {
			name = fmt.Sprintf("Slack app %d", i+1)
		}
		out = append(out, a.check(ctx, name)...)
	}
	if p.opts.Installs == nil || p.installer("") == nil {
		return out
	}
	if err := p.load(ctx); err != nil {
		return append(out, fmt.Sprintf("Slack: the installations cannot be read (%v).", err))
	}
	for _, a := range p.apps {
		if a.BotToken == "" {
			out = append(out, a.checkInstalls(ctx)...)
		}
	}
	return out
}

func (a *app) check(ctx context.Context, name string) []string {
	var out []string
	if a.AppToken != "" {
		if _, _, err := a.client(a.BotToken).StartSocketModeContext(ctx); err != nil {
			if !refused(err) {
				return []string{a.away(name, err)} // the bot token would say the same
			}
			out = append(out, fmt.Sprintf("%s: the app token was refused (%s): on the app's page, under Basic Information, make an app-level token with connections:write and enter it as app_token.", name, codeOf(err)))
		}
	}
	if a.BotToken == "" {
		return out
	}
	return append(out, a.checkToken(ctx, name, a.BotToken)...)
}

func (a *app) checkInstalls(ctx context.Context) []string {
	a.mu.Lock()
	teams := make([]*team, 0, len(a.teams))
	for _, t := range a.teams {
		teams = append(teams, t)
	}
	a.mu.Unlock()
	slices.SortFunc(teams, func(x, y *team) int { return strings.Compare(x.id, y.id) })
	var out []string
	for _, t := range teams {
		out = append(out, a.checkToken(ctx, "Slack workspace "+orElse(t.name, t.id), t.token)...)
	}
	return out
}

// checkToken tries a bot token. Slack says which scopes it has along with any answer.
func (a *app) checkToken(ctx context.Context, name, token string) []string {
	a.mu.Lock()
	a.scopes = ""
	a.mu.Unlock()
	if _, err := a.client(token).AuthTestContext(ctx); err != nil {
		if !refused(err) {
			return []string{a.away(name, err)}
		}
		return []string{fmt.Sprintf("%s: the bot token was refused (%s): install the app again and enter the token that its page shows as bot_token.", name, codeOf(err))}
	}
	a.mu.Lock()
	have := strings.FieldsFunc(a.scopes, func(r rune) bool { return r == ',' || r == ' ' })
	a.mu.Unlock()
	if len(have) == 0 {
		return nil // a server that does not say
	}
	if missing := without(scopeNames(), have); len(missing) > 0 {
		return []string{fmt.Sprintf("%s: the app lacks %s: add it under OAuth & Permissions (or paste the manifest again) and reinstall the app.", name, strings.Join(missing, ", "))}
	}
	return nil
}

// refused says whether Slack itself said no: what did not reach it, or found it in trouble, says nothing about
// a token.
func refused(err error) bool {
	return codeOf(err) != "" && !is(err, passing...)
}

// away says that Slack could not be asked.
func (a *app) away(name string, err error) string {
	if code := codeOf(err); code != "" {
		return fmt.Sprintf("%s has trouble of its own (%s): try again in a few minutes.", name, code)
	}
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &limited):
		return fmt.Sprintf("%s asks for patience (%s): try again then.", name, limited.RetryAfter)
	case errors.As(err, &status):
		return fmt.Sprintf("%s has trouble of its own (%s): try again in a few minutes.", name, status.Status)
	}
	return fmt.Sprintf("%s could not be reached (%v): check that this machine can open connections to %s.", name, hideURL(err), host(a.APIURL))
}
