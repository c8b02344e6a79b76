package planner

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/policy"
	"meshgate/sqlerr"
)

// rangeColumn is a column that a FROM item offers. Its expression is a column, or for columns merged by USING a COALESCE.
type rangeColumn struct {
	name string
	e    expr
}

// rangeItem is a FROM item, or a join's view of several.
type rangeItem struct {
	alias       string
	schema      string // for references of the form schema.table.column
	cols        []rangeColumn
	hidden      []rangeColumn    // system columns: found by name, and no part of *
	protected   []rangeColumn    // columns that only aggregates may use: found by name, and no part of *
	product     *catalog.Product // of a plain product
	decision    *policy.Decision
	hasTable    bool         // alias.column resolves
	hasColumns  bool         // bare column names resolve
	lateralOnly bool         // visible to LATERAL items of the same FROM only
	lateralBad  bool         // … and there only to say that it may not be used
	fields      []string     // names of a relation's columns in its rows; nil = those of cols
	present     expr         // NULL where an outer join has no row of the item; nil = not marked
	scalar      bool         // a function of one column: its alias also names the column
	join        bool         // a join's view
	relation    catalog.Name // of a product or system relation, whatever its alias
	cte         *cteDef
	entry       *rangeEntry
}

// scope is what names mean at one query level.
type scope struct {
	outer *scope
	items []*rangeItem
	ctes  []*cteDef
	level int
	table *rangeTable // what errors take hints from; nil = none
	// entered is the clause whose subquery is being bound.
	entered exprContext
}

// cteDef is a CTE by name, visible in a scope and those inside it.
type cteDef struct {
	name      string
	cte       *cte
	recursive bool // inside its own recursive term
	invisible bool // its query is being bound and may not refer to it
}

func (s *scope) levelOf() int {
	if s == nil {
		return 0
	}
	return s.level
}

// at is the scope of an enclosing query. Those of the same level that are nearer offer nothing but CTEs.
func (s *scope) at(level int) *scope {
	var found *scope
	for at := s; at != nil; at = at.outer {
		if at.level == level {
			found = at
		}
	}
	return found
}

func (s *scope) findCTE(name string) *cteDef {
	for at := s; at != nil; at = at.outer {
		for i := len(at.ctes) - 1; i >= 0; i-- {
			if at.ctes[i].name == name && !at.ctes[i].invisible {
				return at.ctes[i]
			}
		}
	}
	return nil
}

// find looks a bare name up in one level; it reports an ambiguous name as an error.
func (s *scope) find(name string, pos int) (*rangeColumn, *rangeItem, error) {
	var found *rangeColumn
	var in *rangeItem
	for _, it := range s.items {
		if !it.hasColumns {
			continue
		}
		for i := range it.cols {
			if it.cols[i].name != name {
				continue
			}
			if found != nil {
				return nil, nil, sqlerr.Newf(sqlerr.AmbiguousColumn, "column reference %q is ambiguous", name).At(pos)
			}
			found, in = &it.cols[i], it
		}
	}
	if in != nil && in.lateralBad {
		return nil, nil, lateralReference(in.alias, pos)
	}
	return found, in, nil
}

func lateralReference(alias string, pos int) error {
	return sqlerr.Newf(sqlerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", alias).
		WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.").At(pos)
}

// findTable looks up a FROM item by alias, and by schema where it is given.
func (s *scope) findTable(schema, name string, pos int) (*rangeItem, error) {
	var found *rangeItem
	for _, it := range s.items {
		if !it.hasTable || it.alias != name || schema != "" && it.schema != schema {
			continue
		}
		if found != nil {
			return nil, sqlerr.Newf(sqlerr.AmbiguousAlias, "table reference %q is ambiguous", name).At(pos)
		}
		found = it
	}
	if found != nil && found.lateralBad {
		return nil, lateralReference(name, pos)
	}
	return found, nil
}

// columnRef binds a name with one to four parts, in this level or an outer one.
func (b *binder) columnRef(s *scope, n *pg_query.ColumnRef) (expr, error) {
	pos := b.at(n.Location)
	names := stringList(n.Fields)
	if k := len(names) - 1; names[k] == "*" {
		if k == 0 {
			return nil, sqlerr.Newf(sqlerr.SyntaxError, "row expansion via \"*\" is not supported here").At(pos)
		}
		it, err := b.lookupTable(s, names[:k], pos)
		if err != nil {
			return nil, err
		}
		if it == nil {
			return b.fieldOfColumn(s, names, pos)
		}
		return b.wholeRow(it), nil
	}
	if len(names) == 1 {
		e, err := b.bareColumn(s, names[0], pos)
		return withPosition(e, pos), err
	}
	e, err := b.qualifiedColumn(s, names, pos)
	return withPosition(e, pos), err
}

// withPosition remembers where a column was written.
func withPosition(e expr, pos int) expr {
	if c, ok := e.(*colRef); ok {
		n := *c
		n.pos = pos
		return &n
	}
	return e
}

func (b *binder) qualifiedColumn(s *scope, names []string, pos int) (expr, error) {
	table, column := names[:len(names)-1], names[len(names)-1]
	it, err := b.lookupTable(s, table, pos)
	if err != nil {
		return nil, err
	}
	if it == nil {
		return b.fieldOfColumn(s, names, pos)
	}
	return b.columnOfItem(s, it, column, pos)
}

func (b *binder) columnOfItem(s *scope, it *rangeItem, column string, pos int) (expr, error) {
	var found expr
	for i := range it.cols {
		if it.cols[i].name == column {
			if found != nil {
				return nil, sqlerr.Newf(sqlerr.AmbiguousColumn, "column reference %q is ambiguous", column).At(pos)
			}
			found = it.cols[i].e
		}
	}
	if found != nil {
		return found, nil
	}
	if c := it.hiddenColumn(column); c != nil {
		return c, nil
	}
	if c := it.protectedColumn(column); c != nil {
		return c, nil
	}
	if err := b.deniedColumn(it, column, pos); err != nil {
		return nil, err
	}
	return nil, s.missingColumn(it.alias, column, pos)
}

func (it *rangeItem) hiddenColumn(name string) expr {
	for i := range it.hidden {
		if it.hidden[i].name == name {
			return it.hidden[i].e
		}
	}
	return nil
}

// bareColumn looks through the levels from the inside out. A denied column counts only where nothing else has the name.
func (b *binder) bareColumn(s *scope, name string, pos int) (expr, error) {
	for at := s; at != nil; at = at.outer {
		col, _, err := at.find(name, pos)
		if err != nil {
			return nil, err
		}
		if col != nil {
			return col.e, nil
		}
	}
	for at := s; at != nil; at = at.outer {
		for _, it := range at.items {
			if it.hasColumns && !it.lateralBad {
				if c := it.protectedColumn(name); c != nil {
					return c, nil
				}
				if err := b.deniedColumn(it, name, pos); err != nil {
					return nil, err
				}
				if c := it.hiddenColumn(name); c != nil {
					return c, nil
				}
			}
		}
	}
	for at := s; at != nil; at = at.outer {
		it, err := at.findTable("", name, pos)
		if err != nil {
			return nil, err
		}
		if it != nil {
			return b.wholeRow(it), nil
		}
	}
	return nil, s.missingColumn("", name, pos)
}

// wholeRow makes a row of what the principal may see of an item; the item of a scalar function is its one value.
func (b *binder) wholeRow(it *rangeItem) expr {
	if it.scalar {
		return it.cols[0].e
	}
	b.leftOut(it)
	r := &rowExpr{present: it.present, item: it, product: it.product, t: catalog.TypeOf(pgcat.Record)}
	for i, c := range it.cols {
		r.fields, r.names = append(r.fields, c.e), append(r.names, c.name)
		if it.fields != nil {
			r.names[i] = it.fields[i] // an alias of columns renames no field of a named type
		}
	}
	return r
}

// lookupTable resolves alias, schema.table or mesh.schema.table to a FROM item; nil when there is none.
func (b *binder) lookupTable(s *scope, names []string, pos int) (*rangeItem, error) {
	schema, name := "", names[len(names)-1]
	switch len(names) {
	case 2:
		schema = names[0]
	case 3:
		if names[0] != b.in.Catalog.Mesh() {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(names, ".")).At(pos)
		}
		schema = names[1]
	case 4:
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(names, ".")).At(pos)
	}
	for at := s; at != nil; at = at.outer {
		it, err := at.findTable(schema, name, pos)
		if it != nil || err != nil {
			return it, err
		}
	}
	return nil, nil
}

// fieldOfColumn reports a table that is not there, with what PostgreSQL says about it.
func (b *binder) fieldOfColumn(s *scope, names []string, pos int) (expr, error) {
	return nil, b.missingTable(s, schemaOf(names[:len(names)-1]), names[len(names)-2], pos)
}

// schemaOf is the schema in the name of a table, or empty.
func schemaOf(table []string) string {
	if len(table) < 2 {
		return ""
	}
	return table[len(table)-2]
}

// deniedColumn is the refusal of a column that exists but is not for the principal, or nil.
func (b *binder) deniedColumn(it *rangeItem, name string, pos int) error {
	if it.product == nil || it.decision == nil {
		return nil
	}
	i := it.product.Column(name)
	if i < 0 || it.decision.Columns[i].Action != policy.Deny {
		return nil
	}
	return denied(it.product, name, it.decision.Columns[i].Rules).At(pos)
}

// denied names the column, the rule, its reason, and whom to ask.
func denied(p *catalog.Product, column string, rules []*policy.Rule) *sqlerr.Error {
	e := sqlerr.Wrap(&Denial{p, column, rules}, sqlerr.InsufficientPrivilege, "permission denied for column %s of %s", column, p.Name)
	if len(rules) == 0 {
		return e.WithHint("%s", askHint(p.Contact, p.Owner))
	}
	r := rules[0]
	e.Message += " by rule " + r.ID
	if r.Reason != "" {
		e = e.WithDetail("%s", r.Reason)
	}
	return e.WithHint("%s", askHint(r.Contact, r.Owner, p.Contact, p.Owner))
}

// askHint names the first contact that is known.
func askHint(contacts ...string) string {
	for _, c := range contacts {
		if c != "" {
			return "Ask " + c + " for access."
		}
	}
	return "Ask the owner of the product for access."
}
