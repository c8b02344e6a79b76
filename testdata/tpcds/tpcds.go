// Package tpcds holds TPC-DS: its 24 tables, with few rows that are computed, and its 99 queries in PostgreSQL's syntax. Tables, columns
// and values are those of the specification (revision 3), where the queries care for them; the numbers of rows are this package's own.
// It knows which domain has which table; it opens no store.
package tpcds

import (
	"embed"
	"fmt"

	"meshgate/testdata/tpc"
)

//go:embed queries
var queryFiles embed.FS

// Queries is the number of queries.
const Queries = 99

// Query returns the text of a query, from 1. Where the specification orders by less than tells all rows apart, further columns follow:
// a LIMIT over rows that are equal in order has more than one right answer.
func Query(number int) string {
	text, err := queryFiles.ReadFile(fmt.Sprintf("queries/q%02d.sql", number))
	if err != nil {
		panic(err) // the files are compiled in
	}
	return string(text)
}

// Mesh returns the domains: stores and customers in PostgreSQL, items and the web's sales in MySQL, the catalogue's sales, the calendar
// and the inventory in Parquet files.
func Mesh() tpc.Mesh {
	return tpc.Mesh{
		{Name: "retail", Kind: tpc.Postgres, Tables: []tpc.Table{
			storeSales, storeReturns, store, customer, customerAddress, customerDemographics, householdDemographics, incomeBand, reason,
		}},
		{Name: "online", Kind: tpc.MySQL, Tables: []tpc.Table{webSales, webReturns, webSite, webPage, item, promotion, warehouse, shipMode}},
		{Name: "lake", Kind: tpc.Parquet, Tables: []tpc.Table{catalogSales, catalogReturns, catalogPage, callCenter, inventory, dateDim, timeDim}},
	}
}
