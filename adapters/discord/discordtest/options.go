package discordtest

import "time"

// Options say how a Server differs from the default: everything that Discord enforces by rule is on,
// pace (rate limits) is off.
type Options struct {
	// Token is what the app must present; "fake.bot.token" when empty.
	Token string
	// AppName is the name of the app and its bot; "Guildhall" when empty.
	AppName string
	// Disallowed are privileged intents that the app was not granted: identifying with one closes
	// the connection with 4014.
	Disallowed Intent
	// Limits are the rate limits; the zero value is none, RealLimits those of Discord.
	Limits Limits

	// ResponseTime is for the first response to an interaction; 3 s when 0. It runs in real time: tests
	// that do not look at it do well to set more, for busy machines.
	ResponseTime time.Duration
	TokenLife    time.Duration // of an interaction's token; 15 min when 0
	NonceMemory  time.Duration // how long enforce_nonce remembers; 5 min when 0
	LinkLife     time.Duration // of a CDN link; 24 h when 0
	UploadLimit  int           // bytes of one file; 10 MiB when 0

	Heartbeat      time.Duration // interval told in HELLO; 41.25 s when 0
	SessionLife    time.Duration // how long a dropped session can be resumed; 3 min when 0
	Replay         int           // events kept for a resume; 2000 when 0
	Shards         int           // recommended by GET /gateway/bot; 1 when 0
	MaxConcurrency int           // identifies allowed at once; 1 when 0

	// RealHosts puts Discord's own hosts into payloads (wss://gateway.discord.gg,
	// https://cdn.discordapp.com) instead of the loopback address: then only Client and Dialer reach
	// the server.
	RealHosts bool
	// Patience bounds every wait of a test, in real time; 5 s when 0.
	Patience time.Duration
	// NoSchema turns off checking requests against the published OpenAPI description.
	NoSchema bool
	// KeepRequests is how many requests are kept; 20,000 when 0. None when negative, which is for
	// benchmarks: then interactions and their ephemeral answers are forgotten in time as well.
	KeepRequests int
}

// Limits are rate limits. Each can be switched alone.
type Limits struct {
	Routes      bool // buckets per route and top-level resource, as bucketRules lists them
	Global      int  // requests a second, interactions excepted; 0 is no limit
	Names       bool // two changes of a channel's name or topic in ten minutes
	Invalid     int  // responses of 401, 403 and 429 in ten minutes before the address is banned; 0 is no limit
	Identify    bool // max_concurrency identifies in 5 s, 1000 in a day
	GatewaySend int  // payloads in 60 s before a connection is closed with 4008; 0 is no limit
}

// RealLimits are Discord's published ones.
func RealLimits() Limits {
	return Limits{Routes: true, Global: 50, Names: true, Invalid: 10_000, Identify: true, GatewaySend: 120}
}

func (o Options) withDefaults() Options {
	set := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	count := func(p *int, n int) {
		if *p == 0 {
			*p = n
		}
	}
	if o.Token == "" {
		o.Token = "fake.bot.token"
	}
	if o.AppName == "" {
		o.AppName = "Guildhall"
	}
	set(&o.ResponseTime, 3*time.Second)
	set(&o.TokenLife, 15*time.Minute)
	set(&o.NonceMemory, 5*time.Minute)
	set(&o.LinkLife, 24*time.Hour)
	set(&o.Heartbeat, 41250*time.Millisecond)
	set(&o.SessionLife, 3*time.Minute)
	set(&o.Patience, 5*time.Second)
	count(&o.UploadLimit, 10<<20)
	count(&o.Replay, 2000)
	count(&o.Shards, 1)
	count(&o.MaxConcurrency, 1)
	count(&o.KeepRequests, 20_000)
	return o
}
