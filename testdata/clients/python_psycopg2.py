# client: psycopg2 2.9.13
# needs: pip psycopg2-binary==2.9.13

import datetime
import io

import psycopg2
import psycopg2.extensions
import psycopg2.extras

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, show, step

KINDS = "SELECT id, i2, i4, i8, f4, f8, n, t, v, c, tm, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id <> 3 ORDER BY id"

c = psycopg2.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, dbname=DATABASE)
cur = c.cursor()
with step("parameters"):
    cur.execute("SELECT id, name FROM sales.customers WHERE id < %s AND country IN %s AND born < %s ORDER BY id",
                (9, ("DE", "FR"), datetime.date(2024, 1, 1)))
    show(cur)
    cur.execute("SELECT %(a)s::text[], %(b)s, %(c)s", {"a": ["x", None], "b": b"\x00\xff", "c": True})
    show([tuple(bytes(v) if isinstance(v, memoryview) else v for v in r) for r in cur])
with step("results of all types"):
    cur.execute(KINDS)
    print([tuple(d) for d in cur.description])
    show(cur)
with step("join of two stores"):
    cur.execute(CROSS)
    show(cur)
    c.commit()
with step("server cursors"):
    with c.cursor("one") as k:
        k.itersize = 3
        k.execute("SELECT id FROM web.events ORDER BY id")
        print(k.fetchmany(2), k.fetchone(), len(k.fetchall()))
    c.commit()
    with c.cursor("two", scrollable=True) as k:
        k.execute("SELECT id FROM sales.orders ORDER BY id")
        k.scroll(4)
        print(k.fetchone())
        k.scroll(0, mode="absolute")
        print(k.fetchone())
    with c.cursor("three", withhold=True) as k:
        k.execute("SELECT id FROM shop.brands ORDER BY id")
        c.commit()
        print(k.fetchall())
    c.commit()
with step("COPY"):
    for q in (f"COPY ({KINDS}) TO STDOUT", "COPY sales.customers (id, name) TO STDOUT WITH CSV HEADER"):
        out = io.StringIO()
        cur.copy_expert(q, out)
        print(sorted(out.getvalue().splitlines()))
    out = io.StringIO()
    cur.execute("SET search_path TO shop")
    cur.copy_to(out, "brands", sep="|")
    print(sorted(out.getvalue().splitlines()))
    c.rollback()
with step("errors and transactions"):
    for q in ("SELECT no_such", "SELECT 1"):
        try:
            cur.execute(q)
        except psycopg2.Error as e:
            print(e.pgcode, c.get_transaction_status())
    c.rollback()
    cur.execute("SAVEPOINT a")
    try:
        cur.execute("SELECT 1/0")
    except psycopg2.Error as e:
        print(e.pgcode)
    cur.execute("ROLLBACK TO SAVEPOINT a")
    cur.execute("SELECT 2")
    show(cur)
    c.commit()
with step("isolation levels"):
    for level in (psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE, psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ):
        c.set_session(isolation_level=level, readonly=True, deferrable=True)
        cur.execute("SHOW transaction_isolation")
        show(cur)
        c.rollback()
    c.set_session(isolation_level="DEFAULT", readonly="DEFAULT", deferrable="DEFAULT", autocommit=True)
with step("notices and settings"):
    cur.execute("SET client_min_messages TO warning; SET DateStyle TO 'SQL, DMY'; SELECT date '2024-12-31'::text")
    print(cur.fetchall(), c.encoding, c.get_parameter_status("DateStyle"))
    cur.execute("RESET DateStyle")
with step("rows as dictionaries"):
    d = c.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    d.execute("SELECT id, title, active FROM shop.articles ORDER BY id")
    show(map(dict, d))
with step("registered types"):
    psycopg2.extras.register_uuid(conn_or_curs=c)
    psycopg2.extras.register_default_jsonb(c)
    print(psycopg2.extras.HstoreAdapter.get_oids(c))
    cur.execute("SELECT u, jb FROM sales.kinds WHERE id < 3 ORDER BY id")
    show(cur)
with step("execute_values and execute_batch"):
    print(psycopg2.extras.execute_values(cur, "SELECT * FROM (VALUES %s) v (a, b) ORDER BY a", [(2, "x"), (1, "y")], fetch=True))
with step("LISTEN"):
    cur.execute("LISTEN something; UNLISTEN *")
    print(cur.statusmessage)
c.close()
