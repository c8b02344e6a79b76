package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what operators watch. No label holds a user, a product or a text of a query.
type metrics struct {
	registry *prometheus.Registry
	queries  *prometheus.CounterVec
	seconds  prometheus.Histogram
	rows     prometheus.Counter

	auditFailures prometheus.Counter
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		queries:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "meshgate_queries_total", Help: "Queries by SQLSTATE."}, []string{"sqlstate"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "meshgate_query_seconds", Help: "Time from the start of a query to its last row.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 10),
		}),
		rows: prometheus.NewCounter(prometheus.CounterOpts{Name: "meshgate_rows_total", Help: "Rows sent to clients."}),
		auditFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "meshgate_audit_failures_total", Help: "Records that the audit log did not take; what they were about was refused.",
		}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	m.registry.MustRegister(m.queries, m.seconds, m.rows, m.auditFailures, storeCollector{g}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("meshgate_mesh_stale", "1 where newer files of the mesh have faults, so that an older epoch is served.", func() float64 {
			if g.Stale() != nil {
				return 1
			}
			return 0
		}),
		gauge("meshgate_sessions", "Open sessions.", func() float64 { return float64(g.sessionCount()) }),
		gauge("meshgate_queries_running", "Queries that run.", func() float64 { return float64(len(g.running)) }),
		gauge("meshgate_queries_waiting", "Queries that wait for their turn.", func() float64 { return float64(g.waiting.Load()) }))
	return m
}

func (m *metrics) ended(sqlstate string, took time.Duration, rows int64) {
	m.queries.WithLabelValues(sqlstate).Inc()
	m.seconds.Observe(took.Seconds())
	m.rows.Add(float64(rows))
}

func (g *Gateway) sessionCount() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sessions)
}

var storeUp = prometheus.NewDesc("meshgate_store_up", "1 where the store answered the last time it was asked.", []string{"store"}, nil)

// storeCollector reports the stores' health as it is when somebody asks.
type storeCollector struct{ g *Gateway }

// Describe implements prometheus.Collector.
func (c storeCollector) Describe(to chan<- *prometheus.Desc) { to <- storeUp }

// Collect implements prometheus.Collector.
func (c storeCollector) Collect(to chan<- prometheus.Metric) {
	for _, h := range c.g.Health() {
		up := 0.0
		if h.Healthy {
			up = 1
		}
		to <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, up, h.Name)
	}
}

// Handler serves /healthz and /metrics. The gateway is healthy while it serves; a store that is down is told beside it.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		type storeState struct {
			Store   string `json:"store"`
			Healthy bool   `json:"healthy"`
			Problem string `json:"problem,omitempty"`
		}
		// The faults themselves quote the files, which not everybody who may ask for health may read.
		type staleState struct {
			Since  string `json:"since"`
			Faults int    `json:"faults"`
		}
		state := struct {
			Status string       `json:"status"`
			Mesh   string       `json:"mesh"`
			Epoch  string       `json:"epoch"`
			Stale  *staleState  `json:"stale,omitempty"`
			Audit  string       `json:"audit,omitempty"`
			Stores []storeState `json:"stores"`
		}{Status: "ok", Mesh: g.Catalog().Mesh(), Epoch: g.Catalog().Epoch()}
		if s := g.Stale(); s != nil {
			state.Status, state.Stale = "degraded", &staleState{s.Since.UTC().Format(time.RFC3339), len(s.Faults)}
		}
		if g.auditFails.Load() {
			state.Status, state.Audit = "degraded", "the audit log takes no records, so queries are refused"
		}
		for _, h := range g.Health() {
			state.Stores = append(state.Stores, storeState{h.Name, h.Healthy, h.Problem})
			if !h.Healthy {
				state.Status = "degraded"
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(state); err != nil {
			g.log.Debug("health was not delivered", "cause", err.Error())
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{}))
	return mux
}
