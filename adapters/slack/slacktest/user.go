package slacktest

import "time"

type timeOf = time.Time

// obj is a JSON object.
type obj = map[string]any

// User is a person, or a bot user. What a person does and sees in their client are methods of it.
type User struct {
	s       *Server
	w       *Workspace
	id      string
	name    string
	real    string
	email   string
	locale  string
	tz      string
	admin   bool
	owner   bool
	guest   bool
	bot     string // bot id, for bot users
	app     string
	deleted bool
	updated time.Time

	modals  []*view // the last one is on top
	home    *view
	notices []Notice
	picked  map[string]selection // what is chosen in a message's menus, by message
}

// ID is the user's id.
func (u *User) ID() string { return u.id }

// Name is the user's name, as people type it after @.
func (u *User) Name() string { return u.name }

// Workspace is where the user is.
func (u *User) Workspace() *Workspace { return u.w }

// Mention is the user's mention as it stands in messages.
func (u *User) Mention() string { return "<@" + u.id + ">" }

func (u *User) json(locale bool) obj {
	loc, err := time.LoadLocation(u.tz)
	if err != nil {
		loc = time.UTC
	}
	label, offset := u.s.clock.Now().In(loc).Zone()
	o := obj{
		"id": u.id, "team_id": u.w.id, "name": u.name, "deleted": u.deleted, "color": "9f69e7",
		"real_name": u.real, "tz": u.tz, "tz_label": label, "tz_offset": offset,
		"is_admin": u.admin, "is_owner": u.owner, "is_primary_owner": u.owner, "is_restricted": u.guest,
		"is_ultra_restricted": false, "is_bot": u.bot != "", "is_app_user": false,
		"updated": u.updated.Unix(), "is_email_confirmed": true, "who_can_share_contact_card": "EVERYONE",
		"profile": u.profile(),
	}
	if locale {
		o["locale"] = u.locale
	}
	return o
}

func (u *User) profile() obj {
	p := obj{
		"real_name": u.real, "real_name_normalized": u.real, "display_name": u.name,
		"display_name_normalized": u.name, "title": "", "phone": "", "skype": "", "status_text": "",
		"status_emoji": "", "status_expiration": 0, "avatar_hash": "g0", "team": u.w.id,
		"image_24": "https://secure.gravatar.com/avatar/0?s=24", "image_72": "https://secure.gravatar.com/avatar/0?s=72",
	}
	if u.bot != "" {
		p["bot_id"], p["api_app_id"], p["always_active"] = u.bot, u.app, true
	} else if in := u.w.install; in != nil && in.has("users:read.email") {
		p["email"] = u.email
	}
	return p
}

// short is the user as interaction payloads give it.
func (u *User) short() obj {
	return obj{"id": u.id, "username": u.name, "name": u.name, "team_id": u.w.id}
}
