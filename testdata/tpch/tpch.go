// Package tpch holds TPC-H: its tables, with rows computed as the specification describes them (revision 3, clause 4.2), and its 22
// queries with the parameters of the validation run. The numbers are this package's own: rows differ from those of other generators.
// It knows which domain has which table; it opens no store.
package tpch

import (
	"embed"
	"fmt"
	"strconv"
	"strings"

	"meshgate/testdata/tpc"
)

//go:embed queries
var queryFiles embed.FS

// Queries is the number of queries.
const Queries = 22

// Query returns the text of a query, from 1. The parameter FRACTION of query 11 depends on the scale.
func Query(number int, scale float64) string {
	text, err := queryFiles.ReadFile(fmt.Sprintf("queries/q%02d.sql", number))
	if err != nil {
		panic(err) // the files are compiled in
	}
	return strings.ReplaceAll(string(text), "${FRACTION}", strconv.FormatFloat(0.0001/scale, 'f', 10, 64))
}

// Mesh returns the domains: customers and their orders in PostgreSQL, parts and who supplies them in MySQL, what was shipped in
// Parquet files.
func Mesh() tpc.Mesh {
	return tpc.Mesh{
		{Name: "sales", Kind: tpc.Postgres, Tables: []tpc.Table{customer, orders}},
		{Name: "supply", Kind: tpc.MySQL, Tables: []tpc.Table{part, partsupp, supplier}},
		{Name: "freight", Kind: tpc.Parquet, Tables: []tpc.Table{lineitem, nation, region}},
	}
}

var (
	region = tpc.Table{
		Name: "region", Key: []string{"r_regionkey"}, Write: writeRegions,
		Columns: []tpc.Column{{Name: "r_regionkey", Type: "integer"}, {Name: "r_name", Type: "char(25)"}, {Name: "r_comment", Type: "varchar(152)"}},
	}
	nation = tpc.Table{
		Name: "nation", Key: []string{"n_nationkey"}, Write: writeNations,
		Columns: []tpc.Column{
			{Name: "n_nationkey", Type: "integer"},
			{Name: "n_name", Type: "char(25)"},
			{Name: "n_regionkey", Type: "integer"},
			{Name: "n_comment", Type: "varchar(152)"},
		},
	}
	supplier = tpc.Table{
		Name: "supplier", Key: []string{"s_suppkey"}, Indexes: [][]string{{"s_nationkey"}}, Write: writeSuppliers,
		Columns: []tpc.Column{
			{Name: "s_suppkey", Type: "integer"},
			{Name: "s_name", Type: "char(25)"},
			{Name: "s_address", Type: "varchar(40)"},
			{Name: "s_nationkey", Type: "integer"},
			{Name: "s_phone", Type: "char(15)"},
			{Name: "s_acctbal", Type: "decimal(15,2)"},
			{Name: "s_comment", Type: "varchar(101)"},
		},
	}
	part = tpc.Table{
		Name: "part", Key: []string{"p_partkey"}, Write: writeParts,
		Columns: []tpc.Column{
			{Name: "p_partkey", Type: "integer"},
			{Name: "p_name", Type: "varchar(55)"},
			{Name: "p_mfgr", Type: "char(25)"},
			{Name: "p_brand", Type: "char(10)"},
			{Name: "p_type", Type: "varchar(25)"},
			{Name: "p_size", Type: "integer"},
			{Name: "p_container", Type: "char(10)"},
			{Name: "p_retailprice", Type: "decimal(15,2)"},
			{Name: "p_comment", Type: "varchar(23)"},
		},
	}
	partsupp = tpc.Table{
		Name: "partsupp", Key: []string{"ps_partkey", "ps_suppkey"}, Indexes: [][]string{{"ps_suppkey"}}, Write: writePartSuppliers,
		Columns: []tpc.Column{
			{Name: "ps_partkey", Type: "integer"},
			{Name: "ps_suppkey", Type: "integer"},
			{Name: "ps_availqty", Type: "integer"},
			{Name: "ps_supplycost", Type: "decimal(15,2)"},
			{Name: "ps_comment", Type: "varchar(199)"},
		},
	}
	customer = tpc.Table{
		Name: "customer", Key: []string{"c_custkey"}, Indexes: [][]string{{"c_nationkey"}}, Write: writeCustomers,
		Columns: []tpc.Column{
			{Name: "c_custkey", Type: "integer"},
			{Name: "c_name", Type: "varchar(25)"},
			{Name: "c_address", Type: "varchar(40)"},
			{Name: "c_nationkey", Type: "integer"},
			{Name: "c_phone", Type: "char(15)"},
			{Name: "c_acctbal", Type: "decimal(15,2)"},
			{Name: "c_mktsegment", Type: "char(10)"},
			{Name: "c_comment", Type: "varchar(117)"},
		},
	}
	orders = tpc.Table{
		Name: "orders", Key: []string{"o_orderkey"}, Indexes: [][]string{{"o_custkey"}, {"o_orderdate"}}, Write: writeOrders,
		Columns: []tpc.Column{
			{Name: "o_orderkey", Type: "bigint"},
			{Name: "o_custkey", Type: "integer"},
			{Name: "o_orderstatus", Type: "char(1)"},
			{Name: "o_totalprice", Type: "decimal(15,2)"},
			{Name: "o_orderdate", Type: "date"},
			{Name: "o_orderpriority", Type: "char(15)"},
			{Name: "o_clerk", Type: "char(15)"},
			{Name: "o_shippriority", Type: "integer"},
			{Name: "o_comment", Type: "varchar(79)"},
		},
	}
	lineitem = tpc.Table{
		Name: "lineitem", Key: []string{"l_orderkey", "l_linenumber"}, Write: writeLines,
		Indexes: [][]string{{"l_partkey", "l_suppkey"}, {"l_shipdate"}},
		Columns: []tpc.Column{
			{Name: "l_orderkey", Type: "bigint"},
			{Name: "l_partkey", Type: "integer"},
			{Name: "l_suppkey", Type: "integer"},
			{Name: "l_linenumber", Type: "integer"},
			{Name: "l_quantity", Type: "decimal(15,2)"},
			{Name: "l_extendedprice", Type: "decimal(15,2)"},
			{Name: "l_discount", Type: "decimal(15,2)"},
			{Name: "l_tax", Type: "decimal(15,2)"},
			{Name: "l_returnflag", Type: "char(1)"},
			{Name: "l_linestatus", Type: "char(1)"},
			{Name: "l_shipdate", Type: "date"},
			{Name: "l_commitdate", Type: "date"},
			{Name: "l_receiptdate", Type: "date"},
			{Name: "l_shipinstruct", Type: "char(25)"},
			{Name: "l_shipmode", Type: "char(10)"},
			{Name: "l_comment", Type: "varchar(44)"},
		},
	}
)
