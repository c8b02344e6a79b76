package conformance

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"meshgate/catalog"
	"meshgate/connectors"
	"meshgate/pgcat"
	"meshgate/pgvalue"
	"meshgate/sqlerr"
)

// aggregation is an aggregate or a window function on arguments of given types.
type aggregation struct {
	name   string
	types  []catalog.Type // of the columns that it reads
	direct []string       // literals of an ordered-set aggregate
	array  bool           // that takes an array of them
	within bool
	window bool // it needs OVER
	star   bool
	result int32 // typmod of a numeric result
	form   string
}

// aggregate evaluates an aggregate or a window function; false where the key is neither.
func (s *suite) aggregate(t *testing.T, key string, l connectors.Lowering, found *findings) bool {
	list, ok := aggregations(key)
	for _, a := range list {
		s.aggregation(t, l, a, found)
	}
	return ok
}

// aggregations derive what a key stands for: "count(*)", "sum(int4)", "lag(any, int4)", "percentile_cont(float8) within (float8)".
func aggregations(key string) ([]*aggregation, bool) {
	call, within, ordered := strings.Cut(key, " within (")
	name, args, found := strings.Cut(strings.TrimSuffix(call, ")"), "(")
	if !found {
		return nil, false
	}
	kinds := ""
	for _, p := range pgcat.Procs(name) {
		kinds += string(p.Kind)
	}
	if !strings.ContainsAny(kinds, "aw") {
		return nil, false
	}
	base := aggregation{name: name, result: -1, within: ordered, window: strings.Contains(kinds, "w") && !ordered}
	switch {
	case args == "*":
		base.star = true
		return []*aggregation{&base}, true
	case args == "decimal":
		return []*aggregation{base.decimal()}, true
	}
	if ordered {
		for i, typ := range strings.Split(args, ", ") {
			base.array = base.array || strings.HasSuffix(typ, "[]")
			if args != "" {
				base.direct = append(base.direct, hints[name][i]...)
			}
		}
		args = strings.TrimSuffix(within, ")")
	}
	samples := []string{""}
	if strings.Contains(args, "any") {
		samples = []string{"int4", "text", "numeric", "timestamp", "bool"}
	}
	var out []*aggregation
	for _, sample := range samples {
		a := base
		types, ok := typesOf(strings.ReplaceAll(args, "any", sample))
		if !ok {
			return nil, false
		}
		a.types = types
		out = append(out, &a)
	}
	return out, true
}

// decimal is an aggregate over DECIMAL, whose result has the form that the planner gives it.
func (a aggregation) decimal() *aggregation {
	a.types = []catalog.Type{{OID: pgcat.Numeric, Mod: pgvalue.MakeNumericTypmod(10, 2)}}
	switch a.name {
	case "sum":
		a.result, a.form = pgvalue.MakeNumericTypmod(38, 2), "DECIMAL(38,2)"
	case "min", "max":
		a.result = a.types[0].Mod
	}
	return &a
}

// groups are the rows that aggregates run over: column 0 is the group, column 1 a condition for FILTER, then the arguments.
func (s *suite) groups(t *testing.T, a *aggregation) *table {
	types := append([]catalog.Type{mustType("int4"), mustType("bool")}, a.types...)
	lists := make([][]pgvalue.Value, len(a.types))
	longest := 2
	for i, typ := range a.types {
		all := values(typ)
		if texts, ok := hints[a.name][i]; ok && !a.within {
			all = parseAll(typ, texts)
		}
		for _, v := range all {
			if s.holds(typ, v) {
				lists[i] = append(lists[i], v)
			}
		}
		if len(lists[i]) < 2 {
			return nil
		}
		longest = max(longest, len(lists[i]))
	}
	var rows [][]pgvalue.Value
	add := func(group, at int) {
		row := []pgvalue.Value{int64(group), len(rows)%3 != 0}
		for i, l := range lists {
			if i > 0 {
				row = append(row, l[(1+at)%len(l)]) // the first value of every list is NULL
			} else {
				row = append(row, l[at%len(l)])
			}
		}
		rows = append(rows, row)
	}
	for i := range longest {
		add(0, i) // all values
		add(1+i, i)
		add(1+i, i+1) // each with its neighbour
		add(100+i, i) // each alone
		add(200+i, i)
		add(200+i, i)
		add(200+i, i+2) // one of them twice
	}
	add(300, 0)
	add(300, 0)
	add(301, 0)
	add(301, 1)
	return s.table(t, types, rows)
}

// variant is a way in which an aggregate is called.
type variant struct{ distinct, filter, over bool }

func (s *suite) aggregation(t *testing.T, l connectors.Lowering, a *aggregation, found *findings) {
	for _, typ := range a.types {
		if !s.holds(typ, nil) {
			return
		}
	}
	tab := s.groups(t, a)
	if tab == nil {
		found.add("there are no edge values for an argument")
		return
	}
	variants := []variant{{over: a.window}}
	if strings.Contains(l.SQL, "{distinct}") && len(a.types) == 1 && s.comparable(opType(a.types[0])) {
		variants = append(variants, variant{distinct: true})
	}
	if s.d.Has(connectors.FeatureAggFilter) && !a.window {
		variants = append(variants, variant{filter: true})
	}
	if s.d.Has(connectors.FeatureWindow) && !a.window && !a.within && !strings.Contains(l.SQL, "{order}") {
		variants = append(variants, variant{over: true})
	}
	for _, v := range variants {
		s.variant(l, a, v, tab, found)
	}
}

func (s *suite) variant(l connectors.Lowering, a *aggregation, v variant, tab *table, found *findings) {
	argument := func(i int) string { return s.column(tab, i+2) }
	result, err := s.resultType(a.postgres(v), tab)
	if err != nil {
		found.add("PostgreSQL does not have it: %v", err)
		return
	}
	result.Mod = a.result
	expr, err := s.aggregateText(l, a, v, argument, result)
	if err != nil {
		found.add("%v", err)
		return
	}
	shown, tail := "c0", " GROUP BY c0"
	storeShown, storeTail := s.column(tab, 0), " GROUP BY "+s.column(tab, 0)
	if v.over {
		shown, tail, storeShown, storeTail = "id", "", s.number(tab), ""
	}
	args := s.args
	compare := func(where, storeWhere string) bool {
		want, wantErr := s.outcomes(s.owner.Context(), "SELECT "+shown+", "+a.postgres(v)+" FROM "+tab.oracle+where+tail)
		s.args = args
		got, gotErr := s.rows("SELECT "+storeShown+", "+s.pinned(expr, result)+" FROM "+s.from(tab)+storeWhere+storeTail, tab,
			result)
		if where == "" && (wantErr != nil || gotErr != nil) {
			return false
		}
		s.sameGroups(want, wantErr, got, gotErr, v, where, found)
		return true
	}
	if !compare("", "") {
		for _, g := range groupNumbers(tab) {
			compare(" WHERE c0 = "+g, " WHERE "+s.column(tab, 0)+" = "+g)
		}
	}
	if !v.over {
		shown, tail, storeShown, storeTail = "0", "", "0", ""
		compare(" WHERE id < 0", " WHERE "+s.number(tab)+" < 0") // the aggregate of no rows
	}
	s.args = nil
}

func groupNumbers(tab *table) []string {
	var out []string
	for _, row := range tab.rows {
		if g := strconv.FormatInt(row[0].(int64), 10); !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

func (s *suite) sameGroups(want map[int]outcome, wantErr error, got map[int]outcome, gotErr error, v variant, where string,
	found *findings,
) {
	state, _ := stateOf(wantErr)
	var gotState sqlerr.Code
	if gotErr != nil {
		gotState = sqlerr.From(gotErr).Code
	}
	if state != gotState {
		found.add("%+v%s: PostgreSQL gives error %q, the store %q%s", v, where, state, gotState, causeOf(gotErr))
		return
	}
	if len(want) != len(got) && state == "" {
		found.add("%+v%s: PostgreSQL gives %d rows, the store %d", v, where, len(want), len(got))
	}
	for id, o := range want {
		if got[id] != o {
			found.add("%+v%s: group or row %d: PostgreSQL gives %s, the store %s", v, where, id, o, got[id])
		}
	}
}

// postgres writes the aggregate over the columns of a table of groups.
func (a *aggregation) postgres(v variant) string {
	args := "*"
	var names []string
	for i := range a.types {
		names = append(names, "c"+strconv.Itoa(i+2))
	}
	if !a.star {
		args = strings.Join(names, ", ")
	}
	order := ""
	if orderSensitive(a.name) {
		order = " ORDER BY id"
		if v.distinct {
			order = " ORDER BY " + names[0]
		}
	}
	text := a.name + "("
	if v.distinct {
		text += "DISTINCT "
	}
	text += args + order + ")"
	if a.within {
		direct := strings.Join(a.direct[:min(1, len(a.direct))], ", ")
		if a.array {
			direct = "ARRAY[" + direct + "]"
		}
		text = a.name + "(" + direct + ") WITHIN GROUP (ORDER BY " + args + ")"
	}
	if v.filter {
		text += " FILTER (WHERE c1)"
	}
	if v.over {
		text += " OVER (PARTITION BY c0 ORDER BY id)"
	}
	return text
}

// orderSensitive reports whether an aggregate's result depends on the order of its input.
func orderSensitive(name string) bool {
	return strings.HasSuffix(name, "array_agg") || name == "string_agg" || strings.HasPrefix(name, "json") || name == "xmlagg"
}

func (s *suite) resultType(expr string, tab *table) (catalog.Type, error) {
	described, err := s.oracle.PgConn().Prepare(s.owner.Context(), "", "SELECT "+expr+" FROM "+tab.oracle, nil)
	if err != nil {
		return catalog.Type{}, err
	}
	return catalog.TypeOf(described.Fields[0].DataTypeOID), nil
}

// aggregateText writes the aggregate as the planner does.
func (s *suite) aggregateText(l connectors.Lowering, a *aggregation, v variant, argument func(int) string,
	result catalog.Type,
) (string, error) {
	var args []string
	for i := range a.types {
		args = append(args, argument(i))
	}
	parts := map[string]string{"distinct": "", "order": "", "filter": "", "where": " FILTER (WHERE ", "over": ")", "decimal": a.form}
	if v.distinct {
		parts["distinct"] = "DISTINCT "
		if k, err := s.keyed(a.types[0], args[:1]); err != nil {
			return "", err
		} else if a.name == "count" {
			args[0] = k[0]
			if isText(a.types[0]) && s.d.Distinct != "" {
				args[0] = connectors.Fill(s.d.Distinct, k, nil)
			}
		}
	}
	if orderSensitive(a.name) {
		parts["order"] = " ORDER BY " + s.d.Quote("id")
		if v.distinct {
			parts["order"] = " ORDER BY " + s.orderKey(a.types[0], args[0])
		}
	}
	if a.within {
		k, err := s.keyed(a.types[0], args)
		if err != nil {
			return "", err
		}
		parts["order"] = s.orderKey(a.types[0], k[0])
		direct := make([]string, 0, len(a.direct))
		for _, text := range a.direct[:min(1, len(a.direct))] {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return "", err
			}
			arg := connectors.Arg{Type: mustType("float8"), Value: value}
			if a.array {
				arg = connectors.Arg{Type: mustType("float8[]"), Value: pgvalue.NewArray(pgcat.Float8, []pgvalue.Value{value})}
			}
			direct = append(direct, s.arg(arg))
		}
		args = append(append(direct, k...), args...)
	}
	if v.filter {
		parts["filter"] = " FILTER (WHERE " + argument(-1) + ")"
		parts["where"] += argument(-1) + " AND "
	}
	if v.over {
		over := " OVER (PARTITION BY " + argument(-2) + " ORDER BY " + s.d.Quote("id") + ")"
		parts["filter"] += over
		parts["over"] += over
	}
	return s.fill(l, args, result, parts)
}

func (s *suite) orderKey(t catalog.Type, text string) string {
	if isText(t) && s.d.Binary != "" {
		return connectors.Fill(s.d.Binary, []string{text}, nil)
	}
	return text
}
