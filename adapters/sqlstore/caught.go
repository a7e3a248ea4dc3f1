package sqlstore

import (
	"context"
	"runtime/debug"
)

// caught runs fn and turns a panic into an error.
func caught(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return fn(ctx)
}
