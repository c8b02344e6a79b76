package planner

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// from binds a FROM clause: its items side by side, each visible to LATERAL items after it. An empty clause is one row.
func (b *binder) from(s *scope, list []*pg_query.Node) (rel, error) {
	if len(list) == 0 {
		return &values{rows: [][]expr{{}}}, nil
	}
	var root rel
	for _, n := range list {
		right, items, err := b.fromItem(s, n, lateralView(s.items, false))
		if err != nil {
			return nil, err
		}
		if err := checkAliases(s.items, items); err != nil {
			return nil, err
		}
		if root == nil {
			root = right
		} else {
			root = &join{kind: joinInner, left: root, right: right, lateral: isLateral(root, right)}
		}
		s.items = append(s.items, items...)
	}
	return root, nil
}

func isLateral(left, right rel) bool {
	cols := colSet{}
	cols.add(left.columns())
	return freeColumns(right).hasAny(cols)
}

// lateralView is how earlier items look to a later one.
func lateralView(items []*rangeItem, bad bool) []*rangeItem {
	out := make([]*rangeItem, len(items))
	for i, it := range items {
		c := *it
		c.lateralOnly, c.lateralBad = true, it.lateralBad || bad
		out[i] = &c
	}
	return out
}

// checkAliases refuses a table name that is used twice.
func checkAliases(have, more []*rangeItem) error {
	for _, a := range have {
		for _, c := range more {
			if !a.hasTable || !c.hasTable || a.alias != c.alias {
				continue
			}
			if a.schema != "" && c.schema != "" && a.schema != c.schema {
				continue // two relations of one name in two schemas are told apart by the schema
			}
			return sqlerr.Newf(sqlerr.DuplicateAlias, "table name %q specified more than once", c.alias)
		}
	}
	return nil
}

// fromItem binds one item; left are the items that LATERAL may refer to.
func (b *binder) fromItem(s *scope, n *pg_query.Node, left []*rangeItem) (rel, []*rangeItem, error) {
	one := func(r rel, it *rangeItem, aliased bool, err error) (rel, []*rangeItem, error) {
		if err == nil {
			s.enter(it, aliased)
		}
		return r, []*rangeItem{it}, err
	}
	switch {
	case n.GetRangeVar() != nil:
		r, it, err := b.rangeVar(s, n.GetRangeVar())
		return one(r, it, n.GetRangeVar().Alias != nil, err)
	case n.GetRangeSubselect() != nil:
		r, it, err := b.rangeSubselect(s, n.GetRangeSubselect(), left)
		return one(r, it, true, err)
	case n.GetRangeFunction() != nil:
		r, it, err := b.rangeFunction(s, n.GetRangeFunction(), left)
		return one(r, it, n.GetRangeFunction().Alias != nil, err)
	case n.GetJoinExpr() != nil:
		return b.joinExpr(s, n.GetJoinExpr(), left)
	case n.GetRangeTableSample() != nil:
		return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "TABLESAMPLE is not supported")
	}
	return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "this FROM item is not supported")
}

// rangeVar binds a CTE, a product or a system relation.
func (b *binder) rangeVar(s *scope, n *pg_query.RangeVar) (rel, *rangeItem, error) {
	pos := b.at(n.Location)
	if n.Catalogname != "" && n.Catalogname != b.in.Catalog.Mesh() {
		return nil, nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"",
			n.Catalogname, n.Schemaname, n.Relname).At(pos)
	}
	var r rel
	it := &rangeItem{alias: n.Relname, hasTable: true, hasColumns: true}
	if def := s.findCTE(n.Relname); n.Schemaname == "" && def != nil {
		r, it.cte = b.refCTE(def, s.level), def
		it.cols = itemColumns(r.columns())
	} else {
		var err error
		if r, err = b.relation(n, s.level, it); err != nil {
			return nil, nil, err
		}
	}
	return r, it, applyAlias(it, n.Alias, pos)
}

func itemColumns(cols []outColumn) []rangeColumn {
	out := make([]rangeColumn, len(cols))
	for i, c := range cols {
		out[i] = rangeColumn{name: c.name, e: c.ref()}
	}
	return out
}

func (b *binder) refCTE(def *cteDef, level int) rel {
	ref := &cteRef{id: def.cte.id, name: def.name}
	for _, c := range def.cte.cols {
		ref.cols = append(ref.cols, b.newColumn(c.name, c.t, level))
	}
	return ref
}

// relation finds a product or system relation; a bare name is looked up along the search path.
func (b *binder) relation(n *pg_query.RangeVar, level int, it *rangeItem) (rel, error) {
	if n.Catalogname != "" && n.Catalogname != b.in.Catalog.Mesh() {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"", n.Catalogname,
			n.Schemaname, n.Relname).At(b.at(n.Location))
	}
	schemas := []string{n.Schemaname}
	if n.Schemaname == "" {
		schemas = b.searchPath()
	}
	for _, schema := range schemas {
		if p, ok := b.in.Catalog.Product(catalog.Name{Domain: schema, Product: n.Relname}); ok {
			it.schema, it.relation = schema, p.Name
			return b.productScan(p, level, it, b.at(n.Location))
		}
		if b.in.System != nil {
			if r, ok := b.in.System(schema, n.Relname); ok {
				it.schema, it.relation = schema, catalog.Name{Domain: schema, Product: n.Relname}
				return b.systemRelation(r, level, it), nil
			}
		}
	}
	name := n.Relname
	if n.Schemaname != "" {
		name = n.Schemaname + "." + name
	}
	return nil, sqlerr.Newf(sqlerr.UndefinedTable, "relation %q does not exist", name).At(b.at(n.Location))
}

// searchPath is the session's path with pg_catalog first where it is not named.
func (b *binder) searchPath() []string {
	if slices.Contains(b.in.SearchPath, "pg_catalog") {
		return b.in.SearchPath
	}
	return append([]string{"pg_catalog"}, b.in.SearchPath...)
}

func (b *binder) schemaExists(name string) bool {
	return name == "pg_catalog" || name == "information_schema" || name == "mesh" || b.in.Catalog.HasDomain(name)
}

// productScan makes a scan of the columns that the principal may use. Columns that are denied are not in it.
func (b *binder) productScan(p *catalog.Product, level int, it *rangeItem, pos int) (rel, error) {
	d := b.decide(p)
	if !d.Granted {
		e := sqlerr.Wrap(&Denial{Product: p, Rules: d.Denied}, sqlerr.InsufficientPrivilege, "permission denied for product %s", p.Name).At(pos)
		contacts := []string{p.Contact, p.Owner}
		if len(d.Denied) > 0 {
			r := d.Denied[0]
			e.Message += " by rule " + r.ID
			if r.Reason != "" {
				e = e.WithDetail("%s", r.Reason)
			}
			contacts = append([]string{r.Contact, r.Owner}, contacts...)
		}
		return nil, e.WithHint("%s", askHint(contacts...))
	}
	it.product, it.decision = p, d
	sc := &scan{product: p, decision: d}
	for i := range p.Columns {
		c := &p.Columns[i]
		decision := &d.Columns[i]
		if decision.Action == policy.Deny {
			continue
		}
		if decision.Action == policy.AggregateOnly {
			continue
		}
		t := c.Type
		if decision.Action == policy.Masked {
			t = decision.Mask.OutputType(c.Type)
		}
		out := b.newColumn(c.Name, t, level)
		if decision.Action == policy.Allow {
			b.origin[out.id] = columnOrigin{product: p, ordinal: i}
		}
		sc.cols = append(sc.cols, scanColumn{outColumn: out, ordinal: i})
		it.cols = append(it.cols, rangeColumn{name: c.Name, e: out.ref()})
	}
	b.protectedColumns(sc, it, level)
	return sc, nil
}

func (b *binder) systemRelation(r *SystemRelation, level int, it *rangeItem) rel {
	sc := &systemScan{relation: r}
	for i, c := range r.Columns {
		out := b.newColumn(c.Name, c.Type, level)
		b.origin[out.id] = columnOrigin{system: r, ordinal: i}
		sc.cols = append(sc.cols, scanColumn{outColumn: out, ordinal: i})
		if col := (rangeColumn{name: c.Name, e: out.ref()}); c.Hidden {
			it.hidden = append(it.hidden, col)
		} else {
			it.cols = append(it.cols, col)
		}
	}
	return sc
}

// applyAlias renames an item and its columns as AS t (a, b) says.
func applyAlias(it *rangeItem, a *pg_query.Alias, pos int) error {
	if a == nil {
		return nil
	}
	it.alias, it.schema = a.Aliasname, ""
	names := stringList(a.Colnames)
	if len(names) > len(it.cols) {
		return sqlerr.Newf(sqlerr.InvalidColumnReference, "table %q has %d columns available but %d columns specified", it.alias, len(it.cols), len(names)).At(pos)
	}
	if len(names) == 0 {
		return nil
	}
	// Renamed columns are no longer the product's by name, so a denied column cannot be asked for by its name either.
	if it.product != nil {
		it.fields = nil
		for _, c := range it.cols {
			it.fields = append(it.fields, c.name)
		}
	}
	it.product, it.decision, it.protected = nil, nil, nil
	cols := append([]rangeColumn(nil), it.cols...)
	for i, name := range names {
		cols[i].name = name
	}
	it.cols = cols
	return nil
}

func (b *binder) rangeSubselect(s *scope, n *pg_query.RangeSubselect, left []*rangeItem) (rel, *rangeItem, error) {
	outer := &scope{outer: s.outer, ctes: s.ctes, level: s.level, table: s.table}
	if n.Lateral {
		outer.items = left
	}
	q, err := b.queryAt(n.Subquery.GetSelectStmt(), outer, s.level+1)
	if err != nil {
		return nil, nil, err
	}
	r, err := b.settleUnknowns(q.rel)
	if err != nil {
		return nil, nil, err
	}
	it := &rangeItem{hasColumns: true}
	for _, c := range r.columns() {
		it.cols = append(it.cols, rangeColumn{name: c.name, e: c.ref()})
		b.level[c.id] = s.level
		if o, ok := q.origins[c.id]; ok {
			b.origin[c.id] = o
		}
	}
	if n.Alias != nil {
		it.hasTable = true
	} else if b.in.Version15 {
		return nil, nil, b.withoutAlias(n)
	}
	return r, it, applyAlias(it, n.Alias, 0)
}

// settleUnknowns makes columns that are still unknown literals text, as a subquery's output must have types.
func (b *binder) settleUnknowns(r rel) (rel, error) {
	cols := r.columns()
	changed := false
	items := make([]projectItem, len(cols))
	for i, c := range cols {
		items[i] = projectItem{out: c, e: c.ref()}
		if c.t.OID == pgcat.Unknown {
			changed = true
			out := b.newColumn(c.name, textType, b.level[c.id])
			items[i] = projectItem{out: out, e: &cast{arg: c.ref(), to: textType, method: castRelabel}}
		} else {
			items[i].out = b.newColumn(c.name, c.t, b.level[c.id])
		}
	}
	if !changed {
		return r, nil
	}
	switch r := r.(type) {
	case *project:
		return b.settleProject(r)
	case *values:
		return b.settleValues(r)
	}
	if handsOn(r) {
		below, err := b.settleUnknowns(r.inputs()[0])
		if err != nil {
			return nil, err
		}
		return r.withInputs([]rel{below}), nil
	}
	return &project{input: r, items: items}, nil
}

// settleValues settles the literals and parameters of VALUES.
func (b *binder) settleValues(v *values) (rel, error) {
	n := &values{cols: append([]outColumn(nil), v.cols...)}
	for _, row := range v.rows {
		n.rows = append(n.rows, append([]expr(nil), row...))
	}
	for i, c := range v.cols {
		if c.t.OID != pgcat.Unknown {
			continue
		}
		n.cols[i] = b.newColumn(c.name, textType, b.level[c.id])
		for _, row := range n.rows {
			var err error
			if row[i], err = b.resolveUnknown(row[i]); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// handsOn reports whether the columns of a relation are those of the list below, where literals and parameters still stand.
func handsOn(r rel) bool {
	switch r := r.(type) {
	case *sort, *limit:
		return true
	case *distinct:
		return len(r.on) == 0
	}
	return false
}

// settleProject settles the literals in a SELECT list where they stand.
func (b *binder) settleProject(p *project) (rel, error) {
	n := *p
	if handsOn(p.input) {
		var err error
		if n.input, err = b.settleUnknowns(p.input); err != nil {
			return nil, err
		}
	}
	n.items = append([]projectItem(nil), p.items...)
	for i, it := range n.items {
		if it.out.t.OID != pgcat.Unknown {
			continue
		}
		if c, ok := it.e.(*colRef); ok && handsOn(p.input) {
			it.e = &colRef{id: c.id, name: c.name, t: textType, pos: c.pos}
		}
		e, err := b.resolveUnknown(it.e)
		if err != nil {
			return nil, err
		}
		n.items[i].e, n.items[i].out.t = e, textType
	}
	return &n, nil
}
