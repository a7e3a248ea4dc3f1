//go:build goolm

package matrix_test

import (
	"strings"
	"testing"

	"guildhall/adapters/matrix/matrixtest"
)

// sealed lets a person's client encrypt, and read what is encrypted.
func sealed(t *testing.T, p *member) *matrixtest.Secret {
	t.Helper()
	s := matrixtest.Encrypting(t, p.Person)
	p.read = func(_ testing.TB, room string) []matrixtest.Shown { return s.ReadAll(room) }
	p.send = func(t testing.TB, room, name string, data []byte) string {
		return s.SecretFile(t, room, "", name, "application/pdf", data)
	}
	p.fetch = s.Open
	return s
}

// The same story where everybody writes in one encrypted room: nothing is taken from it before its
// admin agreed.
func TestSealedStory(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	ann, bea := sealed(t, c.ann), sealed(t, c.bea)
	ann.EncryptRoom(t, c.lobby)
	bea.KnowsEncrypted(t, c.lobby)
	c.tellsSealed()
}

func (c *town) tellsSealed() {
	t := c.t
	t.Helper()
	c.bot = startBot(t, c.server.URL(), c.botID)
	c.says(c.ann, c.lobby, "nobody here has met me")
	rooms := ""
	for _, section := range []string{"communication", "sharing", "collaboration", "cooperation", "news"} {
		c.rooms[section] = c.lobby
		rooms += section + ":Lobby "
	}
	cmd := c.ann.Say(t, c.lobby, "", `!setup "VET Net" rooms:"`+strings.TrimSpace(rooms)+`"`)
	c.presses(c.ann, c.lobby, c.answers(c.ann, c.lobby, cmd, "Lobby"), "Do it")
	c.says(c.ann, c.lobby, "VET Net is ready")
	early := c.bea.Say(t, c.lobby, "", "!ask Too early?")
	c.answers(c.bea, c.lobby, early, "encrypted")
	again := c.ann.Say(t, c.lobby, "", "!ask Too early?")
	c.presses(c.ann, c.lobby, c.answers(c.ann, c.lobby, again, "encrypted"), "gree")
	c.asks(func() { c.bot.restart() })
	c.deposits()
	c.collaborates(func() {
		if err := c.server.Restart(); err != nil {
			t.Fatal(err)
		}
	})
	c.promotes()
	for _, e := range c.ann.Events(t, c.lobby) {
		if e.Sender == c.botID && e.Type == "m.room.message" {
			t.Errorf("said in plain: %v", e.Content)
		}
	}
}
