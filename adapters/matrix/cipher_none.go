//go:build !goolm

package matrix

import (
	"context"
	"errors"
)

// openCipher finds that this build has no encryption: it needs the tag goolm. In encrypted rooms the
// bot says so.
func openCipher(context.Context, *Platform) (encryption, error) { return nil, nil } //nolint:nilnil // there is none

// MakeKeys cannot be done by this build.
func MakeKeys(context.Context, string) error {
	return errors.New("this guildhall was built without encryption: use one that \"make build\" makes")
}
