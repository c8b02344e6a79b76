// Package syscat answers the system catalogs: pg_catalog and information_schema as of PostgreSQL 15, filled with what one
// principal may see, and the schema mesh of the gateway's own. It knows no store, no row of a product and no SQL text.
package syscat

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/policy"
)

// Session is what the catalogs ask of the session that queries them. Its methods may be called from several goroutines.
type Session interface {
	User() string
	PID() uint32
	// Path lists the schemas of search_path.
	Path() []string
	// Setting returns a parameter as SHOW prints it.
	Setting(name string) (string, bool)
	// SetConfig is set_config().
	SetConfig(name, value string, local bool) (string, error)
	Settings() []Setting
	Prepared() []Prepared
	Cursors() []Cursor
	// Activities are the sessions that the principal may know of, and Queries the queries.
	Activities() []Activity
	Queries() []Query
	Stores() []Store
	Mesh() Mesh
	Started() time.Time
	// NextTransaction is the number that the next transaction will have if it asks for one.
	NextTransaction() int64
	// Lock takes an advisory lock, and waits for it if it is to. Unlock reports whether it was held.
	Lock(ctx context.Context, l AdvisoryLock, wait bool) (bool, error)
	Unlock(l AdvisoryLock) bool
	UnlockAll()
	// Locks are the advisory locks of all sessions, and Blocking the sessions that one waits for.
	Locks() []Lock
	Blocking(pid uint32) []uint32
	// Listening are the channels of LISTEN.
	Listening() []string
	// Signal cancels what a session does or ends it; it waits for the end so long.
	Signal(ctx context.Context, pid uint32, end bool, wait time.Duration) (bool, error)
	// Warn tells the client something beside the answer.
	Warn(format string, args ...any)
}

// Setting is a row of pg_settings.
type Setting struct {
	Name string
	Row  pgcat.Row // as extracted, in the columns of pg_settings; nil = a parameter that PostgreSQL does not have
	Set  string    // the value now
	// Reset is what RESET returns to, and Boot what the server starts with.
	Reset, Boot string
}

// Prepared is a row of pg_prepared_statements.
type Prepared struct {
	Name, Text string
	Created    time.Time
	Params     []uint32
	FromSQL    bool
}

// Cursor is a row of pg_cursors.
type Cursor struct {
	Name, Text           string
	Hold, Binary, Scroll bool
	Created              time.Time
}

// Activity is a row of pg_stat_activity.
type Activity struct {
	PID                                  uint32
	User, App, ClientHost                string
	ClientPort                           int // 0 = none
	Started, Transaction, Query, Changed time.Time
	State, Text                          string
	Locking                              bool // it waits for an advisory lock
	TLS                                  bool
}

// Query is a row of mesh.queries.
type Query struct {
	ID, User, Purpose, State string
	PID                      uint32
	Started                  time.Time
	Elapsed                  time.Duration
	Rows                     int64
	Products                 []string
	SQLState, Text           string
}

// Store is a row of mesh.stores.
type Store struct {
	Name, Kind string
	Healthy    bool
	Checked    time.Time
	Problem    string
}

// Mesh is which state of the mesh's files holds.
type Mesh struct {
	Epoch   string
	Loaded  time.Time
	Problem string // why newer files do not hold; empty = there are none
}

// View is the catalog as one principal sees it in one epoch. It is safe for concurrent use.
type View struct {
	mesh      string
	who       *policy.Principal
	oids      *OIDs
	snap      *catalog.Snapshot
	rules     []*policy.Rule     // that decided something, in the order of their ids
	decisions []*policy.Decision // of the products that are granted
	schema    []*namespace
	rels      []*relation
	byOID     map[pgcat.OID]*relation
	byName    map[catalog.Name]*relation
	types     map[pgcat.OID]*relation // by the OID of a row type or of its array type
	roles     []string
	cons      []*constraint
	until     time.Time // the view holds before; zero = always

	// What functions look up row by row.
	constraintByOID func() map[pgcat.OID]*constraint
	byQualified     func() map[catalog.Name]*relation
	everyRole       func() []role

	mu    sync.Mutex
	cache map[string]*dataset
}

// namespace is a schema: pg_catalog's own ones are in the extracted rows.
type namespace struct {
	oid         pgcat.OID
	name, owner string
	description string
}

// relation is a product that the principal may see, a relation of the schema mesh, or an index that stands for a key.
type relation struct {
	oid, schemaOID, rowType, arrayType pgcat.OID
	schema, name, owner                string
	kind                               byte
	product                            *catalog.Product
	columns                            []attribute
	description                        string
	hasKey                             bool
	keys                               []*constraint // primary and unique ones
	hasForeignKey                      bool          // as either side
	index                              *constraint   // of kind i
}

type attribute struct {
	rel         *relation
	number      int
	name        string
	t           catalog.Type
	notNull     bool
	description string
}

// constraint is a primary key, a unique column or a foreign key.
type constraint struct {
	oid, indexOID pgcat.OID
	name          string
	kind          byte
	rel           *relation
	columns       []int // numbers of columns
	target        *relation
	targetColumns []int
	targetKey     *constraint
}

// NewView collects what a principal may see. decide is asked once for each product.
func NewView(snap *catalog.Snapshot, oids *OIDs, who *policy.Principal, decide func(*catalog.Product) *policy.Decision) *View {
	v := &View{
		mesh: snap.Mesh(), who: who, oids: oids, snap: snap, byOID: map[pgcat.OID]*relation{}, byName: map[catalog.Name]*relation{},
		types: map[pgcat.OID]*relation{}, cache: map[string]*dataset{},
	}
	visible := map[string]bool{}
	for _, p := range snap.Products() {
		d := decide(p)
		if !d.Until.IsZero() && (v.until.IsZero() || d.Until.Before(v.until)) {
			v.until = d.Until
		}
		if d.Granted {
			v.product(p, d)
			v.decisions = append(v.decisions, d)
			visible[p.Name.Domain] = true
		}
	}
	for _, d := range snap.Domains() {
		if visible[d.Name] {
			v.schema = append(v.schema, &namespace{oid: oids.Schema(d.Name), name: d.Name, owner: cmp.Or(d.Owner, systemOwner), description: d.Description})
		}
	}
	v.schema = append(v.schema, &namespace{oid: oids.Schema(meshSchema), name: meshSchema, owner: systemOwner, description: "what this gateway knows of the mesh"})
	for _, r := range meshRelations() {
		v.meshRelation(r)
	}
	v.constraints()
	v.collectRoles()
	v.collectRules()
	v.constraintByOID, v.byQualified, v.everyRole = sync.OnceValue(v.indexConstraints), sync.OnceValue(v.indexNames), sync.OnceValue(v.listRoles)
	return v
}

func (v *View) indexConstraints() map[pgcat.OID]*constraint {
	m := make(map[pgcat.OID]*constraint, len(v.cons))
	for _, k := range v.cons {
		m[k.oid] = k
	}
	return m
}

func (v *View) indexNames() map[catalog.Name]*relation {
	m := make(map[catalog.Name]*relation, len(v.rels))
	for _, r := range v.rels {
		m[catalog.Name{Domain: r.schema, Product: r.name}] = r
	}
	return m
}

// HoldsAt reports whether the view still is what NewView would make.
func (v *View) HoldsAt(now time.Time) bool { return v.until.IsZero() || now.Before(v.until) }

// systemOwner is the role that owns what belongs to no domain (OID 10 in PostgreSQL).
const systemOwner = "meshgate"

func (v *View) product(p *catalog.Product, d *policy.Decision) {
	o := v.oids.products[p.Name]
	r := &relation{
		oid: o.rel, rowType: o.row, arrayType: o.array, schemaOID: v.oids.Schema(p.Name.Domain), schema: p.Name.Domain, name: p.Name.Product,
		owner: cmp.Or(p.Owner, systemOwner), kind: 'r', product: p, description: p.Description,
	}
	if p.IsView {
		r.kind = 'v'
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		a := attribute{rel: r, number: i + 1, name: c.Name, t: c.Type, notNull: c.NotNull, description: c.Description}
		switch decision := &d.Columns[i]; decision.Action {
		case policy.Deny, policy.AggregateOnly:
			continue
		case policy.Masked:
			a.t = decision.Mask.OutputType(c.Type)
			a.notNull = c.NotNull && decision.Mask.Fn != policy.MaskNull && decision.Mask.Fn != policy.MaskSQL
		}
		r.columns = append(r.columns, a)
	}
	v.add(r)
	v.byName[p.Name] = r
}

func (v *View) add(r *relation) {
	v.rels = append(v.rels, r)
	v.byOID[r.oid] = r
	if r.rowType != 0 {
		v.types[r.rowType], v.types[r.arrayType] = r, r
	}
}

// column returns a visible column by its name, or nil.
func (r *relation) column(name string) *attribute {
	for i := range r.columns {
		if r.columns[i].name == name {
			return &r.columns[i]
		}
	}
	return nil
}

func (r *relation) byNumber(n int) *attribute {
	for i := range r.columns {
		if r.columns[i].number == n {
			return &r.columns[i]
		}
	}
	return nil
}

// instant is a value of a timestamptz column; the zero time is NULL.
func instant(t time.Time) pgvalue.Value {
	if t.IsZero() {
		return nil
	}
	return pgvalue.Timestamp(t.UnixMicro())
}

// collectRules lists the rules that decided about what is granted.
func (v *View) collectRules() {
	seen := map[*policy.Rule]bool{}
	add := func(list []*policy.Rule) {
		for _, r := range list {
			if !seen[r] {
				seen[r] = true
				v.rules = append(v.rules, r)
			}
		}
	}
	for _, d := range v.decisions {
		add(d.Grants)
		for i := range d.Columns {
			add(d.Columns[i].Rules)
		}
		for i := range d.Filters {
			add([]*policy.Rule{d.Filters[i].Rule})
		}
	}
	slices.SortFunc(v.rules, func(a, b *policy.Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// Stores names the stores of what the principal sees.
func (v *View) Stores() map[string]bool {
	out := map[string]bool{}
	for _, d := range v.decisions {
		out[d.Product.Store] = true
	}
	return out
}
