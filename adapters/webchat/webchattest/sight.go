package webchattest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// See is what the person's screen shows: the rooms, and with room what is in it.
func (p *Person) See(ctx context.Context, room chat.RoomID) (webchat.Sight, error) {
	var s webchat.Sight
	q := url.Values{}
	if room != "" {
		q.Set("room", string(room))
	}
	if err := p.get(ctx, "see", q, &s); err != nil {
		return s, fmt.Errorf("look as %s: %w", p.account, err)
	}
	return s, nil
}

// Messages are what the person sees in a room, oldest first, each followed by its thread.
func (p *Person) Messages(ctx context.Context, room chat.RoomID) ([]Message, error) {
	s, err := p.See(ctx, room)
	if err != nil {
		return nil, err
	}
	out := make([]Message, 0, len(s.Posts))
	for _, post := range s.Posts {
		out = append(out, Message{post, room})
	}
	return out, nil
}

// Room is the room of a space whose name is this or ends in it ("communication" finds
// "vet-communication"). ErrNotThere when the person has none.
func (p *Person) Room(ctx context.Context, space chat.SpaceID, name string) (chat.RoomID, error) {
	s, err := p.See(ctx, "")
	if err != nil {
		return "", err
	}
	var ends chat.RoomID
	for _, r := range s.Rooms {
		switch {
		case r.Space != space || r.Name == "":
		case r.Name == name:
			return r.ID, nil
		case strings.HasSuffix(r.Name, "-"+name) && ends == "":
			ends = r.ID
		}
	}
	if ends == "" {
		return "", fmt.Errorf("the room %q of %q: %w", name, space, ErrNotThere)
	}
	return ends, nil
}

// WaitRoom waits for a room; see Room.
func (p *Person) WaitRoom(ctx context.Context, space chat.SpaceID, name string) (room chat.RoomID, err error) {
	err = p.until(ctx, "", func() (bool, error) {
		room, err = p.Room(ctx, space, name)
		return err == nil, err
	})
	return room, err
}

// Own is the person's own page, as a room: the conversation with Guildhall.
func (p *Person) Own(ctx context.Context) (chat.RoomID, error) {
	s, err := p.See(ctx, "")
	if err != nil {
		return "", err
	}
	return s.Rooms[0].ID, nil
}

// Home is what Guildhall shows on the person's own page.
func (p *Person) Home(ctx context.Context) (chat.Message, error) {
	own, err := p.Own(ctx)
	if err != nil {
		return chat.Message{}, err
	}
	s, err := p.See(ctx, own)
	if err != nil {
		return chat.Message{}, err
	}
	if s.Home == nil {
		return chat.Message{}, fmt.Errorf("the own page of %s: %w", p.account, ErrNotThere)
	}
	return *s.Home, nil
}

// Wait waits for a message of a room, or of a thread in it, that suits. When ctx ends first, the error
// says what was there instead.
func (p *Person) Wait(ctx context.Context, room chat.RoomID, suits func(Message) bool) (*Message, error) {
	var found *Message
	var last []Message
	err := p.until(ctx, room, func() (bool, error) {
		all, err := p.Messages(ctx, room)
		if err != nil {
			return false, err
		}
		last = all
		for i := len(all) - 1; i >= 0; i-- {
			if suits(all[i]) {
				found = &all[i]
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait as %s: %w; on the screen:\n%s", p.account, err, screen(last))
	}
	return found, nil
}

// WaitText waits for a message that contains all of these texts.
func (p *Person) WaitText(ctx context.Context, room chat.RoomID, texts ...string) (*Message, error) {
	return p.Wait(ctx, room, func(m Message) bool {
		for _, t := range texts {
			if !strings.Contains(m.Text, t) {
				return false
			}
		}
		return !m.Gone
	})
}

func screen(all []Message) string {
	var b strings.Builder
	for _, m := range all {
		in := ""
		if m.Thread != "" {
			in = "  "
		}
		fmt.Fprintf(&b, "%s%s: %s %q\n", in, m.From, strings.ReplaceAll(m.Text, "\n", " / "), m.Labels())
	}
	return b.String()
}

// lookAgain is how long until is content with a stream that says nothing, as while the program is
// being started again.
const lookAgain = 250 * time.Millisecond

// until looks, and looks again whenever the live stream says that something changed, until look is
// content. What look could not see is seen later.
func (p *Person) until(ctx context.Context, room chat.RoomID, look func() (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	news := make(chan struct{}, 1)
	go p.follow(ctx, room, news)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		ok, err := look()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			if err == nil {
				err = ctx.Err()
			}
			return err
		case <-news:
		case <-again.C:
		}
	}
}

// longest is the longest line of a stream that is read, in bytes.
const longest = 64 << 20

// follow reads the live stream of a room until it breaks or ctx ends, and says when it says something.
func (p *Person) follow(ctx context.Context, room chat.RoomID, news chan<- struct{}) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address("live", url.Values{"room": {string(room)}}), nil)
	if err != nil {
		return
	}
	response, err := p.client.http.Do(r)
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: ") {
			select {
			case news <- struct{}{}:
			default:
			}
		}
	}
}

// Fetch gives the content of a file that is on the person's screen.
func (p *Person) Fetch(ctx context.Context, content, name string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.client.base+"files/"+url.PathEscape(content)+"/"+url.PathEscape(name), nil)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	response, err := p.client.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = &Refused{response.StatusCode, strings.TrimSpace(string(b))}
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	return b, nil
}

// Page is the HTML of a room's page, and of a thread's where thread is not empty.
func (p *Person) Page(ctx context.Context, room chat.RoomID, thread chat.ThreadID) (string, error) {
	q := url.Values{"room": {string(room)}}
	if thread != "" {
		q.Set("thread", string(thread))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address("", q), nil)
	if err != nil {
		return "", fmt.Errorf("open a page: %w", err)
	}
	response, err := p.client.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("open a page: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = &Refused{response.StatusCode, "no such page"}
	}
	if err != nil {
		return "", fmt.Errorf("open a page: %w", err)
	}
	return string(b), nil
}
