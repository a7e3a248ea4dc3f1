package webchat

import (
	"net/http"
	"time"

	"guildhall/core/chat"
)

// Seen by programs: what a page shows, as JSON.
type (
	// Sight is a room as a persona sees it.
	Sight struct {
		Rooms []SightRoom   `json:"rooms"` // where the persona is, in the order of the side bar
		Room  *SightRoom    `json:"room,omitempty"`
		Home  *chat.Message `json:"home,omitempty"`  // on the persona's own page
		Posts []SightPost   `json:"posts,omitempty"` // the room's, oldest first, each followed by its thread
		Forms []chat.Form   `json:"forms,omitempty"` // that the persona has before them
		Live  string        `json:"live"`            // where the live stream goes on from here
	}
	// SightRoom is a room in short.
	SightRoom struct {
		ID       chat.RoomID  `json:"id"`
		Space    chat.SpaceID `json:"space"`
		Name     string       `json:"name"` // "" is the persona's own page
		Topic    string       `json:"topic,omitempty"`
		Archived bool         `json:"archived,omitempty"`
		Unread   int          `json:"unread,omitempty"`
	}
	// SightPost is a message.
	SightPost struct {
		ID        chat.MessageID `json:"id"`
		Thread    chat.ThreadID  `json:"thread,omitempty"`
		From      chat.AccountID `json:"from"` // "guildhall" for ours
		At        time.Time      `json:"at"`
		Edited    bool           `json:"edited,omitempty"`
		Gone      bool           `json:"gone,omitempty"`
		Only      bool           `json:"only,omitempty"` // only this persona sees it
		Text      string         `json:"text"`           // of ours: all of it as plain text
		Files     []File         `json:"files,omitempty"`
		Message   *chat.Message  `json:"message,omitempty"`
		Reactions []Reaction     `json:"reactions,omitempty"`
	}
)

// serveSee shows a room to a program. Without "room" it shows only which rooms there are.
func (p *Platform) serveSee(w http.ResponseWriter, r *http.Request) {
	who := p.personas[chat.AccountID(r.URL.Query().Get("as"))]
	if who == nil {
		p.fail(w, &p.opts.Personas[0], refuse(http.StatusNotFound, "persona", nil))
		return
	}
	id := chat.RoomID(r.URL.Query().Get("room"))
	if p.ownPage(who, id) {
		p.loadHome(r.Context(), who)
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	s := Sight{Live: p.live.position()}
	own := p.direct(who.Account)
	s.Rooms = append(s.Rooms, p.sight(own, who))
	for _, space := range who.Spaces {
		for _, room := range p.roomsOf(space) {
			if room.has(who) {
				s.Rooms = append(s.Rooms, p.sight(room, who))
			}
		}
	}
	for _, f := range p.formsOf(who.Account) {
		s.Forms = append(s.Forms, f.Form)
	}
	if id != "" {
		room := p.world.rooms[id]
		if room == nil || !room.has(who) {
			p.fail(w, who, refuse(http.StatusNotFound, "room", nil))
			return
		}
		short := p.sight(room, who)
		s.Room, s.Posts = &short, p.sightPosts(room, who)
		if home, ok := p.homes[who.Account]; ok && room == own {
			s.Home = &home
		}
	}
	writeJSON(w, http.StatusOK, s)
}

func (p *Platform) sight(r *Room, who *Persona) SightRoom {
	out := SightRoom{ID: r.ID, Space: r.Space, Name: r.Name, Topic: r.Topic, Archived: r.Archived, Unread: p.world.unread(r.ID, who.Account)}
	if r.Direct != "" {
		out.Name = ""
	}
	return out
}

func (p *Platform) sightPosts(room *Room, who *Persona) []SightPost {
	var out []SightPost
	for _, post := range p.world.shown(place{room: room.ID}, who.Account) {
		out = append(out, sightOf(post))
		for _, reply := range p.world.shown(place{room.ID, chat.ThreadID(post.ID)}, who.Account) {
			out = append(out, sightOf(reply))
		}
	}
	return out
}

func sightOf(post *Post) SightPost {
	out := SightPost{ID: post.ID, Thread: post.Thread, From: post.From, At: post.At, Edited: !post.Edited.IsZero(), Gone: post.Gone,
		Only: post.Only != "", Text: post.Text, Files: post.Files, Message: post.Message, Reactions: post.Reactions}
	if post.ours() {
		out.From = us
		if post.Message != nil {
			out.Text = post.Message.Plain()
		}
	}
	return out
}
