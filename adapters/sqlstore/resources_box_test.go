package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

// toolbox is a toolbox on a real store. Members are those of the help desk.
type toolbox struct {
	*sharing.Toolbox
	*helpDesk
}

func eachToolbox(t *testing.T, test func(t *testing.T, b *toolbox)) {
	t.Helper()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		box := sharing.New(sharing.Store{Transactions: d.db, Resources: d.db.Resources(), Versions: d.db.ResourceVersions(),
			Uses: d.db.ResourceUses(), Members: d, Consents: d.consents, Changes: d, Trails: d, Queue: d, Normalize: boxLink}, d.clock.now)
		test(t, &toolbox{box, d})
	})
}

func boxLink(link string) (string, error) {
	if !strings.HasPrefix(link, "https://") {
		return "", errors.New("no address")
	}
	return strings.ToLower(link), nil
}

func boxID(no int64) record.ID { return record.ID{Letter: 'R', No: no} }

// boxSHA is the sha256 of a content called c.
func boxSHA(c byte) string { return strings.Repeat(fmt.Sprintf("%02x", c), 32) }

func boxFile(c byte) sharing.File {
	return sharing.File{Name: string(rune(c)) + ".pdf", Type: "application/pdf", Size: 7, SHA: boxSHA(c), Kept: true, Ref: "ref-" + string(rune(c))}
}

// free is a deposit of files that may be copied.
func free(title string, contents ...byte) sharing.Deposit {
	d := sharing.Deposit{Title: title, Licence: "CC-BY-4.0"}
	for _, c := range contents {
		d.Files = append(d.Files, boxFile(c))
	}
	return d
}

func (b *toolbox) deposit(t *testing.T, by int64, p community.Policy, d sharing.Deposit) sharing.Deposited {
	t.Helper()
	out, err := b.Deposit(t.Context(), helpMember(by), p, d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (b *toolbox) resource(t *testing.T, no int64) *sharing.Resource {
	t.Helper()
	r, err := b.Resource(t.Context(), 1, boxID(no))
	if err != nil || r == nil {
		t.Fatalf("R%d: %v, %v", no, r, err)
	}
	return r
}

// organisation puts an organisation into the store, merged into another where into is not 0.
func (b *toolbox) organisation(t *testing.T, no int64, country string, confirmed bool, into int64) community.Organisation {
	t.Helper()
	err := b.db.Atomically(t.Context(), func(ctx context.Context) error {
		_, err := b.db.exec(ctx, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
			VALUES (1, $1, $2, $2, $3, '', '', $4, $5, '')`, no, fmt.Sprint("org ", no), country, confirmed, into)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return community.Organisation{No: no, Name: fmt.Sprint("org ", no), Country: country, Confirmed: confirmed}
}
