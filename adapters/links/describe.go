package links

import (
	"context"
	"errors"

	"guildhall/core/sharing"
)

// Descriptions is a Fetcher as the toolbox asks for it.
type Descriptions struct{ *Fetcher }

// Describe asks for a link and returns what its page says of itself; of one that is too large, what
// its beginning says. Where another try may help, the error is ErrAway of core/sharing.
func (d Descriptions) Describe(ctx context.Context, link string) (sharing.Page, error) {
	page, err := d.Fetch(ctx, link)
	switch {
	case errors.Is(err, ErrTooLarge):
		err = nil
	case errors.Is(err, ErrUnreachable):
		err = errors.Join(sharing.ErrAway, err)
	}
	return sharing.Page{Title: page.Title, Summary: page.Description, Language: page.Language}, err
}
