package planner

import (
	"fmt"

	"meshgate/catalog"
	"meshgate/sqlerr"
)

// rangeTable is what the FROM clauses of a query have named so far, visible from a place or not, and that of the query around it. Errors take
// their hints from it. It holds nothing that the principal may not see: no denied column, no column that only aggregates may use.
type rangeTable struct {
	outer   *rangeTable
	entries []*rangeEntry
}

type rangeEntry struct {
	alias    string
	columns  []string
	relation catalog.Name // of a product or system relation; else none
	cte      *cteDef
	aliased  bool // the alias is not the relation's own name
	join     bool // its columns are those of other entries
}

func (t *rangeTable) add(e *rangeEntry) {
	if t != nil {
		t.entries = append(t.entries, e)
	}
}

// enter notes an item of a FROM clause for later errors.
func (s *scope) enter(it *rangeItem, aliased bool) {
	e := &rangeEntry{alias: it.alias, relation: it.relation, cte: it.cte, aliased: aliased, join: it.join}
	for _, c := range it.cols {
		e.columns = append(e.columns, c.name)
	}
	it.entry = e
	s.table.add(e)
}

// enterArm notes a side of a set operation, which has a name that no query can write.
func (s *scope) enterArm(r rel) {
	if s.table == nil {
		return
	}
	e := &rangeEntry{alias: fmt.Sprintf("*SELECT* %d", len(s.table.entries)+1), aliased: true}
	for _, c := range r.columns() {
		e.columns = append(e.columns, c.name)
	}
	s.table.add(e)
}

// missingColumn is the error of a column that is not there; table is the name that is written before it, or empty (errorMissingColumn). A
// field of a row, which has no scope, gets no hint.
func (s *scope) missingColumn(table, column string, pos int) error {
	e := sqlerr.Newf(sqlerr.UndefinedColumn, "column %q does not exist", column).At(pos)
	if table != "" {
		e.Message = fmt.Sprintf("column %s.%s does not exist", table, column)
	}
	if s == nil {
		return e
	}
	g := columnGuess{distance: mostTypos + 1}
	for t := s.table; t != nil; t = t.outer {
		for _, entry := range t.entries {
			exact, err := g.look(entry, table, column)
			if err != nil {
				return err.At(pos)
			}
			if exact {
				return e.WithHint("There is a column named %q in table %q, but it cannot be referenced from this part of the query.", column, entry.alias)
			}
		}
	}
	switch len(g.found) {
	case 1:
		return e.WithHint("Perhaps you meant to reference the column %q.", g.found[0])
	case 2:
		return e.WithHint("Perhaps you meant to reference the column %q or the column %q.", g.found[0], g.found[1])
	}
	return e
}

// mostTypos is how far off a name may be from the one that a hint tells (MAX_FUZZY_DISTANCE).
const mostTypos = 3

// columnGuess finds the one or two columns nearest to a name that is not there. Three that are equally near are none.
type columnGuess struct {
	distance int
	found    []string
}

// look compares a name with the columns of an entry. It reports a column of just that name, where the table's name fits as well.
func (g *columnGuess) look(entry *rangeEntry, table, column string) (exact bool, err *sqlerr.Error) {
	if entry.join {
		return false, nil
	}
	off := 0
	if table != "" {
		off = editDistance(table, entry.alias)
	}
	for _, c := range entry.columns {
		if c == column {
			if exact {
				return false, sqlerr.Newf(sqlerr.AmbiguousColumn, "column reference %q is ambiguous", column)
			}
			exact = true
		}
		g.offer(entry.alias+"."+c, off, column, c)
	}
	return exact && off == 0, nil
}

func (g *columnGuess) offer(name string, off int, column, candidate string) {
	if off > g.distance {
		return
	}
	d := editDistance(column, candidate)
	if d > len(column)/2 {
		return // more than half of it differs
	}
	d += off
	switch {
	case d < g.distance:
		g.distance, g.found = d, []string{name}
	case d > g.distance:
	case len(g.found) == 2:
		g.distance, g.found = d-1, nil
	case len(g.found) == 1 || d <= mostTypos:
		g.found = append(g.found, name)
	}
}

// editDistance is Levenshtein's: how many characters must be added, removed or replaced.
func editDistance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for k := range row {
		row[k] = k
	}
	for i, c := range from {
		diagonal := row[0]
		row[0] = i + 1
		for k, d := range to {
			replaced := diagonal
			if c != d {
				replaced++
			}
			diagonal = row[k+1]
			row[k+1] = min(replaced, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(to)]
}

// missingTable is the error of a table that cannot be referred to (errorMissingRTE).
func (b *binder) missingTable(s *scope, schema, name string, pos int) error {
	entry := b.hiddenEntry(s, schema, name)
	if entry == nil {
		return sqlerr.Newf(sqlerr.UndefinedTable, "missing FROM-clause entry for table %q", name).At(pos)
	}
	e := sqlerr.Newf(sqlerr.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).At(pos)
	if entry.aliased && entry.alias != name {
		for at := s; at != nil; at = at.outer {
			it, err := at.findTable("", entry.alias, pos)
			if err != nil {
				return err
			}
			if it != nil && it.entry == entry {
				return e.WithHint("Perhaps you meant to reference the table alias %q.", entry.alias)
			}
			if it != nil {
				break
			}
		}
	}
	return e.WithHint("There is an entry for table %q, but it cannot be referenced from this part of the query.", entry.alias)
}

// hiddenEntry finds what a table's name may stand for: the relation or CTE of the name, under whichever alias, or an alias.
func (b *binder) hiddenEntry(s *scope, schema, name string) *rangeEntry {
	var cte *cteDef
	schemas := []string{schema}
	if schema == "" {
		if cte = s.findCTE(name); cte == nil {
			schemas = b.searchPath()
		}
	}
	var relation catalog.Name
	for _, at := range schemas {
		if relation = (catalog.Name{Domain: at, Product: name}); s.table.has(relation) {
			break
		}
	}
	for t := s.table; t != nil; t = t.outer {
		for _, e := range t.entries {
			if e.alias == name || cte != nil && e.cte == cte || cte == nil && e.relation == relation {
				return e
			}
		}
	}
	return nil
}

func (t *rangeTable) has(relation catalog.Name) bool {
	for ; t != nil; t = t.outer {
		for _, e := range t.entries {
			if e.relation == relation {
				return true
			}
		}
	}
	return false
}
