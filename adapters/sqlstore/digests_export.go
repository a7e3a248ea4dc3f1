package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/digest"
)

// ExportedDigests are what is kept of a member's own digests, for a file that they are given.
type ExportedDigests struct {
	Every   string           `json:"every,omitempty"` // the rule, such as "weekly 2 08:00"; empty when they get none
	Zone    string           `json:"zone,omitempty"`
	Parts   []string         `json:"parts,omitempty"`
	Paused  string           `json:"paused_until,omitempty"`
	Digests []ExportedDigest `json:"digests,omitempty"`
}

// ExportedDigest is one that they got.
type ExportedDigest struct {
	Period  string   `json:"period"`
	Until   string   `json:"until"`
	Records []string `json:"records"`
}

const exportedTime = "2006-01-02T15:04:05Z"

// ExportOwn is what is kept of a member's own digests; nil when there is nothing.
func (t Digests) ExportOwn(ctx context.Context, of, member int64) (any, error) {
	var out ExportedDigests
	to := digest.ToMember(member)
	s, there, err := t.db.Schedules().Schedule(ctx, of, "digest/"+to)
	if err != nil {
		return nil, err
	}
	if there && !s.Due.IsZero() {
		out.Every, out.Zone = s.Rule.String(), s.Zone
	}
	wishes, err := t.Wishes(ctx, of, []int64{member})
	if err != nil {
		return nil, fmt.Errorf("export digests: %w", err)
	}
	w := wishes[member]
	for _, p := range w.Parts {
		out.Parts = append(out.Parts, string(p))
	}
	if !w.Paused.IsZero() {
		out.Paused = w.Paused.Format(exportedTime)
	}
	letters, err := t.LettersTo(ctx, of, to)
	if err != nil {
		return nil, fmt.Errorf("export digests: %w", err)
	}
	for _, l := range letters {
		d := ExportedDigest{Period: l.Period, Until: l.Until.Format(exportedTime)}
		for _, x := range l.Items {
			d.Records = append(d.Records, x.ID.String())
		}
		out.Digests = append(out.Digests, d)
	}
	if out.Every == "" && len(out.Parts) == 0 && out.Paused == "" && len(out.Digests) == 0 {
		return nil, nil
	}
	return out, nil
}
