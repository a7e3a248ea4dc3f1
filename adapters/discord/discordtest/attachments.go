package discordtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// attachment is a file on the CDN.
type attachment struct {
	s           *Server
	ID          Snowflake
	name        string
	title       string // what it was called, without its ending, where name had to differ
	contentType string
	description string
	data        []byte
	channel     Snowflake // its path on the CDN
	ephemeral   bool
	gone        bool
}

type attachmentJSON struct {
	ID          Snowflake `json:"id"`
	Filename    string    `json:"filename"`
	Title       string    `json:"title,omitempty"`
	Size        int       `json:"size"`
	URL         string    `json:"url"`
	ProxyURL    string    `json:"proxy_url"`
	ContentType string    `json:"content_type,omitempty"`
	Description string    `json:"description,omitempty"`
	Ephemeral   bool      `json:"ephemeral,omitempty"`
}

// newAttachment keeps a file. Discord makes its name safe for a path, and guesses the type from the
// name when none came with it.
func (s *Server) newAttachment(name, contentType string, data []byte) *attachment {
	if contentType == "" || contentType == "application/octet-stream" {
		if guess := mime.TypeByExtension(path.Ext(name)); guess != "" {
			contentType = guess
		}
	}
	a := &attachment{s: s, ID: s.newID(), name: safeName(name), contentType: contentType, data: data}
	if a.name != name {
		a.title = strings.TrimSuffix(name, path.Ext(name))
	}
	s.files[a.ID] = a
	return a
}

func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '_'
		case strings.ContainsRune(`/\?%*:|"<>`, r) || r < 32:
			return -1
		}
		return r
	}, name)
	if name == "" {
		return "unknown"
	}
	return name
}

// attach adds files to a message.
func (m *message) attach(files []*attachment) {
	for _, a := range files {
		a.channel, a.ephemeral = m.Channel.ID, m.For != nil
	}
	m.attachments = append(m.attachments[:len(m.attachments):len(m.attachments)], files...)
}

func (a *attachment) json() *attachmentJSON {
	link := a.link()
	return &attachmentJSON{
		ID: a.ID, Filename: a.name, Title: a.title, Size: len(a.data), URL: link, ProxyURL: link, ContentType: a.contentType,
		Description: a.description, Ephemeral: a.ephemeral,
	}
}

func (a *attachment) file() File {
	return File{ID: a.ID, Name: a.name, ContentType: a.contentType, Description: a.description, Size: len(a.data), URL: a.link(), Data: a.data}
}

// cdnBase is where links of the CDN point.
func (s *Server) cdnBase() string {
	if s.opts.RealHosts {
		return "https://cdn.discordapp.com"
	}
	return "http://" + s.listener.Addr().String() + "/cdn"
}

// link is a fresh signed address: ex is when it expires, is when it was made, hm the signature.
func (a *attachment) link() string {
	kind := "attachments"
	if a.ephemeral {
		kind = "ephemeral-attachments"
	}
	place := fmt.Sprintf("/%s/%s/%s/%s", kind, a.channel, a.ID, url.PathEscape(a.name))
	now := a.s.now()
	ex, is := strconv.FormatInt(now.Add(a.s.opts.LinkLife).Unix(), 16), strconv.FormatInt(now.Unix(), 16)
	return fmt.Sprintf("%s%s?ex=%s&is=%s&hm=%s&", a.s.cdnBase(), place, ex, is, a.s.sign(a.ID, ex))
}

func (s *Server) sign(id Snowflake, ex string) string {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "%s %s", id, ex)
	return hex.EncodeToString(mac.Sum(nil))
}

// serveCDN gives a file to whoever has a link that is signed and not expired.
func (s *Server) serveCDN(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.Fault("token-leak", "GET "+r.URL.Path, "the bot's token was sent to the CDN")
	}
	a, ok := s.linked(r.URL)
	s.rememberDownload(r, ok)
	if !ok {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte("This content is no longer available.")) //nolint:errcheck // the app may have gone
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(a.name))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(a.data)))
}

// linked is the file that an address names, if its signature holds now.
func (s *Server) linked(u *url.URL) (*attachment, bool) {
	a := s.attachmentAt(u)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := u.Query()
	ex, err := strconv.ParseInt(q.Get("ex"), 16, 64)
	return a, a != nil && !a.gone && err == nil && s.now().Unix() < ex &&
		hmac.Equal([]byte(q.Get("hm")), []byte(s.sign(a.ID, q.Get("ex"))))
}

func (s *Server) attachmentAt(u *url.URL) *attachment {
	parts := strings.Split(strings.TrimPrefix(u.Path, "/cdn"), "/")
	if len(parts) != 5 {
		return nil
	}
	id, err := ParseSnowflake(parts[3])
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id]
}

// refreshLinks makes expired links good again.
func (s *Server) refreshLinks(c *call) (any, error) {
	var b struct {
		URLs []string `json:"attachment_urls"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	var f form
	f.count("attachment_urls", len(b.URLs), 1, 50)
	if err := f.err(); err != nil {
		return nil, err
	}
	out := []map[string]any{}
	for _, text := range b.URLs {
		refreshed := any(nil)
		if u, err := url.Parse(text); err == nil {
			if parts := strings.Split(strings.TrimPrefix(u.Path, "/cdn"), "/"); len(parts) == 5 {
				if id, err := ParseSnowflake(parts[3]); err == nil && s.files[id] != nil && !s.files[id].gone {
					refreshed = s.files[id].link()
				}
			}
		}
		out = append(out, map[string]any{"original": text, "refreshed": refreshed})
	}
	return map[string]any{"refreshed_urls": out}, nil
}
