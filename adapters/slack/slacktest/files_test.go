package slacktest_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func TestUploadingAndReading(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	q := ann.Say("#help", "the export, please")
	sum, err := b.api.UploadFile(slack.UploadFileParameters{
		Filename: "my export.csv", FileSize: 5, Content: "a,b,c", Title: "Export", Channel: help.ID(),
		ThreadTimestamp: q.TS, InitialComment: "here & now",
	})
	ok(t, err)
	m := ann.AwaitReply(q, func(m slacktest.Message) bool { return len(m.Files) == 1 })
	if m.Shown != "here & now" || m.Files[0].ID() != sum.ID || m.Files[0].Title() != "Export" || string(m.Files[0].Bytes()) != "a,b,c" {
		t.Errorf("got %+v", m)
	}
	if got := b.message("file_share", 1); got.BotID == "" || len(got.Message.Files) != 1 {
		t.Errorf("got %+v", got)
	}
	up := ann.Upload("#help", "", slacktest.Message{}, slacktest.Upload{Name: "rubric.pdf", Data: []byte("%PDF-1.7")})
	info, _, _, err := b.api.GetFileInfo(up.Files[0].ID(), 0, 0)
	ok(t, err)
	if info.Mimetype != "application/pdf" || info.User != ann.ID() || info.Channels[0] != help.ID() || len(info.Shares.Public) != 1 {
		t.Errorf("got %+v", info)
	}
	var got bytes.Buffer
	ok(t, b.api.GetFile(info.URLPrivate, &got))
	if got.String() != "%PDF-1.7" {
		t.Errorf("got %q", got.String())
	}
	ann.DeleteFile(up.Files[0])
	_, _, _, err = b.api.GetFileInfo(info.ID, 0, 0)
	wantCode(t, err, "file_deleted")
	noFaults(t, s)
}

func TestPrivateFilesWantATokenThatMayReadThem(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewPrivate("closed", ann)
	api := newAPI(s, s.BotToken())
	up := ann.Upload("#closed", "", slacktest.Message{}, slacktest.Upload{Name: "x.txt", Data: []byte("secret")})
	url := s.URL() + "/files-pri/" + w.ID() + "-" + up.Files[0].ID() + "/x.txt"
	var got bytes.Buffer
	if err := api.GetFile(url, &got); err == nil || got.Len() > 0 {
		t.Errorf("got %q, %v", got.String(), err)
	}
	_, _, _, err := api.GetFileInfo(up.Files[0].ID(), 0, 0)
	wantCode(t, err, "file_not_found")
	resp, err := http.Get(url)
	ok(t, err)
	defer resp.Body.Close()
	page, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || !strings.Contains(string(page), "Sign in") {
		t.Errorf("without a token: %d %q", resp.StatusCode, page)
	}
	ann.InviteBot("#closed")
	ok(t, api.GetFile(url, &got))
	if got.String() != "secret" {
		t.Errorf("got %q", got.String())
	}
}

func TestUploadsOfAnotherLengthAreRefused(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	api := newAPI(s, s.BotToken())
	_, err := api.UploadFile(slack.UploadFileParameters{Filename: "x", FileSize: 4, Content: "a,b,c"})
	if err == nil {
		t.Error("taken")
	}
	s.AwaitFault(slacktest.FaultUpload)
	_, err = api.CompleteUploadExternalContext(t.Context(), slack.CompleteUploadExternalParameters{Files: []slack.FileSummary{{ID: "F1"}}})
	wantCode(t, err, "file_not_found")
}

func TestTokensSentElsewhereAreNoticed(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	link := s.Outside().Put("/a.pdf", "application/pdf", []byte("%PDF"))
	// slack-go itself does not do it.
	if err := newAPI(s, s.BotToken()).GetFile(link, io.Discard); err == nil {
		t.Error("slack-go sent the token to another host")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	ok(t, err)
	get := func() {
		resp, err := http.DefaultClient.Do(req)
		ok(t, err)
		_ = resp.Body.Close()
	}
	get()
	noFaults(t, s)
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	get()
	s.AwaitFault(slacktest.FaultTokenElsewhere)
	if len(s.Outside().Hits()) != 2 {
		t.Errorf("hits %v", s.Outside().Hits())
	}
}
