package tpcds

import "meshgate/testdata/tpc"

// place are the columns of an address.
const place = `street_number:varchar(10)? street_name:varchar(60)? street_type:char(15)? suite_number:char(10)? city:varchar(60)? county:varchar(30)?
	state:char(2)? zip:char(10)? country:varchar(20)? gmt_offset:decimal(5,2)?`

var (
	store = tpc.Table{
		Name: "store", Key: []string{"s_store_sk"}, Write: writeStores,
		Columns: columns(prefixed("s_", `store_sk:integer store_id:char(16) rec_start_date:date? rec_end_date:date? closed_date_sk:integer?
			store_name:varchar(50)? number_employees:integer? floor_space:integer? hours:char(20)? manager:varchar(40)? market_id:integer?
			geography_class:varchar(100)? market_desc:varchar(100)? market_manager:varchar(40)? division_id:integer? division_name:varchar(50)?
			company_id:integer? company_name:varchar(50)? `+place+` tax_precentage:decimal(5,2)?`)),
	}
	callCenter = tpc.Table{
		Name: "call_center", Key: []string{"cc_call_center_sk"}, Write: writeCallCenters,
		Columns: columns(prefixed("cc_", `call_center_sk:integer call_center_id:char(16) rec_start_date:date? rec_end_date:date? closed_date_sk:integer?
			open_date_sk:integer? name:varchar(50)? class:varchar(50)? employees:integer? sq_ft:integer? hours:char(20)? manager:varchar(40)?
			mkt_id:integer? mkt_class:char(50)? mkt_desc:varchar(100)? market_manager:varchar(40)? division:integer? division_name:varchar(50)?
			company:integer? company_name:char(50)? `+place+` tax_percentage:decimal(5,2)?`)),
	}
	catalogPage = tpc.Table{
		Name: "catalog_page", Key: []string{"cp_catalog_page_sk"}, Write: writeCatalogPages,
		Columns: columns(prefixed("cp_", `catalog_page_sk:integer catalog_page_id:char(16) start_date_sk:integer? end_date_sk:integer?
			department:varchar(50)? catalog_number:integer? catalog_page_number:integer? description:varchar(100)? type:varchar(100)?`)),
	}
	webSite = tpc.Table{
		Name: "web_site", Key: []string{"web_site_sk"}, Write: writeWebSites,
		Columns: columns(prefixed("web_", `site_sk:integer site_id:char(16) rec_start_date:date? rec_end_date:date? name:varchar(50)?
			open_date_sk:integer? close_date_sk:integer? class:varchar(50)? manager:varchar(40)? mkt_id:integer? mkt_class:varchar(50)?
			mkt_desc:varchar(100)? market_manager:varchar(40)? company_id:integer? company_name:char(50)? `+place+` tax_percentage:decimal(5,2)?`)),
	}
	webPage = tpc.Table{
		Name: "web_page", Key: []string{"wp_web_page_sk"}, Write: writeWebPages,
		Columns: columns(prefixed("wp_", `web_page_sk:integer web_page_id:char(16) rec_start_date:date? rec_end_date:date? creation_date_sk:integer?
			access_date_sk:integer? autogen_flag:char(1)? customer_sk:integer? url:varchar(100)? type:char(50)? char_count:integer?
			link_count:integer? image_count:integer? max_ad_count:integer?`)),
	}
	warehouse = tpc.Table{
		Name: "warehouse", Key: []string{"w_warehouse_sk"}, Write: writeWarehouses,
		Columns: columns(prefixed("w_", `warehouse_sk:integer warehouse_id:char(16) warehouse_name:varchar(20)? warehouse_sq_ft:integer? `+place)),
	}
	customer = tpc.Table{
		Name: "customer", Key: []string{"c_customer_sk"}, Indexes: [][]string{{"c_current_addr_sk"}}, Write: writeCustomers,
		Columns: columns(prefixed("c_", `customer_sk:integer customer_id:char(16) current_cdemo_sk:integer? current_hdemo_sk:integer?
			current_addr_sk:integer? first_shipto_date_sk:integer? first_sales_date_sk:integer? salutation:char(10)? first_name:char(20)?
			last_name:char(30)? preferred_cust_flag:char(1)? birth_day:integer? birth_month:integer? birth_year:integer? birth_country:varchar(20)?
			login:char(13)? email_address:char(50)? last_review_date_sk:integer?`)),
	}
	customerAddress = tpc.Table{
		Name: "customer_address", Key: []string{"ca_address_sk"}, Write: writeAddresses,
		Columns: columns(prefixed("ca_", `address_sk:integer address_id:char(16) `+place+` location_type:char(20)?`)),
	}
	customerDemographics = tpc.Table{
		Name: "customer_demographics", Key: []string{"cd_demo_sk"}, Write: writeCustomerDemographics,
		Columns: columns(prefixed("cd_", `demo_sk:integer gender:char(1)? marital_status:char(1)? education_status:char(20)? purchase_estimate:integer?
			credit_rating:char(10)? dep_count:integer? dep_employed_count:integer? dep_college_count:integer?`)),
	}
	householdDemographics = tpc.Table{
		Name: "household_demographics", Key: []string{"hd_demo_sk"}, Write: writeHouseholdDemographics,
		Columns: columns(prefixed("hd_", `demo_sk:integer income_band_sk:integer? buy_potential:char(15)? dep_count:integer? vehicle_count:integer?`)),
	}
	incomeBand = tpc.Table{
		Name: "income_band", Key: []string{"ib_income_band_sk"}, Write: writeIncomeBands,
		Columns: columns(prefixed("ib_", `income_band_sk:integer lower_bound:integer? upper_bound:integer?`)),
	}
	reason = tpc.Table{
		Name: "reason", Key: []string{"r_reason_sk"}, Write: writeReasons,
		Columns: columns(prefixed("r_", `reason_sk:integer reason_id:char(16) reason_desc:char(100)?`)),
	}
	item = tpc.Table{
		Name: "item", Key: []string{"i_item_sk"}, Write: writeItems,
		Columns: columns(prefixed("i_", `item_sk:integer item_id:char(16) rec_start_date:date? rec_end_date:date? item_desc:varchar(200)?
			current_price:decimal(7,2)? wholesale_cost:decimal(7,2)? brand_id:integer? brand:char(50)? class_id:integer? class:char(50)?
			category_id:integer? category:char(50)? manufact_id:integer? manufact:char(50)? size:char(20)? formulation:char(20)? color:char(20)?
			units:char(10)? container:char(10)? manager_id:integer? product_name:char(50)?`)),
	}
	promotion = tpc.Table{
		Name: "promotion", Key: []string{"p_promo_sk"}, Write: writePromotions,
		Columns: columns(prefixed("p_", `promo_sk:integer promo_id:char(16) start_date_sk:integer? end_date_sk:integer? item_sk:integer?
			cost:decimal(15,2)? response_target:integer? promo_name:char(50)? channel_dmail:char(1)? channel_email:char(1)? channel_catalog:char(1)?
			channel_tv:char(1)? channel_radio:char(1)? channel_press:char(1)? channel_event:char(1)? channel_demo:char(1)?
			channel_details:varchar(100)? purpose:char(15)? discount_active:char(1)?`)),
	}
	shipMode = tpc.Table{
		Name: "ship_mode", Key: []string{"sm_ship_mode_sk"}, Write: writeShipModes,
		Columns: columns(prefixed("sm_", `ship_mode_sk:integer ship_mode_id:char(16) type:char(30)? code:char(10)? carrier:char(20)? contract:char(20)?`)),
	}
	dateDim = tpc.Table{
		Name: "date_dim", Key: []string{"d_date_sk"}, Indexes: [][]string{{"d_date"}, {"d_month_seq"}}, Write: writeDates,
		Columns: columns(prefixed("d_", `date_sk:integer date_id:char(16) date:date? month_seq:integer? week_seq:integer? quarter_seq:integer?
			year:integer? dow:integer? moy:integer? dom:integer? qoy:integer? fy_year:integer? fy_quarter_seq:integer? fy_week_seq:integer?
			day_name:char(9)? quarter_name:char(6)? holiday:char(1)? weekend:char(1)? following_holiday:char(1)? first_dom:integer? last_dom:integer?
			same_day_ly:integer? same_day_lq:integer? current_day:char(1)? current_week:char(1)? current_month:char(1)? current_quarter:char(1)?
			current_year:char(1)?`)),
	}
	timeDim = tpc.Table{
		Name: "time_dim", Key: []string{"t_time_sk"}, Write: writeTimes,
		Columns: columns(prefixed("t_", `time_sk:integer time_id:char(16) time:integer? hour:integer? minute:integer? second:integer? am_pm:char(2)?
			shift:char(20)? sub_shift:char(20)? meal_time:char(20)?`)),
	}
)
