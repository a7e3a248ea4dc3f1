package slacktest

import (
	"strconv"
)

func (c *call) uploadURL() (obj, *apiError) {
	size, err := strconv.Atoi(c.args.str("length"))
	if err != nil || size <= 0 {
		c.s.fault(FaultArguments, "length %q", c.args.str("length"))
		return nil, badArgs("length must be a number greater than 0")
	}
	if c.args.str("filename") == "" {
		c.s.fault(FaultArguments, "no filename")
		return nil, badArgs("filename must be more than 0 characters")
	}
	f := c.w.newFile(c.args.str("filename"), nil, c.bot)
	key := c.s.secret()
	c.s.uploads[key] = &upload{file: f, size: size}
	return obj{"upload_url": c.s.base + "/upload/v1/" + key, "file_id": f.id}, nil
}

// completeUpload makes uploaded files real. As in Slack they appear in the channel a little later than
// the answer.
func (c *call) completeUpload() (obj, *apiError) {
	list, ok := c.args.any("files")
	items, isList := list.([]any)
	if !ok || !isList || len(items) == 0 {
		c.s.fault(FaultArguments, "files %q", c.args.str("files"))
		return nil, badArgs("files must be a list of objects")
	}
	var files []*File
	var keys []string
	out := []any{}
	for _, v := range items {
		id, _ := asObj(v)["id"].(string)
		key, u := c.s.uploadOf(id)
		if u == nil || u.file.w != c.w || !u.done {
			return nil, failCode("file_not_found")
		}
		if t, _ := asObj(v)["title"].(string); t != "" {
			u.file.title = t
		}
		files, keys = append(files, u.file), append(keys, key)
		out = append(out, obj{"id": u.file.id, "title": u.file.title})
	}
	targets := c.args.words("channels")
	if id := c.args.str("channel_id"); id != "" {
		targets = append(targets, id)
	}
	var posts []*message
	for _, id := range targets {
		m, err := c.sharing(id)
		if err != nil {
			return nil, err
		}
		posts = append(posts, m)
	}
	for _, key := range keys {
		delete(c.s.uploads, key)
	}
	if c.s.ctx.Err() == nil {
		c.s.done.Go(func() { c.s.shareAll(files, posts) })
	}
	return obj{"files": out}, nil
}

func (s *Server) uploadOf(file string) (string, *upload) {
	for key, u := range s.uploads {
		if u.file.id == file {
			return key, u
		}
	}
	return "", nil
}

// sharing prepares the message that shares files in a conversation.
func (c *call) sharing(where string) (*message, *apiError) {
	ch := c.s.channels[where]
	if ch == nil || ch.w != c.w || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	if !ch.isMember[c.bot] {
		return nil, failCode("not_in_channel")
	}
	if ch.archived {
		return nil, failCode("posting_to_channel_denied")
	}
	m := &message{ch: ch, user: c.bot, bot: c.in, subtype: "file_share"}
	blocks, ok := c.args.any("blocks")
	if o := asObj(blocks); o != nil {
		blocks = o["blocks"]
	}
	if !ok {
		return nil, failCode("invalid_blocks")
	}
	d := &draft{text: c.args.str("initial_comment"), blocks: blocks}
	if d.text != "" || !isEmptyList(blocks) {
		if err := c.s.checkDraft(d); err != nil {
			return nil, err
		}
	}
	d.fill(m)
	if p := ch.byTS[c.args.str("thread_ts")]; p != nil {
		m.join(p)
	}
	return m, nil
}

func (s *Server) shareAll(files []*File, posts []*message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range posts {
		m.ts = s.ts()
		for _, f := range files {
			f.share(m)
		}
		m.ch.add(m)
		for _, f := range files {
			f.emitFile(m)
		}
		s.emitMessage(m)
	}
	s.changed.fire()
}

func (c *call) file() (*File, *apiError) {
	f := c.s.files[c.args.str("file")]
	switch {
	case f == nil || f.w != c.w || !f.visibleTo(c.bot):
		return nil, failCode("file_not_found")
	case f.deleted:
		return nil, failCode("file_deleted")
	}
	return f, nil
}

func (c *call) fileInfo() (obj, *apiError) {
	f, err := c.file()
	if err != nil {
		return nil, err
	}
	return obj{"file": f.json(), "comments": []any{}, "response_metadata": cursorMeta("")}, nil
}

func (c *call) fileList() (obj, *apiError) {
	out := []any{}
	for _, f := range c.s.files {
		if f.w == c.w && !f.deleted && f.visibleTo(c.bot) {
			out = append(out, f.json())
		}
	}
	return obj{"files": out, "paging": obj{"count": 100, "total": len(out), "page": 1, "pages": 1}}, nil
}

func (c *call) fileDelete() (obj, *apiError) {
	f, err := c.file()
	if err != nil {
		return nil, err
	}
	if f.user != c.bot {
		return nil, failCode("cant_delete_file")
	}
	f.remove()
	return nil, nil
}

// remove deletes the file: it stays in its messages as a tombstone.
func (f *File) remove() {
	f.deleted, f.data = true, nil
	f.s.emit(f.w, nil, "file_deleted", obj{"file_id": f.id})
	f.s.changed.fire()
}
