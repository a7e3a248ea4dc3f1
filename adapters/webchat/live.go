package webchat

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"

	"guildhall/core/chat"
)

// feed is what changed lately, for browsers that look on. It says only what changed, not to what:
// whoever reads it shows the thing as it is then, so that reading twice does no harm.
type feed struct {
	epoch string // another one each time the program starts: positions of an older one mean nothing

	mu     sync.Mutex
	last   int64
	recent []change      // the newest, oldest first
	news   chan struct{} // closed at the next change, or when the feed ends
	ended  bool
}

// keepChanges is how many changes a browser may miss and still catch up; beyond it loads anew.
const keepChanges = 2_000

// change is one thing that changed.
type change struct {
	seq  int64
	kind changeKind
	room chat.RoomID
	post chat.MessageID
	form string
	only chat.AccountID // who may know; empty: all who are in the room
}

type changeKind string

const (
	postChanged  changeKind = "post"
	roomsChanged changeKind = "rooms"
	homeChanged  changeKind = "home"
	formOpened   changeKind = "form"
	formClosed   changeKind = "closed"
)

func newFeed() *feed {
	return &feed{epoch: strings.ToLower(rand.Text()[:8]), news: make(chan struct{})}
}

// publish adds changes and wakes who looks on.
func (f *feed) publish(list []change) {
	if len(list) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range list {
		f.last++
		c.seq = f.last
		f.recent = append(f.recent, c)
	}
	if len(f.recent) > 2*keepChanges {
		f.recent = append([]change(nil), f.recent[len(f.recent)-keepChanges:]...)
	}
	close(f.news)
	f.news = make(chan struct{})
}

// since are the changes after seq. lost says that some of them are not known any more. more is
// closed when there is something new.
func (f *feed) since(seq int64) (list []change, lost, ended bool, more <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	missing := f.last - seq
	if missing < 0 || missing > int64(len(f.recent)) {
		return nil, true, f.ended, f.news
	}
	return append([]change(nil), f.recent[int64(len(f.recent))-missing:]...), false, f.ended, f.news
}

// close ends the feed until open, so that a server that shuts down has no streams left.
func (f *feed) close() { f.end(true) }
func (f *feed) open()  { f.end(false) }

func (f *feed) end(ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = ended
	close(f.news)
	f.news = make(chan struct{})
}

// position is where the feed stands, as a browser remembers it.
func (f *feed) position() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mark(f.last)
}

func (f *feed) mark(seq int64) string { return f.epoch + "-" + strconv.FormatInt(seq, 10) }

// parse reads a position; ok is false for one of another run of the program.
func (f *feed) parse(s string) (seq int64, ok bool) {
	epoch, n, found := strings.Cut(s, "-")
	seq, err := strconv.ParseInt(n, 10, 64)
	return seq, found && err == nil && epoch == f.epoch && seq >= 0
}

// changes are what browsers have to show anew after e. p.mu is held.
func (p *Platform) changes(e Entry) []change {
	var out []change
	for _, r := range e.Rooms {
		out = append(out, change{kind: roomsChanged, room: r.ID})
	}
	for _, post := range e.Posts {
		out = append(out, change{kind: postChanged, room: post.Room, post: post.ID, only: post.Only})
		if post.Thread != "" { // its root says how many answers there are
			out = append(out, change{kind: postChanged, room: post.Room, post: chat.MessageID(post.Thread)})
		}
	}
	for _, key := range e.Closed {
		out = append(out, change{kind: formClosed, form: key})
	}
	return out
}
