// client: node-postgres 8.23.1 with pg-cursor 2.22.0, pg-query-stream 4.17.0 and pg-copy-streams 7.0.0
// needs: npm pg@8.23.1 pg-cursor@2.22.0 pg-query-stream@4.17.0 pg-copy-streams@7.0.0

const { Client, Pool } = require("pg");
const Cursor = require("pg-cursor");
const QueryStream = require("pg-query-stream");
const copyTo = require("pg-copy-streams").to;
const { step, CROSS } = require("./steps.js");

const KINDS = "SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, tm, ts, tz, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id IN (1, 3, 4, 5) ORDER BY id";

(async () => {
  const c = new Client({ statement_timeout: 20000, application_name: "node" });
  await c.connect();
  await step("parameters", async () => {
    console.log((await c.query("SELECT id, name FROM sales.customers WHERE id < $1 AND country = ANY($2) AND created < $3 ORDER BY id", [9, ["DE", "FR"], new Date(Date.UTC(2030, 0, 1))])).rows);
    console.log((await c.query("SELECT $1::jsonb AS j, $2::bytea AS b, $3::boolean AS f", [{ a: [1] }, Buffer.from([0, 255]), true])).rows);
  });
  await step("results of all types", async () => {
    const r = await c.query(KINDS);
    console.log(r.command, r.rowCount, r.fields.map((f) => [f.name, f.dataTypeID, f.dataTypeSize, f.dataTypeModifier, f.format]));
    for (const row of r.rows) console.log(JSON.stringify(row));
    console.log((await c.query({ text: CROSS, rowMode: "array" })).rows);
  });
  await step("named statements", async () => {
    for (const id of [1, 2, 3]) console.log((await c.query({ name: "article", text: "SELECT title, price FROM shop.articles WHERE id = $1", values: [id] })).rows);
  });
  await step("several statements in one query", async () => {
    console.log((await c.query("SELECT 1 AS a; SET extra_float_digits = 1; SELECT name FROM shop.brands ORDER BY id")).map((r) => [r.command, r.rows]));
  });
  await step("cursors", async () => {
    const cursor = c.query(new Cursor("SELECT id FROM web.events WHERE id > $1 ORDER BY id", [0]));
    console.log(await cursor.read(3), await cursor.read(2), (await cursor.read(1000)).length, await cursor.read(1));
    await cursor.close();
    const early = c.query(new Cursor("SELECT id FROM sales.orders ORDER BY id"));
    console.log(await early.read(1));
    await early.close();
    console.log((await c.query("SELECT 'after'")).rows);
  });
  await step("query streams", async () => {
    const ids = [];
    for await (const row of c.query(new QueryStream("SELECT id FROM web.events ORDER BY id", [], { batchSize: 4 }))) ids.push(row.id);
    console.log(ids);
  });
  await step("COPY streams", async () => {
    for (const q of ["COPY (SELECT * FROM sales.kinds WHERE id IN (1, 3) ORDER BY id) TO STDOUT", "COPY (SELECT id, title FROM shop.articles ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)"]) {
      const parts = [];
      for await (const part of c.query(copyTo(q))) parts.push(part);
      console.log(Buffer.concat(parts).toString());
    }
  });
  await step("errors and transactions", async () => {
    await c.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    for (const q of ["SELECT no_such FROM sales.orders", "SELECT 1"]) await c.query(q).catch((e) => console.log(e.code, e.severity, e.position));
    console.log((await c.query("COMMIT")).command);
    await c.query("SELECT $1::int", ["x"]).catch((e) => console.log(e.code));
  });
  await step("pool", async () => {
    const pool = new Pool({ max: 3 });
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => pool.query("SELECT count(*)::int + $1::int AS n FROM sales.orders", [i])));
    console.log(answers.map((r) => r.rows[0].n));
    await pool.end();
  });
  await step("time limit of the client", async () => {
    const q = { text: "SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders", query_timeout: 300 };
    const limited = new Client();
    await limited.connect();
    await limited.query("SET statement_timeout = 300");
    await limited.query(q.text).catch((e) => console.log(e.code));
    await limited.end();
  });
  await c.end();
})();
