package homeserver

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// account is somebody who can log in.
type account struct {
	id, password string
	deactivated  bool
	profile      map[string]any
	devices      map[string]*device
	data         map[string]datum            // account data by type
	roomData     map[string]map[string]datum // by room and type
	filters      []json.RawMessage
	signing      signing
	backups      []*backup
}

// device is a session with its keys.
type device struct {
	user, id, name string
	token          string
	done           map[string]string // event ids by transaction
	keys           map[string]any
	once           []onceKey
	fallback       map[string]onceKey // by algorithm
	mail           []letter           // what other devices sent
}

// datum is a piece of account data.
type datum struct {
	pos     int64
	content json.RawMessage
}

func newAccount(id, password string) *account {
	local, _, _ := strings.Cut(strings.TrimPrefix(id, "@"), ":")
	return &account{id: id, password: password, profile: map[string]any{"displayname": local}, devices: map[string]*device{},
		data: map[string]datum{}, roomData: map[string]map[string]datum{}}
}

var accountCalls = map[string]handler{
	"GET account/whoami":                               whoAmI,
	"POST logout":                                      logout,
	"POST logout/all":                                  logoutAll,
	"GET devices":                                      devices,
	"DELETE devices/{device}":                          deleteDevice,
	"GET capabilities":                                 capabilities,
	"GET pushrules/":                                   func(*call) (any, error) { return map[string]any{"global": map[string]any{}}, nil },
	"GET profile/{user}":                               profile,
	"GET profile/{user}/{field}":                       profileField,
	"PUT profile/{user}/{field}":                       setProfile,
	"POST user/{user}/filter":                          makeFilter,
	"GET user/{user}/filter/{filter}":                  getFilter,
	"GET user/{user}/account_data/{type}":              getData,
	"PUT user/{user}/account_data/{type}":              setData,
	"GET user/{user}/rooms/{room}/account_data/{type}": getData,
	"PUT user/{user}/rooms/{room}/account_data/{type}": setData,
	"PUT rooms/{room}/typing/{user}":                   typing,
	"POST rooms/{room}/receipt/{type}/{event}":         receipt,
	"POST rooms/{room}/read_markers":                   readMarkers,
	"POST user_directory/search":                       func(*call) (any, error) { return map[string]any{"results": []any{}, "limited": false}, nil },
	"GET voip/turnServer":                              func(*call) (any, error) { return map[string]any{}, nil },
	"GET v1/media/config":                              func(*call) (any, error) { return map[string]any{"m.upload.size": maxBody}, nil },
	"GET thirdparty/protocols":                         func(*call) (any, error) { return map[string]any{}, nil },
	"PUT pushrules/global/{kind}/{rule}":               func(*call) (any, error) { return nil, nil }, //nolint:nilnil // an empty object
	"POST pushers/set":                                 func(*call) (any, error) { return nil, nil }, //nolint:nilnil // an empty object
	"GET pushers":                                      func(*call) (any, error) { return map[string]any{"pushers": []any{}}, nil },
	"PUT presence/{user}/status":                       func(*call) (any, error) { return nil, nil }, //nolint:nilnil // an empty object
}

func loginFlows(*call) (any, error) {
	return map[string]any{"flows": []map[string]any{{"type": "m.login.password"}}}, nil
}

func login(c *call) (any, error) {
	var req struct {
		Type       string `json:"type"`
		User       string `json:"user"`
		Password   string `json:"password"`
		Device     string `json:"device_id"`
		Name       string `json:"initial_device_display_name"`
		Identifier struct {
			Type string `json:"type"`
			User string `json:"user"`
		} `json:"identifier"`
	}
	if err := c.into(&req); err != nil {
		return nil, err
	}
	if req.Type != "m.login.password" {
		return nil, invalid("M_UNKNOWN", "no such way to log in: %q", req.Type)
	}
	user := req.Identifier.User
	if user == "" {
		user = req.User
	}
	if !strings.HasPrefix(user, "@") {
		user = "@" + user + ":" + Name
	}
	a := c.s.accounts[user]
	switch {
	case a == nil || a.password != req.Password:
		return nil, forbidden("user and password do not belong together")
	case a.deactivated:
		return nil, &problem{status: http.StatusForbidden, code: "M_USER_DEACTIVATED", text: "this account is no more"}
	}
	d := a.devices[req.Device]
	if d == nil {
		id := req.Device
		if id == "" {
			id = rand.Text()[:10]
		}
		d = &device{user: user, id: id, name: req.Name, done: map[string]string{}, fallback: map[string]onceKey{}}
		a.devices[id] = d
	} else {
		delete(c.s.tokens, d.token)
		clear(d.done) // they count for one token
	}
	d.token = "token-" + rand.Text()
	c.s.tokens[d.token] = d
	return map[string]any{"user_id": user, "access_token": d.token, "device_id": d.id, "home_server": Name}, nil
}

func whoAmI(c *call) (any, error) {
	return map[string]any{"user_id": c.who.id, "device_id": c.dev.id, "is_guest": false}, nil
}

func logout(c *call) (any, error) {
	delete(c.s.tokens, c.dev.token)
	c.s.gone[c.dev.token] = false
	c.s.removeDevice(c.who, c.dev.id)
	return nil, nil //nolint:nilnil // an empty object
}

func logoutAll(c *call) (any, error) {
	for id := range c.who.devices {
		c.s.removeDevice(c.who, id)
	}
	return nil, nil //nolint:nilnil // an empty object
}

func (s *Server) removeDevice(a *account, id string) {
	d := a.devices[id]
	if d == nil {
		return
	}
	delete(s.tokens, d.token)
	if _, soft := s.gone[d.token]; !soft {
		s.gone[d.token] = false
	}
	delete(a.devices, id)
	s.keysChanged(a.id)
}

func devices(c *call) (any, error) {
	list := []map[string]any{}
	for _, d := range c.who.devices {
		list = append(list, map[string]any{"device_id": d.id, "display_name": d.name})
	}
	return map[string]any{"devices": list}, nil
}

func deleteDevice(c *call) (any, error) {
	if err := c.again(); err != nil {
		return nil, err
	}
	c.s.removeDevice(c.who, c.PathValue("device"))
	return nil, nil //nolint:nilnil // an empty object
}

// again asks for the password once more
// (https://spec.matrix.org/v1.16/client-server-api/#user-interactive-authentication-api).
func (c *call) again() error {
	auth, _ := c.body["auth"].(map[string]any)
	session, _ := auth["session"].(string)
	if password, _ := auth["password"].(string); c.s.sessions[session] && auth["type"] == "m.login.password" && password == c.who.password {
		delete(c.s.sessions, session)
		return nil
	}
	session = rand.Text()
	c.s.sessions[session] = true
	return &problem{status: http.StatusUnauthorized, extra: map[string]any{"session": session, "params": map[string]any{},
		"flows": []map[string]any{{"stages": []string{"m.login.password"}}}}}
}

func capabilities(c *call) (any, error) {
	available := map[string]string{}
	for v := range roomVersions {
		available[v] = "stable"
	}
	return map[string]any{"capabilities": map[string]any{"m.room_versions": map[string]any{"default": c.s.version, "available": available}}}, nil
}

func profile(c *call) (any, error) {
	a := c.s.accounts[c.PathValue("user")]
	if a == nil {
		return nil, missing("there is nobody of that name")
	}
	return a.profile, nil
}

func profileField(c *call) (any, error) {
	a, field := c.s.accounts[c.PathValue("user")], c.PathValue("field")
	if a == nil || a.profile[field] == nil {
		return nil, missing("there is nothing of that name")
	}
	return map[string]any{field: a.profile[field]}, nil
}

// setProfile changes a field; the name and picture stand in the memberships, too.
func setProfile(c *call) (any, error) {
	if c.PathValue("user") != c.who.id {
		return nil, forbidden("that is somebody else")
	}
	field := c.PathValue("field")
	c.who.profile[field] = c.body[field]
	if field != "displayname" && field != "avatar_url" {
		return nil, nil //nolint:nilnil // an empty object
	}
	for _, r := range c.s.rooms {
		if r.membership(c.who.id) == "join" {
			c.s.add(r, c.who.id, "m.room.member", &c.who.id, c.who.memberContent("join"))
		}
	}
	return nil, nil //nolint:nilnil // an empty object
}

// memberContent is a membership with the person's profile.
func (a *account) memberContent(membership string) map[string]any {
	out := map[string]any{"membership": membership}
	for _, k := range []string{"displayname", "avatar_url"} {
		if v := a.profile[k]; v != nil && v != "" {
			out[k] = v
		}
	}
	return out
}

func makeFilter(c *call) (any, error) {
	c.who.filters = append(c.who.filters, c.raw)
	return map[string]any{"filter_id": strconv.Itoa(len(c.who.filters) - 1)}, nil
}

func getFilter(c *call) (any, error) {
	if raw := c.who.filter(c.PathValue("filter")); raw != nil {
		return raw, nil
	}
	return nil, missing("there is no such filter")
}

// filter is a filter by its id, or as it stands in the query.
func (a *account) filter(v string) json.RawMessage {
	if strings.HasPrefix(v, "{") {
		return json.RawMessage(v)
	}
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(a.filters) {
		return a.filters[n]
	}
	return nil
}

// dataOf is the account data that a call is about.
func (c *call) dataOf() (map[string]datum, error) {
	if c.PathValue("user") != c.who.id {
		return nil, forbidden("that is somebody else")
	}
	room := c.PathValue("room")
	if room == "" {
		return c.who.data, nil
	}
	if c.who.roomData[room] == nil {
		c.who.roomData[room] = map[string]datum{}
	}
	return c.who.roomData[room], nil
}

func getData(c *call) (any, error) {
	data, err := c.dataOf()
	if err != nil {
		return nil, err
	}
	if d, ok := data[c.PathValue("type")]; ok {
		return d.content, nil
	}
	return nil, missing("there is no such account data")
}

func setData(c *call) (any, error) {
	data, err := c.dataOf()
	if err != nil {
		return nil, err
	}
	data[c.PathValue("type")] = datum{c.s.next(), c.raw}
	return nil, nil //nolint:nilnil // an empty object
}
