# client: psqlODBC 13.02 with pyodbc 5.5.0
# needs: pip pyodbc==5.5.0
# needs: apt odbc-postgresql libodbcinst2 libodbc2 libltdl7

import glob
import os

import pyodbc

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, show, step

DRIVER = glob.glob(os.environ["CLIENT_ROOT"] + "/usr/lib/*/odbc/psqlodbcw.so")[0]
pyodbc.pooling = False


def connect(more="", **kwargs):
    return pyodbc.connect(f"Driver={DRIVER};Server={HOST};Port={PORT};Database={DATABASE};UID={USER};PWD={PASSWORD};SSLmode=disable;{more}", **kwargs)


def look(c):
    cur = c.cursor()
    show((r.table_schem, r.table_name, r.table_type) for r in cur.tables(schema="sales") if r.table_name in ("customers", "orders", "kinds"))
    for table in ("customers", "kinds"):
        show((r.column_name, r.type_name, r.data_type, r.column_size, r.decimal_digits, r.nullable) for r in cur.columns(schema="sales", table=table))
    show((r.column_name, r.key_seq) for r in cur.primaryKeys(schema="sales", table="orders"))
    show((r.fkcolumn_name, r.pktable_name, r.pkcolumn_name) for r in cur.foreignKeys(foreignTable="orders", foreignSchema="sales"))
    show((r.column_name, r.non_unique) for r in cur.statistics(schema="sales", table="orders", unique=True))
    show((r.column_name, r.scope) for r in cur.rowIdColumns("orders", schema="sales"))
    print(cur.rowVerColumns("orders", schema="sales").fetchall()[:0], cur.procedures(schema="sales").fetchall())
    print(len(cur.getTypeInfo().fetchall()), [c.getinfo(i) for i in (pyodbc.SQL_DBMS_NAME, pyodbc.SQL_MAX_IDENTIFIER_LEN, pyodbc.SQL_DATA_SOURCE_READ_ONLY)])


for mode in ("", "UseDeclareFetch=1;Fetch=3", "UseServerSidePrepare=0", "Protocol=7.4-2;UseDeclareFetch=1;Fetch=2"):
    with step("queries with and without declare/fetch and server-side prepare"):
        print(mode)
        for autocommit in (True, False):
            c = connect(mode, autocommit=autocommit)
            cur = c.cursor()
            show(cur.execute(CROSS))
            show(cur.execute("SELECT id, name FROM sales.customers WHERE id < ? AND country = ? ORDER BY id", 9, "DE"))
            show(cur.execute("SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, tm, u, j, jb, ia FROM sales.kinds WHERE id IN (1, 4) ORDER BY id"))
            print([d[:2] + d[3:] for d in cur.description])
            cur.execute("SELECT id FROM web.events ORDER BY id")
            print(cur.fetchmany(4), cur.fetchval(), len(cur.fetchall()))
            try:
                cur.execute("SELECT 1/0").fetchall()
            except pyodbc.Error as e:
                print(e.args[0])
            if not autocommit:
                c.rollback()
            show(cur.execute("SELECT placed, total, discount FROM sales.orders WHERE placed > ? ORDER BY id", "2024-02-29"))
            two = c.cursor().execute("SELECT name FROM shop.brands ORDER BY id")
            one = c.cursor().execute("SELECT id FROM shop.brands ORDER BY id")
            print(two.fetchone(), one.fetchone(), two.fetchall(), one.fetchall())
            c.commit()
            c.close()
with step("catalog functions"):
    c = connect(autocommit=True)
    look(c)
    c.close()
with step("isolation levels"):
    c = connect()
    for level in (pyodbc.SQL_TXN_REPEATABLE_READ, pyodbc.SQL_TXN_SERIALIZABLE):
        c.set_attr(pyodbc.SQL_ATTR_TXN_ISOLATION, level)
        print(c.execute("SHOW transaction_isolation").fetchval())
        c.rollback()
    c.close()
