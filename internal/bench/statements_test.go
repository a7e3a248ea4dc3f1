package bench

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/internal/pgtest"
)

// mostStatements is what a command may ask of the store, from its event to the stored answer: what it costs, on any
// machine.
var mostStatements = map[string]map[sqlstore.Engine]int64{
	"note": {sqlstore.SQLite: 6, sqlstore.Postgres: 7},
	"ask":  {sqlstore.SQLite: 29, sqlstore.Postgres: 18},
}

func TestACommandAsksLittleOfTheStore(t *testing.T) {
	t.Parallel()
	for name, most := range mostStatements {
		for engine, most := range most {
			t.Run(fmt.Sprintf("%s/%s", name, engine), func(t *testing.T) {
				t.Parallel()
				address := "sqlite:" + filepath.Join(t.TempDir(), "guildhall.db")
				if engine == sqlstore.Postgres {
					address = pgtest.New(t)
				}
				db, err := sqlstore.Open(t.Context(), address)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				if _, _, err := db.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				network(t, db, 1)
				e, line := commands[name](t, db)
				give := func(who int) {
					a, err := e.Handle(t.Context(), chat.Event{ID: chat.EventID(fmt.Sprint("e", who)), Kind: chat.Invoked, At: time.Now(),
						Where: chat.Address{Platform: "web", Space: "space0", Room: "space0-help"},
						From:  author(0, who), Text: line(), Can: chat.Carry{Answer: true}})
					if err != nil || a.Message == nil || a.Message.Kind == chat.Alarm {
						t.Fatalf("%+v, %v", a.Message, err)
					}
				}
				give(0) // makes what is made once
				before := db.Statements()
				give(1)
				if n := db.Statements() - before; n > most {
					t.Errorf("%d statements, should be %d at most", n, most)
				} else {
					t.Logf("%d statements", n)
				}
			})
		}
	}
}
