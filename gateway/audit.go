package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"syscall"
	"time"
	"unicode/utf8"

	"meshgate/audit"
	"meshgate/engine"
	"meshgate/meshfile"
	"meshgate/planner"
	"meshgate/policy"
	"meshgate/sqlerr"
	"meshgate/wire"
)

// openAudit opens the audit log. Nothing is served without one.
func (g *Gateway) openAudit(files *meshfile.Mesh) error {
	c := files.Config.Audit
	o := audit.Options{
		Path: c.Path, MaxSize: int64(c.MaxSize), Keep: c.Keep, Lazy: c.Sync.Value == "second",
		Now: g.now,
	}
	if !filepath.IsAbs(o.Path) {
		o.Path = filepath.Join(g.options.Dir, o.Path)
	}
	if !c.Key.IsZero() {
		key, err := c.Key.Resolve(g.options.Dir)
		if err != nil {
			return err
		}
		o.Key = []byte(key)
	}
	var err error
	if g.audit, err = audit.Open(o); err != nil {
		return err
	}
	seq, hash := g.audit.End()
	g.log.Info("audit log is open", "file", o.Path, "records", seq, "hash", hash)
	return g.record("gateway.started", true, &auditMesh{Mesh: files.Config.Mesh.Value, Version: Version(), Epoch: g.Catalog().Epoch()})
}

// closeAudit writes the last record.
func (g *Gateway) closeAudit() {
	if g.audit == nil {
		return
	}
	_ = g.record("gateway.stopped", false, &auditMesh{Mesh: g.Catalog().Mesh(), Version: Version(), Epoch: g.Catalog().Epoch()})
	if err := g.audit.Close(); err != nil {
		g.log.Error("the audit log did not close in order", "cause", err.Error())
	}
}

// record appends a record to the audit log; with durable it is on the disk afterwards, as the mesh's settings have it. The error is
// one that a client may see: what cannot be recorded is not done.
func (g *Gateway) record(kind string, durable bool, body any) error {
	seq, err := g.audit.Append(kind, body)
	if err == nil && durable {
		err = g.audit.Sync(seq)
	}
	g.auditFails.Store(err != nil)
	if err == nil {
		return nil
	}
	g.metrics.auditFailures.Inc()
	g.log.Error("the audit log takes no record", "record", kind, "cause", err.Error())
	code := sqlerr.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = sqlerr.DiskFull
	}
	return sqlerr.Wrap(err, code, "the audit log cannot be written, so this is refused").
		WithHint("Whoever runs the gateway has to look at its log.")
}

// auditMesh is what a record says of the mesh.
type auditMesh struct {
	Mesh    string `json:"mesh"`
	Version string `json:"version,omitempty"`
	Epoch   string `json:"epoch"`
	Before  string `json:"before,omitempty"` // the epoch that was replaced
	Faults  int    `json:"faults,omitempty"` // of files that were not taken
}

// auditSession is who is at the other end.
type auditSession struct {
	Session string `json:"session,omitempty"`
	User    string `json:"user"`
	Auth    string `json:"auth,omitempty"`
	Client  string `json:"client,omitempty"`
	App     string `json:"application,omitempty"`
	TLS     bool   `json:"tls,omitempty"`
}

func (s *Session) audited() auditSession {
	a := auditSession{Session: s.id, User: s.client.User, Auth: s.client.Method, App: s.settings.text("application_name"), TLS: s.client.TLS != nil}
	a.Client, _ = s.peer()
	return a
}

// auditLogin is a login, or one that failed.
type auditLogin struct {
	auditSession
	Database string `json:"database,omitempty"`
	SQLState string `json:"sqlstate,omitempty"`
	Message  string `json:"message,omitempty"`
}

// auditSetting is a setting that a user may not have: a purpose, another role.
type auditSetting struct {
	auditSession
	Setting  string `json:"setting"`
	SQLState string `json:"sqlstate"`
	Message  string `json:"message"`
}

// refuseSetting records that somebody asked for a setting they may not have.
func (s *Session) refuseSetting(name string, err error) error {
	e := sqlerr.From(err)
	if e.Code != sqlerr.InsufficientPrivilege {
		return err
	}
	if failed := s.gateway.record("setting.denied", false, &auditSetting{s.audited(), name, string(e.Code), e.Message}); failed != nil {
		return failed
	}
	return err
}

// Refused records a login that failed.
func (g *Gateway) Refused(r wire.Refusal) {
	e := sqlerr.From(r.Err)
	l := &auditLogin{auditSession: auditSession{User: r.User}, SQLState: string(e.Code), Message: e.Message}
	if r.Addr != nil && r.Addr.Network() == "tcp" {
		l.Client = hostOf(r.Addr.String())
	}
	_ = g.record("login.failed", false, l) // it failed anyway, and the gateway's log has the cause
}

// auditStatement is a statement without its literals. Equal fingerprints, equal texts.
type auditStatement struct {
	Text        string `json:"text"`
	Fingerprint string `json:"fingerprint"`
	Truncated   bool   `json:"truncated,omitempty"`
	Parameters  int    `json:"parameters,omitempty"`
}

// maxAuditText bounds the text of a statement in a record.
const maxAuditText = 64 << 10

func auditText(text string) auditStatement {
	sum := sha256.Sum256([]byte(text))
	s := auditStatement{Text: text, Fingerprint: hex.EncodeToString(sum[:8])}
	if len(text) > maxAuditText {
		cut := maxAuditText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		s.Text, s.Truncated = text[:cut], true
	}
	return s
}

// auditQuery is a query before it runs: who asks, what for, and what decided about it.
type auditQuery struct {
	Query string `json:"query"`
	auditSession
	Groups     []string       `json:"groups,omitempty"`
	Purpose    string         `json:"purpose,omitempty"`
	Epoch      string         `json:"epoch"`
	Statement  auditStatement `json:"statement"`
	Products   []auditProduct `json:"products,omitempty"`
	Inner      []auditProduct `json:"derivedFrom,omitempty"` // what derived products read, with their owners' rights
	Columns    []auditColumn  `json:"columns,omitempty"`
	RowFilters []string       `json:"rowFilters,omitempty"`
	Grants     []string       `json:"accessGrants,omitempty"`
	Stores     []auditRemote  `json:"stores,omitempty"`
	Denied     *auditDenial   `json:"denied,omitempty"`
	SQLState   string         `json:"sqlstate,omitempty"`
	Message    string         `json:"message,omitempty"`
}

type auditProduct struct {
	Product  string   `json:"product"`
	Contract string   `json:"contract"`
	Version  string   `json:"version"`
	Grants   []string `json:"grants,omitempty"` // the rules that opened it
}

func auditedProduct(d *policy.Decision) auditProduct {
	return auditProduct{d.Product.Name.String(), d.Product.Contract, d.Product.Version, ruleNames(d.Grants)}
}

type auditColumn struct {
	Column string   `json:"column"`
	Usage  []string `json:"usage"`
	Effect string   `json:"effect"`
	Mask   string   `json:"mask,omitempty"`
	Rules  []string `json:"rules,omitempty"`
	Grants []string `json:"accessGrants,omitempty"`
}

// auditRemote is what a store is sent.
type auditRemote struct {
	Name       string `json:"name"`
	Store      string `json:"store"`
	SQL        string `json:"sql"`
	Parameters int    `json:"parameters,omitempty"`
}

type auditDenial struct {
	Product string   `json:"product"`
	Column  string   `json:"column,omitempty"`
	Rules   []string `json:"rules,omitempty"`
}

// auditEnd is a query when it has ended.
type auditEnd struct {
	Query    string      `json:"query"`
	Session  string      `json:"session"`
	User     string      `json:"user"`
	SQLState string      `json:"sqlstate"` // without the message, which may quote a value
	Rows     int64       `json:"rows"`     // that were handed to the client
	Bytes    int64       `json:"bytes"`    // of these rows, as the gateway holds them
	Millis   float64     `json:"ms"`
	Stores   []auditPart `json:"stores,omitempty"`
}

// auditPart is what a store answered.
type auditPart struct {
	Name   string  `json:"name"`
	Store  string  `json:"store"`
	Rows   int64   `json:"rows"`
	Bytes  int64   `json:"bytes"`
	Millis float64 `json:"ms"`
	// What was sent in the end, where other stores' answers narrowed it.
	SQL        string `json:"sql,omitempty"`
	Parameters int    `json:"parameters,omitempty"`
}

// auditOf describes a query's session, principal and statement.
func (s *Session) auditOf(id, epoch string, who *policy.Principal, text string) *auditQuery {
	return &auditQuery{
		Query: id, auditSession: s.audited(), Groups: who.Groups, Purpose: who.Purpose, Epoch: epoch, Statement: auditText(planner.Redact(text)),
	}
}

// decided is the part of a query's record that follows from its plan. It is made once for a plan that runs often.
func (e *epoch) decided(p *planner.Plan, to *auditQuery) {
	decisions := map[string]*policy.Decision{}
	for _, d := range p.Decisions {
		decisions[d.Product.Name.String()] = d
		to.Products = append(to.Products, auditedProduct(d))
		for _, f := range d.Filters {
			to.RowFilters = append(to.RowFilters, f.Rule.ID)
		}
		to.Grants = append(to.Grants, exemptionNames(d.Exempt)...)
	}
	for _, d := range p.Inner {
		to.Inner = append(to.Inner, auditedProduct(d))
	}
	if p.Lineage != nil {
		for _, u := range p.Lineage.Columns {
			name := u.Product.Name.String()
			c := &decisions[name].Columns[u.Ordinal]
			a := auditColumn{
				Column: name + "." + u.Product.Columns[u.Ordinal].Name, Usage: u.Usage.Names(), Effect: c.Action.String(), Rules: ruleNames(c.Rules),
				Grants: exemptionNames(c.Exempt),
			}
			if c.Action == policy.Masked {
				a.Mask = c.Mask.Fn.String()
			}
			to.Columns = append(to.Columns, a)
		}
	}
	for _, r := range p.Remotes {
		if r.System != nil {
			continue
		}
		sql := auditText(planner.RedactSent(r.SQL, e.dialects[r.Store])).Text
		to.Stores = append(to.Stores, auditRemote{r.Name, r.Store, sql, len(r.Args)})
	}
}

func ruleNames(rules []*policy.Rule) []string {
	var out []string
	for _, r := range rules {
		out = append(out, r.ID)
	}
	return out
}

func exemptionNames(list []*policy.Exemption) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

// intend records a query before any store is asked. A query that reads no product is written like any other, but nobody waits for
// the disk.
func (s *Session) intend(id string, c *queryCommand, params int) error {
	if c.audited == nil {
		c.audited = s.auditOf(id, c.plan.Epoch, c.who, c.st.Text)
		c.epoch.decided(c.plan, c.audited)
	}
	q := *c.audited
	q.Query, q.auditSession, q.Statement.Parameters = id, s.audited(), params
	return s.gateway.record("query.started", len(c.plan.Decisions) > 0, &q)
}

// complete records how a query ended.
func (s *Session) complete(id string, c *queryCommand, began time.Time, r *engine.Result, sent sentRows, err error) {
	end := &auditEnd{
		Query: id, Session: s.id, User: s.client.User, SQLState: string(sqlerr.SuccessfulCompletion), Rows: sent.rows, Bytes: sent.bytes,
		Millis: millis(time.Since(began)),
	}
	if err != nil {
		end.SQLState = string(sqlerr.From(err).Code)
	}
	if r != nil {
		for _, p := range r.Parts {
			if p.Remote.System == nil {
				end.Stores = append(end.Stores, c.epoch.auditedPart(p))
			}
		}
	}
	// The rows are with the client: what is left to do is to take no more queries, which the log's own failure brings about.
	_ = s.gateway.record("query.completed", false, end)
}

func (e *epoch) auditedPart(p *engine.Part) auditPart {
	a := auditPart{
		Name: p.Remote.Name, Store: p.Remote.Store, Rows: p.Rows.Load(), Bytes: p.Bytes.Load(), Millis: millis(time.Duration(p.Time.Load())),
	}
	if len(p.Keys) > 0 {
		sql, args := p.Remote.Narrowed(p.Keys)
		a.SQL, a.Parameters = auditText(planner.RedactSent(sql, e.dialects[p.Remote.Store])).Text, len(args)
	}
	return a
}

// refuse records a query that was denied, and returns what the client is told: the denial, or that it could not be recorded.
func (s *Session) refuse(epoch string, who *policy.Principal, text string, err error) error {
	e := sqlerr.From(err)
	if e.Code != sqlerr.InsufficientPrivilege {
		return err
	}
	q := s.auditOf(newID(), epoch, who, text)
	q.SQLState, q.Message = string(e.Code), e.Message
	var d *planner.Denial
	if errors.As(err, &d) {
		q.Denied = &auditDenial{d.Product.Name.String(), d.Column, ruleNames(d.Rules)}
	}
	s.gateway.queries.refused(q, s, text)
	s.gateway.metrics.queries.WithLabelValues(q.SQLState).Inc()
	s.gateway.log.Info("query denied", "query", q.Query, "session", s.id, "user", q.User, "purpose", q.Purpose, "epoch", epoch, "sqlstate", q.SQLState)
	if failed := s.gateway.record("query.denied", false, q); failed != nil {
		return failed
	}
	return err
}

// sentRows counts what a client was handed.
type sentRows struct{ rows, bytes int64 }

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
