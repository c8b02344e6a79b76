package gateway

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"meshgate/catalog"
	"meshgate/gateway/syscat"
	"meshgate/policy"
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
	a.Locking = s.locking > 0
	return a
}

// activities lists the sessions that a viewer may know of. What others ask is in mesh.queries, without its literals.
func (g *Gateway) activities(v *viewer) []syscat.Activity {
	g.mu.Lock()
	var list []*Session
	for _, s := range g.sessions {
		if v.seesSession(s) {
			list = append(list, s)
		}
	}
	g.mu.Unlock()
	slices.SortFunc(list, func(a, b *Session) int { return cmp.Compare(a.client.PID, b.client.PID) })
	out := make([]syscat.Activity, len(list))
	for i, s := range list {
		if out[i] = s.activityNow(); s.client.User != v.who.User {
			out[i].Text = "<insufficient privilege>" // as PostgreSQL says
		}
	}
	return out
}

// keptQueries is how many queries are remembered after their end.
const keptQueries = 1000

// queries remembers the running queries and the last ones that ended.
type queries struct {
	mu      sync.Mutex
	running map[*queryRecord]bool
	last    []*queryRecord // a ring
	next    int
}

// queryRecord is what is remembered of a query.
type queryRecord struct {
	syscat.Query
	products []catalog.Name
	redacted string // the statement for others than the one who sent it
}

func newQueries() *queries { return &queries{running: map[*queryRecord]bool{}} }

func (q *queries) begin(id string, s *Session, c *queryCommand, now time.Time) *queryRecord {
	r := &queryRecord{Query: syscat.Query{
		ID: id, User: s.client.User, Purpose: c.who.Purpose, State: "running", PID: s.client.PID, Started: now, Text: s.activityNow().Text,
	}}
	if c.audited != nil {
		r.redacted = c.audited.Statement.Text
	}
	for _, d := range c.plan.Decisions {
		r.products = append(r.products, d.Product.Name)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running[r] = true
	return r
}

func (q *queries) end(r *queryRecord, rows int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, r)
	r.State, r.Rows, r.Elapsed, r.SQLState = "done", rows, time.Since(r.Started), string(sqlerr.SuccessfulCompletion)
	if err != nil {
		r.State, r.SQLState = "failed", string(sqlerr.From(err).Code)
	}
	q.keep(r)
}

// refused remembers a query that was denied.
func (q *queries) refused(a *auditQuery, s *Session, text string) {
	r := &queryRecord{redacted: a.Statement.Text, Query: syscat.Query{
		ID: a.Query, User: a.User, Purpose: a.Purpose, State: "denied", PID: s.client.PID, Started: s.gateway.now(), SQLState: a.SQLState, Text: text,
	}}
	if a.Denied != nil {
		domain, product, _ := strings.Cut(a.Denied.Product, ".")
		r.products = []catalog.Name{{Domain: domain, Product: product}}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.keep(r)
}

func (q *queries) keep(r *queryRecord) {
	if len(q.last) < keptQueries {
		q.last = append(q.last, r)
		return
	}
	q.last[q.next] = r
	q.next = (q.next + 1) % keptQueries
}

// of lists the queries that a viewer may know of.
func (q *queries) of(v *viewer, now time.Time) []syscat.Query {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []syscat.Query
	for r := range q.running {
		if c, ok := v.sees(r); ok {
			c.Elapsed = now.Sub(r.Started)
			out = append(out, c)
		}
	}
	for _, r := range q.last {
		if c, ok := v.sees(r); ok {
			out = append(out, c)
		}
	}
	return out
}

// viewer is who looks at queries.
type viewer struct {
	who     *policy.Principal
	catalog *catalog.Snapshot
	guild   []string
}

// sees returns what a viewer may know of a query: their own as they wrote it; as the guild, everybody's without literals; as an owner of
// products, that somebody read them, and the statement where it read nothing that is another's.
func (v *viewer) sees(r *queryRecord) (syscat.Query, bool) {
	c := r.Query
	c.Products = nil
	switch {
	case r.User == v.who.User:
		c.Products = names(r.products)
		return c, true
	case v.ofGuild():
		c.Products, c.Text = names(r.products), r.redacted
		return c, true
	}
	for _, n := range r.products {
		if p, ok := v.catalog.Product(n); ok && v.owns(p) {
			c.Products = append(c.Products, n.String())
		}
	}
	if c.Text = ""; len(c.Products) == len(r.products) {
		c.Text = r.redacted
	}
	return c, len(c.Products) > 0
}

// ofGuild reports whether the viewer is of the federation's guild.
func (v *viewer) ofGuild() bool {
	return slices.ContainsFunc(v.guild, func(g string) bool { return slices.Contains(v.who.Groups, g) })
}

// seesSession reports whether the viewer may know of a session: of their own, and as the guild of everybody's.
func (v *viewer) seesSession(s *Session) bool { return s.client.User == v.who.User || v.ofGuild() }

// owns reports whether the viewer is an owner of a product: by name, by a group, or by the attribute email, all of which the
// platform gives.
func (v *viewer) owns(p *catalog.Product) bool {
	return slices.ContainsFunc(p.Owners, func(owner string) bool {
		return slices.Contains(v.who.Groups, owner) || goesBy(v.who.User, v.who.Attrs["email"].Values, owner)
	})
}

// goesBy reports whether an owner that a contract or a domain names is a user. Names of users differ by case, mail addresses do not.
func goesBy(user string, mails []string, owner string) bool {
	return user == owner || slices.ContainsFunc(mails, func(m string) bool { return strings.EqualFold(m, owner) })
}

func names(list []catalog.Name) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.String())
	}
	return out
}
