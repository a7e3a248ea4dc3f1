package files_test

import (
	"cmp"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"guildhall/adapters/files"
)

func TestSafeName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{"rubryka oceny.pdf", "rubryka oceny.pdf"},
		{"Übungen für Łódź – 1. Teil.docx", "Übungen für Łódź – 1. Teil.docx"},
		{"溶接.pptx", "溶接.pptx"},
		{"👩‍🏭.png", "👩‍🏭.png"},
		{"می‌خواهم.pdf", "می‌خواهم.pdf"}, // a joiner that the word needs
		// paths
		{"../../etc/passwd", "passwd"},
		{`C:\Users\ann\plan.pdf`, "plan.pdf"},
		{`..\..\boot.ini`, "boot.ini"},
		{"folder/", "folder"},
		{"a/b/\u202e/", "b"},
		{"/", ""},
		{"..", ""},
		{"....", ""},
		// what cannot be seen
		{"photo\u202egpj.exe", "photogpj.exe"},
		{"\u2066a\u2069b\u200f.txt", "ab.txt"},
		{"in\u200bvis\u00adible\u2060.t\u200dxt", "invisible.txt"},
		{"a\x00b\r\nSet-Cookie: x\x7f.txt", "ab Set-Cookie_ x.txt"},
		{"report.pdf" + strings.Repeat("\u00a0", 200) + ".exe", "report.pdf.exe"},
		{"report.pdf" + strings.Repeat("\u3164", 200) + ".exe", "report.pdf.exe"},
		{"\u200b\u2060", ""},
		{"bro\xffken.pdf", "bro\ufffdken.pdf"},
		{"cafe\u0301.txt", "café.txt"},
		// Windows
		{"con", "_con"},
		{"CON.txt", "_CON.txt"},
		{"nul.tar.gz", "_nul.tar.gz"},
		{"aux .txt", "_aux.txt"},
		{"COM1.pdf", "_COM1.pdf"},
		{"lpt³.pdf", "_lpt³.pdf"},
		{"conin$", "_conin$"},
		{"COM10.pdf", "COM10.pdf"},
		{"console.pdf", "console.pdf"},
		{`a<b>c:d"e|f?g*h.txt`, "a_b_c_d_e_f_g_h.txt"},
		{"evil.exe. . ", "evil.exe"},
		{" .htaccess", "htaccess"},
		{"file.txt::$DATA", "file.txt__$DATA"},
		// length
		{strings.Repeat("x", 300) + ".pdf", strings.Repeat("x", 115) + "….pdf"},
		{strings.Repeat("é", 300) + ".tar.gz", strings.Repeat("é", 112) + "….tar.gz"},
		{strings.Repeat("x", 120), strings.Repeat("x", 120)},
		{"a." + strings.Repeat("y", 200), "a." + strings.Repeat("y", 117) + "…"},
	} {
		if got := files.SafeName(c.given); got != c.want {
			t.Errorf("SafeName(%q) = %q, want %q", c.given, got, c.want)
		}
	}
}

func TestSafeNameIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	for _, given := range []string{
		strings.Repeat("👩‍👩‍👧‍👦", 200) + ".png",
		strings.Repeat("a"+strings.Repeat("\u0301", 50), 200) + ".png",
		strings.Repeat("\u0301", 5000) + ".png",
		strings.Repeat("ᄀ", 5000) + ".png", // jamo: one cluster without end
	} {
		got := files.SafeName(given)
		if len(got) > 480 || !strings.HasSuffix(got, ".png") {
			t.Errorf("SafeName(%.40q…) has %d bytes: %q", given, len(got), got)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"a/b.txt", "CON .tar.gz", "\u202egpj.exe", "...\xff", "a\u0301.x/", ". .x", strings.Repeat("ö", 200) + ".pdf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := files.SafeName(given)
		if again := files.SafeName(name); again != name {
			t.Errorf("SafeName is not settled: %q, then %q, then %q", given, name, again)
		}
		if !utf8.ValidString(name) || strings.ContainsAny(name, "/\\<>:\"|?*\x00\r\n\u202e\u2066") || len(name) > 480 ||
			uniseg.GraphemeClusterCount(name) > 120 || name != strings.Trim(name, ". ") {
			t.Errorf("SafeName(%q) = %q", given, name)
		}
		_, disposition := files.Disposition(files.Kept{Name: given, Type: given})
		for i := range len(disposition) {
			if disposition[i] < ' ' || disposition[i] > '~' {
				t.Fatalf("header of %q holds the byte %#x: %q", given, disposition[i], disposition)
			}
		}
		_, params, err := mime.ParseMediaType(disposition)
		if want := cmp.Or(name, "file"); err != nil || params["filename"] != want {
			t.Errorf("header of %q reads back as %q, %v; want %q: %s", given, params["filename"], err, want, disposition)
		}
	})
}

func TestRisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mediaType, name string
		want            files.Risk
	}{
		{"application/pdf", "plan.pdf", files.NoRisk},
		{"text/plain; charset=utf-8", "plan.txt", files.NoRisk},
		{"image/png", "photo.png", files.NoRisk},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "plan.docx", files.NoRisk},
		{"application/vnd.microsoft.portable-executable", "photo.jpg", files.Executable},
		{"application/zip", "setup.EXE", files.Executable},
		{"application/octet-stream", "photogpj.scr", files.Executable},
		{"text/x-shellscript", "readme.txt", files.Script},
		{"text/plain; charset=utf-8", "run.ps1", files.Script},
		{"text/html; charset=utf-8", "photo.png", files.Markup},
		{"image/svg+xml", "logo.svg", files.Markup},
		{"application/x-something+xml", "data", files.Markup},
		{"text/plain; charset=utf-8", "page.html", files.Markup},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "plan.DOCM", files.Macro},
		{"not a type", "plan.pdf", files.NoRisk},
		{"", "", files.NoRisk},
	} {
		if got := files.RiskOf(c.mediaType, c.name); got != c.want {
			t.Errorf("RiskOf(%q, %q) = %q, want %q", c.mediaType, c.name, got, c.want)
		}
	}
}

func TestDisposition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kept                     files.Kept
		contentType, disposition string
	}{
		{files.Kept{Type: "application/pdf", Name: "plan.pdf"}, "application/pdf", `inline; filename="plan.pdf"`},
		{files.Kept{Type: "text/plain; charset=utf-8", Name: "a.txt"}, "text/plain; charset=utf-8", `inline; filename="a.txt"`},
		{files.Kept{Type: "application/zip", Name: "a b.zip"}, "application/zip", `attachment; filename="a b.zip"`},
		{files.Kept{Type: "image/png", Name: "Łódź 100%.png"}, "image/png", `inline; filename="_odz 100_.png"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA%20100%25.png`},
		{files.Kept{Type: "image/png", Name: "it's (1).png"}, "image/png", `inline; filename="it's (1).png"`},
		{files.Kept{Type: "text/html; charset=utf-8", Name: "a.html"}, "application/octet-stream", `attachment; filename="a.html"`},
		{files.Kept{Type: "image/png", Name: "a.svg"}, "application/octet-stream", `attachment; filename="a.svg"`},
		{files.Kept{Type: "application/pdf", Name: "a.pdf", Risk: files.Script}, "application/octet-stream", `attachment; filename="a.pdf"`},
		// a Kept that did not come from Keep
		{files.Kept{Type: "text/html\r\nX: y", Name: "a\r\nSet-Cookie: b\";c/d.txt"}, "application/octet-stream", `attachment; filename="d.txt"`},
		{files.Kept{}, "application/octet-stream", `attachment; filename="file"`},
	} {
		contentType, disposition := files.Disposition(c.kept)
		if contentType != c.contentType || disposition != c.disposition {
			t.Errorf("Disposition(%+v):\n got %s | %s\nwant %s | %s", c.kept, contentType, disposition, c.contentType, c.disposition)
		}
	}
}
