package gateway

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"meshgate/gateway/syscat"
	"meshgate/sqlerr"
)

// begins notes that the session works on a statement.
func (s *Session) begins(p *portal) {
	now := s.gateway.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activity.State, s.activity.Query, s.activity.Changed = "active", now, now
	s.activity.Transaction = s.tx.started
	s.activity.App = s.settings.text("application_name")
	if p.stmt != nil {
		s.activity.Text = p.stmt.Text
	}
}

// ends notes that the session waits for its client.
func (s *Session) ends(error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activity.State = map[byte]string{'I': "idle", 'T': "idle in transaction", 'E': "idle in transaction (aborted)"}[s.Status()]
	s.activity.Changed = s.gateway.now()
	if s.Status() == 'I' {
		s.activity.Transaction = time.Time{}
	}
}

func (s *Session) activityNow() syscat.Activity {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.activity
	a.PID, a.User, a.Started, a.TLS = s.client.PID, s.client.User, s.started, s.client.TLS != nil
	a.ClientHost, a.ClientPort = s.peer()
	return a
}

// activities lists a user's sessions.
func (g *Gateway) activities(user string) []syscat.Activity {
	g.mu.Lock()
	var list []*Session
	for _, s := range g.sessions {
		if s.client.User == user {
			list = append(list, s)
		}
	}
	g.mu.Unlock()
	slices.SortFunc(list, func(a, b *Session) int { return cmp.Compare(a.client.PID, b.client.PID) })
	out := make([]syscat.Activity, len(list))
	for i, s := range list {
		out[i] = s.activityNow()
	}
	return out
}

// keptQueries is how many queries are remembered after their end.
const keptQueries = 1000

// queries remembers the running queries and the last ones that ended.
type queries struct {
	mu      sync.Mutex
	running map[*syscat.Query]bool
	ended   []*syscat.Query // a ring
	next    int
}

func newQueries() *queries { return &queries{running: map[*syscat.Query]bool{}} }

func (q *queries) begin(id string, s *Session, c *queryCommand, now time.Time) *syscat.Query {
	r := &syscat.Query{
		ID: id, User: s.client.User, Purpose: c.who.Purpose, State: "running", PID: s.client.PID, Started: now, Text: s.activityNow().Text,
	}
	for _, d := range c.plan.Decisions {
		r.Products = append(r.Products, d.Product.Name.String())
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running[r] = true
	return r
}

// ended notes the end of a query wherever it is counted.
func (g *Gateway) ended(r *syscat.Query, rows int64, err error) {
	g.queries.end(r, rows, err)
	g.metrics.ended(r.SQLState, r.Elapsed, rows)
}

func (q *queries) end(r *syscat.Query, rows int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, r)
	r.State, r.Rows, r.Elapsed, r.SQLState = "done", rows, time.Since(r.Started), string(sqlerr.SuccessfulCompletion)
	if err != nil {
		r.State, r.SQLState = "failed", string(sqlerr.From(err).Code)
	}
	if len(q.ended) < keptQueries {
		q.ended = append(q.ended, r)
		return
	}
	q.ended[q.next] = r
	q.next = (q.next + 1) % keptQueries
}

// of lists a user's queries.
func (q *queries) of(user string, now time.Time) []syscat.Query {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []syscat.Query
	for r := range q.running {
		if r.User == user {
			c := *r
			c.Elapsed = now.Sub(r.Started)
			out = append(out, c)
		}
	}
	for _, r := range q.ended {
		if r.User == user {
			out = append(out, *r)
		}
	}
	return out
}
