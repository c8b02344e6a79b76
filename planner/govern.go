package planner

import (
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// governed is a statement whose scans carry their row filters and masks. Only govern makes one, and only a governed statement
// can be pushed down.
type governed struct {
	root      rel
	columns   []Column
	params    []catalog.Type
	decisions []*policy.Decision
	inner     []*policy.Decision
	notices   []Notice
	lastCol   colID
	shapes    []rowShape
	in        *Input
}

// govern puts the row filters and masks of each product directly on its scans.
func govern(in *Input, q *bound) (*governed, error) {
	g := &governor{in: in, lastCol: q.lastCol, lastCTE: q.lastCTE}
	root, err := g.tree(q.root)
	if err != nil {
		return nil, err
	}
	return &governed{
		root: root, columns: q.columns, params: q.params, decisions: q.decisions, inner: g.inner, notices: q.notices, lastCol: g.lastCol, shapes: q.shapes, in: in,
	}, nil
}

type governor struct {
	in      *Input
	lastCol colID
	lastCTE int
	inner   []*policy.Decision // about what derived products read
	depth   int                // of derived products
	err     error
}

// tree governs all scans of a relation.
func (g *governor) tree(r rel) (rel, error) {
	root := mapRelDeep(r, func(r rel) rel {
		s, ok := r.(*scan)
		if !ok || g.err != nil {
			return r
		}
		out, err := g.scan(s)
		if err != nil {
			g.err = err
			return r
		}
		return out
	})
	return root, g.err
}

// scan replaces a scan of what the principal may see by one of what the store has, with filters and masks above it.
func (g *governor) scan(s *scan) (rel, error) {
	if s.product.Query != "" {
		return g.derived(s)
	}
	b := newBinder(g.in, "")
	b.lastCol = g.lastCol
	raw := &scan{product: s.product, decision: s.decision}
	it := &rangeItem{hasColumns: true}
	for i := range s.product.Columns {
		c := &s.product.Columns[i]
		out := b.newColumn(c.Name, c.Type, 1)
		raw.cols = append(raw.cols, scanColumn{outColumn: out, ordinal: i})
		it.cols = append(it.cols, rangeColumn{name: c.Name, e: out.ref()})
	}
	p := &policyBinder{b: b, s: &scope{level: 1, items: []*rangeItem{it}}, who: g.in.Principal}
	out := &governedScan{scan: raw}
	for _, f := range s.decision.Filters {
		e, err := p.filter(f.Expr)
		if err != nil {
			return nil, policyFault(err, f.Rule)
		}
		out.filters = append(out.filters, conjuncts(e)...)
	}
	out.hidden = g.depth > 0
	var err error
	out.items, err = p.items(s, func(i int) *colRef { return raw.cols[i].ref() })
	g.lastCol = b.lastCol
	return out, err
}

// items are what comes out of a scan: its columns themselves, or masks of them.
func (p *policyBinder) items(s *scan, raw func(ordinal int) *colRef) ([]projectItem, error) {
	var out []projectItem
	for _, c := range s.cols {
		if c.raw {
			out = append(out, projectItem{out: c.outColumn, e: raw(c.ordinal)})
			continue
		}
		e, err := p.column(s, c.ordinal, raw(c.ordinal))
		if err != nil {
			return nil, err
		}
		if e.typ().OID != c.t.OID {
			return nil, sqlerr.Newf(sqlerr.InternalError, "a mask of %s.%s has another type than its column", s.product.Name, c.name)
		}
		out = append(out, projectItem{out: c.outColumn, e: e})
	}
	return out, nil
}

// policyFault hides what is wrong inside a policy from the user: the query is refused, the log has the cause.
func policyFault(err error, r *policy.Rule) error {
	return sqlerr.Wrap(err, sqlerr.InsufficientPrivilege, "rule %s cannot be applied, so the product cannot be read", r.ID)
}

// policyBinder binds expressions of policies over a product's columns as the store has them.
type policyBinder struct {
	b   *binder
	s   *scope
	who *policy.Principal
}

// column returns what comes out for a column: itself, or its mask.
func (p *policyBinder) column(s *scan, ordinal int, raw *colRef) (expr, error) {
	d := &s.decision.Columns[ordinal]
	mask := &d.Mask
	switch {
	case d.Action == policy.Allow, d.Action == policy.AggregateOnly && d.Beneath == nil:
		return raw, nil
	case d.Action == policy.AggregateOnly:
		mask = d.Beneath
	}
	if d.Action != policy.Masked && d.Action != policy.AggregateOnly {
		return nil, sqlerr.Newf(sqlerr.InternalError, "column %s of %s reached the plan though it may not", raw.name, s.product.Name)
	}
	e, err := p.mask(mask, raw)
	if err != nil {
		return nil, policyFault(err, d.Rules[0])
	}
	return e, nil
}

// mask writes a mask as an expression with PostgreSQL's own functions, so that a store that has them exactly can compute it.
func (p *policyBinder) mask(m *policy.Mask, raw *colRef) (expr, error) {
	b := p.b
	switch m.Fn {
	case policy.MaskNull:
		return &constant{t: m.OutputType(raw.t)}, nil
	case policy.MaskConstant:
		out := m.OutputType(raw.t)
		e, err := b.coerce(&constant{value: m.Value, t: unknownType}, out, explicitly, 0)
		if err != nil || m.MaskNulls {
			return e, err
		}
		return p.template("CASE WHEN $1 IS NOT NULL THEN $2 END", raw, e)
	case policy.MaskHash:
		text, err := b.coerce(raw, textType, explicitly, 0)
		if err != nil {
			return nil, err
		}
		if m.MaskNulls {
			// NULL gets the pseudonym of the empty text: that there is nothing must not show.
			if text, err = p.template("coalesce($1, $2)", text, &constant{value: "", t: textType}); err != nil {
				return nil, err
			}
		}
		return &maskHash{arg: text, key: m.Key}, nil
	case policy.MaskBucket:
		return p.bucket(m, raw)
	case policy.MaskDateTrunc:
		return p.dateTrunc(m, raw)
	case policy.MaskPartial:
		return p.partial(m, raw)
	case policy.MaskSQL:
		e, err := p.expression(m.Expr)
		if err != nil {
			return nil, err
		}
		return b.coerce(e, m.OutputType(raw.t), byAssignment, 0)
	}
	panic("planner: unknown mask function")
}

// bucket is floor(value / width) × width.
func (p *policyBinder) bucket(m *policy.Mask, raw *colRef) (expr, error) {
	e, err := p.template("(floor($1 / $2) * $2)", raw, &constant{value: m.Width, t: unknownType})
	if err != nil {
		return nil, err
	}
	return p.b.coerce(e, catalog.TypeOf(raw.t.OID), explicitly, 0)
}

func (p *policyBinder) dateTrunc(m *policy.Mask, raw *colRef) (expr, error) {
	value := expr(raw)
	if raw.t.OID == pgcat.Date {
		var err error
		if value, err = p.b.coerce(raw, catalog.TypeOf(pgcat.Timestamp), explicitly, 0); err != nil {
			return nil, err
		}
	}
	e, err := p.template("date_trunc($2, $1)", value, &constant{value: m.Unit, t: textType})
	if err != nil {
		return nil, err
	}
	return p.b.coerce(e, catalog.TypeOf(raw.t.OID), explicitly, 0)
}

// partial shows the ends of a text and hides the rest; a text too short to hide anything is hidden whole.
func (p *policyBinder) partial(m *policy.Mask, raw *colRef) (expr, error) {
	text, err := p.b.coerce(raw, textType, explicitly, 0)
	if err != nil {
		return nil, err
	}
	number := func(n int) expr { return &constant{value: int64(n), t: catalog.TypeOf(pgcat.Int4)} }
	fill := m.Fill
	if fill == "" {
		fill = "*"
	}
	return p.template("CASE WHEN length($1) > $2 + $3 THEN left($1, $2) || repeat($4, length($1) - $2 - $3) || right($1, $3) "+
		"ELSE repeat($4, length($1)) END", text, number(m.KeepStart), number(m.KeepEnd), &constant{value: fill, t: textType})
}

// template binds an expression of our own whose parameters are given.
func (p *policyBinder) template(text string, args ...expr) (expr, error) {
	return p.parsed(text, args)
}

// expression binds an expression of a policy: over the product's columns, with :principal.user and :principal.attrs.name.
func (p *policyBinder) expression(text string) (expr, error) {
	sql, args, missing := principalValues(text, p.who)
	if missing != "" {
		return nil, missingAttribute(missing)
	}
	return p.parsed(sql, args)
}

type missingAttribute string

// Error names the attribute.
func (m missingAttribute) Error() string { return "the principal has no attribute " + string(m) }

// filter binds a row filter. A principal without an attribute that it asks for sees no rows.
func (p *policyBinder) filter(text string) (expr, error) {
	e, err := p.expression(text)
	if _, ok := err.(missingAttribute); ok {
		return &constant{value: false, t: boolType}, nil
	}
	if err != nil {
		return nil, err
	}
	return p.b.coerceBool(e, "a row filter", 0)
}

func (p *policyBinder) parsed(sql string, args []expr) (expr, error) {
	stmts, err := Parse("SELECT " + sql)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 || !stmts[0].IsQuery() {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "a policy's expression must be one expression")
	}
	sel := stmts[0].node.GetSelectStmt()
	if !onlyTargets(sel) || len(sel.TargetList) != 1 {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "a policy's expression must be one expression")
	}
	p.b.sql, p.b.policyArgs = stmts[0].source, args
	return p.b.expression(p.s, sel.TargetList[0].GetResTarget().Val, inPolicy)
}

// onlyTargets reports whether a SELECT has nothing but its list.
func onlyTargets(n *pg_query.SelectStmt) bool {
	return len(n.FromClause) == 0 && n.WhereClause == nil && len(n.GroupClause) == 0 && n.HavingClause == nil && len(n.WindowClause) == 0 &&
		len(n.ValuesLists) == 0 && len(n.SortClause) == 0 && n.LimitOffset == nil && n.LimitCount == nil && len(n.LockingClause) == 0 &&
		n.WithClause == nil && n.Op == pg_query.SetOperation_SETOP_NONE && n.IntoClause == nil && len(n.DistinctClause) == 0
}

const principalPrefix = ":principal."

// principalValues replaces :principal.user and :principal.attrs.name outside of literals by parameters that hold the values. A
// list becomes an array literal of the type that its surroundings ask for. Values never become part of the text.
func principalValues(text string, who *policy.Principal) (sql string, args []expr, missing string) {
	var b strings.Builder
	l := nestingLexer{text: text, chain: []int{0}}
	for l.at < len(text) {
		if !strings.HasPrefix(text[l.at:], principalPrefix) {
			start := l.at
			if text[l.at] == ':' && !strings.HasPrefix(text[l.at:], "::") {
				l.at++
			} else {
				l.token()
			}
			b.WriteString(text[start:l.at])
			continue
		}
		l.at += len(principalPrefix)
		end := l.at
		for end < len(text) && (isWordStart(text[end]) || text[end] == '.' || text[end] >= '0' && text[end] <= '9' || text[end] == '-') {
			end++
		}
		name := text[l.at:end]
		l.at = end
		value, ok := principalValue(name, who)
		if !ok {
			return "", nil, name
		}
		args = append(args, value)
		b.WriteString("$" + strconv.Itoa(len(args)))
	}
	return b.String(), args, ""
}

func principalValue(name string, who *policy.Principal) (expr, bool) {
	if name == "user" {
		return &constant{value: who.User, t: textType}, true
	}
	attr, ok := who.Attrs[strings.TrimPrefix(name, "attrs.")]
	if !ok || !strings.HasPrefix(name, "attrs.") {
		return nil, false
	}
	if !attr.List {
		return &constant{value: attr.Values[0], t: unknownType}, true
	}
	var list []byte
	for i, v := range attr.Values {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(append(list, '"'), strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)...)
		list = append(list, '"')
	}
	return &constant{value: "{" + string(list) + "}", t: unknownType}, true
}

// CheckPolicy binds every filter and every mask that rules could apply to a product, for a principal who has all the attributes
// that they name. It returns what a query would be refused for.
func CheckPolicy(in *Input, p *catalog.Product, exprText string) error {
	b := newBinder(in, "")
	it := &rangeItem{hasColumns: true}
	for i := range p.Columns {
		out := b.newColumn(p.Columns[i].Name, p.Columns[i].Type, 1)
		it.cols = append(it.cols, rangeColumn{name: p.Columns[i].Name, e: out.ref()})
	}
	binder := &policyBinder{b: b, s: &scope{level: 1, items: []*rangeItem{it}}, who: in.Principal}
	_, err := binder.expression(exprText)
	if _, ok := err.(missingAttribute); ok {
		return nil
	}
	return err
}
