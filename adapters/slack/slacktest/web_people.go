package slacktest

import (
	"errors"
	"strings"
)

func (c *call) apiTest() (obj, *apiError) {
	if e := c.args.str("error"); e != "" {
		return nil, &apiError{code: e, extra: obj{"args": c.args.flat()}}
	}
	return obj{"args": c.args.flat()}, nil
}

func (c *call) authTest() (obj, *apiError) {
	return obj{
		"url": "https://" + c.w.domain + ".slack.com/", "team": c.w.name, "user": c.bot.name,
		"team_id": c.w.id, "user_id": c.bot.id, "bot_id": c.in.botID, "is_enterprise_install": false,
	}, nil
}

func (c *call) authRevoke() (obj, *apiError) {
	if c.args.bool("test") {
		return obj{"revoked": false}, nil
	}
	w := c.w
	c.then = append(c.then, w.revoke)
	return obj{"revoked": true}, nil
}

func (c *call) appsUninstall() (obj, *apiError) {
	switch spec := c.s.app.spec; {
	case c.args.str("client_id") != spec.ClientID:
		return nil, failCode("invalid_client_id")
	case c.args.str("client_secret") != spec.ClientSecret:
		return nil, failCode("bad_client_secret")
	}
	c.then = append(c.then, c.w.uninstall)
	return nil, nil
}

func (c *call) manifestValidate() (obj, *apiError) {
	_, err := readManifest([]byte(c.args.str("manifest")))
	if err == nil {
		return nil, nil
	}
	bad, _ := errors.AsType[ManifestError](err)
	var errs []any
	for _, line := range bad {
		msg, at, _ := strings.Cut(strings.TrimSuffix(line, "]"), " [")
		errs = append(errs, obj{"message": msg, "pointer": at})
	}
	return nil, &apiError{code: "invalid_manifest", extra: obj{"errors": errs}}
}

func (c *call) connectionsOpen() (obj, *apiError) {
	if c.s.app.http != nil {
		return nil, failCode("socket_mode_disabled")
	}
	t := c.s.uuid()
	c.s.tickets[t] = true
	return obj{"url": "ws" + strings.TrimPrefix(c.s.base, "http") + "/link/?ticket=" + t + "&app_id=" + c.s.app.spec.ID}, nil
}

func (c *call) teamInfo() (obj, *apiError) {
	o := c.w.json()
	o["plan"] = c.w.plan
	if id := c.args.str("team"); id != "" && id != c.w.id {
		return nil, failCode("team_not_found")
	}
	return obj{"team": o}, nil
}

func (c *call) botsInfo() (obj, *apiError) {
	id := c.args.str("bot")
	if id != "" && id != c.in.botID {
		return nil, failCode("bot_not_found")
	}
	o := c.in.profile()
	o["user_id"] = c.bot.id
	return obj{"bot": o}, nil
}

func (c *call) userInfo() (obj, *apiError) {
	u := c.s.users[c.args.str("user")]
	if u == nil || u.w != c.w {
		return nil, failCode("user_not_found")
	}
	return obj{"user": u.json(c.args.bool("include_locale"))}, nil
}

func (c *call) userByEmail() (obj, *apiError) {
	for _, u := range c.w.users {
		if u.bot == "" && !u.deleted && strings.EqualFold(u.email, c.args.str("email")) {
			return obj{"user": u.json(false)}, nil
		}
	}
	return nil, failCode("users_not_found")
}

func (c *call) userList() (obj, *apiError) {
	some, next, err := page(c, c.w.users, len(c.w.users), 1000)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, u := range some {
		out = append(out, u.json(c.args.bool("include_locale")))
	}
	return obj{"members": out, "cache_ts": c.s.clock.Now().Unix(), "response_metadata": cursorMeta(next)}, nil
}
