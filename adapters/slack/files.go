package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"guildhall/core/chat"
)

var _ chat.Downloader = (*Platform)(nil)

// Download implements chat.Downloader. The token goes to Slack's hosts alone.
func (p *Platform) Download(ctx context.Context, f chat.FileRef) (io.ReadCloser, error) {
	space, id := split(f.ID)
	t, err := p.in(ctx, space)
	if err != nil {
		return nil, err
	}
	var info struct {
		File file `json:"file"`
	}
	err = t.call(ctx, "files.info", "", false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "files.info", url.Values{"file": {id}}, &info)
	})
	if err != nil {
		return nil, err
	}
	if info.File.Size > p.opts.MaxFile {
		return nil, fmt.Errorf("the file %q has %d bytes, at most %d are taken: %w", info.File.Name, info.File.Size, p.opts.MaxFile, chat.ErrRefused)
	}
	if info.File.Mode == "tombstone" {
		return nil, fmt.Errorf("the file %q was deleted: %w", id, chat.ErrGone)
	}
	return t.fetch(ctx, orElse(info.File.Downloads, info.File.Private), info.File.Mimetype)
}

// fetch reads a private address of Slack's.
func (t *team) fetch(ctx context.Context, address, claimed string) (io.ReadCloser, error) {
	if !t.trusted(address) {
		return nil, fmt.Errorf("a file lies outside Slack: %w", chat.ErrRefused)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("fetch a file: %w", hideURL(err))
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	client := *t.p.opts.HTTP
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if len(via) > 3 || !t.trusted(next.URL.String()) {
			return errElsewhere
		}
		return nil
	}
	resp, err := client.Do(req)
	if errors.Is(err, errElsewhere) {
		return nil, fmt.Errorf("fetch a file: %w: %w", errElsewhere, chat.ErrRefused)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch a file: %w", hideURL(err))
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		err = fmt.Errorf("fetch a file: %s: %w", resp.Status, chat.ErrGone)
	case statusError(resp) != nil:
		err = translate("fetch a file", statusError(resp), false)
	case kind == "text/html" && claimed != kind:
		err = fmt.Errorf("fetch a file: Slack sent its sign-in page (does the app have files:read?): %w", chat.ErrRefused)
	case resp.ContentLength > t.p.opts.MaxFile:
		err = fmt.Errorf("fetch a file: %d bytes: %w", resp.ContentLength, chat.ErrRefused)
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return &bounded{r: resp.Body, left: t.p.opts.MaxFile}, nil
}

var errElsewhere = errors.New("the address leads away from Slack")

// trusted says whether an address is one of Slack's, or of the server that we were told to call.
func (t *team) trusted(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if api, err := url.Parse(t.app.APIURL); err == nil && u.Scheme == api.Scheme && u.Host == api.Host {
		return true
	}
	name := strings.ToLower(u.Hostname())
	if u.Scheme != "https" || u.Port() != "" {
		return false
	}
	for _, own := range []string{"slack.com", "slack-edge.com", "slack-files.com", "slack-gov.com"} {
		if name == own || strings.HasSuffix(name, "."+own) {
			return true
		}
	}
	return false
}

// bounded fails once more was read than a file may have.
type bounded struct {
	r    io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the file is larger than it may be: %w", chat.ErrRefused)
	}
	return n, err //nolint:wrapcheck // io.EOF stays what it is
}

// Close implements io.Closer.
func (b *bounded) Close() error { return b.r.Close() } //nolint:wrapcheck // nothing to add

// picture uploads a message's picture, so that a block can show it, and returns its id.
func (t *team) picture(ctx context.Context, pic *chat.Picture) (string, error) {
	if pic == nil || pic.File.Open == nil || pic.File.Size == 0 {
		return "", nil
	}
	return t.upload(ctx, pic.File, chat.Address{}, "", pic.Alt)
}

// share puts a message's files after it. After an unknown outcome those that are there already stay.
func (t *team) share(ctx context.Context, to chat.Address, ts string, m chat.Message, key chat.Key) error {
	if len(m.Files) == 0 {
		return nil
	}
	_, channel := channelOf(to)
	there := map[string]int{}
	if key.Again {
		var err error
		if there, err = t.shared(ctx, channel, string(to.Thread), ts); err != nil {
			return err
		}
	}
	for _, f := range m.Files {
		if there[f.Name] > 0 {
			there[f.Name]--
			continue
		}
		if _, err := t.upload(ctx, f, to, key.ID+"/"+f.Name+"/"+f.SHA256, ""); err != nil {
			return err
		}
	}
	return nil
}

// shared counts the files that we shared after a message, by name.
func (t *team) shared(ctx context.Context, channel, thread, after string) (map[string]int, error) {
	method, args := "conversations.history", url.Values{"oldest": {after}, "limit": {"100"}}
	if thread != "" {
		method = "conversations.replies"
		args.Set("ts", thread)
	}
	pg, err := t.page(ctx, method, channel, args)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for i := range pg.Messages {
		m := &pg.Messages[i]
		if !t.ours(m) {
			continue
		}
		for _, f := range m.Files {
			out[f.Name]++
		}
	}
	return out, nil
}

// has asks whether Slack has a file; ErrGone when it has not.
func (t *team) has(ctx context.Context, id string) error {
	return t.call(ctx, "files.info", "", false, func(ctx context.Context, _ *slack.Client) error {
		return t.raw(ctx, "files.info", url.Values{"file": {id}}, nil)
	})
}

// upload brings a file to Slack in its three steps, shares it in to unless that is nowhere, and returns its
// id. What is not shared is uploaded once. key is the same for each try of the same file.
func (t *team) upload(ctx context.Context, f chat.Attachment, to chat.Address, key, alt string) (string, error) {
	_, channel := channelOf(to)
	private := to.IsZero()
	if id, ok := t.p.sharing.get(key); ok && key != "" {
		// An earlier try came this far. Slack shares files in its own time: it has this one, or never had.
		if err := t.has(ctx, id); err == nil || !errors.Is(err, chat.ErrGone) {
			return id, err
		}
	}
	if private && f.SHA256 != "" {
		t.mu.Lock()
		id := t.files[f.SHA256]
		t.mu.Unlock()
		if id != "" {
			return id, nil
		}
	}
	if f.Open == nil || f.Size <= 0 {
		return "", fmt.Errorf("send the file %q, which has no content: %w", f.Name, chat.ErrRefused)
	}
	r, err := f.Open(ctx)
	if err != nil {
		return "", fmt.Errorf("open the file %q: %w", f.Name, err)
	}
	defer func() { _ = r.Close() }()
	name := orElse(f.Name, "file")
	id := ""
	var up *slack.GetUploadURLExternalResponse
	err = t.call(ctx, "files.getUploadURLExternal", "", false, func(ctx context.Context, c *slack.Client) (err error) {
		up, err = c.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: int(f.Size), AltTxt: clip(alt, 1000)})
		return err
	})
	if err != nil {
		return "", err
	}
	err = t.call(ctx, "upload", "", false, func(ctx context.Context, c *slack.Client) error {
		return c.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: up.UploadURL, Reader: r, Filename: name})
	})
	if err != nil {
		return "", err
	}
	if key != "" {
		t.p.sharing.put(key, up.FileID)
	}
	err = t.inside(ctx, channel, func() error {
		return t.call(ctx, "files.completeUploadExternal", channel, !private, func(ctx context.Context, c *slack.Client) error {
			done, err := c.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
				Files: []slack.FileSummary{{ID: up.FileID, Title: name}}, Channel: channel, ThreadTimestamp: string(to.Thread)})
			if err == nil && len(done.Files) > 0 {
				id = done.Files[0].ID
			}
			return err
		})
	})
	if err != nil {
		return "", err
	}
	if private && f.SHA256 != "" {
		t.mu.Lock()
		t.files[f.SHA256] = id
		t.mu.Unlock()
	}
	return id, nil
}
