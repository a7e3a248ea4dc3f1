package slacktest

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// File is a file in a workspace.
type File struct {
	s       *Server
	w       *Workspace
	id      string
	name    string
	title   string
	kind    string // media type
	data    []byte
	user    *User
	created time.Time
	shares  []*message
	deleted bool
}

// ID is the file's id.
func (f *File) ID() string { return f.id }

// Name is the file's name.
func (f *File) Name() string { return f.name }

// Title is the file's title.
func (f *File) Title() string {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.title
}

// Bytes are the file's content; nil when it is deleted.
func (f *File) Bytes() []byte {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return append([]byte(nil), f.data...)
}

// File is the file of that id, or nil.
func (s *Server) File(id string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[id]
}

// upload is a file on its way in: an address was given out for it.
type upload struct {
	file *File
	size int
	done bool
}

func (w *Workspace) newFile(name string, data []byte, by *User) *File {
	kind := mime.TypeByExtension(path.Ext(name))
	kind, _, _ = strings.Cut(kind, ";")
	if kind == "" {
		kind = "application/octet-stream"
	}
	f := &File{s: w.s, w: w, id: w.s.id("F"), name: name, title: name, kind: kind, data: data, user: by, created: w.s.clock.Now()}
	w.s.files[f.id] = f
	return f
}

func (f *File) path() string { return "/files-pri/" + f.w.id + "-" + f.id }

// urlName is the file's name as it stands in its addresses.
func (f *File) urlName() string {
	return url.PathEscape(strings.ToLower(strings.ReplaceAll(f.name, " ", "_")))
}

func (s *Server) fileByURL(link string) *File {
	for _, f := range s.files {
		if link != "" && strings.HasPrefix(link, s.base+f.path()) {
			return f
		}
	}
	return nil
}

func (f *File) json() obj {
	if f.deleted {
		return obj{"id": f.id, "mode": "tombstone"}
	}
	if f.created.Before(f.w.hiddenBefore()) {
		return obj{"id": f.id, "mode": "hidden_by_limit"}
	}
	ext := strings.TrimPrefix(path.Ext(f.name), ".")
	if ext == "" {
		ext = "binary"
	}
	o := obj{
		"id": f.id, "created": f.created.Unix(), "timestamp": f.created.Unix(), "name": f.name, "title": f.title,
		"mimetype": f.kind, "filetype": strings.ToLower(ext), "pretty_type": strings.ToUpper(ext), "user": f.user.id,
		"user_team": f.w.id, "editable": false, "size": len(f.data), "mode": "hosted", "is_external": false,
		"external_type": "", "is_public": false, "public_url_shared": false, "display_as_bot": false,
		"username": "", "media_display_type": "unknown", "has_rich_preview": false, "file_access": "visible",
		"url_private":          f.s.base + f.path() + "/" + f.urlName(),
		"url_private_download": f.s.base + f.path() + "/download/" + f.urlName(),
		"permalink":            "https://" + f.w.domain + ".slack.com/files/" + f.user.id + "/" + f.id + "/" + f.urlName(),
		"channels":             []string{}, "groups": []string{}, "ims": []string{},
	}
	shared := obj{}
	for _, m := range f.shares {
		k, list := "public", "channels"
		switch m.ch.kind {
		case private:
			k, list = "private", "groups"
		case im, mpim:
			k, list = "private", "ims"
		}
		byChannel := asObj(shared[k])
		if byChannel == nil {
			byChannel = obj{}
		}
		byChannel[m.ch.id] = []any{obj{"ts": m.ts, "channel_name": m.ch.name, "team_id": f.w.id, "share_user_id": f.user.id}}
		shared[k] = byChannel
		o[list] = append(o[list].([]string), m.ch.id)
		if k == "public" {
			o["is_public"] = true
		}
	}
	o["shares"] = shared
	return o
}

// visibleTo says whether u may read the file: it is u's own or stands in one of u's conversations.
func (f *File) visibleTo(u *User) bool {
	if f.user == u {
		return true
	}
	for _, m := range f.shares {
		if !m.deleted && (m.ch.isMember[u] || m.ch.kind == public && !u.guest) {
			return true
		}
	}
	return false
}

// share posts the file, with the comment as the message's text.
func (f *File) share(m *message) {
	m.files = append(m.files, f)
	f.shares = append(f.shares, m)
}

// emitFile tells of a file that was shared.
func (f *File) emitFile(m *message) {
	ev := func() obj {
		return obj{"file_id": f.id, "user_id": f.user.id, "file": obj{"id": f.id}}
	}
	f.s.emit(f.w, m.ch, "file_created", ev())
	shared := ev()
	shared["channel_id"] = m.ch.id
	f.s.emit(f.w, m.ch, "file_shared", shared)
}

// serveFile hands out private files to tokens that may read them. Others are sent to the sign-in page,
// with 200 in the end, as files.slack.com does.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	t := s.trouble("file", begun)
	if t.before(s, w, r) {
		return
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/files-pri/"), "/files-tmb/")
	ids, _, _ := strings.Cut(rest, "/")
	_, id, _ := strings.Cut(ids, "-")
	s.mu.Lock()
	f := s.files[id]
	in := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	ok := f != nil && in != nil && in.gone == "" && in.w == f.w && in.has("files:read") && f.visibleTo(in.bot)
	gone := f == nil || f.deleted || f.created.Before(f.w.hiddenBefore())
	var kind string
	var data []byte
	if ok && !gone {
		kind, data = f.kind, f.data
	}
	s.recordCall(Call{
		Method: "file", Args: map[string]string{"file": id}, At: s.clock.Now(), Took: time.Since(begun),
		Status: t.status(map[bool]int{true: 200, false: 302}[ok && !gone]),
	})
	s.mu.Unlock()
	if t.after(s, w, r) {
		return
	}
	switch {
	case !ok:
		http.Redirect(w, r, "/signin?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
	case gone:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(data)
	}
}

// serveUpload takes a file's content: as the body, or as the first file of a form.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	t := s.trouble("upload", begun)
	if t.before(s, w, r) {
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/upload/v1/")
	data, err := uploaded(r)
	s.mu.Lock()
	u := s.uploads[key]
	status, text := http.StatusOK, fmt.Sprintf("OK - %d", len(data))
	switch {
	case u == nil:
		status, text = http.StatusNotFound, "not_found"
	case err != nil:
		status, text = http.StatusBadRequest, "bad request"
	case len(data) != u.size:
		s.fault(FaultUpload, "%d bytes announced, %d sent", u.size, len(data))
		status, text = http.StatusBadRequest, "content length mismatch"
	default:
		u.file.data, u.done = data, true
	}
	s.recordCall(Call{Method: "upload", At: s.clock.Now(), Took: time.Since(begun), Status: t.status(status)})
	s.mu.Unlock()
	if t.after(s, w, r) {
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func uploaded(r *http.Request) ([]byte, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return io.ReadAll(io.LimitReader(r.Body, 1<<28))
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	for {
		p, err := form.NextPart()
		if err != nil {
			return nil, err
		}
		if p.FileName() != "" {
			return io.ReadAll(io.LimitReader(p, 1<<28))
		}
	}
}
