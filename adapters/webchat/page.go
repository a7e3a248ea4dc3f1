package webchat

import (
	"bytes"
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// pageView is what page.html is given.
type pageView struct {
	Lang     string
	Title    string
	As       *Persona
	People   []personView
	Mine     placeLink // the persona's own page
	Spaces   []spaceView
	Room     *roomView   // nil: not here, or not for this persona
	Thread   *threadView // nil: none is open
	Commands []actionView
	OnPeople []actionView
	Emoji    []string
	Words    map[string]string // what the script says
	Forms    []waitingForm
	Live     string // where the live stream begins
	MaxText  int
	Say      func(string, ...any) string
}

type personView struct {
	*Persona
	Initials string
	Colour   uint32
	URL      string
	Current  bool
}

type placeLink struct {
	ID      chat.RoomID
	Name    string
	URL     string
	Unread  int
	Current bool
	Private bool
}

type spaceView struct {
	ID     chat.SpaceID
	Name   string
	Rooms  []placeLink
	Closed []placeLink // archived
}

type roomView struct {
	*Room
	Own     bool // the persona's own page
	News    bool // something came since the persona last looked
	Home    template.HTML
	Posts   []template.HTML
	Earlier string // the address with all messages, where only the newest are here
	Writes  bool   // messages are taken, not only commands
	Hint    string
	Pinned  *placeLink // the newest message that Guildhall keeps at hand; nil for none
}

type threadView struct {
	ID     chat.ThreadID
	Posts  []template.HTML
	Close  string
	Writes bool
	Hint   string
}

// onPerson is what a command is called on a person, with "{who}" for their name.
func (p *Platform) onPerson(who *Persona, c chat.CommandInfo) string {
	lang := p.words.Match(who.Locale)
	if key := "webchat.person." + c.Path; p.words.Has(key) {
		return p.words.Plain(lang, key, text.Args{"who": "{who}"})
	}
	return cmp.Or(c.Button, c.Path) + " · {who}"
}

type actionView struct {
	Command string `json:"command"`
	Label   string `json:"label"`
	About   string `json:"about"`
}

type waitingForm struct {
	Key   string `json:"key"`
	Title string `json:"title"`
}

// visitor is who a request is from: the persona named by "as", else the first.
func (p *Platform) visitor(r *http.Request) *Persona {
	if who := p.personas[chat.AccountID(r.URL.Query().Get("as"))]; who != nil {
		return who
	}
	return &p.opts.Personas[0]
}

// page is the address of a room or thread for a persona, relative to the chat's own.
func (p *Platform) page(who *Persona, room chat.RoomID, thread chat.ThreadID) string {
	q := "?as=" + url.QueryEscape(string(who.Account)) + "&room=" + url.QueryEscape(string(room))
	if thread != "" {
		q += "&thread=" + url.QueryEscape(string(thread))
	}
	return q
}

// servePage serves a room as a persona sees it. Without a room it is the first one with something new.
func (p *Platform) servePage(w http.ResponseWriter, r *http.Request) {
	who := p.visitor(r)
	id, thread := chat.RoomID(r.URL.Query().Get("room")), chat.ThreadID(r.URL.Query().Get("thread"))
	if p.ownPage(who, id) {
		p.loadHome(r.Context(), who)
	}
	v, status, err := p.pageFor(who, id, thread, r.URL.Query().Get("all") != "")
	var b bytes.Buffer
	if err == nil {
		err = templates.ExecuteTemplate(&b, "page", v)
	}
	if err != nil {
		p.opts.Log.Error("a page of the web chat could not be made", "error", err)
		http.Error(w, p.say(who, "problem.failed", nil), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // an error here means that the browser has gone
}

// ownPage says whether id is the persona's own page.
func (p *Platform) ownPage(who *Persona, id chat.RoomID) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.direct(who.Account).ID == id
}

func (p *Platform) pageFor(who *Persona, id chat.RoomID, thread chat.ThreadID, all bool) (pageView, int, error) {
	commands := p.commands(who)
	p.mu.Lock()
	defer p.mu.Unlock()
	room := p.world.rooms[id]
	if id == "" {
		room = p.firstRoom(who)
	}
	status := http.StatusOK
	if room != nil && !room.has(who) {
		room = nil
	}
	v := pageView{Lang: p.words.Match(who.Locale), As: who, Words: p.scriptWords(who), Live: p.live.position(), MaxText: maxText,
		Say: p.saying(who), Emoji: emoji(commands)}
	for _, c := range commands {
		if c.Action && !c.Unread {
			v.Commands = append(v.Commands, actionView{c.Path, cmp.Or(c.Button, c.Path), c.About})
		}
		if c.Person {
			v.OnPeople = append(v.OnPeople, actionView{Command: c.Path, Label: p.onPerson(who, c)})
		}
	}
	for _, f := range p.formsOf(who.Account) {
		v.Forms = append(v.Forms, waitingForm{f.Form.Key, f.Form.Title})
	}
	if room == nil {
		status = http.StatusNotFound
	} else {
		if err := p.fillRoom(&v, room, who, thread, all); err != nil {
			return v, 0, err
		}
		if err := p.lookedAt(who, room.ID); err != nil {
			p.opts.Log.Warn("how far somebody has read could not be kept", "error", err)
		}
		id = room.ID
	}
	p.fillSides(&v, who, id)
	v.Title = ourName
	if v.Room != nil {
		v.Title = v.Room.Title(v.Say) + " · " + ourName
	}
	return v, status, nil
}

// Title is the room's name as its heading.
func (r *roomView) Title(say func(string, ...any) string) string {
	if r.Own {
		return say("mine")
	}
	return "#" + r.Name
}

// newest is how many messages of a room a page has at first.
const newest = 300

func (p *Platform) fillRoom(v *pageView, room *Room, who *Persona, thread chat.ThreadID, all bool) (err error) {
	v.Room = &roomView{Room: room, Own: room.Direct != "", News: p.world.unread(room.ID, who.Account) > 0, Writes: !room.Archived && !room.PostOnly}
	say := v.Say
	switch {
	case room.Archived:
		v.Room.Hint = say("hint.archived")
	case room.PostOnly:
		v.Room.Hint = say("hint.post_only")
	case v.Room.Own:
		v.Room.Hint = say("hint.own")
	default:
		v.Room.Hint = say("hint.room", "room", "#"+room.Name)
	}
	if v.Room.Own {
		if v.Room.Home, err = p.homeHTML(who); err != nil {
			return err
		}
	}
	posts := p.world.shown(place{room: room.ID}, who.Account)
	if len(posts) > newest && !all {
		posts = posts[len(posts)-newest:]
		v.Room.Earlier = p.page(who, room.ID, thread) + "&all=1"
	}
	if v.Room.Posts, err = p.list(posts, who, ""); err != nil {
		return err
	}
	v.Room.Pinned = p.pinned(room, who)
	root := p.world.posts[chat.MessageID(thread)]
	if root == nil || root.Room != room.ID || root.starts() == "" || !p.world.sees(root, who.Account) {
		return nil
	}
	posts = append([]*Post{root}, p.world.shown(place{room.ID, thread}, who.Account)...)
	v.Thread = &threadView{ID: thread, Close: p.page(who, room.ID, ""), Writes: v.Room.Writes, Hint: say("hint.thread")}
	if !v.Room.Writes {
		v.Thread.Hint = v.Room.Hint
	}
	v.Thread.Posts, err = p.list(posts, who, "thread")
	return err
}

// pinned is the newest message of a room that is kept at hand, nil for none.
func (p *Platform) pinned(room *Room, who *Persona) *placeLink {
	posts := p.world.shown(place{room: room.ID}, who.Account)
	for _, post := range slices.Backward(posts) {
		if post.Gone || post.Message == nil || !post.Message.Pin {
			continue
		}
		first, _, _ := strings.Cut(post.Message.Plain(), "\n")
		return &placeLink{Name: text.Clean(first, 80), URL: p.page(who, room.ID, "") + "#" + string(post.ID)}
	}
	return nil
}

// fillSides fills in the people at the top and the rooms at the side; current is the room that is open.
func (p *Platform) fillSides(v *pageView, who *Persona, current chat.RoomID) {
	for i := range p.opts.Personas {
		other := &p.opts.Personas[i]
		to := "?as=" + url.QueryEscape(string(other.Account))
		if r := p.world.rooms[current]; r != nil && r.has(other) {
			to = p.page(other, current, "")
		}
		v.People = append(v.People, personView{other, initials(other.Name), p.colour(other.Name), to, other == who})
	}
	link := func(r *Room) placeLink {
		return placeLink{ID: r.ID, Name: r.Name, URL: p.page(who, r.ID, ""), Unread: p.world.unread(r.ID, who.Account),
			Current: r.ID == current, Private: !r.Open}
	}
	v.Mine = link(p.direct(who.Account))
	for _, id := range who.Spaces {
		s := spaceView{ID: id, Name: p.space(id).Name}
		for _, r := range p.roomsOf(id) {
			switch {
			case !r.has(who):
			case r.Archived:
				s.Closed = append(s.Closed, link(r))
			default:
				s.Rooms = append(s.Rooms, link(r))
			}
		}
		v.Spaces = append(v.Spaces, s)
	}
}

// firstRoom is where somebody starts: a room with something new, else the first of their home.
func (p *Platform) firstRoom(who *Persona) *Room {
	var first *Room
	for _, space := range who.Spaces {
		for _, r := range p.roomsOf(space) {
			if !r.has(who) || r.Archived {
				continue
			}
			if first == nil {
				first = r
			}
			if p.world.unread(r.ID, who.Account) > 0 {
				return r
			}
		}
	}
	if first == nil {
		first = p.direct(who.Account)
	}
	return first
}

// lookedAt notes that somebody has read a room to its end.
func (p *Platform) lookedAt(who *Persona, room chat.RoomID) error {
	if p.world.unread(room, who.Account) == 0 {
		return nil
	}
	return p.commit(Entry{Seen: []Seen{{who.Account, room, p.world.last}}})
}

// formsOf are the forms that somebody has before them, the newest last.
func (p *Platform) formsOf(who chat.AccountID) []*OpenForm {
	var out []*OpenForm
	for _, f := range p.world.forms {
		if f.For == who && p.opts.Now().Sub(f.At) < keepForms {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *OpenForm) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Form.Key, b.Form.Key))
	})
	return out
}

// emoji are those that the menu offers: the ones that mean a command, then the plain ones.
func emoji(commands []chat.CommandInfo) []string {
	out := []string{"👍", "❤"}
	for _, c := range commands {
		if e, ok := plainEmoji(c.Reaction); ok && !has(out, e) {
			out = append(out, e)
		}
	}
	for _, e := range []string{"✅", "🔖", "🏆"} {
		if !has(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// serveForm serves a form that the persona has before them.
func (p *Platform) serveForm(w http.ResponseWriter, r *http.Request) {
	who := p.visitor(r)
	p.mu.RLock()
	defer p.mu.RUnlock()
	f := p.world.forms[r.URL.Query().Get("key")]
	if f == nil || f.For != who.Account {
		p.fail(w, who, refuse(http.StatusNotFound, "form", nil))
		return
	}
	shown, err := p.showForm(f, who)
	if err != nil {
		p.fail(w, who, err)
		return
	}
	writeJSON(w, http.StatusOK, shown)
}

// scriptWords are the sentences that the script says by itself.
func (p *Platform) scriptWords(who *Persona) map[string]string {
	out := map[string]string{}
	for _, key := range []string{"away", "again", "back", "copied", "later", "react", "thread", "link", "edit", "delete",
		"dismiss", "save", "cancel", "uploading", "remove", "continue", "discard", "new_room", "really", "suggestions"} {
		out[key] = p.say(who, "script."+key, text.Args{"n": "{n}", "name": "{name}"})
	}
	out["long"] = p.say(who, "problem.long", text.Args{"max": maxText})
	return out
}
