package planner

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"meshgate/catalog"
	"meshgate/pgcat"
	"meshgate/sqlerr"
)

// recordFunctions take their columns from a column definition list (PostgreSQL 15, section 9.16); true = they make a row of each element.
var recordFunctions = map[string]bool{"json_to_record": false, "jsonb_to_record": false, "json_to_recordset": true, "jsonb_to_recordset": true}

// recordFunction binds json_to_record(value) AS (name type, …) and its like in FROM.
func (b *binder) recordFunction(s *scope, n *pg_query.Node, list []*pg_query.Node, level int) (rel, error) {
	f := n.GetFuncCall()
	pos := b.nodeAt(n)
	if f == nil {
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(b.at(list[0].GetColumnDef().GetLocation()))
	}
	names := stringList(f.Funcname)
	name := names[len(names)-1]
	x := &exprBinder{b: b, s: s, where: inFromFunction}
	args, argNames, err := x.callArgs(f)
	if err != nil {
		return nil, err
	}
	r, err := b.resolveFunction(name, args, argNames, f.FuncVariadic, pos)
	if err != nil {
		return nil, err
	}
	if k, ok := r.args[0].(*constant); ok && k.value == nil && len(r.args) == 2 {
		// A row of NULLs adds nothing to json_populate_record(NULL::record, …).
		if to := strings.Replace(name, "_populate_record", "_to_record", 1); to != name {
			name, r.proc, r.args = to, procNamed(to), r.args[1:]
		}
	}
	set, known := recordFunctions[name]
	switch {
	case r.ret != pgcat.Record:
		return nil, sqlerr.Newf(sqlerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(b.at(list[0].GetColumnDef().GetLocation()))
	case !known:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "a column definition list for function %s is not supported", name).At(pos)
	}
	json := r.args[0].typ()
	value := b.newColumn("value", json, level)
	var from rel = &project{input: &values{rows: [][]expr{{}}}, items: []projectItem{{out: value, e: r.args[0]}}}
	if set {
		elements := procNamed(strings.TrimSuffix(name, "_to_recordset") + "_array_elements")
		from = &functionScan{calls: []*setCall{{proc: elements, args: r.args, t: json}}, cols: []outColumn{value}}
	}
	out := &project{input: from}
	for _, d := range list {
		def := d.GetColumnDef()
		t, err := b.typeName(def.TypeName)
		if err != nil {
			return nil, err
		}
		e, err := b.recordColumn(r.proc, value, def.Colname, t)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, projectItem{out: b.newColumn(def.Colname, t, level), e: e})
	}
	return out, nil
}

// recordColumn reads a member as a type's input function reads its text (populate_record_field).
func (b *binder) recordColumn(proc *pgcat.Proc, value outColumn, name string, t catalog.Type) (expr, error) {
	form := "text"
	switch {
	case t.OID == pgcat.JSON || t.OID == pgcat.JSONB:
		form = "json"
	case elementType(t.OID) != 0:
		form = "array"
	}
	member := &call{
		proc: proc, args: []expr{value.ref(), &constant{value: name, t: textType}, &constant{value: form, t: textType}}, t: textType,
	}
	if t.OID == pgcat.Text {
		return member, nil
	}
	return applyTypmod(&cast{arg: member, to: catalog.TypeOf(t.OID), method: castText, explicit: true}, t, false, 0)
}
