package tpcds

import (
	"strings"

	"meshgate/testdata/tpc"
)

// columns reads "name:type" pairs; a question mark after the type lets a column be NULL.
func columns(text string) []tpc.Column {
	var list []tpc.Column
	for _, word := range strings.Fields(text) {
		name, typ, _ := strings.Cut(word, ":")
		plain, nullable := strings.CutSuffix(typ, "?")
		list = append(list, tpc.Column{Name: name, Type: plain, Nullable: nullable})
	}
	return list
}

// prefixed puts a prefix before each name.
func prefixed(prefix, text string) string {
	words := strings.Fields(text)
	for i := range words {
		words[i] = prefix + words[i]
	}
	return strings.Join(words, " ")
}

const (
	prices = `quantity:integer? wholesale_cost:decimal(7,2)? list_price:decimal(7,2)? sales_price:decimal(7,2)? ext_discount_amt:decimal(7,2)?
		ext_sales_price:decimal(7,2)? ext_wholesale_cost:decimal(7,2)? ext_list_price:decimal(7,2)? ext_tax:decimal(7,2)? coupon_amt:decimal(7,2)?`
	storePrices   = prices + ` net_paid:decimal(7,2)? net_paid_inc_tax:decimal(7,2)? net_profit:decimal(7,2)?`
	shippedPrices = prices + ` ext_ship_cost:decimal(7,2)? net_paid:decimal(7,2)? net_paid_inc_tax:decimal(7,2)? net_paid_inc_ship:decimal(7,2)
		net_paid_inc_ship_tax:decimal(7,2) net_profit:decimal(7,2)`
	buyers = `bill_customer_sk:integer? bill_cdemo_sk:integer? bill_hdemo_sk:integer? bill_addr_sk:integer?
		ship_customer_sk:integer? ship_cdemo_sk:integer? ship_hdemo_sk:integer? ship_addr_sk:integer?`
	returners = `refunded_customer_sk:integer? refunded_cdemo_sk:integer? refunded_hdemo_sk:integer? refunded_addr_sk:integer?
		returning_customer_sk:integer? returning_cdemo_sk:integer? returning_hdemo_sk:integer? returning_addr_sk:integer?`
)

// losses are the amounts of a return; two of them are named differently in each table.
func losses(amount, credit string) string {
	return `return_quantity:integer? ` + amount + `:decimal(7,2)? return_tax:decimal(7,2)? return_amt_inc_tax:decimal(7,2)? fee:decimal(7,2)?
		return_ship_cost:decimal(7,2)? refunded_cash:decimal(7,2)? reversed_charge:decimal(7,2)? ` + credit + `:decimal(7,2)? net_loss:decimal(7,2)?`
}

var (
	storeSales = tpc.Table{
		Name: "store_sales", Key: []string{"ss_item_sk", "ss_ticket_number"}, Write: writeStoreSales,
		Indexes: [][]string{{"ss_sold_date_sk"}, {"ss_customer_sk"}, {"ss_ticket_number"}},
		Columns: columns(prefixed("ss_", `sold_date_sk:integer? sold_time_sk:integer? item_sk:integer customer_sk:integer? cdemo_sk:integer?
			hdemo_sk:integer? addr_sk:integer? store_sk:integer? promo_sk:integer? ticket_number:integer `+storePrices)),
	}
	storeReturns = tpc.Table{
		Name: "store_returns", Key: []string{"sr_item_sk", "sr_ticket_number"}, Write: writeStoreReturns,
		Indexes: [][]string{{"sr_returned_date_sk"}, {"sr_customer_sk"}},
		Columns: columns(prefixed("sr_", `returned_date_sk:integer? return_time_sk:integer? item_sk:integer customer_sk:integer? cdemo_sk:integer?
			hdemo_sk:integer? addr_sk:integer? store_sk:integer? reason_sk:integer? ticket_number:integer `+losses("return_amt", "store_credit"))),
	}
	catalogSales = tpc.Table{
		Name: "catalog_sales", Key: []string{"cs_item_sk", "cs_order_number"}, Write: writeCatalogSales,
		Indexes: [][]string{{"cs_sold_date_sk"}, {"cs_bill_customer_sk"}, {"cs_order_number"}},
		Columns: columns(prefixed("cs_", `sold_date_sk:integer? sold_time_sk:integer? ship_date_sk:integer? `+buyers+` call_center_sk:integer?
			catalog_page_sk:integer? ship_mode_sk:integer? warehouse_sk:integer? item_sk:integer promo_sk:integer? order_number:integer `+shippedPrices)),
	}
	catalogReturns = tpc.Table{
		Name: "catalog_returns", Key: []string{"cr_item_sk", "cr_order_number"}, Write: writeCatalogReturns,
		Indexes: [][]string{{"cr_order_number"}},
		Columns: columns(prefixed("cr_", `returned_date_sk:integer? returned_time_sk:integer? item_sk:integer `+returners+` call_center_sk:integer?
			catalog_page_sk:integer? ship_mode_sk:integer? warehouse_sk:integer? reason_sk:integer? order_number:integer `+
			losses("return_amount", "store_credit"))),
	}
	webSales = tpc.Table{
		Name: "web_sales", Key: []string{"ws_item_sk", "ws_order_number"}, Write: writeWebSales,
		Indexes: [][]string{{"ws_sold_date_sk"}, {"ws_bill_customer_sk"}, {"ws_order_number"}},
		Columns: columns(prefixed("ws_", `sold_date_sk:integer? sold_time_sk:integer? ship_date_sk:integer? item_sk:integer `+buyers+`
			web_page_sk:integer? web_site_sk:integer? ship_mode_sk:integer? warehouse_sk:integer? promo_sk:integer? order_number:integer `+shippedPrices)),
	}
	webReturns = tpc.Table{
		Name: "web_returns", Key: []string{"wr_item_sk", "wr_order_number"}, Write: writeWebReturns,
		Indexes: [][]string{{"wr_order_number"}},
		Columns: columns(prefixed("wr_", `returned_date_sk:integer? returned_time_sk:integer? item_sk:integer `+returners+` web_page_sk:integer?
			reason_sk:integer? order_number:integer `+losses("return_amt", "account_credit"))),
	}
	inventory = tpc.Table{
		Name: "inventory", Key: []string{"inv_date_sk", "inv_item_sk", "inv_warehouse_sk"}, Write: writeInventory,
		Columns: columns(prefixed("inv_", `date_sk:integer item_sk:integer warehouse_sk:integer quantity_on_hand:integer?`)),
	}
)
