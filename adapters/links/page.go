package links

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/language"

	"guildhall/core/text"
)

const (
	maxTitle       = 300 // characters
	maxDescription = 1000
	maxSiteName    = 100
)

// fill takes from the response what it says of the page at final.
func (p *Page) fill(final *url.URL, response *http.Response) error {
	p.Type = mediaType(response.Header.Get("Content-Type"))
	p.Size = max(response.ContentLength, 0)
	p.Title = fileName(final, response.Header.Get("Content-Disposition"))
	p.Language = languageTag(response.Header.Get("Content-Language"))
	if p.Type != "" && !isHTML(p.Type) {
		return nil
	}
	body, over, err := read(response)
	if errors.Is(err, errEncoding) {
		return nil
	}
	if err != nil {
		return err
	}
	// A server that names no type, or lets a picture pass as a page, is answered by the bytes.
	if sniffed := mediaType(http.DetectContentType(body)); p.Type == "" || !strings.HasPrefix(sniffed, "text/") && sniffed != "application/octet-stream" {
		p.Type = sniffed
	}
	if isHTML(p.Type) {
		p.Size = int64(len(body))
		p.describe(final, body, response.Header.Get("Content-Type"), over)
		if over {
			return ErrTooLarge
		}
	}
	return nil
}

// describe takes from the HTML in body what p shows. Of a page that was cut off only its head counts.
func (p *Page) describe(final *url.URL, body []byte, contentType string, cut bool) {
	if utf8, err := charset.NewReader(bytes.NewReader(body), contentType); err == nil {
		// Read from memory: only a broken encoding can fail, and what came before it counts.
		body, _ = io.ReadAll(utf8)
	}
	said := readHead(body)
	if !cut {
		said = readArticle(body, final).or(said)
	}
	if title := text.Clean(said.title, maxTitle); title != "" {
		p.Title = title
	}
	p.Description = text.Clean(said.description, maxDescription)
	p.SiteName = text.Clean(said.siteName, maxSiteName)
	if tag := languageTag(said.language); tag != "" {
		p.Language = tag
	}
}

// errEncoding is a body in an encoding that was not asked for.
var errEncoding = errors.New("unknown content encoding")

// read returns the body decompressed. It reads at most maxBody bytes before decompression and returns
// at most as many after it; over says that there is more.
func read(response *http.Response) (body []byte, over bool, err error) {
	switch strings.ToLower(strings.TrimSpace(response.Header.Get("Content-Encoding"))) {
	case "", "identity":
		return readAtMost(response.Body, maxBody)
	case "gzip", "x-gzip":
		sent := &io.LimitedReader{R: response.Body, N: maxBody}
		z, err := gzip.NewReader(sent)
		if errors.Is(err, io.EOF) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		body, over, err = readAtMost(z, maxBody)
		if sent.N == 0 && err != nil {
			// The end of what we read, not of what was sent; a body of just that size lost nothing
			// and made no error.
			return body, true, nil //nolint:nilerr // see above
		}
		return body, over, err
	}
	return nil, false, errEncoding
}

// mediaType is the type in a Content-Type header, without its parameters, "" when it is none.
func mediaType(header string) string {
	header, _, _ = strings.Cut(header, ";") // faulty parameters are common and of no matter
	t, _, err := mime.ParseMediaType(header)
	if err != nil || !strings.Contains(t, "/") || len(t) > 127 {
		return ""
	}
	return t
}

func isHTML(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// fileName is how a link is called whose content has no title: as the server names the file, or the
// last part of its path, or the host.
func fileName(u *url.URL, disposition string) string {
	if _, params, err := mime.ParseMediaType(disposition); err == nil {
		if name := text.Clean(lastPart(params["filename"]), maxTitle); name != "" {
			return name
		}
	}
	if name := text.Clean(lastPart(u.Path), maxTitle); name != "" {
		return name
	}
	return u.Hostname()
}

func lastPart(s string) string {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	if s == "." || s == "/" || s == ".." {
		return ""
	}
	return s
}

// languageTag is the BCP 47 form of what a page gives as its language, the first of several; "" when
// that is none.
func languageTag(s string) string {
	s, _, _ = strings.Cut(s, ",")
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 35 {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}
