package sqlstore

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
)

// Place says what Space, Community, Room and Known say.
func TestPlaceIsAllOfIt(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		d := db.Directory()
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			for _, name := range []string{"one", "two"} {
				com, err := d.Found(ctx, community.Community{Name: name, Language: "en", Zone: "Europe/Rome", Policy: community.PolicyOpen}, now)
				if err != nil {
					return err
				}
				for _, space := range []string{name, name + "-left"} {
					err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "p", ID: space, Name: "Space", Noise: community.NoiseAll,
						Topics: []string{"a", "b"}, Joined: now, Left: space != name, Later: []community.Section{community.News}})
					if err != nil {
						return err
					}
					err = d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "p", Space: space, ID: "room-" + space, Name: "Room", Record: "C1",
						Sections: []community.Section{community.Sharing}, Opened: true, Language: "it", Encrypted: true, Agreed: true, PostOnly: true})
					if err != nil {
						return err
					}
				}
				org, err := d.AddOrganisation(ctx, com.ID, community.Organisation{Name: "CFP Bologna", Country: "IT"})
				if err != nil {
					return err
				}
				for _, who := range []chat.AccountID{"ann", "bea"} {
					m, _, err := d.Enter(ctx, com.ID, "p", chat.SpaceID(name), chat.Author{Account: who, Name: string(who), Locale: "it"}, now)
					if err != nil {
						return err
					}
					if who == "ann" {
						if _, err := db.exec(ctx, `UPDATE member SET organisation = $3, helper = TRUE, reviewer = TRUE, topics = 'x y', weekly_cap = 5
							WHERE community_id = $1 AND number = $2`, com.ID, m.No, org.No); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for of := range int64(3) {
			spaces, rooms, err := d.Map(t.Context(), of)
			wantSpaces, err1 := d.Spaces(t.Context(), of)
			wantRooms, err2 := d.Rooms(t.Context(), of)
			if err := errors.Join(err, err1, err2); err != nil || !reflect.DeepEqual(spaces, wantSpaces) || !reflect.DeepEqual(rooms, wantRooms) {
				t.Errorf("%d: %v\n%+v\n%+v\nwant\n%+v\n%+v", of, err, spaces, rooms, wantSpaces, wantRooms)
			}
		}
		for _, space := range []chat.SpaceID{"one", "two", "one-left", "nothing", ""} {
			for _, room := range []chat.RoomID{"room-one", "room-two", "room-one-left", "nothing", ""} {
				for _, who := range []chat.AccountID{"ann", "bea", "nobody", ""} {
					var want chat.Place
					sp, wantOK, err := d.Space(t.Context(), "p", space)
					if err != nil {
						t.Fatal(err)
					}
					if wantOK {
						want.Space = sp
						if want.Community, err = d.Community(t.Context(), sp.Community); err != nil {
							t.Fatal(err)
						}
						r, _, err := d.Room(t.Context(), "p", room)
						if err != nil {
							t.Fatal(err)
						}
						if r.Community == sp.Community {
							want.Room = r
						}
						if want.Member, _, err = d.Known(t.Context(), sp.Community, "p", who); err != nil {
							t.Fatal(err)
						}
					}
					got, ok, err := d.Place(t.Context(), chat.Address{Platform: "p", Space: space, Room: room}, who, "e")
					if err != nil || ok != wantOK {
						t.Fatalf("%s %s %s: %v, %v", space, room, who, ok, err)
					}
					// A role and lists that are not there are none, however that is written.
					if want.Member.No == 0 {
						got.Member, want.Member = community.Member{No: got.Member.No}, community.Member{}
					}
					if want.Room.ID == "" {
						got.Room, want.Room = community.Room{ID: got.Room.ID}, community.Room{}
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("%s %s %s:\ngot  %+v\nwant %+v", space, room, who, got, want)
					}
				}
			}
		}
	})
}
