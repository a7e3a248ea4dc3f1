package files

import (
	"mime"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Risk is what could happen to somebody who opens a file without thought. It forbids nothing (people
// who teach programming share programs); it is why a file is only ever offered for saving, and what
// a page or message may warn of.
type Risk string

const (
	NoRisk     Risk = ""
	Executable Risk = "executable" // a program, installer or link to one
	Script     Risk = "script"     // source that a double click or a server may run
	Markup     Risk = "markup"     // a page or picture that runs scripts in a browser
	Macro      Risk = "macro"      // an office document with a program inside
)

var riskyTypes = typeRisks()

func typeRisks() map[string]Risk {
	risks := map[string]Risk{}
	for risk, types := range map[Risk]string{
		Executable: `application/vnd.microsoft.portable-executable application/x-elf application/x-object
			application/x-executable application/x-sharedlib application/x-coredump
			application/x-mach-binary application/x-ms-shortcut application/x-ms-installer
			application/java-archive application/x-java-applet application/vnd.android.package-archive
			application/vnd.debian.binary-package application/x-rpm application/x-xar
			application/x-chrome-extension application/wasm application/x-shockwave-flash
			application/vnd.ms-htmlhelp application/x-os2-hlp application/x-bytecode.python
			application/x-msdownload application/x-dosexec`,
		Script: `text/x-php text/javascript application/javascript text/x-lua text/x-perl text/x-python
			text/x-ruby text/x-tcl text/x-shellscript`,
		Markup: `text/html application/xhtml+xml image/svg+xml text/xml application/xml message/rfc822
			multipart/related`,
		Macro: `application/x-msaccess`,
	} {
		for _, t := range strings.Fields(types) {
			risks[t] = risk
		}
	}
	return risks
}

var riskyExtensions = extensionRisks()

func extensionRisks() map[string]Risk {
	risks := map[string]Risk{}
	for risk, extensions := range map[Risk]string{
		Executable: `apk app appimage appref-ms application bin chm com cpl crx deb desktop dll dmg elf exe
			gadget hlp inf ins iso jar jnlp lnk msc msi msix msp mst ocx pif pkg reg rpm run scf scr
			search-ms settingcontent-ms swf sys url vhd vhdx wasm webloc xbap xll xpi`,
		Script: `asp aspx bash bat cgi cmd command csh fish hta js jse jsp ksh mjs php phtml pl ps1 ps1xml
			ps2 psc1 psd1 psm1 py pyc pyw rb sct sh tcl vb vbe vbs wsc wsf wsh zsh`,
		Markup: `eml htm html mht mhtml shtml svg svgz xht xhtml xml xsl xslt`,
		Macro:  `accdb accde docm dotm mdb mde one potm ppam ppsm pptm sldm xla xlam xlm xlsm xltm`,
	} {
		for _, e := range strings.Fields(extensions) {
			risks[e] = risk
		}
	}
	return risks
}

// RiskOf tells the risk of a file by its sniffed media type and its name: by the one a browser, by
// the other a desktop chooses the program that opens it.
func RiskOf(mediaType, name string) Risk {
	base, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		base = ""
	}
	if risk := riskyTypes[base]; risk != NoRisk {
		return risk
	}
	if risk := riskyExtensions[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]; risk != NoRisk {
		return risk
	}
	if strings.HasSuffix(base, "+xml") {
		return Markup
	}
	return NoRisk
}

// shownInline are the types that a browser displays by itself without running anything of theirs.
var shownInline = map[string]bool{
	"application/pdf": true, "text/plain": true,
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true,
	"audio/mpeg": true, "audio/ogg": true, "audio/wav": true, "audio/flac": true, "audio/mp4": true,
	"video/mp4": true, "video/webm": true, "video/ogg": true,
}

const anyType = "application/octet-stream"

// Disposition returns the Content-Type and Content-Disposition headers for serving a kept file. Only
// documents, pictures, sound and film without risk are inline; all else is an attachment, and what
// has a risk is also of no particular type. It judges the type and name anew, whatever k.Risk says,
// so a Kept that was put together from stored columns is as safe. Send "X-Content-Type-Options:
// nosniff" along, always: without it a browser may still guess.
//
// The name is given as RFC 6266 and RFC 8187 (once 5987) say: plain ASCII for all, and in full for
// who understands filename*.
func Disposition(k Kept) (contentType, disposition string) {
	name := SafeName(k.Name)
	if name == "" {
		name = "file"
	}
	contentType, disposition = anyType, "attachment"
	if base, params, err := mime.ParseMediaType(k.Type); err == nil && k.Risk == NoRisk && RiskOf(k.Type, name) == NoRisk {
		if t := mime.FormatMediaType(base, params); t != "" {
			contentType = t
		}
		if shownInline[base] {
			disposition = "inline"
		}
	}
	plain := asciiName(name)
	disposition += `; filename="` + plain + `"`
	if plain != name {
		disposition += `; filename*=UTF-8''` + percentEncoded(name)
	}
	return contentType, disposition
}

// asciiName is name for old clients: accents dropped, what is not ASCII or would be read as an escape
// replaced.
func asciiName(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(name) {
		switch {
		case norm.NFD.PropertiesString(string(r)).CCC() != 0: // a combining mark
		case r < ' ', r > '~', r == '"', r == '\\', r == '%':
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// percentEncoded is name as an ext-value of RFC 8187 without the charset.
func percentEncoded(name string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}
