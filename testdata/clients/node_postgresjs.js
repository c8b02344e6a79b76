// client: postgres.js 3.4.9
// needs: npm postgres@3.4.9

const postgres = require("postgres");
const { step, CROSS } = require("./steps.js");

(async () => {
  const sql = postgres({ max: 2, onnotice: () => {}, debug: false, ssl: false });
  await step("parameters", async () => {
    console.log(await sql`SELECT id, name FROM sales.customers WHERE id < ${9} AND country = ANY(${["DE", "FR"]}) ORDER BY id`);
    console.log(await sql`SELECT id FROM sales.orders WHERE total > ${"15"} AND id IN ${sql([10, 11, 12])} ORDER BY id`);
    console.log(await sql`SELECT ${sql("id", "name")} FROM ${sql("shop.brands")} ORDER BY id`);
  });
  await step("results of all types", async () => {
    const r = await sql`SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, tm, ts, tz, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id IN (1, 3, 4, 5) ORDER BY id`;
    console.log(r.columns.map((c) => [c.name, c.type]), r.command, r.count);
    for (const row of r) console.log(JSON.stringify(row));
    console.log(await sql.unsafe(CROSS).values());
  });
  await step("cursors", async () => {
    for await (const rows of sql`SELECT id FROM web.events ORDER BY id`.cursor(4)) console.log(rows.map((r) => r.id));
    await sql`SELECT id FROM web.events ORDER BY id`.cursor(3, (rows) => {
      console.log(rows.length);
      return sql.CLOSE;
    });
    await sql`SELECT id FROM sales.orders ORDER BY id`.forEach((row, result) => console.log(row.id));
  });
  await step("COPY", async () => {
    for await (const part of await sql`COPY (SELECT * FROM shop.brands ORDER BY id) TO STDOUT`.readable()) process.stdout.write(part);
  });
  await step("several statements in one query", async () => {
    console.log(await sql`SELECT 1 AS a; SELECT 2 AS b`.simple());
    console.log(await sql.unsafe("SELECT $1::int + $2 AS sum", [1, 2]), (await sql.unsafe("SELECT name FROM shop.brands WHERE id = $1", [1], { prepare: true })).statement.columns.length);
    console.log((await sql`SELECT id, title FROM shop.articles WHERE id = ${1}`.describe()).columns.map((c) => [c.name, c.type]));
  });
  await step("transactions and savepoints", async () => {
    await sql.begin("isolation level repeatable read", async (tx) => {
      await tx.savepoint(async (inner) => inner`SELECT 1/0`).catch((e) => console.log(e.code));
      console.log(await tx`SHOW transaction_isolation`);
      console.log(await Promise.all([tx`SELECT 1 AS a`, tx`SELECT count(*) AS n FROM sales.orders`]));
    });
  });
  await step("pipelined queries", async () => {
    console.log(await Promise.all([1, 2, 3, 4].map((i) => sql`SELECT name FROM shop.brands WHERE id = ${i}`)));
  });
  await step("errors", async () => {
    await sql`SELECT no_such FROM sales.orders`.catch((e) => console.log(e.code, e.severity_local, e.position));
    await sql`SELECT ${"x"}::int`.catch((e) => console.log(e.code));
  });
  await step("cancel", async () => {
    const q = sql`SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders`;
    setTimeout(() => q.cancel(), 300);
    await q.catch((e) => console.log(e.code));
    console.log(await sql`SELECT 1 AS a`);
  });
  await sql.end();
})();
