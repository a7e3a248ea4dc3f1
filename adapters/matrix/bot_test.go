package matrix_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// opens is an attachment's content.
func opens(data []byte) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

func roomID(s string) id.RoomID { return id.RoomID(s) }
func userID(s string) id.UserID { return id.UserID(s) }

type userIDs = id.UserID

func first1(a chat.Address) id.RoomID { return id.RoomID(a.Room) }

func isRefused(err error) bool { return errors.Is(err, chat.ErrRefused) }
func isGone(err error) bool    { return errors.Is(err, chat.ErrGone) }

// known makes members of some accounts.
func known(members ...string) func(context.Context, chat.AccountID) (bool, error) {
	return func(_ context.Context, who chat.AccountID) (bool, error) {
		return slices.Contains(members, string(who)), nil
	}
}
