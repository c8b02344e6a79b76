# client: ADBC PostgreSQL driver 1.13.0
# needs: pip adbc-driver-postgresql==1.13.0 pyarrow==26.0.1

import adbc_driver_postgresql.dbapi

from steps import CROSS, DATABASE, URL, show, step

with adbc_driver_postgresql.dbapi.connect(URL, autocommit=True) as c, c.cursor() as cur:
    with step("results by COPY"):
        for q in (CROSS, "SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, tm, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id <> 3 ORDER BY id",
                  "SELECT * FROM sales.customers WHERE id < 5 ORDER BY id", "SELECT id, added, launched, active FROM shop.articles ORDER BY id"):
            cur.execute(q)
            table = cur.fetch_arrow_table()
            print(table.schema.to_string(), table.to_pydict())
    with step("parameters"):
        cur.execute("SELECT id, name FROM sales.customers WHERE id < $1 AND country = $2 ORDER BY id", (9, "DE"))
        show(cur.fetchall())
        cur.executemany("SELECT $1::bigint", [(1,), (2,)])
    with step("objects"):
        for depth in ("catalogs", "db_schemas"):
            print([[s["db_schema_name"] for s in d["catalog_db_schemas"] or [] if s["db_schema_name"] in ("sales", "shop", "web")]
                   for d in c.adbc_get_objects(depth=depth).read_all().to_pylist() if d["catalog_name"] == DATABASE])
        for d in c.adbc_get_objects(depth="all", db_schema_filter="sales", table_name_filter="orders").read_all().to_pylist():
            for s in d["catalog_db_schemas"] or []:
                for t in s["db_schema_tables"]:
                    print(t["table_name"], t["table_type"], sorted((col["ordinal_position"], col["column_name"]) for col in t["table_columns"]))
                    print([(k["constraint_type"], k["constraint_column_names"]) for k in t["table_constraints"]])
    with step("schema of a table"):
        print(c.adbc_get_table_schema("orders", db_schema_filter="sales").to_string())
    with step("schema of a query"):
        print(cur.adbc_execute_schema("SELECT id, price FROM shop.articles").to_string())
        cur.adbc_prepare("SELECT id FROM shop.brands WHERE id = $1")
    with step("transactions"):
        c.adbc_connection.set_autocommit(False)
        cur.execute("SELECT count(*) FROM web.events")
        show(cur.fetchall())
        c.rollback()
        c.adbc_connection.set_autocommit(True)
    with step("errors"):
        try:
            cur.execute("SELECT no_such FROM sales.orders")
        except c.ProgrammingError as e:
            print(e.sqlstate)
