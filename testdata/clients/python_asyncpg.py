# client: asyncpg 0.32.0
# needs: pip asyncpg==0.32.0

import asyncio
import io

import asyncpg

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, show, step


async def main():
    c = await asyncpg.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE, ssl=False)
    with step("parameters"):
        show(map(tuple, await c.fetch(
            "SELECT id, name FROM sales.customers WHERE id < $1 AND country = ANY($2) AND credit > $3 ORDER BY id", 9, ["DE", "FR"], 50)))
        print(await c.fetchval("SELECT $1::interval + $2::timestamp", __import__("datetime").timedelta(days=1, seconds=3), __import__("datetime").datetime(2024, 2, 28)))
    with step("results of all types"):
        show(map(tuple, await c.fetch("SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, d, tm, ts, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id IN (1, 4) ORDER BY id")))
    with step("join of two stores"):
        show(map(tuple, await c.fetch(CROSS)))
    with step("prepared statements"):
        s = await c.prepare("SELECT title, price FROM shop.articles WHERE id = $1 OR title = $2")
        print([(p.name, p.oid) for p in s.get_parameters()], [(a.name, a.type.name, a.type.oid) for a in s.get_attributes()])
        for i in range(1, 4):
            show(map(tuple, await s.fetch(i, "x")))
        print(s.get_statusmsg())
        print(await s.fetchrow(1, ""), await s.fetchmany([(1, ""), (2, "")]) if hasattr(s, "fetchmany") else None)
    with step("cursors"):
        async with c.transaction():
            print([r["id"] async for r in c.cursor("SELECT id FROM web.events ORDER BY id", prefetch=3)])
            k = await c.cursor("SELECT id FROM sales.orders ORDER BY id")
            print(await k.fetch(2), await k.forward(3), await k.fetchrow())
            other = await c.cursor("SELECT name FROM shop.brands ORDER BY id")
            print(await other.fetchrow(), await k.fetchrow())
    with step("COPY"):
        for options in ({}, {"format": "csv", "header": True}, {"format": "binary"}):
            out = io.BytesIO()
            print(await c.copy_from_query("SELECT * FROM shop.brands WHERE id < $1 ORDER BY id", 4, output=out, **options), out.getvalue())
        out = io.BytesIO()
        print(await c.copy_from_table("brands", schema_name="shop", columns=["name"], output=out), sorted(out.getvalue().split()))
    with step("transactions and savepoints"):
        async with c.transaction(isolation="repeatable_read", readonly=True):
            try:
                async with c.transaction():
                    await c.execute("SELECT 1/0")
            except asyncpg.PostgresError as e:
                print(e.sqlstate)
            print(await c.fetchval("SHOW transaction_isolation"))
    with step("executemany"):
        print(await c.executemany("SELECT $1::int", [(1,), (2,)]))
    with step("types of the server"):
        await c.set_type_codec("jsonb", encoder=str, decoder=lambda s: ("json", s), schema="pg_catalog")
        show(map(tuple, await c.fetch("SELECT jb FROM sales.kinds WHERE id = 1")))
        await c.reload_schema_state()
    with step("pool"):
        async with asyncpg.create_pool(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE, ssl=False, min_size=2, max_size=4) as pool:
            print(sorted(await asyncio.gather(*(pool.fetchval("SELECT count(*) + $1 FROM sales.orders", i) for i in range(8)))))
    with step("errors"):
        for q in ("SELECT * FROM sales.no_such", "SELEC 1", "SELECT 'x'::int"):
            try:
                await c.fetch(q)
            except asyncpg.PostgresError as e:
                print(e.sqlstate, type(e).__name__, e.position)
    with step("time limit"):
        try:
            await c.fetchval("SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders", timeout=0.3)
        except asyncio.TimeoutError:
            print("timeout", await c.fetchval("SELECT 1"))
    with step("settings and reset"):
        await c.execute("SET TimeZone TO 'Asia/Kolkata'")
        print(c.get_settings().TimeZone, await c.fetchval("SELECT tz::text FROM sales.kinds WHERE id = 1"))
        await c.reset()
        print(c.get_server_version()[:1], c.get_settings().server_encoding)
        await c.add_listener("something", print)
        await c.remove_listener("something", print)
    await c.close()


asyncio.run(main())
