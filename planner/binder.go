package planner

import (
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// bound is a statement whose names and types are resolved against what the principal may see. Its scans still stand for whole
// products: only govern makes something that may be run.
type bound struct {
	root      rel
	columns   []Column
	params    []catalog.Type
	decisions []*policy.Decision
	notices   []Notice
	lastCol   colID
	lastCTE   int
	shapes    []rowShape
	protected []Protected
}

// binder resolves one statement's names and types.
type binder struct {
	in      *Input
	sql     string
	lastCol colID
	lastCTE int
	level   map[colID]int // the query level that made a column: 1 is the outermost
	origin  map[colID]columnOrigin

	params      []catalog.Type
	paramsFixed []bool
	policyArgs  []expr // what $n stands for in a policy's expression

	protected map[colID]*protectedColumn // columns that only aggregates may use
	entities  map[colID]bool             // columns that hold the key of whose values those are
	budgeted  []Protected

	shapes    []rowShape // of composite values
	statement *pg_query.SelectStmt
	rowNames  map[string]bool // what may be used as a row; see mentionsRow

	decisions map[catalog.Name]*policy.Decision
	order     []*policy.Decision
	notices   []Notice
	noticed   map[string]bool
}

// columnOrigin is the relation that a column is a plain copy of, for RowDescription's table OID.
type columnOrigin struct {
	product *catalog.Product
	system  *SystemRelation
	ordinal int
}

// bind resolves a SELECT.
func bind(in *Input, stmt *Statement) (*bound, error) {
	sel := stmt.node.GetSelectStmt()
	if sel == nil {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "only queries can be planned")
	}
	b := newBinder(in, stmt.source)
	b.statement = sel
	root, err := b.query(sel, nil)
	if err != nil {
		return nil, err
	}
	if root.rel, err = b.protect(root.rel); err != nil {
		return nil, err
	}
	if err := b.checkSleep(root.rel); err != nil {
		return nil, err
	}
	columns, err := b.resultColumns(root)
	if err != nil {
		return nil, err
	}
	params, err := b.resultParams()
	if err != nil {
		return nil, err
	}
	if err := b.checkParams(root.rel); err != nil {
		return nil, err
	}
	return &bound{root: root.rel, columns: columns, params: params, decisions: b.order, notices: b.notices, lastCol: b.lastCol, lastCTE: b.lastCTE, shapes: b.shapes, protected: b.budgeted}, nil
}

func newBinder(in *Input, sql string) *binder {
	b := &binder{
		in: in, sql: sql, level: map[colID]int{}, origin: map[colID]columnOrigin{},
		decisions: map[catalog.Name]*policy.Decision{}, noticed: map[string]bool{}, protected: map[colID]*protectedColumn{},
		entities: map[colID]bool{},
	}
	for _, oid := range in.ParamOIDs {
		if oid == 0 {
			oid = pgcat.Unknown
		}
		b.params = append(b.params, catalog.TypeOf(oid))
		b.paramsFixed = append(b.paramsFixed, oid != pgcat.Unknown)
	}
	return b
}

// checkSleep refuses pg_sleep and its like in a query of products: how long it takes would count rows or tell values.
func (b *binder) checkSleep(r rel) error {
	if len(b.order) == 0 {
		return nil
	}
	var err error
	walkRelExprs(r, func(e expr) bool {
		if c, ok := e.(*call); ok && strings.HasPrefix(c.proc.Name, "pg_sleep") {
			err = sqlerr.Newf(sqlerr.FeatureNotSupported, "%s in a query that reads products is not supported", c.proc.Name).At(c.pos)
		}
		return err == nil
	})
	return err
}

// at turns the grammar's byte offset into a 1-based character position; -1 gives 0, which is no position.
func (b *binder) at(location int32) int {
	if location < 0 || int(location) > len(b.sql) {
		return 0
	}
	return utf8.RuneCountInString(b.sql[:location]) + 1
}

func (b *binder) newColumn(name string, t catalog.Type, level int) outColumn {
	b.lastCol++
	b.level[b.lastCol] = level
	return outColumn{id: b.lastCol, name: name, t: t}
}

func (b *binder) resultColumns(q *boundQuery) ([]Column, error) {
	cols := q.rel.columns()
	out := make([]Column, len(cols))
	for i, c := range cols {
		out[i] = Column{Name: c.name, Type: c.t}
		if c.t.OID == pgcat.Record || elementType(c.t.OID) == pgcat.Record {
			out[i].Type = catalog.TypeOf(c.t.OID)
		}
		if c.t.OID == pgcat.Unknown {
			out[i].Type = textType
		}
		if o, ok := q.origins[c.id]; ok {
			out[i].Product, out[i].System, out[i].Ordinal = o.product, o.system, o.ordinal
		}
	}
	return out, nil
}

// checkParams refuses a parameter that has a type in one place and none in another (check_parameter_resolution_walker).
func (b *binder) checkParams(r rel) error {
	var err error
	walkRelExprs(r, func(e expr) bool {
		if p, ok := e.(*param); ok && p.t.OID == pgcat.Unknown && err == nil {
			err = sqlerr.Newf(sqlerr.AmbiguousParameter, "could not determine data type of parameter $%d", p.index+1)
		}
		return err == nil
	})
	return err
}

func (b *binder) resultParams() ([]catalog.Type, error) {
	for i, t := range b.params {
		if t.OID == pgcat.Unknown {
			return nil, sqlerr.Newf(sqlerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return b.params, nil
}

// paramRef binds $n.
func (b *binder) paramRef(n *pg_query.ParamRef) (expr, error) {
	const most = 65535
	if n.Number <= 0 || n.Number > most {
		return nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", n.Number).At(b.at(n.Location))
	}
	for len(b.params) < int(n.Number) {
		if b.in.ParamsKnown {
			return nil, sqlerr.Newf(sqlerr.UndefinedParameter, "there is no parameter $%d", n.Number).At(b.at(n.Location))
		}
		b.params, b.paramsFixed = append(b.params, unknownType), append(b.paramsFixed, false)
	}
	return &param{index: int(n.Number) - 1, t: b.params[n.Number-1]}, nil
}

// resolveParam settles the type of a parameter when it first meets one (variable_coerce_param_hook).
func (b *binder) resolveParam(p *param, to pgcat.OID, pos int) (expr, error) {
	known := b.params[p.index]
	if known.OID == pgcat.Unknown {
		b.params[p.index] = catalog.TypeOf(to)
		return &param{index: p.index, t: catalog.TypeOf(to)}, nil
	}
	if known.OID != to {
		return nil, sqlerr.Newf(sqlerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", p.index+1).
			WithDetail("%s versus %s", known, catalog.TypeOf(to)).At(pos)
	}
	return &param{index: p.index, t: known}, nil
}

// decide asks the policy once for each product of the statement.
func (b *binder) decide(p *catalog.Product) *policy.Decision {
	if d, ok := b.decisions[p.Name]; ok {
		return d
	}
	d := b.in.Policy.Decide(b.in.Principal, b.in.Now, p)
	b.decisions[p.Name] = d
	b.order = append(b.order, d)
	return d
}

// notice adds a notice once.
func (b *binder) notice(n Notice) {
	if !b.noticed[n.Message] {
		b.noticed[n.Message] = true
		b.notices = append(b.notices, n)
	}
}
