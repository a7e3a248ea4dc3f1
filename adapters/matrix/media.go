package matrix

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"maunium.net/go/mautrix"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// fileRef is what a FileRef's id holds: where the file is, and how it is encrypted.
type fileRef struct {
	URL    string  `json:"u"`
	Locked *locked `json:"l,omitempty"`
}

// files are the files of a message.
func files(c content) []chat.FileRef {
	ref := fileRef{URL: c.URL}
	if c.File != nil {
		ref = fileRef{URL: c.File.URL, Locked: c.File}
	}
	switch c.Kind {
	case "m.file", "m.image", "m.audio", "m.video":
	default:
		return nil
	}
	if _, _, ok := mxc(ref.URL); !ok {
		return nil
	}
	id, err := json.Marshal(ref)
	if err != nil {
		return nil
	}
	f := chat.FileRef{ID: string(id), Name: text.Clean(c.FileName, maxName)}
	if f.Name == "" {
		f.Name = text.Clean(c.Body, maxName)
	}
	if c.Info != nil {
		f.Type = text.Clean(c.Info.Type, maxName)
		if c.Info.Size > 0 && c.Info.Size < 1<<50 {
			f.Size = int64(c.Info.Size)
		}
	}
	return []chat.FileRef{f}
}

// caption is what somebody wrote beside a file: its body, where that is not the file's name
// (https://spec.matrix.org/v1.16/client-server-api/#media-captions).
func caption(c content) string {
	if c.FileName == "" || c.FileName == c.Body {
		return ""
	}
	return withoutQuote(c)
}

// mxc takes a content address apart.
func mxc(address string) (server, id string, ok bool) {
	rest, found := strings.CutPrefix(address, "mxc://")
	server, id, both := strings.Cut(rest, "/")
	return server, id, found && both && server != "" && id != "" && len(address) <= 512 && !strings.ContainsAny(id, "/?#") && !strings.ContainsAny(server, "?#") &&
		!strings.ContainsFunc(address, unicode.IsControl)
}

// Download implements chat.Downloader. An encrypted file is decrypted, and checked, as it is read: an
// error at the end says that it is not what was sent.
func (p *Platform) Download(ctx context.Context, f chat.FileRef) (io.ReadCloser, error) {
	if err := p.ready(ctx); err != nil {
		return nil, told("open the session", err)
	}
	var ref fileRef
	if err := json.Unmarshal([]byte(f.ID), &ref); err != nil {
		return nil, errors.Join(chat.ErrRefused, err)
	}
	server, id, ok := mxc(ref.URL)
	if !ok {
		return nil, errors.Join(chat.ErrRefused, fmt.Errorf("%q is no address of a file", ref.URL))
	}
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	resp, err := p.media(ctx, server, id) //nolint:bodyclose // whoever reads the file closes it
	if err != nil {
		cancel()
		return nil, told("download a file", err)
	}
	body := io.ReadCloser(&ended{resp.Body, cancel})
	if ref.Locked == nil {
		return body, nil
	}
	open, err := unlock(body, *ref.Locked)
	if err != nil {
		_ = body.Close()
		return nil, errors.Join(chat.ErrRefused, err)
	}
	return open, nil
}

// media asks for a file with our token; servers before Matrix 1.11 know the older way only.
func (p *Platform) media(ctx context.Context, server, id string) (*http.Response, error) {
	var err error
	for _, path := range []mautrix.PrefixableURLPath{
		mautrix.ClientURLPath{"v1", "media", "download", server, id}, mautrix.MediaURLPath{"v3", "download", server, id},
	} {
		var resp *http.Response
		_, resp, err = p.client.MakeFullRequestWithResp(ctx, mautrix.FullRequest{Method: http.MethodGet, URL: p.client.BuildURL(path),
			DontReadResponse: true, MaxAttempts: 1})
		if err == nil {
			return resp, nil
		}
		if resp != nil {
			_ = resp.Body.Close()
		}
		if code(err) != "M_UNRECOGNIZED" && (status(err) != http.StatusNotFound || code(err) != "") {
			return nil, err
		}
	}
	return nil, err
}

// ended is a body whose deadline ends with it.
type ended struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e *ended) Close() error {
	err := e.ReadCloser.Close()
	e.cancel()
	return err
}

// unlock decrypts a file as it is read (AES-256-CTR, with the ciphertext's SHA-256).
func unlock(body io.ReadCloser, l locked) (io.ReadCloser, error) {
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(l.Key.Key, "="))
	if err != nil || len(key) != 32 {
		return nil, errors.New("the file's key is none")
	}
	iv, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(l.IV, "="))
	if err != nil || len(iv) != aes.BlockSize {
		return nil, errors.New("the file's initialisation vector is none")
	}
	sum, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(l.Hashes["sha256"], "="))
	if err != nil || len(sum) != sha256.Size {
		return nil, errors.New("the file has no hash")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the file's key: %w", err)
	}
	return &unlocking{body: body, stream: cipher.NewCTR(block, iv), hash: sha256.New(), want: sum}, nil
}

type unlocking struct {
	body   io.ReadCloser
	stream cipher.Stream
	hash   interface {
		io.Writer
		Sum(b []byte) []byte
	}
	want []byte
}

func (u *unlocking) Read(b []byte) (int, error) {
	n, err := u.body.Read(b)
	_, _ = u.hash.Write(b[:n])
	u.stream.XORKeyStream(b[:n], b[:n])
	if errors.Is(err, io.EOF) && !bytes.Equal(u.hash.Sum(nil), u.want) {
		return n, errors.New("the file is not what was sent: its hash differs")
	}
	return n, err
}

func (u *unlocking) Close() error { return u.body.Close() }

// lock encrypts a file for an encrypted room.
func lock(data []byte) ([]byte, locked, error) {
	key, iv := make([]byte, 32), make([]byte, aes.BlockSize)
	if _, err := rand.Read(key); err != nil {
		return nil, locked{}, fmt.Errorf("make a file's key: %w", err)
	}
	if _, err := rand.Read(iv[:8]); err != nil { // the counter half stays zero
		return nil, locked{}, fmt.Errorf("make a file's key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, locked{}, fmt.Errorf("make a file's key: %w", err)
	}
	out := make([]byte, len(data))
	cipher.NewCTR(block, iv).XORKeyStream(out, data)
	sum := sha256.Sum256(out)
	return out, locked{Version: "v2", IV: base64.RawStdEncoding.EncodeToString(iv),
		Hashes: map[string]string{"sha256": base64.RawStdEncoding.EncodeToString(sum[:])},
		Key: lockedKey{Algorithm: "A256CTR", Extractable: true, Key: base64.RawURLEncoding.EncodeToString(key), Type: "oct",
			Ops: []string{"encrypt", "decrypt"}}}, nil
}

// upload stores a file on the homeserver and is the message that shows it.
func (p *Platform) upload(ctx context.Context, room string, a chat.Attachment, image bool) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	r, err := a.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", a.Name, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, limits.FileBytes+1))
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", a.Name, err)
	case int64(len(data)) > limits.FileBytes:
		return nil, errors.Join(chat.ErrRefused, fmt.Errorf("%s is too large", a.Name))
	}
	on, err := p.encrypted(ctx, room)
	if err != nil {
		return nil, told("look at the room", err)
	}
	kind, name, body := a.Type, a.Name, data
	var sealed locked
	if on {
		if body, sealed, err = lock(data); err != nil {
			return nil, err
		}
		kind, name = "application/octet-stream", ""
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	address, err := p.store(ctx, body, kind, name)
	if err != nil {
		return nil, told("upload "+a.Name, err)
	}
	fields := map[string]any{"msgtype": msgtype(a.Type, image), "body": a.Name, "filename": a.Name, "m.mentions": mention{},
		"info": about{Type: a.Type, Size: float64(len(data))}}
	if on {
		sealed.URL = address
		fields["file"] = sealed
	} else {
		fields["url"] = address
	}
	return fields, nil
}

func (p *Platform) store(ctx context.Context, data []byte, kind, name string) (string, error) {
	u := p.client.BuildURL(mautrix.MediaURLPath{"v3", "upload"})
	if name != "" {
		u += "?filename=" + url.QueryEscape(name)
	}
	var got struct {
		URI string `json:"content_uri"`
	}
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodPost, URL: u, RequestBytes: data, ResponseJSON: &got, MaxAttempts: 1,
		Headers: http.Header{"Content-Type": []string{kind}}})
	if err == nil && got.URI == "" {
		err = errors.New("the homeserver gave no address")
	}
	return got.URI, err
}

// msgtype is the kind of message for a file. A picture from somebody else is shown only when asked
// for, as a file.
func msgtype(kind string, image bool) string {
	if image && strings.HasPrefix(kind, "image/") {
		return "m.image"
	}
	return "m.file"
}
