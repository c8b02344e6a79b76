package tpcds

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"meshgate/testdata/tpc"
)

// computed returns a table's rows, and a sum of them.
func computed(t *testing.T, table *tpc.Table) (rows [][]string, sum string) {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteRows(&b, 1); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows, fmt.Sprintf("%d %x", len(rows), sha256.Sum256(b.Bytes()))[:20]
}

// TestRows checks that rows have all columns, no NULL where there is to be none, and keys of their own; and holds them against sums,
// so that answers can be compared with those of another day.
func TestRows(t *testing.T) {
	want := map[string]string{
		"store_sales":            "52023 0be3ab9e666d65",
		"store_returns":          "6185 1fb5d65f9fb0013",
		"store":                  "12 913f607d729505d12",
		"customer":               "1000 e18aa9b7e588a3a",
		"customer_address":       "600 829e46e9df8fbac6",
		"customer_demographics":  "39200 1f5a2123ea1c2a",
		"household_demographics": "7200 ccda75e22975ca3",
		"income_band":            "20 b4a71013d0ab77494",
		"reason":                 "35 cb7d06e971cb53735",
		"web_sales":              "19207 12f1fc5ddf49e3",
		"web_returns":            "2373 602b4f68836089d",
		"web_site":               "30 2476c5a82db1ebd58",
		"web_page":               "60 51a78515b4245529e",
		"item":                   "1000 2d7bc9c0b8a2155",
		"promotion":              "100 00a29cc8cec3642e",
		"warehouse":              "5 1d9404fd103631a19d",
		"ship_mode":              "20 9557116f1f144b5f7",
		"catalog_sales":          "16021 4eac99cc78d3a4",
		"catalog_returns":        "1920 da3d56097db1eb5",
		"catalog_page":           "300 0294fe39bfb5bdb3",
		"call_center":            "6 f4fb4bdd515d604b09",
		"inventory":              "130761 703e364411532",
		"date_dim":               "73049 44977aeef23fdb",
		"time_dim":               "86400 c4cc04eb17e244",
	}
	tables := 0
	for _, d := range Mesh() {
		for _, table := range d.Tables {
			tables++
			rows, sum := computed(t, &table)
			if sum != want[table.Name] {
				t.Errorf("%q: %q, expected %q", table.Name, sum, want[table.Name])
			}
			keys := map[string]bool{}
			for _, row := range rows {
				if len(row) != len(table.Columns) {
					t.Fatalf("%s has %d columns in %q, expected %d", table.Name, len(row), row, len(table.Columns))
				}
				var key []string
				for i := range table.Columns {
					if row[i] == `\N` && !table.Columns[i].Nullable {
						t.Fatalf("%s.%s is NULL in %q", table.Name, table.Columns[i].Name, row)
					}
					for _, name := range table.Key {
						if name == table.Columns[i].Name {
							key = append(key, row[i])
						}
					}
				}
				keys[strings.Join(key, " ")] = true
			}
			if len(keys) != len(rows) {
				t.Errorf("%s has %d rows with %d keys", table.Name, len(rows), len(keys))
			}
		}
	}
	if tables != 24 {
		t.Errorf("%d tables", tables)
	}
}

// TestColumns counts the columns of the specification, of all tables together.
func TestColumns(t *testing.T) {
	count := 0
	for _, d := range Mesh() {
		for _, table := range d.Tables {
			count += len(table.Columns)
		}
	}
	if count != 425 {
		t.Errorf("%d columns, expected 425", count)
	}
}
