package files

import (
	"context"
	"errors"
	"io"

	"guildhall/core/sharing"
)

// Deposits is a Store as the toolbox asks for it.
type Deposits struct{ *Store }

// Keep is Store.Keep. A file that is too large or empty is ErrTooLarge or ErrNoBytes of core/sharing.
func (d Deposits) Keep(ctx context.Context, r io.Reader, name string) (sharing.File, error) {
	kept, err := d.Store.Keep(ctx, r, name)
	switch {
	case errors.Is(err, ErrTooLarge):
		return sharing.File{}, errors.Join(sharing.ErrTooLarge, err)
	case errors.Is(err, ErrEmpty):
		return sharing.File{}, errors.Join(sharing.ErrNoBytes, err)
	case err != nil:
		return sharing.File{}, err
	}
	return sharing.File{Name: kept.Name, Type: kept.Type, Size: kept.Size, SHA: kept.SHA256, Kept: true}, nil
}
