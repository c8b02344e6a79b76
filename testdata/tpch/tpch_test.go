package tpch

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"meshgate/testdata/tpc"
)

// rows computes a table; columns are found by their names.
func rows(t *testing.T, table *tpc.Table, scale float64) (list [][]string, text []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteRows(&b, scale); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != len(table.Columns) {
			t.Fatalf("%s: %d columns in %q", table.Name, len(row), line)
		}
		list = append(list, row)
	}
	return list, b.Bytes()
}

func (c columns) of(row []string, name string) string {
	return row[slices.IndexFunc(c, func(c tpc.Column) bool { return c.Name == name })]
}

type columns []tpc.Column

// TestRowsStay holds the rows against sums of them: answers that were seen once can be compared with those of another day.
func TestRowsStay(t *testing.T) {
	want := map[string]string{
		"customer": "1500 fa5e0b73c7b55b8", "orders": "15000 821bc017a5bdbf", "part": "2000 6a58616b4f8e1b8", "partsupp": "8000 7e7097079e99fde",
		"supplier": "100 fa835fd053cee3d8", "lineitem": "60073 5115a50c2fb09a", "nation": "25 ea130f168c6496f60", "region": "5 75909c40a1a6eb1c70",
	}
	for _, d := range Mesh() {
		for _, table := range d.Tables {
			list, text := rows(t, &table, 0.01)
			if got := fmt.Sprintf("%d %x", len(list), sha256.Sum256(text))[:20]; got != want[table.Name] {
				t.Errorf("%q: %q, expected %q", table.Name, got, want[table.Name])
			}
		}
	}
}

// TestRelations checks what the specification says of keys and sums.
func TestRelations(t *testing.T) {
	const scale = 0.01
	pairs := map[string]bool{}
	list, _ := rows(t, &partsupp, scale)
	for _, row := range list {
		pairs[row[0]+" "+row[1]] = true
	}
	if len(pairs) != suppliersOfPart*parts(scale) {
		t.Errorf("%d pairs of part and supplier, expected %d", len(pairs), suppliersOfPart*parts(scale))
	}
	totals := map[string]float64{}
	list, _ = rows(t, &lineitem, scale)
	for _, row := range list {
		l := columns(lineitem.Columns)
		if pair := l.of(row, "l_partkey") + " " + l.of(row, "l_suppkey"); !pairs[pair] {
			t.Errorf("nobody supplies part and supplier %s", pair)
		}
		price, discount, tax := number(t, l.of(row, "l_extendedprice")), number(t, l.of(row, "l_discount")), number(t, l.of(row, "l_tax"))
		totals[row[0]] += price * (1 - discount) * (1 + tax)
	}
	list, _ = rows(t, &orders, scale)
	for _, row := range list {
		o := columns(orders.Columns)
		if total := number(t, o.of(row, "o_totalprice")); total-totals[row[0]] > 0.05 || totals[row[0]]-total > 0.05 {
			t.Errorf("order %s costs %v, its lines %v", row[0], total, totals[row[0]])
		}
		if customer := number(t, o.of(row, "o_custkey")); int(customer)%3 == 0 || int(customer) > customers(scale) {
			t.Errorf("order %s is customer %v's, who does not buy", row[0], customer)
		}
		delete(totals, row[0])
	}
	if len(totals) > 0 {
		t.Errorf("%d orders have lines and are no orders", len(totals))
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
