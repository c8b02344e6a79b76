package planner

import (
	"slices"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// rowShape is the type of a composite value: its fields' names and types. A composite's catalog.Type is record with the number of
// its shape as typmod, as PostgreSQL numbers the record types of a session; the typmod -1 stands for a row that is written out, as
// text or as JSON, and has no fields any more.
type rowShape struct {
	names   []string
	types   []catalog.Type
	product *catalog.Product // whose rows they are; nil = of no type that has a name
}

// isRow reports whether an expression is a composite value whose fields are known.
func isRow(e expr) bool {
	_, ok := e.(*rowExpr)
	return ok || e.typ().OID == pgcat.Record && e.typ().Mod >= 0
}

// settleRow gives a row its shape; literals in it become text. Others are left alone.
func (b *binder) settleRow(e expr) (expr, error) {
	r, ok := e.(*rowExpr)
	if !ok || r.t.Mod >= 0 {
		return e, nil
	}
	n := *r
	n.fields = make([]expr, len(r.fields))
	shape := rowShape{names: r.names, product: r.product}
	for i, f := range r.fields {
		f, err := b.settleRow(f)
		if err != nil {
			return nil, err
		}
		shape.types = append(shape.types, f.typ())
		if n.fields[i] = f; isParam(f) {
			continue // nothing says its type
		}
		if n.fields[i], err = b.resolveUnknown(f); err != nil {
			return nil, err
		}
	}
	n.t.Mod = b.shapeNumber(shape)
	return &n, nil
}

// shapeNumber is the number of a shape among those of the statement.
func (b *binder) shapeNumber(s rowShape) int32 {
	for i, have := range b.shapes {
		if have.product == s.product && slices.Equal(have.names, s.names) && slices.Equal(have.types, s.types) {
			return int32(i)
		}
	}
	b.shapes = append(b.shapes, s)
	return int32(len(b.shapes) - 1)
}

// orderable reports whether a type has a default order, and with it equality that can group.
func (b *binder) orderable(t catalog.Type) bool {
	if t.OID == pgcat.Record && t.Mod >= 0 {
		return !slices.ContainsFunc(b.shapes[t.Mod].types, func(f catalog.Type) bool { return f.OID == pgcat.Unknown || !b.orderable(f) })
	}
	return orderable(t.OID)
}

// sameFields reports whether rows of two shapes can stand for each other.
func sameFields(a, b rowShape) bool {
	return slices.EqualFunc(a.types, b.types, func(x, y catalog.Type) bool { return x.OID == y.OID })
}

// rowFields takes a composite value apart. present is true where the row is there, else false or NULL; nil where it always is.
func (b *binder) rowFields(e expr) (fields []expr, names []string, present expr) {
	if r, ok := e.(*rowExpr); ok {
		return r.fields, r.names, r.present
	}
	s := b.shapes[e.typ().Mod]
	for i, t := range s.types {
		if t.OID == pgcat.Unknown {
			t = textType // what it is written as
		}
		fields = append(fields, &fieldOf{row: e, index: i, t: t})
	}
	return fields, s.names, &nullTest{arg: e, not: true}
}

// whereRow is a value that is NULL where the whole row is.
func whereRow(present, e expr) expr {
	if present == nil {
		return e
	}
	return &caseExpr{whens: []when{{cond: present, then: e}}, elseExpr: &constant{t: e.typ()}, t: e.typ()}
}

// rowField is (row).name. The fields of a row without a type of its own are known of columns and ROW(…) only (get_expr_result_tupdesc).
func (b *binder) rowField(e expr, name string, pos int) (expr, error) {
	fields, names, _ := b.rowFields(e)
	known := true
	switch e := e.(type) {
	case *rowExpr:
		if e.item != nil {
			return b.columnOfItem(nil, e.item, name, pos) // as item.name, with its refusals
		}
	case *colRef:
	default:
		known = b.shapes[e.typ().Mod].product != nil
	}
	for i, n := range names {
		if n == name && known {
			return fields[i], nil
		}
	}
	return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "could not identify column %q in record data type", name).At(pos)
}

// rowText writes a row as record_out does (PostgreSQL 15, section 8.16.6).
func (b *binder) rowText(e expr) expr {
	fields, _, present := b.rowFields(e)
	args := make([]expr, len(fields))
	for i, f := range fields {
		if args[i] = f; isRow(f) {
			args[i] = b.rowText(f)
		}
	}
	return whereRow(present, &call{proc: procNamed("record_out"), args: args, t: catalog.TypeOf(pgcat.Record)})
}

// rowJSON writes a row as row_to_json does: an object of its fields.
func (b *binder) rowJSON(e expr, pretty expr) expr {
	fields, names, present := b.rowFields(e)
	args := []expr{pretty}
	for i, f := range fields {
		if isRow(f) {
			f = b.rowJSON(f, &constant{value: false, t: boolType})
		}
		args = append(args, &constant{value: names[i], t: textType}, f)
	}
	return whereRow(present, &call{proc: procNamed("row_to_json"), args: args, t: catalog.TypeOf(pgcat.Record)})
}

func procNamed(name string) *pgcat.Proc { return pgcat.Procs(name)[0] }

// rowFunctions are the functions that take rows, by the form in which they get them.
var rowFunctions = map[string]func(b *binder, e expr) expr{
	"to_json": jsonOfRow, "to_jsonb": jsonOfRow, "json_agg": jsonOfRow, "jsonb_agg": jsonOfRow, "json_build_object": jsonOfRow,
	"jsonb_build_object": jsonOfRow, "json_build_array": jsonOfRow, "jsonb_build_array": jsonOfRow, "json_object_agg": jsonOfRow,
	"jsonb_object_agg": jsonOfRow,
	"concat":           (*binder).rowText, "concat_ws": (*binder).rowText, "format": (*binder).rowText, "array_agg": asRow,
	"count": presentOf, "num_nulls": presentOf, "num_nonnulls": presentOf, "lag": asRow, "lead": asRow, "first_value": asRow, "last_value": asRow, "nth_value": asRow,
}

func asRow(_ *binder, e expr) expr { return e }

func jsonOfRow(b *binder, e expr) expr { return b.rowJSON(e, &constant{value: false, t: boolType}) }

// presentOf counts a row that is there, even one of NULLs only.
func presentOf(b *binder, e expr) expr {
	_, _, present := b.rowFields(e)
	return whereRow(present, &constant{value: true, t: boolType})
}

// rowArguments gives a function its rows in the form in which it takes them.
func (b *binder) rowArguments(r *resolved, distinct bool, pos int) error {
	for i, a := range r.args {
		if !isRow(a) {
			continue
		}
		form := rowFunctions[r.proc.Name]
		if distinct {
			form = map[string]func(*binder, expr) expr{"count": asRow}[r.proc.Name]
		}
		if form == nil {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "function %s of a row is not supported", r.proc.Name).At(pos)
		}
		r.args[i] = form(b, a)
		if r.ret == pgcat.Record || elementType(r.ret) == pgcat.Record {
			r.row = &catalog.Type{OID: r.ret, Mod: a.typ().Mod}
		}
	}
	return nil
}

// rowToJSON binds row_to_json(row [, pretty]).
func (b *binder) rowToJSON(r *resolved, pos int) (expr, error) {
	if !isRow(r.args[0]) {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "row_to_json of a row whose fields are not known is not supported").At(pos)
	}
	pretty := expr(&constant{value: false, t: boolType})
	if len(r.args) > 1 {
		pretty = r.args[1]
	}
	return &cast{arg: b.rowJSON(r.args[0], pretty), to: catalog.TypeOf(pgcat.JSON), method: castRelabel}, nil
}

// compareRows compares composite values as record_eq and record_lt do: NULLs are equal, and larger than everything else. Rows that
// are written out on both sides are compared by rowComparison instead.
func (b *binder) compareRows(name string, left, right expr, pos int) (expr, error) {
	if q, ok := right.(*subquery); ok {
		return b.compareWithQuery(name, left, q, pos)
	}
	lf, _, lp := b.rowFields(left)
	rf, _, rp := b.rowFields(right)
	if len(lf) != len(rf) {
		return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "cannot compare record types with different numbers of columns")
	}
	for i := range lf {
		if lf[i].typ().OID != rf[i].typ().OID {
			return nil, sqlerr.Newf(sqlerr.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d", lf[i].typ(), rf[i].typ(), i+1)
		}
	}
	var e expr
	var err error
	switch name {
	case "=", "<>":
		e, err = b.equalRows(lf, rf, name == "<>", pos)
	case "<", "<=", ">", ">=":
		if name[0] == '>' {
			lf, rf = rf, lf
		}
		e, err = b.orderedRows(lf, rf, len(name) == 2, pos)
	default:
		return nil, sqlerr.Newf(sqlerr.UndefinedFunction, "operator does not exist: record %s record", name).
			WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos)
	}
	if err != nil {
		return nil, err
	}
	return whereRow(lp, whereRow(rp, e)), nil
}

// compareWithQuery compares a row with that of a query inside the query, which is then asked once.
func (b *binder) compareWithQuery(name string, left expr, q *subquery, pos int) (expr, error) {
	c := q.query.columns()[0]
	cmp, err := b.compareRows(name, left, c.ref(), pos)
	if err != nil {
		return nil, err
	}
	out := b.newColumn("?column?", boolType, b.level[c.id])
	return &subquery{kind: subqueryScalar, query: &project{input: q.query, items: []projectItem{{out: out, e: cmp}}}, t: boolType}, nil
}

// rowsOfQuery compares a row with those of a query, by what decides op ANY: a row that compares as true, else one that compares as
// NULL. ALL is decided by a row that compares as false.
func (b *binder) rowsOfQuery(name string, left expr, q rel, all bool, pos int) (expr, error) {
	cmp, err := b.compareRows(name, left, q.columns()[0].ref(), pos)
	if err != nil {
		return nil, err
	}
	deciding := cmp
	if all {
		deciding = not(cmp)
	}
	exists := func(cond expr) expr {
		return &subquery{kind: subqueryExists, query: &filter{input: q, cond: cond}, t: boolType}
	}
	return &caseExpr{
		whens:    []when{{cond: exists(deciding), then: &constant{value: !all, t: boolType}}, {cond: exists(&nullTest{arg: cmp}), then: &constant{t: boolType}}},
		elseExpr: &constant{value: all, t: boolType}, t: boolType,
	}, nil
}

func (b *binder) equalRows(left, right []expr, negated bool, pos int) (expr, error) {
	var parts []expr
	for i := range left {
		p, err := b.fieldsDiffer(left[i], right[i], pos)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return &constant{value: !negated, t: boolType}, nil
	}
	if negated {
		return or(parts...), nil
	}
	return not(or(parts...)), nil
}

// rowsDiffer is left IS DISTINCT FROM right.
func (b *binder) rowsDiffer(left, right expr, pos int) (expr, error) {
	if k, ok := right.(*constant); ok && k.value == nil && isRow(left) {
		_, _, present := b.rowFields(left)
		return there(present), nil
	}
	lf, _, lp := b.rowFields(left)
	rf, _, rp := b.rowFields(right)
	if len(lf) != len(rf) {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(pos)
	}
	differ, err := b.equalRows(lf, rf, true, pos)
	if err != nil || lp == nil && rp == nil {
		return differ, err
	}
	missing, err := b.distinctTest(there(lp), there(rp), false, pos)
	return or(missing, differ), err
}

func there(present expr) expr {
	if present == nil {
		return &constant{value: true, t: boolType}
	}
	return &boolTest{arg: present, is: isTrue}
}

func (b *binder) fieldsDiffer(left, right expr, pos int) (expr, error) {
	if isRow(left) && isRow(right) {
		return b.rowsDiffer(left, right, pos)
	}
	return b.distinctTest(left, right, false, pos)
}

// orderedRows is left < right, or left <= right, by the first fields that differ.
func (b *binder) orderedRows(left, right []expr, orEqual bool, pos int) (expr, error) {
	if len(left) == 0 {
		return &constant{value: orEqual, t: boolType}, nil
	}
	differ, err := b.fieldsDiffer(left[0], right[0], pos)
	if err != nil {
		return nil, err
	}
	less, err := b.operatorCall("<", left[0], right[0], pos)
	if err != nil {
		return nil, err
	}
	rest, err := b.orderedRows(left[1:], right[1:], orEqual, pos)
	if err != nil {
		return nil, err
	}
	return &caseExpr{
		whens:    []when{{cond: not(differ), then: rest}, {cond: &nullTest{arg: left[0]}, then: &constant{value: false, t: boolType}}, {cond: &nullTest{arg: right[0]}, then: &constant{value: true, t: boolType}}},
		elseExpr: less, t: boolType,
	}, nil
}

// mentionsRow reports whether a statement may use a FROM item as a value: by its bare name, or as name.* outside a list.
func (b *binder) mentionsRow(alias string) bool {
	if b.rowNames == nil {
		b.rowNames = map[string]bool{}
		if b.statement != nil {
			walkNodes(b.statement, func(m any) bool {
				if t, ok := m.(*pg_query.ResTarget); ok && t.Val.GetColumnRef() != nil {
					refs := t.Val.GetColumnRef().Fields
					return refs[len(refs)-1].GetAStar() == nil
				}
				if ref, ok := m.(*pg_query.ColumnRef); ok {
					names := stringList(ref.Fields)
					if k := len(names) - 1; k > 0 && names[k] == "*" {
						names = names[:k]
					}
					b.rowNames[names[len(names)-1]] = true
				}
				return true
			})
		}
	}
	return b.rowNames[alias]
}

// markPresent adds a column to the side of an outer join that may be missing, which tells a missing row from one of NULLs, where a
// statement may use one of its items as a value.
func (b *binder) markPresent(side rel, items []*rangeItem, level int) rel {
	var flag *colRef
	for _, it := range items {
		if !it.hasTable || it.scalar || it.present != nil || !b.mentionsRow(it.alias) {
			continue
		}
		if flag == nil {
			p := handOn(side, side.columns())
			out := b.newColumn("present", boolType, level)
			p.items = append(p.items, projectItem{out: out, e: &constant{value: true, t: boolType}})
			flag, side = out.ref(), p
		}
		it.present = flag
	}
	return side
}

// unifyRows brings composite values to one type: their fields have the same types. NULLs fit.
func (b *binder) unifyRows(list []expr, what string, pos int) ([]expr, catalog.Type, error) {
	out := make([]expr, len(list))
	t := catalog.TypeOf(pgcat.Record)
	for i, e := range list {
		e, err := b.settleRow(e)
		if err != nil {
			return nil, t, err
		}
		switch {
		case e.typ().OID == pgcat.Unknown:
			if k, ok := e.(*constant); !ok || k.value != nil {
				return nil, t, sqlerr.Newf(sqlerr.FeatureNotSupported, "input of anonymous composite types is not implemented").At(pos)
			}
			e = &constant{t: catalog.TypeOf(pgcat.Record)}
		case !isRow(e) || t.Mod >= 0 && !sameFields(b.shapes[t.Mod], b.shapes[e.typ().Mod]):
			return nil, t, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s of rows with different fields is not supported", what).At(pos)
		case t.Mod < 0:
			t = e.typ()
		}
		out[i] = e
	}
	return out, t, nil
}

// castRow converts a row: to text, or to a record, which it is.
func (b *binder) castRow(e expr, t catalog.Type, pos int) (expr, error) {
	e, err := b.settleRow(e)
	if err != nil || t.OID == pgcat.Record {
		return e, err
	}
	if category, _ := typeCategory(t.OID); category != 'S' {
		return nil, sqlerr.Newf(sqlerr.CannotCoerce, "cannot cast type record to %s", t).At(pos)
	}
	return b.coerce(&cast{arg: b.rowText(e), to: textType, method: castRelabel}, t, explicitly, pos)
}

// rowOfSet makes a row of the columns of a set-returning function, each a set of its own that goes on at the same pace.
func rowOfSet(s *setCall) *rowExpr {
	r := &rowExpr{t: catalog.TypeOf(pgcat.Record)}
	for i, c := range s.cols {
		n := *s
		n.t, n.cols, n.field = c.t, []outColumn{c}, i+1
		r.fields, r.names = append(r.fields, &n), append(r.names, c.name)
	}
	return r
}

// rowsOfSets refuses a row of a set beside another set: where that is longer, the row would have to be missing.
func rowsOfSets(found []*setCall, targets []target) error {
	sets := map[string]bool{}
	for _, c := range found {
		print := strconv.FormatUint(uint64(c.proc.OID), 10)
		for _, a := range c.args {
			print += " " + fingerprint(a)
		}
		sets[print] = true
	}
	if len(sets) < 2 {
		return nil
	}
	for _, t := range targets {
		var failed error
		walkExpr(t.e, func(e expr) bool {
			if r, ok := e.(*rowExpr); ok && len(r.fields) > 0 {
				if c, ok := r.fields[0].(*setCall); ok && c.field > 0 {
					failed = sqlerr.Newf(sqlerr.FeatureNotSupported, "rows of function %s beside another set are not supported; call it in FROM", c.proc.Name)
				}
			}
			return failed == nil
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}
