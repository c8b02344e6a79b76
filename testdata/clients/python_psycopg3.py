# client: psycopg 3.3.9
# needs: pip psycopg[binary]==3.3.9

import logging

import psycopg
from psycopg.rows import dict_row

from steps import CROSS, show, step

logging.disable()  # an aborted pipeline is logged with addresses that no two runs share
KINDS = "SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, tm, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id <> 3 ORDER BY id"

with psycopg.connect(autocommit=True) as c:
    with step("parameters"):
        show(c.execute("SELECT id, name FROM sales.customers WHERE id < %s AND country = ANY(%s) ORDER BY id", (9, ["DE", "FR"])))
        show(c.execute("SELECT count(*) FROM sales.orders WHERE placed >= %s AND total > %s", ("2024-02-01", 15)))
    with step("text results"):
        cur = c.execute(KINDS)
        print([(d.name, d.type_code, d.internal_size, d.precision, d.scale) for d in cur.description])
        show(cur)
    with step("binary results"):
        show(c.execute(KINDS, binary=True))
        show(c.execute(CROSS, binary=True))
    with step("prepared statements"):
        for i in range(8):  # the fifth execution prepares on the server
            show(c.execute("SELECT title, price FROM shop.articles WHERE id = %s", (i,)))
        show(c.execute("SELECT 1 + %s", (41,), prepare=True))
    with step("server cursors"):
        with c.transaction(), c.cursor(name="one") as cur:
            cur.itersize = 3
            cur.execute("SELECT id FROM web.events ORDER BY id")
            print(cur.fetchmany(2), cur.fetchone(), len(cur.fetchall()))
        with c.transaction(), c.cursor(name="two", scrollable=True) as cur:
            cur.execute("SELECT id FROM sales.orders ORDER BY id")
            cur.scroll(5)
            print(cur.fetchone())
            cur.scroll(-2)
            print(cur.fetchone(), cur.description[0].type_code)
        with c.cursor(name="held", withhold=True) as cur:
            cur.execute("SELECT id, total FROM sales.orders WHERE id > %s ORDER BY id", (12,))
            print(cur.fetchall())
    with step("client cursors"):
        cur = psycopg.ClientCursor(c)
        show(cur.execute("SELECT name, %s::date FROM sales.customers WHERE name = %s", ("2024-01-02", "Zoë")))
    with step("pipeline"):
        with c.pipeline():
            cursors = [c.execute("SELECT name FROM shop.brands WHERE id = %s", (i,)) for i in range(1, 6)]
        print([cur.fetchall() for cur in cursors])
        try:
            with c.pipeline():
                c.execute("SELECT 1")
                c.execute("SELECT no_such_column")
                c.execute("SELECT 2")
        except psycopg.Error as e:
            print(e.sqlstate)
    with step("COPY"):
        for options in ("", " (FORMAT csv, HEADER)", " (FORMAT binary)"):
            with c.cursor().copy(f"COPY ({KINDS}) TO STDOUT{options}") as copy:
                print(b"".join(bytes(part) for part in copy))
        with c.cursor().copy("COPY shop.brands TO STDOUT") as copy:
            copy.set_types(["int4", "text", "text"])
            show(sorted(copy.rows()))
    with step("executemany"):
        cur = c.cursor()
        cur.executemany("SELECT name FROM sales.customers WHERE id = %s", [(1,), (2,)], returning=True)
        print(cur.fetchall(), cur.nextset(), cur.fetchall())
    with step("rows as dictionaries"):
        show(c.cursor(row_factory=dict_row).execute(CROSS))
    with step("transactions and savepoints"):
        with c.transaction():
            try:
                with c.transaction():
                    c.execute("SELECT 1 / 0")
            except psycopg.errors.DivisionByZero as e:
                print(e.sqlstate, c.info.transaction_status)
            show(c.execute("SELECT 'still here'"))
        print(c.info.transaction_status)
    with step("types by name"):
        for name in ("int4", "numeric", "timestamptz", "jsonb", "uuid"):
            info = psycopg.types.TypeInfo.fetch(c, name)
            print(info.name, info.oid, info.array_oid)
        print(psycopg.types.TypeInfo.fetch(c, "no_such_type"))
    with step("errors"):
        for q in ("SELECT * FROM sales.no_such", "SELEC 1", "SELECT 'x'::int"):
            try:
                c.execute(q)
            except psycopg.Error as e:
                print(e.sqlstate, e.diag.severity_nonlocalized, e.diag.statement_position)
    with step("parameters of the session"):
        for name in ("server_encoding", "client_encoding", "integer_datetimes", "standard_conforming_strings", "DateStyle"):
            print(name, c.info.parameter_status(name))
        c.execute("SET TIME ZONE 'Europe/Berlin'")
        print(c.info.timezone, c.execute("SELECT created FROM sales.customers WHERE id = 1").fetchall())
    with step("cancel"):
        import threading
        timer = threading.Timer(0.3, c.cancel_safe)
        timer.start()
        try:
            c.execute("SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders")
        except psycopg.Error as e:
            print(e.sqlstate)
        show(c.execute("SELECT 1"))
    with step("streamed rows"):
        print(list(c.cursor().stream("SELECT id FROM sales.orders ORDER BY id")))
