//go:build !goolm

package matrix

import "context"

// openCipher finds that this build has no encryption: it needs the tag goolm. In encrypted rooms the
// bot says so.
func openCipher(context.Context, *Platform) (encryption, error) { return nil, nil } //nolint:nilnil // there is none
