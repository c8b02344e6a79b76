// Package planner turns one SELECT into the queries that stores are sent, and the residual that the gateway computes from their
// answers, with governance applied on the way. It is pure: no I/O, and the same input gives the same plan.
//
// A statement goes one way: parse, bind (names and types against what the principal may see), govern (row filters and masks
// directly on the scans), pushDown (what each store can do exactly). Each stage has a type of its own.
package planner

import (
	"slices"
	"strings"
	"time"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/policy"
)

// Decider says what a principal may see of a product.
type Decider interface {
	Decide(who *policy.Principal, now time.Time, p *catalog.Product) *policy.Decision
}

// Input is everything that a plan depends on.
type Input struct {
	ParamOIDs   []pgcat.OID // types that the client declared; 0 = to be inferred
	ParamsKnown bool        // ParamOIDs is complete: a statement may not refer to more parameters
	Principal   *policy.Principal
	Now         time.Time
	Catalog     *catalog.Snapshot
	Policy      Decider
	// System finds a relation of the system catalogs by schema and name; nil = there are none.
	System     func(schema, name string) (*SystemRelation, bool)
	SearchPath []string
	Format     *pgvalue.Format // how literals of dates and intervals are read
	// Dialects are the dialects of the stores by their names, and Engine the gateway's own.
	Dialects map[string]*connectors.Dialect
	Engine   *connectors.Dialect
	// Owner returns the principal with whose rights a derived product reads others, or nil.
	Owner func(p *catalog.Product) *policy.Principal
	// Statistics returns what a store says of a product's relation, or nil; nil = nothing is known of any.
	Statistics func(p *catalog.Product) *connectors.Relation
	// Disable names rewrite rules that are left out: "pushdown" leaves everything but the scans in the gateway.
	Disable map[string]bool
	// Eager uses every dynamic filter that a join allows, whether it pays or not, with short lists: for tests.
	Eager bool
	// Version15 refuses grammar that came after PostgreSQL 15.
	Version15 bool
}

// SystemRelation is a relation of the system catalogs.
type SystemRelation struct {
	Schema, Name string
	OID          pgcat.OID
	Columns      []SystemColumn
}

// SystemColumn is a column of a system relation. A hidden one is not part of *.
type SystemColumn struct {
	Name   string
	Type   catalog.Type
	Hidden bool
}

// Column is a column of a result as clients see it.
type Column struct {
	Name string
	Type catalog.Type
	// The relation that the column is a plain copy of, if any.
	Product *catalog.Product
	System  *SystemRelation
	Ordinal int // of the column there, from 0, or WholeRow
}

// WholeRow is the ordinal of a relation's row as a value.
const WholeRow = -1

// Notice is a message beside the result.
type Notice struct{ Message, Detail string }

// Plan is a statement ready to run: what each store is asked, and what the engine computes from the answers.
type Plan struct {
	Columns   []Column       // of the result
	Params    []catalog.Type // of the client's parameters
	Remotes   []*Remote
	Residual  *Stage
	Direct    bool // the only remote's answer is the result: the residual changes nothing
	Decisions []*policy.Decision
	Protected []Protected        // products whose protected columns are aggregated: their budgets are counted
	Inner     []*policy.Decision // about what derived products read, for their owners: the reader is not shown them
	Lineage   *Lineage           // nil for the values of EXECUTE
	Notices   []Notice
	Stays     []string // why parts stay in the gateway
	Epoch     string
}

// Remote is one query of one store, or a scan of a system relation.
type Remote struct {
	Name    string // of the engine's input
	Store   string
	SQL     string
	Args    []Arg
	Columns []connectors.Column
	Expect  []connectors.Expectation
	// The statement as its user may see it: without the texts of row filters.
	ShownSQL  string
	ShownArgs []Arg
	Rows      float64          // an estimate; negative = unknown
	Read      float64          // an estimate of the rows that its groups are made of; 0 = it has none
	Inside    *catalog.Product // the derived product that it is a part of: EXPLAIN shows no statement; nil = none
	Narrow    []Narrowing      // dynamic filters; see Narrowed
	Whole     float64          // an estimate of the rows without Narrow, for those who may know; 0 = unknown
	Repeated  bool             // the residual reads the answer more than once: inside a recursion
	// Govern finishes row filters and masks that the store cannot say, before anything else sees a row.
	Govern *Stage

	System   *SystemRelation
	Ordinals []int      // of the system relation's columns
	Equal    []Equality // rows of the system relation that do not equal these are not needed

	// FilteredOn are the columns on whose values the query's own conditions filter at the store.
	FilteredOn []ColumnUse

	rd   *renderer
	text string // the statement with its marks
}

// Equality narrows a scan of a system relation.
type Equality struct {
	Ordinal int
	Arg     Arg
}

// Stage is a statement of the engine. Its inputs are named in the text: r0, r1…
type Stage struct {
	With      []string // definitions of its WITH list
	Recursive bool
	SQL       string // without its WITH list
	Args      []Arg
	Columns   []connectors.Column
	ShownSQL  string // the whole statement without the texts of row filters
	ShownArgs []Arg
}

// Output returns the columns that a remote's answer has when the engine sees it.
func (r *Remote) Output() []connectors.Column {
	if r.Govern != nil {
		return r.Govern.Columns
	}
	return r.Columns
}

// Make plans one query. The same input gives the same plan.
func Make(in *Input, stmt *Statement) (*Plan, error) {
	q, err := bind(in, stmt)
	if err != nil {
		return nil, err
	}
	g, err := govern(in, q)
	if err != nil {
		return nil, err
	}
	plan, err := pushDown(g)
	if err != nil {
		return nil, err
	}
	plan.Lineage, plan.Protected = lineageOf(q), q.protected
	plan.Notices = append(plan.Notices, maskNotices(plan)...)
	return plan, nil
}

// maskNotices tell, once for each product, which of the columns that a statement uses show as masks.
func maskNotices(plan *Plan) []Notice {
	var out []Notice
	for _, d := range plan.Decisions {
		var names, reasons []string
		for _, use := range plan.Lineage.Columns {
			c := &d.Columns[min(use.Ordinal, len(d.Columns)-1)]
			if use.Product != d.Product || c.Action != policy.Masked {
				continue
			}
			names = append(names, d.Product.Columns[use.Ordinal].Name+" ("+c.Mask.Fn.String()+" by "+strings.Join(ruleIDs(c.Rules), ", ")+")")
			for _, r := range c.Rules {
				if r.Reason != "" && !slices.Contains(reasons, r.Reason) {
					reasons = append(reasons, r.Reason)
				}
			}
		}
		if len(names) > 0 {
			out = append(out, Notice{Message: d.Product.Name.String() + ": masked: " + strings.Join(names, ", "), Detail: strings.Join(reasons, " ")})
		}
	}
	return out
}

// pushDown decides what each store does. It takes nothing but a governed statement.
func pushDown(g *governed) (*Plan, error) {
	root := rewrite(g)
	p := &placer{in: g.in, root: root, shapes: g.shapes, est: newEstimator(g.in)}
	placed, err := p.place(root)
	if err == nil {
		placed, err = p.narrowed(placed)
	}
	if err != nil {
		return nil, err
	}
	if hasQueries(placed) {
		// The engine's optimizer may read what such a query stands beside a second time.
		for _, r := range p.remotes {
			r.Repeated = true
		}
	}
	residual, err := p.residual(placed)
	if err != nil {
		return nil, err
	}
	plan := &Plan{
		Columns: g.columns, Params: g.params, Remotes: p.remotes, Residual: residual, Decisions: g.decisions, Inner: g.inner, Notices: g.notices,
		Stays: p.stays, Epoch: g.in.Catalog.Epoch(),
	}
	if rr, ok := placed.(*remoteRel); ok && len(p.remotes) == 1 && slices.EqualFunc(rr.remote.Output(), residual.Columns, sameColumn) {
		plan.Direct = true
	}
	return plan, nil
}

// sameColumn holds for columns that stores have: none of them has fields.
func sameColumn(a, b connectors.Column) bool {
	return a.Name == b.Name && a.Type == b.Type && len(a.Fields)+len(b.Fields) == 0
}

// residual writes what the engine does. A WITH around everything is taken apart, for the engine adds its inputs to the list.
func (p *placer) residual(r rel) (*Stage, error) {
	rd := newRenderer(p.in.Engine)
	rd.shapes = p.shapes
	var ctes []string
	recursive := false
	if w, ok := r.(*with); ok {
		for _, c := range w.ctes {
			def, err := rd.cte(c)
			if err != nil {
				return nil, unsayableError(err)
			}
			ctes = append(ctes, def)
			recursive = recursive || c.recursive != nil
		}
		r = w.body
	}
	b, err := rd.rel(r)
	if err != nil {
		return nil, unsayableError(err)
	}
	st, _, err := p.stageOf(rd, b, ctes, recursive)
	return st, err
}

// hasQueries reports whether there are queries inside expressions, or lateral joins.
func hasQueries(r rel) bool {
	found := false
	visitRels(r, func(r rel) {
		if j, ok := r.(*join); ok && j.lateral {
			found = true
		}
		for _, e := range r.exprs() {
			walkExpr(e, func(e expr) bool {
				_, is := e.(*subquery)
				found = found || is
				return !found
			})
		}
	})
	return found
}
