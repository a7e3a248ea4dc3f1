package webchat

import (
	"context"
	"fmt"
	"io"

	"guildhall/core/chat"
)

// maxThread is how many messages Thread returns at most, as the port says.
const maxThread = 200

// Thread implements chat.Reader.
func (p *Platform) Thread(_ context.Context, at chat.Address, msg chat.MessageID) ([]chat.Target, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	root := chat.MessageID(at.Thread)
	if root == "" {
		root = msg
		if post := p.world.posts[msg]; post != nil && post.Thread != "" {
			root = chat.MessageID(post.Thread)
		}
	}
	first := p.world.posts[root]
	if first == nil || first.Room != at.Room || first.Gone && p.world.replies(first, "") == 0 {
		return nil, fmt.Errorf("the thread %q: %w", root, chat.ErrGone)
	}
	var out []chat.Target
	ids := append([]chat.MessageID{root}, p.world.order[place{at.Room, chat.ThreadID(root)}]...)
	for _, id := range ids {
		post := p.world.posts[id]
		if post.ours() || post.Gone {
			continue
		}
		if len(out) == maxThread {
			break
		}
		out = append(out, p.target(post))
	}
	return out, nil
}

// Message implements chat.Reader.
func (p *Platform) Message(_ context.Context, at chat.Address, msg chat.MessageID) (chat.Target, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	post := p.world.posts[msg]
	if post == nil || post.Gone || post.Room != at.Room {
		return chat.Target{}, fmt.Errorf("the message %q: %w", msg, chat.ErrGone)
	}
	return p.target(post), nil
}

// target is a message as the engine is told of it.
func (p *Platform) target(post *Post) chat.Target {
	t := chat.Target{Where: p.at(post), Message: post.ID, Text: post.Text, At: post.At, Files: refs(post.Files), Starts: post.starts()}
	if post.ours() {
		t.Text = post.Message.Plain()
		t.From = chat.Author{Account: us, Name: ourName, Bot: true}
		for _, a := range post.Message.Files {
			t.Files = append(t.Files, chat.FileRef{ID: a.SHA256, Name: a.Name, Type: a.Type, Size: a.Size})
		}
		return t
	}
	t.From = chat.Author{Account: post.From}
	if who := p.personas[post.From]; who != nil {
		t.From = who.author()
	}
	return t
}

// refs are files as the engine is told of them.
func refs(files []File) []chat.FileRef {
	var out []chat.FileRef
	for _, f := range files {
		out = append(out, chat.FileRef{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size})
	}
	return out
}

// Download implements chat.Downloader. chat.ErrGone when nobody in the chat has the file any more.
func (p *Platform) Download(ctx context.Context, f chat.FileRef) (io.ReadCloser, error) {
	return p.opts.Files.Open(ctx, f.ID)
}
