package webchat

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// uploadResult is what a browser is told of the files that it sent.
type uploadResult struct {
	Files []uploadedFile `json:"files"`
}

type uploadedFile struct {
	Token string `json:"token"`
	Name  string `json:"name"`
	Size  int64  `json:"size"`
}

// serveUpload takes the files of a multipart form, each as it comes in, without holding it in memory.
// They wait, by token, for the message or form that they belong to.
func (p *Platform) serveUpload(w http.ResponseWriter, r *http.Request) {
	who := p.personas[chat.AccountID(r.URL.Query().Get("as"))]
	if who == nil {
		p.fail(w, &p.opts.Personas[0], refuse(http.StatusNotFound, "persona", nil))
		return
	}
	p.begin()
	defer p.end()
	files, err := p.receive(r, who)
	if err != nil {
		p.fail(w, who, err)
		return
	}
	out := uploadResult{}
	for _, u := range files {
		out.Files = append(out.Files, uploadedFile{Token: u.Token, Name: u.File.Name, Size: u.File.Size})
	}
	writeJSON(w, http.StatusOK, out)
}

// receive keeps all files of a request.
func (p *Platform) receive(r *http.Request, who *Persona) ([]Upload, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body", nil)
	}
	var out []Upload
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(out) == maxFiles {
			return nil, refuse(http.StatusBadRequest, "body", nil)
		}
		if part.FileName() == "" {
			continue
		}
		u, err := p.receiveFile(r.Context(), part, who)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	if len(out) == 0 {
		return nil, refuse(http.StatusBadRequest, "body", nil)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return out, p.commit(Entry{Files: out})
}

func (p *Platform) receiveFile(ctx context.Context, part *multipart.Part, who *Persona) (Upload, error) {
	name := text.Clean(part.FileName(), 120)
	if name == "" {
		name = "file"
	}
	head := &beginning{r: part}
	id, size, err := p.opts.Files.Keep(ctx, head, p.opts.MaxUpload)
	switch {
	case errors.Is(err, ErrTooLarge):
		return Upload{}, refuse(http.StatusRequestEntityTooLarge, "large", text.Args{"name": name, "max": p.opts.MaxUpload >> 20})
	case err != nil && errors.Is(err, io.ErrUnexpectedEOF):
		return Upload{}, refuse(http.StatusBadRequest, "body", nil)
	case err != nil:
		return Upload{}, err
	case size == 0:
		return Upload{}, refuse(http.StatusUnprocessableEntity, "nothing", text.Args{"name": name})
	}
	claimed, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		claimed = ""
	}
	return Upload{Token: rand.Text(), By: who.Account, At: p.opts.Now(), File: File{ID: id, Name: name, Type: claimed, Size: size,
		Image: isPicture(head.bytes)}}, nil
}

// beginning remembers the first bytes that are read through it.
type beginning struct {
	r     io.Reader
	bytes []byte
}

func (b *beginning) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	const enough = 512 // all that http.DetectContentType looks at
	b.bytes = append(b.bytes, p[:min(n, enough-len(b.bytes))]...)
	return n, err
}

// pictures are what browsers show without running anything in it. SVG is not one of them.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// isPicture says whether a file that begins with these bytes is a picture, whatever it claims to be.
func isPicture(head []byte) bool { return slices.Contains(pictures, http.DetectContentType(head)) }

// serveFile gives a content back: pictures to be shown, anything else to be saved. What a page could
// be made of is never served as one.
func (p *Platform) serveFile(w http.ResponseWriter, r *http.Request) {
	f, err := p.opts.Files.Open(r.Context(), r.PathValue("content"))
	if err != nil {
		http.Error(w, p.say(p.visitor(r), "problem.file", nil), http.StatusNotFound)
		return
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		http.Error(w, p.say(p.visitor(r), "problem.file", nil), http.StatusInternalServerError)
		return
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		http.Error(w, p.say(p.visitor(r), "problem.file", nil), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600") // the address names the content
	if kind := http.DetectContentType(head[:n]); slices.Contains(pictures, kind) {
		h.Set("Content-Type", kind)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", disposition(r.PathValue("name")))
	}
	http.ServeContent(w, r, "", time.Time{}, f)
}

// disposition has a browser save the file under this name, RFC 6266.
func disposition(name string) string {
	name = strings.NewReplacer("/", "_", `\`, "_").Replace(text.Clean(name, 120))
	return "attachment; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
