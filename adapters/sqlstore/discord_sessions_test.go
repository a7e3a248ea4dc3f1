package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
)

func TestADiscordShardHasOneHolder(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		d, ctx := db.Discord(), t.Context()
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		lease := func(holder string, now time.Time) (int64, bool) {
			t.Helper()
			epoch, ok, err := d.Lease(ctx, "discord/0/1", holder, now, now.Add(15*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			return epoch, ok
		}
		first, ok := lease("one", now)
		if again, still := lease("one", now.Add(5*time.Second)); !ok || !still || again != first {
			t.Errorf("%v %v, epochs %d %d", ok, still, first, again)
		}
		if _, ok := lease("two", now.Add(6*time.Second)); ok != (db.Engine() == SQLite) {
			t.Errorf("another took it: %v", ok)
		}
		second, ok := lease("two", now.Add(21*time.Second))
		if !ok || second <= first {
			t.Errorf("%v, epochs %d %d", ok, first, second)
		}
		alive := now.Add(20 * time.Second)
		if ok, err := d.KeepSession(ctx, "discord/0/1", first, "s", "wss://x", 7, alive, time.Time{}); ok || err != nil {
			t.Errorf("a late holder wrote: %v %v", ok, err)
		}
		if ok, err := d.KeepSession(ctx, "discord/0/1", second, "s", "wss://x", 7, alive, now); !ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
		session, address, seq, at, gap, err := d.Session(ctx, "discord/0/1")
		if session != "s" || address != "wss://x" || seq != 7 || !at.Equal(alive) || !gap.Equal(now) || err != nil {
			t.Errorf("%q %q %d %v %v %v", session, address, seq, at, gap, err)
		}
		if all, err := d.Handled(ctx); err != nil || len(all) != 1 || !all["discord/0/1"].Equal(now) {
			t.Errorf("%v %v", all, err)
		}
		if err := d.Release(ctx, "discord/0/1", "two"); err != nil {
			t.Fatal(err)
		}
		if _, ok := lease("three", now.Add(22*time.Second)); !ok {
			t.Error("what was given back cannot be taken")
		}
	})
}

func TestAFormInStepsIsTakenOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		d, ctx := db.Discord(), t.Context()
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		for _, state := range []string{`{"a":1}`, `{"a":2}`} {
			if err := d.KeepForm(ctx, "k", []byte(state), now, now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if b, ok, err := d.Form(ctx, "k", now); string(b) != `{"a":2}` || !ok || err != nil {
			t.Errorf("%s %v %v", b, ok, err)
		}
		if _, ok, _ := d.Form(ctx, "k", now.Add(time.Hour)); ok {
			t.Error("it does not expire")
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for range 32 {
			all.Go(func() {
				_, ok, err := d.TakeForm(ctx, "k", now)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if ok {
					taken++
				}
			})
		}
		all.Wait()
		if taken != 1 {
			t.Errorf("taken %d times", taken)
		}
	})
}

func TestFollowedAreRoomsAndThreads(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		of := founded(t, db).ID
		at := chat.Address{Platform: "discord", Space: "1", Room: "2"}
		do(t, db, func(ctx context.Context) error {
			for _, r := range []community.Room{{ID: "2", Opened: true}, {ID: "3", Archived: true}} {
				r.Community, r.Platform, r.Space = of, "discord", "1"
				if err := db.Directory().AddRoom(ctx, r); err != nil {
					return err
				}
			}
			followed := at
			followed.Thread = "9"
			return db.Cards().Follow(ctx, of, followed, record.ID{Letter: 'H', No: 1})
		})
		got, err := db.Discord().Followed(t.Context(), "discord")
		thread := at
		thread.Thread = "9"
		if want := []chat.Address{at, thread}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%v %v", got, err)
		}
	})
}

func TestTopicsOfARecordAreCalledAsTheCommunityCallsThem(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		of := founded(t, db).ID
		do(t, db, func(ctx context.Context) error {
			if err := db.Directory().AddSpace(ctx, community.Space{Community: of, Platform: "discord", ID: "1", Name: "Server"}); err != nil {
				return err
			}
			return db.Search().Put(ctx, of, search.Doc{Letter: "R", Number: 13, Section: "sharing", Title: "Rubric", Topics: []string{"didactics"}})
		})
		d := db.Discord()
		got, err := d.Topics(t.Context(), "discord", "1", "R13")
		if err != nil || !slices.Equal(got, []string{"Innovative didactics and technologies"}) {
			t.Errorf("%v %v", got, err)
		}
		if all, err := d.Topics(t.Context(), "discord", "1", ""); err != nil || len(all) != len(community.Seed) {
			t.Errorf("%v %v", all, err)
		}
		for _, none := range []string{"R14", "no record"} {
			if got, err := d.Topics(t.Context(), "discord", "1", none); err != nil || len(got) != 0 {
				t.Errorf("%s: %v %v", none, got, err)
			}
		}
		if got, err := d.Topics(t.Context(), "discord", "2", "R13"); err != nil || len(got) != 0 {
			t.Errorf("%v %v", got, err)
		}
	})
}

func TestHeldAreTheMessagesOfWhichSomethingIsKept(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		of := founded(t, db).ID
		do(t, db, func(ctx context.Context) error {
			if _, err := db.exec(ctx, `INSERT INTO request SELECT $1, 1, 'q', 'd', '', 'en', '', '', 1, 'open', FALSE, '', 1, 1, 0, 0, 0, 0, 2, 2, 0, '', '', '', '', '', ''`, of); err != nil {
				return err
			}
			for part, gone := range map[int64]bool{1: false, 2: true} {
				_, err := db.exec(ctx, `INSERT INTO answer VALUES ($1, 1, $2, 1, 'words', '', '', 5000000, 0, FALSE, FALSE, FALSE, $3, FALSE, '', 'discord', '1', '2', '3', $4, '')`,
					of, part, gone, strconv.FormatInt(40+part, 10))
				if err != nil {
					return err
				}
			}
			return nil
		})
		got, err := db.Discord().Held(t.Context(), "discord", time.Unix(1, 0), 10)
		if err != nil || len(got) != 1 || got[0].Message != "41" || got[0].Where != (chat.Address{Platform: "discord", Space: "1", Room: "2", Thread: "3"}) {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := db.Discord().Held(t.Context(), "discord", time.Unix(6, 0), 10); err != nil || len(got) != 0 {
			t.Errorf("%+v %v", got, err)
		}
		do(t, db, func(ctx context.Context) error {
			return db.Directory().AddSpace(ctx, community.Space{Community: of, Platform: "discord", ID: "1", Name: "Server"})
		})
		in := chat.Address{Platform: "discord", Space: "1", Room: "2"}
		for at, n := range map[chat.Address]int{in: 1, {Platform: "discord", Space: "1", Room: "2", Thread: "3"}: 1, {Platform: "discord", Space: "1", Room: "2", Thread: "4"}: 0,
			{Platform: "discord", Space: "1", Room: "3"}: 0, {Platform: "discord", Space: "2", Room: "2"}: 0, {Platform: "slack", Space: "1", Room: "2"}: 0} {
			if got, err := db.Discord().HeldIn(t.Context(), at); err != nil || len(got) != n {
				t.Errorf("%+v: %+v %v", at, got, err)
			}
		}
	})
}
