package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/core/work"
)

// metrics are what /metrics shows. No label has a person's, a room's or a record's name.
type metrics struct {
	registry   *prometheus.Registry
	events     *prometheus.CounterVec
	commands   *prometheus.CounterVec
	handled    *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	delivered  *prometheus.HistogramVec
	works      *prometheus.CounterVec
	waited     *prometheus.HistogramVec
	translated *prometheus.CounterVec
	characters prometheus.Counter
	took       prometheus.Histogram
}

// seconds are the limits of the buckets: what is quick must be told apart, what is slow only seen.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 3, 10, 60}

func newMetrics(db *sqlstore.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guildhall_events_total",
			Help: "Events that platforms gave, by how they ended."}, []string{"platform", "kind", "outcome"}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guildhall_commands_total",
			Help: "Commands, by how they ended."}, []string{"platform", "command", "outcome"}),
		handled: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "guildhall_event_seconds",
			Help: "From an event's arrival to its commit.", Buckets: seconds}, []string{"platform", "kind"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guildhall_deliveries_total",
			Help: "Calls to platforms that show something, by how they ended."}, []string{"platform", "kind", "outcome"}),
		delivered: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "guildhall_delivery_seconds",
			Help: "How long a call that shows something took.", Buckets: seconds}, []string{"platform", "kind"}),
		works: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guildhall_work_total",
			Help: "Items of work, by how a run of theirs ended."}, []string{"kind", "end"}),
		waited: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "guildhall_work_wait_seconds",
			Help: "How long an item could have been worked before it was.", Buckets: seconds}, []string{"kind"}),
	}
	m.translated = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "guildhall_translations_total",
		Help: "Texts given to the service that translates, by how that ended."}, []string{"outcome"})
	m.characters = prometheus.NewCounter(prometheus.CounterOpts{Name: "guildhall_translated_characters_total",
		Help: "Characters given to the service that translates."})
	m.took = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "guildhall_translation_seconds",
		Help: "How long the service that translates took.", Buckets: seconds})
	about := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "guildhall_build_info", Help: "1, with the version that runs."}, []string{"version"})
	about.WithLabelValues(built()).Set(1)
	m.registry.MustRegister(about, m.events, m.commands, m.handled, m.deliveries, m.delivered, m.works, m.waited, m.translated, m.characters, m.took,
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "guildhall_store_statements_total",
			Help: "Statements that were run in the store."}, func() float64 { return float64(db.Statements()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "guildhall_store_round_trips_total",
			Help: "How often an answer of Postgres was waited for."}, func() float64 { return float64(db.RoundTrips()) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), queueCollector{db})
	return m
}

// Event implements chat.Observer.
func (m *metrics) Event(p chat.PlatformID, kind chat.EventKind, command, outcome string, took time.Duration) {
	m.events.WithLabelValues(string(p), string(kind), outcome).Inc()
	if command != "" {
		m.commands.WithLabelValues(string(p), command, outcome).Inc()
	}
	m.handled.WithLabelValues(string(p), string(kind)).Observe(took.Seconds())
}

// Delivery implements chat.Observer.
func (m *metrics) Delivery(p chat.PlatformID, kind, outcome string, took time.Duration) {
	m.deliveries.WithLabelValues(string(p), kind, outcome).Inc()
	m.delivered.WithLabelValues(string(p), kind).Observe(took.Seconds())
}

// Worked implements jobs.Observer.
func (m *metrics) Worked(kind string, end work.End, lost bool, waited, _ time.Duration) {
	word := end.String()
	if lost {
		word = "lost"
	}
	m.works.WithLabelValues(kind, word).Inc()
	m.waited.WithLabelValues(kind).Observe(max(0, waited).Seconds())
}

// Translated notes a text that was given to the service that translates.
func (m *metrics) Translated(outcome string, characters int, took time.Duration) {
	m.translated.WithLabelValues(outcome).Inc()
	m.characters.Add(float64(characters))
	m.took.Observe(took.Seconds())
}

// queueCollector asks the store how its queue stands when somebody looks.
type queueCollector struct{ db *sqlstore.DB }

var (
	queueItems = prometheus.NewDesc("guildhall_queue_items", "Items of work in the store.", []string{"kind", "state"}, nil)
	queueLag   = prometheus.NewDesc("guildhall_queue_lag_seconds", "How long the lane that has waited longest could have been worked.", []string{"kind"}, nil)
	programs_  = prometheus.NewDesc("guildhall_programs", "Programs that run on this database.", nil, nil)
	lateBy     = prometheus.NewDesc("guildhall_schedule_late_seconds", "How late the schedule is that should have been done first; 0 when none is late.", nil, nil)
	storeUp    = prometheus.NewDesc("guildhall_store_up", "1 when the store answers.", nil, nil)
)

// Describe implements prometheus.Collector.
func (queueCollector) Describe(to chan<- *prometheus.Desc) {
	to <- queueItems
	to <- queueLag
	to <- storeUp
	to <- programs_
	to <- lateBy
}

// Collect implements prometheus.Collector.
func (q queueCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := q.db.Work().Counts(ctx)
	up := 1.0
	if err != nil {
		up = 0
	}
	to <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, up)
	if o, err := q.db.Owners(ctx); err == nil {
		live, late := owned(o, time.Now())
		to <- prometheus.MustNewConstMetric(programs_, prometheus.GaugeValue, live)
		to <- prometheus.MustNewConstMetric(lateBy, prometheus.GaugeValue, late)
	}
	for _, c := range counts {
		for state, n := range map[string]int64{"waiting": c.Waiting, "running": c.Running, "dead": c.Dead} {
			to <- prometheus.MustNewConstMetric(queueItems, prometheus.GaugeValue, float64(n), c.Kind, state)
		}
		to <- prometheus.MustNewConstMetric(queueLag, prometheus.GaugeValue, c.Lag.Seconds(), c.Kind)
	}
}

// owned is how many programs run, and by how many seconds the latest schedule is late.
func owned(o sqlstore.Owners, now time.Time) (live, late float64) {
	for _, r := range o.Replicas {
		if r.Held.After(now) {
			live++
		}
	}
	for _, r := range o.Planned {
		late = max(late, now.Sub(r.Due).Seconds())
	}
	return live, late
}
