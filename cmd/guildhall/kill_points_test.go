package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	sqlite "modernc.org/sqlite"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// Named points are where the program is killed besides random moments. Those of its own code it reaches by
// what stands between engine and platform here; those inside a transaction by triggers in the database. The
// program is told by its environment at which point, and the how manieth time there, it dies.
const diesAt = "GUILDHALL_TEST_DIES"

// The points of one event's way, in its order. Those with a colon are triggers: after a statement on a table.
var points = []string{
	"received",            // it came in, nothing is stored
	"insert:inbox",        // in the transaction, at its beginning
	"insert:request",      // in the transaction, in a section's rules
	"insert:resource",     //
	"insert:work",         // in the transaction, at its end
	"committed",           // it is stored, the platform does not know
	"answered",            // the platform has the answer, the queue does not know
	"sending",             // an item of the queue was claimed, nothing is sent
	"sent",                // it was sent, the queue does not know
	"update:work",         // in the transaction that marks it
	"update:card",         //
	"insert:digest_issue", // a digest was claimed, and not chosen yet
	"insert:digest_item",  // it is being chosen
}

// dying counts how often a point is reached, and dies when it is time.
type dying struct {
	name string
	left atomic.Int64
}

// fate is this process's.
var fate = func() *dying {
	d := &dying{}
	name, nth, ok := strings.Cut(os.Getenv(diesAt), "#")
	if n, err := strconv.ParseInt(nth, 10, 64); ok && err == nil {
		d.name = name
		d.left.Store(n)
	}
	return d
}()

// pass kills the process when this is the point, and the time.
func (d *dying) pass(name string) {
	if d.name == name && d.left.Add(-1) == 0 {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {} // nothing more is done until the kernel is there
	}
}

// SQLite's triggers call this.
func init() {
	sqlite.MustRegisterScalarFunction("guildhall_passes", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		name, ok := args[0].(string)
		if !ok {
			return nil, errors.New("a point has a name")
		}
		fate.pass(name)
		return int64(0), nil
	})
}

// mortal is a web chat that dies at named points.
type mortal struct{ *aWebChat }

type aWebChat = webchat.Platform

// Run implements chat.Platform.
func (m mortal) Run(ctx context.Context, h chat.Handler) error {
	return m.aWebChat.Run(ctx, mortalHandler{h})
}

type mortalHandler struct{ chat.Handler }

// Handle implements chat.Handler.
func (m mortalHandler) Handle(ctx context.Context, ev chat.Event) (chat.Answer, error) {
	fate.pass("received")
	a, err := m.Handler.Handle(ctx, ev)
	fate.pass("committed")
	if then := a.Delivered; then != nil {
		a.Delivered = func(ctx context.Context, s chat.Sent) error {
			fate.pass("answered")
			return then(ctx, s)
		}
	}
	return a, err
}

// Send implements chat.Platform.
func (m mortal) Send(ctx context.Context, to chat.Address, msg chat.Message, key chat.Key) (chat.Sent, error) {
	fate.pass("sending")
	s, err := m.aWebChat.Send(ctx, to, msg, key)
	fate.pass("sent")
	return s, err
}

// Edit implements chat.Editor.
func (m mortal) Edit(ctx context.Context, at chat.Address, id chat.MessageID, msg chat.Message) error {
	fate.pass("sending")
	err := m.aWebChat.Edit(ctx, at, id, msg)
	fate.pass("sent")
	return err
}

// chatProgram is the program with a web chat of many people, on either store.
const chatProgram = "chat"

// The places and people of that chat.
const (
	north, south = chat.SpaceID("north"), chat.SpaceID("south")
	perSpace     = 4
)

func chatPeople() (spaces []webchat.Space, people []webchat.Persona) {
	spaces = []webchat.Space{{ID: north, Name: "North", Lang: "en"}, {ID: south, Name: "South", Lang: "en"}}
	for _, s := range spaces {
		for n := range perSpace {
			people = append(people, webchat.Persona{Account: chat.AccountID(fmt.Sprintf("%s-%d", s.ID, n)), Name: fmt.Sprint(s.Name, n), Locale: "en",
				Zone: "Europe/Dublin", Spaces: []chat.SpaceID{s.ID}})
		}
	}
	return spaces, people
}

// runChat is what demo does, with other people and a store of one's choice.
func runChat(ctx context.Context, w world, args []string) int {
	f := flag.NewFlagSet(chatProgram, flag.ContinueOnError)
	dir, listen, database := f.String("dir", "", ""), f.String("listen", "", ""), f.String("database", "", "")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if err := serveChat(ctx, w, *dir, *listen, *database); err != nil {
		fmt.Fprintln(w.err, "chat:", err)
		return 1
	}
	return 0
}

func serveChat(ctx context.Context, w world, dir, listen, database string) error {
	c, err := loadConfig("", func(string) string { return "" })
	if err != nil {
		return err
	}
	c.DatabaseURL, c.FilesDir = database, filepath.Join(dir, "files")
	log := logger(w, c)
	spaces, people := chatPeople()
	web, err := webchat.New(webchat.Options{Dir: filepath.Join(dir, "chat"), URL: "http://" + listen + "/", Spaces: spaces, Personas: people, Log: log})
	if err != nil {
		return err
	}
	p, err := open(ctx, c, log, func(*program) ([]chat.Platform, error) { return []chat.Platform{mortal{web}}, nil })
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	p.mux.Handle("/", web.Handler())
	return errors.Join(p.run(ctx, l), p.close(), web.Close())
}

// trap is the triggers of a database, and the one of them that is set.
type trap struct {
	t    *testing.T
	pool *sql.DB // of Postgres; nil on SQLite, where the program sets it off itself
}

// The statements on Postgres wait at a point as long as somebody has its lock.
const pgTrap = `CREATE OR REPLACE FUNCTION guildhall_passes() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN PERFORM pg_advisory_xact_lock_shared(471147, hashtext(TG_ARGV[0])); RETURN NULL; END $$`

// newTrap lays a trigger at each point that is a statement.
func newTrap(t *testing.T, address string, names ...string) *trap {
	t.Helper()
	x := &trap{t: t}
	engine, source := "sqlite", strings.TrimPrefix(address, "sqlite:")
	if source == address {
		engine, source = "pgx", address
	}
	pool, err := sql.Open(engine, source)
	if err != nil {
		t.Fatal(err)
	}
	if engine == "pgx" {
		x.pool = pool
		t.Cleanup(func() { _ = pool.Close() })
		x.do(pool, pgTrap)
	} else {
		pool.SetMaxOpenConns(1)
		defer func() { _ = pool.Close() }()
		x.do(pool, "PRAGMA busy_timeout=60000")
	}
	for i, name := range names {
		verb, table, ok := strings.Cut(name, ":")
		switch {
		case !ok:
		case x.pool != nil:
			x.do(pool, fmt.Sprintf("CREATE TRIGGER guildhall_passes_%d AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION guildhall_passes('%s')", i, verb, table, name))
		default:
			x.do(pool, fmt.Sprintf("CREATE TRIGGER guildhall_passes_%d AFTER %s ON %s BEGIN SELECT guildhall_passes('%s'); END", i, verb, table, name))
		}
	}
	return x
}

func (x *trap) do(pool *sql.DB, statement string) {
	x.t.Helper()
	if _, err := pool.ExecContext(x.t.Context(), statement); err != nil {
		x.t.Fatalf("%s: %v", statement, err)
	}
}

// kill lets the program, which is not running, live until it has been at a point so often, and says whether
// it came there; after so long it is killed wherever it is.
func (x *trap) kill(k *killed, point string, nth int, within time.Duration) (there bool) {
	x.t.Helper()
	if x.pool != nil && strings.Contains(point, ":") {
		return x.killWaiting(k, point, within)
	}
	k.start(fmt.Sprintf("%s=%s#%d", diesAt, point, nth))
	select {
	case <-k.gone():
		there = true
	case <-time.After(within):
	}
	k.kill()
	return there
}

// killWaiting kills the program while a statement of its transaction waits in Postgres.
func (x *trap) killWaiting(k *killed, point string, within time.Duration) (there bool) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), within)
	defer cancel()
	conn, err := x.pool.Conn(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(x.t.Context(), "SELECT pg_advisory_lock(471147, hashtext($1))", point); err != nil {
		x.t.Fatal(err)
	}
	k.start()
	for !there && ctx.Err() == nil {
		err := conn.QueryRowContext(x.t.Context(), "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND classid = 471147 AND NOT granted"+
			" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").Scan(&there)
		if err != nil {
			x.t.Fatal(err)
		}
		if !there {
			<-time.After(5 * time.Millisecond)
		}
	}
	k.kill()
	if _, err := conn.ExecContext(x.t.Context(), "SELECT pg_advisory_unlock_all()"); err != nil {
		x.t.Fatal(err)
	}
	return there
}
