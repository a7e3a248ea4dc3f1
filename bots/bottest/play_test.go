package bottest_test

import (
	"testing"

	"guildhall/bots/bottest"
)

func TestTranscripts(t *testing.T) { bottest.Play(t, basics) }
