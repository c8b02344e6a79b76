-- What tools make of their users' clicks, in our own words: rows are compared. An empty comment ends each.

-- Grafana: macros as its backend writes them out
--
SELECT created AS "time", balance FROM public.customers WHERE created BETWEEN '2024-01-01T05:00:00Z' AND '2024-01-01T12:30:00.25Z' ORDER BY created ASC
--
SELECT floor(extract(epoch from created)/300)*300 AS "time", avg(balance) AS "value" FROM public.customers WHERE created BETWEEN '2024-01-01T00:00:00Z' AND '2024-01-02T00:00:00Z' GROUP BY 1 ORDER BY 1
--
SELECT floor(extract(epoch from d)/86400)*86400 AS "time", st AS metric, sum(amount) AS total, count(*) FROM sales.orders WHERE d BETWEEN '2024-01-01T00:00:00Z' AND '2024-02-01T00:00:00Z' GROUP BY 1, 2 ORDER BY 1, 2
--
SELECT extract(epoch from created) as "time", id FROM public.customers ORDER BY 2 LIMIT 3
--
SELECT floor((id)/10)*10 AS "time", count(*) FROM public.customers WHERE id >= 1 AND id <= 30 GROUP BY 1 ORDER BY 1
--
SELECT floor((extract(epoch from created)::bigint)/3600)*3600 AS "time", max(balance) FROM public.customers WHERE extract(epoch from created) >= 1704067200 AND extract(epoch from created) <= 1704103200 GROUP BY 1 ORDER BY 1
--
SELECT name AS __text, id AS __value FROM public.customers WHERE name ~* 'NAME 1' ORDER BY 1 LIMIT 500
--
SELECT DISTINCT st FROM sales.orders
--
SELECT SUM(amount) AS "total", st FROM sales.orders WHERE (st = 'open' AND NOT (c = 'y')) GROUP BY st ORDER BY SUM(amount) DESC LIMIT 50
--
SELECT current_setting('server_version_num')::int/100 AS version, (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS bucketing
--
SELECT created AS time, created + interval '1 hour' AS timeend, name AS text, array_to_string(tags, ',') AS tags FROM public.customers WHERE '2024-01-01T03:00:00Z' < created ORDER BY created LIMIT 5

-- Metabase: what its sync samples
--
SELECT TRUE AS "_" FROM "public"."customers" WHERE 1 <> 1 LIMIT 0
--
SELECT SUBSTRING("public"."customers"."name", 1, 1234) AS "substring3381", "public"."customers"."balance" AS "balance", "public"."customers"."created" AS "created", "public"."customers"."active" AS "active" FROM "public"."customers" LIMIT 10000
--
SELECT "public"."customers"."email" AS "email" FROM "public"."customers" GROUP BY "public"."customers"."email" ORDER BY "public"."customers"."email" ASC LIMIT 1001
--
SELECT "sales"."orders"."st" AS "st" FROM "sales"."orders" WHERE "sales"."orders"."st" IS NOT NULL GROUP BY "sales"."orders"."st" ORDER BY "sales"."orders"."st" ASC LIMIT 1001
--
SELECT COUNT(*) AS "count" FROM "sales"."orders" LIMIT 1
--
SELECT "meta"::json FROM (SELECT "meta" FROM "public"."customers" ORDER BY id LIMIT 100) sample
--
SELECT COUNT(DISTINCT "sales"."orders"."customer_id") AS "distinct", MIN("sales"."orders"."d") AS "min", MAX("sales"."orders"."d") AS "max" FROM "sales"."orders"

-- Metabase: questions
--
SELECT DATE_TRUNC('month', "sales"."orders"."d") AS "d", SUM("sales"."orders"."amount") AS "sum" FROM "sales"."orders" GROUP BY DATE_TRUNC('month', "sales"."orders"."d") ORDER BY DATE_TRUNC('month', "sales"."orders"."d") ASC
--
SELECT CAST((CAST(DATE_TRUNC('week', ("sales"."orders"."d" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day') AS date) AS "d", COUNT(*) AS "count" FROM "sales"."orders" GROUP BY CAST((CAST(DATE_TRUNC('week', ("sales"."orders"."d" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day') AS date) ORDER BY 1
--
SELECT CAST(extract(hour from "public"."customers"."created") AS integer) AS "created", COUNT(*) AS "count" FROM "public"."customers" GROUP BY CAST(extract(hour from "public"."customers"."created") AS integer) ORDER BY CAST(extract(hour from "public"."customers"."created") AS integer) ASC
--
SELECT (CAST(extract(dow from "sales"."orders"."d") AS integer) + 1) AS "day", CAST(CEIL((extract(doy from "sales"."orders"."d") / 7.0)) AS integer) AS "week", COUNT(*) AS "count" FROM "sales"."orders" GROUP BY 1, 2 ORDER BY 1, 2
--
SELECT ((FLOOR((("public"."customers"."balance" - 0.0) / 12.5)) * 12.5) + 0.0) AS "balance", COUNT(*) AS "count" FROM "public"."customers" GROUP BY ((FLOOR((("public"."customers"."balance" - 0.0) / 12.5)) * 12.5) + 0.0) ORDER BY 1
--
SELECT "source"."name" AS "name", "source"."sum" AS "sum" FROM (SELECT "Customers"."name" AS "name", SUM("sales"."orders"."amount") AS "sum" FROM "sales"."orders" LEFT JOIN "public"."customers" AS "Customers" ON "sales"."orders"."customer_id" = "Customers"."id" GROUP BY "Customers"."name") AS "source" WHERE "source"."sum" > 50 ORDER BY "source"."sum" DESC, "source"."name" ASC LIMIT 10
--
SELECT COUNT(*) AS "count", SUM(CASE WHEN "active" = TRUE THEN 1 ELSE 0.0 END) AS "count-where", CAST(SUM(CASE WHEN "active" = TRUE THEN 1 ELSE 0.0 END) AS DOUBLE PRECISION) / NULLIF(COUNT(*), 0.0) AS "share" FROM "public"."customers"
--
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY "sales"."orders"."amount") AS "median", PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY "sales"."orders"."id") AS "high" FROM "sales"."orders"
--
SELECT COUNT(*) AS "count" FROM "public"."customers" WHERE (LOWER("public"."customers"."name") LIKE '%name 1%') AND NOT ("public"."customers"."email" = '11@example.com' OR "public"."customers"."email" IS NULL)
--
SELECT COUNT(*) AS "count" FROM "public"."customers" WHERE "public"."customers"."created" >= timestamp with time zone '2024-01-01 06:00:00.000Z' AND "public"."customers"."created" < timestamp with time zone '2024-01-02 00:00:00.000Z'
--
SELECT COUNT(*) AS "count" FROM "sales"."orders" WHERE "d" >= DATE_TRUNC('month', (NOW() + INTERVAL '-30 month')) AND "d" < DATE_TRUNC('day', NOW())
--
SELECT "name", (CASE WHEN "balance" > 30 THEN 'high' WHEN "balance" > 15 THEN 'middle' ELSE 'low' END) AS "class", SUBSTRING("email" FROM '@(.*)') AS "host", CONCAT("name", ' ', "email"), COALESCE("email", '-'), LENGTH("name") FROM "public"."customers" ORDER BY "id" LIMIT 12
--
SELECT ("meta"#>> array['n']::text[])::bigint AS "n", COUNT(*) AS "count" FROM "public"."customers" GROUP BY ("meta"#>> array['n']::text[])::bigint ORDER BY 1 LIMIT 5
--
SELECT "created" AT TIME ZONE 'America/New_York' AS "local", timezone('UTC', "created") AS "utc", ("created" AT TIME ZONE 'UTC')::date AS "day" FROM "public"."customers" ORDER BY "id" LIMIT 3
--
SELECT DATE_TRUNC('quarter', "d") AS "q", "st", SUM(SUM("amount")) OVER (PARTITION BY "st" ORDER BY DATE_TRUNC('quarter', "d") ASC ROWS UNBOUNDED PRECEDING) AS "running" FROM "sales"."orders" GROUP BY 1, 2 ORDER BY 1
--
SELECT STDDEV_POP("amount") AS "deviation", VAR_POP("id") AS "variance", COUNT(*) FILTER (WHERE "d" > '2024-01-20') FROM "sales"."orders"

-- Superset: how its time grains and filters come out
--
SELECT DATE_TRUNC('minute', created) + INTERVAL '5 minutes' * FLOOR(EXTRACT(MINUTE FROM created) / 5) AS t, count(*) AS count FROM (SELECT * FROM public.customers) AS virtual_table GROUP BY 1 ORDER BY count DESC, t LIMIT 1000
--
SELECT name AS name, sum(balance) AS "SUM(balance)" FROM (SELECT name, balance, created FROM public.customers) AS virtual_table WHERE created >= TO_TIMESTAMP('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND created < TO_TIMESTAMP('2024-01-01 08:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') GROUP BY name ORDER BY "SUM(balance)" DESC LIMIT 100
--
SELECT st AS st, COUNT(*) AS count FROM sales.orders JOIN (SELECT customer_id AS c__, COUNT(*) AS mme_inner__ FROM sales.orders GROUP BY customer_id ORDER BY mme_inner__ DESC, c__ LIMIT 3) AS series_limit ON customer_id = c__ GROUP BY st
