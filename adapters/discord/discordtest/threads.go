package discordtest

import "time"

const (
	maxActiveThreads = 1000 // in a guild
	maxAppliedTags   = 5
)

// thread is what a thread has beyond a channel.
type thread struct {
	owner       *Person
	archived    bool
	locked      bool
	invitable   bool
	autoArchive int // minutes
	created     time.Time
	archivedAt  time.Time // last change of archived
	active      time.Time // last activity
	members     map[Snowflake]time.Time
	total       int // messages ever sent, the starter excepted
	tags        []Snowflake
	fromPost    bool // a forum's: its first message has its id
}

type threadJSON struct {
	ID            Snowflake         `json:"id"`
	Type          ChannelType       `json:"type"`
	LastMessageID *Snowflake        `json:"last_message_id"`
	Flags         int               `json:"flags"`
	LastPin       *string           `json:"last_pin_timestamp,omitempty"`
	GuildID       Snowflake         `json:"guild_id"`
	Name          string            `json:"name"`
	ParentID      Snowflake         `json:"parent_id"`
	Slowmode      int               `json:"rate_limit_per_user"`
	OwnerID       Snowflake         `json:"owner_id"`
	Metadata      threadMetaJSON    `json:"thread_metadata"`
	MessageCount  int               `json:"message_count"`
	MemberCount   int               `json:"member_count"`
	TotalSent     int               `json:"total_message_sent"`
	AppliedTags   []Snowflake       `json:"applied_tags,omitzero"`
	Member        *threadMemberJSON `json:"member,omitempty"`
	NewlyCreated  bool              `json:"newly_created,omitempty"`
	Message       *messageJSON      `json:"message,omitempty"`
}

type threadMetaJSON struct {
	Archived    bool   `json:"archived"`
	ArchivedAt  string `json:"archive_timestamp"`
	AutoArchive int    `json:"auto_archive_duration"`
	Locked      bool   `json:"locked"`
	CreatedAt   string `json:"create_timestamp"`
	Invitable   *bool  `json:"invitable,omitempty"`
}

type threadMemberJSON struct {
	ID       Snowflake   `json:"id"`
	UserID   Snowflake   `json:"user_id"`
	JoinedAt string      `json:"join_timestamp"`
	Flags    int         `json:"flags"`
	Member   *memberJSON `json:"member,omitempty"`
}

func (c *Channel) threadJSON() *threadJSON {
	t := c.thread
	j := &threadJSON{
		ID: c.ID, Type: c.Type, LastMessageID: c.lastMessage.orNull(), Flags: c.flags, LastPin: stampOrNull(c.lastPin),
		GuildID: c.guild.ID, Name: c.name, ParentID: c.parentID(), Slowmode: c.slowmode, OwnerID: t.owner.ID,
		Metadata: threadMetaJSON{
			Archived: t.archived, ArchivedAt: stamp(t.archivedAt), AutoArchive: t.autoArchive, Locked: t.locked,
			CreatedAt: stamp(t.created),
		},
		MessageCount: c.countReplies(), MemberCount: min(len(t.members), 50), TotalSent: t.total,
	}
	if c.Type == PrivateThread {
		j.Metadata.Invitable = &t.invitable
	}
	if c.parent.Type == Forum {
		j.AppliedTags = append([]Snowflake{}, t.tags...)
	}
	j.Member = c.threadMemberJSON(c.s.app.Bot)
	return j
}

func (c *Channel) threadMemberJSON(u *Person) *threadMemberJSON {
	joined, ok := c.thread.members[u.ID]
	if !ok {
		return nil
	}
	return &threadMemberJSON{ID: c.ID, UserID: u.ID, JoinedAt: stamp(joined)}
}

func (c *Channel) countReplies() int {
	n := 0
	for _, m := range c.posts {
		if m.ID != c.ID && m.Type != starterType {
			n++
		}
	}
	return n
}

// newThread adds a thread without telling anybody. Its owner is in it.
func (c *Channel) newThread(id Snowflake, name string, kind ChannelType, owner *Person, autoArchive int) *Channel {
	if autoArchive == 0 {
		autoArchive = 4320
		if c.defaultArchive != 0 {
			autoArchive = c.defaultArchive
		}
	}
	now := c.s.now()
	t := &Channel{s: c.s, ID: id, Type: kind, guild: c.guild, parent: c, name: name}
	t.thread = &thread{
		owner: owner, autoArchive: autoArchive, created: now, archivedAt: now, active: now, invitable: true,
		members: map[Snowflake]time.Time{owner.ID: now},
	}
	c.guild.channels = append(c.guild.channels, t)
	c.s.channels[t.ID] = t
	return t
}

// announceThread tells of a new thread.
func (c *Channel) announceThread() {
	j := c.threadJSON()
	j.NewlyCreated = true
	c.s.emit(event{name: "THREAD_CREATE", guild: c.guild, intents: Guilds, data: j, channel: c})
}

func (g *Guild) activeThreads() int {
	n := 0
	for _, c := range g.channels {
		if c.isThread() && !c.thread.archived {
			n++
		}
	}
	return n
}

// threadForm is the body of starting a thread; Message only in a forum.
type threadForm struct {
	Name        *string      `json:"name"`
	AutoArchive int          `json:"auto_archive_duration"`
	Slowmode    int          `json:"rate_limit_per_user"`
	Type        *ChannelType `json:"type"`
	Invitable   *bool        `json:"invitable"`
	AppliedTags []Snowflake  `json:"applied_tags"`
	Message     *messageForm `json:"message"`
}

func (b *threadForm) check(f *form) {
	if b.Name == nil {
		f.required("name")
	} else {
		f.length("name", *b.Name, 1, 100)
	}
	checkAutoArchive(f, b.AutoArchive)
}

func checkAutoArchive(f *form, minutes int) {
	switch minutes {
	case 0, 60, 1440, 4320, 10080:
	default:
		f.choice("auto_archive_duration", 60, 1440, 4320, 10080)
	}
}

// threadFromMessage starts the public thread of a message; it gets the message's id.
func (s *Server) threadFromMessage(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	var b threadForm
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	var f form
	b.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	t, err := s.startThread(s.app.Bot, ch, m, *b.Name, b.AutoArchive)
	if err != nil {
		return nil, err
	}
	return t.threadJSON(), nil
}

// startThread opens the thread of a message, for the app and for people alike.
func (s *Server) startThread(by *Person, ch *Channel, m *message, name string, autoArchive int) (*Channel, error) {
	switch {
	case ch.guild == nil:
		return nil, errOnDM
	case ch.Type != Text && ch.Type != Announcement:
		return nil, errChannelType
	case m.thread != nil && !m.thread.deleted:
		return nil, errThreadExists
	}
	if err := ch.need(by, CreatePublicThreads); err != nil {
		return nil, err
	}
	if ch.guild.activeThreads() >= maxActiveThreads {
		return nil, errTooManyThreads
	}
	kind := PublicThread
	if ch.Type == Announcement {
		kind = AnnouncementThread
	}
	t := ch.newThread(m.ID, name, kind, by, autoArchive)
	m.thread = t
	m.Flags |= flagHasThread
	t.announceThread()
	t.addStarter(m)
	m.updated()
	return t, nil
}

// createThread starts a thread without a message: private unless the type says otherwise; in a forum,
// a post.
func (s *Server) createThread(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	var b threadForm
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	var f form
	b.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	switch {
	case ch.Type == Forum:
		return s.createPost(c, ch, &b)
	case ch.Type != Text && ch.Type != Announcement:
		return nil, errChannelType
	}
	kind := PrivateThread
	if b.Type != nil {
		kind = *b.Type
	}
	need := CreatePublicThreads
	switch {
	case kind == PrivateThread && ch.Type == Text:
		need = CreatePrivateThreads
	case kind == PublicThread && ch.Type == Text, kind == AnnouncementThread && ch.Type == Announcement:
	default:
		return nil, invalid("type", "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}.")
	}
	if err := ch.need(s.app.Bot, need); err != nil {
		return nil, err
	}
	if ch.guild.activeThreads() >= maxActiveThreads {
		return nil, errTooManyThreads
	}
	t := ch.newThread(s.newID(), *b.Name, kind, s.app.Bot, b.AutoArchive)
	t.slowmode = b.Slowmode
	if b.Invitable != nil {
		t.thread.invitable = *b.Invitable
	}
	t.announceThread()
	return t.threadJSON(), nil
}

// createPost starts a forum's thread with its first message; both have one id.
func (s *Server) createPost(c *call, forum *Channel, b *threadForm) (any, error) {
	if b.Message == nil {
		return nil, invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
	}
	tags, err := forum.checkTags(s.app.Bot, b.AppliedTags)
	if err != nil {
		return nil, err
	}
	// In a forum SEND_MESSAGES is the right to open posts.
	if err := forum.need(s.app.Bot, SendMessages); err != nil {
		return nil, err
	}
	if forum.guild.activeThreads() >= maxActiveThreads {
		return nil, errTooManyThreads
	}
	b.Message.under = "message"
	files, err := b.Message.check(c, checkNew)
	if err != nil {
		return nil, err
	}
	t := forum.newThread(s.newID(), *b.Name, PublicThread, s.app.Bot, b.AutoArchive)
	t.slowmode, t.thread.tags, t.thread.fromPost = b.Slowmode, tags, true
	m := s.newMessage(t, s.app.Bot)
	m.ID = t.ID
	m.fill(b.Message, files)
	t.announceThread()
	m.post()
	j := t.threadJSON()
	j.Message = m.json(true)
	return j, nil
}
