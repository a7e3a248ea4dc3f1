package homeserver

import (
	"crypto/rand"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// medium is a file that was uploaded.
type medium struct {
	data       []byte
	kind, name string
}

func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		write(w, nil, &problem{status: http.StatusRequestEntityTooLarge, code: "M_TOO_LARGE", text: "too large"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Request: r, s: s}
	if err := c.identify(); err != nil {
		write(w, nil, err)
		return
	}
	id := rand.Text()
	s.media[id] = medium{data, r.Header.Get("Content-Type"), r.URL.Query().Get("filename")}
	write(w, map[string]any{"content_uri": "mxc://" + Name + "/" + id}, nil)
}

// serveDownload gives a file to whoever has a session.
func (s *Server) serveDownload(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c := &call{Request: r, s: s}
	err := c.identify()
	m, ok := s.media[r.PathValue("id")]
	s.mu.Unlock()
	switch {
	case err != nil:
		write(w, nil, err)
		return
	case !ok || r.PathValue("server") != Name:
		write(w, nil, missing("there is no such file"))
		return
	}
	kind := m.kind
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(m.data)))
	if m.name != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": m.name}))
	}
	_, _ = w.Write(m.data)
}
