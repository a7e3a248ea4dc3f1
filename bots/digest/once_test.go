package digest_test

import (
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/bottest"
)

// The program ends between noting a digest and sending it, and after sending it: it comes once.
func TestADigestComesOnceHoweverOftenTheProgramEnds(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *sqlstore.DB{"sqlite": bottest.OpenStore, "postgres": bottest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bottest.OpenOn(t, open(t), press)
			s.Act("ann #sharing /digest settings send:on day:monday hour:08:00", `bea #sharing /deposit "Film" https://example.org/film`, `dan #sharing /deposit "Rubric" https://example.org/rubric`)
			got := 0
			act := func(lines ...string) {
				t.Helper()
				for _, line := range s.Act(lines...) {
					if strings.HasPrefix(line, "to ann: VET Net, week") {
						got++
					}
				}
			}
			monday := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
			s.Now = monday.Add(-time.Minute)
			act("later 1m")
			letter, err := s.DB.Digests().Letter(t.Context(), 1, "member/1", "2026-W49")
			if err != nil || letter == nil || len(letter.Items) != 2 || got != 0 {
				t.Fatalf("%d came; noted is %+v, %v", got, letter, err)
			}
			s.Restart()
			act("later 30m")
			if got != 1 {
				t.Fatalf("%d came after the program had ended", got)
			}
			s.Now = monday // the clock goes back, and everything is looked at anew
			s.Restart()
			s.Due()
			act("later 1m", "later 30m", "later 60m")
			if got != 1 {
				t.Errorf("%d came in the end", got)
			}
		})
	}
}
