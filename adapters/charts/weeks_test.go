package charts

import (
	"bytes"
	"image/png"
	"os"
	"testing"
)

var sample = Weeks{Title: "Nuovo in dodici settimane · 5 paesi", Kinds: []string{"Aiuto", "Risorse", "Collaborazioni", "Cooperazione"},
	Labels: []string{"7 Sep", "", "", "28 Sep", "", "", "19 Oct", "", "", "9 Nov", "", ""},
	Counts: [][]int{{1, 2, 0, 3, 2, 5, 1, 2, 2, 4, 3, 2}, {3, 1, 2, 2, 6, 2, 1, 1, 3, 2, 5, 4}, {0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1}}}

func TestWeeks(t *testing.T) {
	t.Parallel()
	b, err := sample.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if to := os.Getenv("PICTURE"); to != "" {
		if err := os.WriteFile(to, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]int{}
	for x := range width {
		for y := range height {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	for i, c := range append(kinds, paper, ink) {
		if seen[[3]uint32{uint32(c.R), uint32(c.G), uint32(c.B)}] < 200 {
			t.Errorf("colour %d is not in the picture", i)
		}
	}
	if _, err := (Weeks{Labels: []string{"a"}, Counts: [][]int{{1, 2}}}).PNG(); err == nil {
		t.Error("counts of weeks that have no label were drawn")
	}
	if _, err := (Weeks{Title: "empty", Kinds: sample.Kinds, Labels: []string{"a"}, Counts: [][]int{{0}, {0}, {0}, {0}}}).PNG(); err != nil {
		t.Error(err)
	}
}
