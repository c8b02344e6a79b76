SELECT 1, 1.5, 'a', NULL, true, 2147483648, 9223372036854775808, 1e10, -5, -2147483648
SELECT * FROM shop.items
SELECT i.*, o.id AS order_id FROM shop.items i JOIN shop.orders o ON o.item = i.id
SELECT avg(qty), sum(qty), sum(id), sum(price), avg(price), min(name), max(at), count(*), count(DISTINCT name) FROM shop.items
SELECT qty + 1, qty + id, qty * price, price / 3, qty / 2, qty::float8 / 2, small + 1, small + small, qty % 2, -qty, @ qty FROM shop.items
SELECT d - d, d + 1, d - 1, ts - ts, ts + interval '1 day', tz - interval '1 hour', d + tm, age(ts), age(ts, ts), tz AT TIME ZONE 'UTC', ts AT TIME ZONE 'UTC' FROM shop.items
SELECT date_trunc('month', ts), date_trunc('day', tz), date_trunc('year', d), extract(year FROM ts), date_part('year', d), to_char(ts, 'YYYY') FROM shop.items
SELECT name || 'x', name || qty, upper(name), length(name), substring(name from 2 for 3), position('a' in name), trim(name), trim(both 'x' from name), lower(code), code || code FROM shop.items
SELECT coalesce(qty, 0), coalesce(name, 'x'), coalesce(qty, 1.5), nullif(qty, 0), nullif(name, ''), greatest(qty, id), least(1, 2.5), coalesce(NULL, NULL) FROM shop.items
SELECT CASE WHEN qty > 1 THEN 1 ELSE 2.5 END, CASE qty WHEN 1 THEN 'a' END, CASE WHEN true THEN NULL ELSE name END, CASE WHEN true THEN d ELSE ts END FROM shop.items
SELECT price::numeric(10,1), name::varchar(3), name::char(5), qty::text, '1'::int, '2024-01-01'::date, ts::date, ts::timestamp(3), '1'::bigint::numeric, int8 '5', float8 '1e3' FROM shop.items
SELECT array_agg(qty), array_agg(name), string_agg(name, ','), bool_and(qty > 1), stddev(qty), variance(price), stddev_pop(f), corr(f, f), json_agg(name), jsonb_object_agg(name, qty) FROM shop.items
SELECT row_number() OVER (), rank() OVER (ORDER BY qty), sum(qty) OVER w, lag(name) OVER w, ntile(4) OVER w, first_value(price) OVER w, avg(qty) OVER (PARTITION BY name) FROM shop.items WINDOW w AS (PARTITION BY name ORDER BY id)
SELECT qty = 1, name = 'a', name LIKE 'a%', name ~ 'x', qty IN (1,2,3), qty BETWEEN 1 AND 2, name IS NULL, qty IS DISTINCT FROM 1, NOT true, qty = ANY(ARRAY[1,2]), name NOT ILIKE 'b' FROM shop.items
SELECT ARRAY[1,2], ARRAY['a','b'], ARRAY[1,2.5], tags[1], tags[1:2], array_length(tags, 1), cardinality(tags), tags || 'x', tags || tags, unnest(tags), array_append(tags, 'z') FROM shop.items
SELECT js -> 'a', js ->> 'a', jb -> 0, jb ->> 'k', jb #> '{a,b}', jb #>> '{a}', jb @> '{}', jb ? 'a', jsonb_typeof(jb), json_array_length(js), jb['a'] FROM shop.items
SELECT (SELECT max(qty) FROM shop.items), EXISTS (SELECT 1 FROM shop.items), ARRAY(SELECT id FROM shop.items), (SELECT 'x'), 1 IN (SELECT qty FROM shop.items)
SELECT 1 UNION SELECT 2.5 UNION SELECT 3
SELECT 'a' UNION ALL SELECT 'b'
SELECT NULL UNION SELECT 1
SELECT 1 AS a, 'x' AS b UNION SELECT qty, name FROM shop.items ORDER BY a
VALUES (1, 'a', NULL), (2.5, 'b', 3)
VALUES (1), (NULL)
WITH x AS (SELECT 1 AS a, 'b' AS b), y(c) AS (SELECT a FROM x) SELECT * FROM x, y
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n, n::text FROM t
SELECT * FROM generate_series(1, 3) AS g, generate_series(1::bigint, 3) h(x), unnest(ARRAY['a','b']) WITH ORDINALITY AS u(v, o)
SELECT * FROM (SELECT 'x' AS c, 1 AS n) s
SELECT now(), current_timestamp, current_date, localtimestamp, current_timestamp(3), current_user, session_user, current_catalog, current_schema, version(), pg_backend_pid()
SELECT round(price), round(price, 2), round(f), trunc(price, 1), ceil(f), floor(price), abs(qty), abs(small), sign(qty), mod(qty, 2), power(2, 3), sqrt(2), exp(1.0), ln(f), log(10), random(), pi() FROM shop.items
SELECT qty, count(*) AS n FROM shop.items GROUP BY qty HAVING count(*) > 1 ORDER BY n DESC, 1
SELECT name, sum(qty) FROM shop.items GROUP BY ROLLUP (name), CUBE (d) ORDER BY grouping(name), 1
SELECT DISTINCT ON (name) name, qty FROM shop.items ORDER BY name, qty DESC
SELECT t.a + 1 FROM (VALUES (1), (2)) AS t(a) WHERE t.a > 1
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY qty), percentile_disc(0.5) WITHIN GROUP (ORDER BY name), mode() WITHIN GROUP (ORDER BY d) FROM shop.items
SELECT make_date(2024, 1, 2), make_interval(days => 3), to_date('2024', 'YYYY'), to_timestamp(0), to_number('1', '9'), justify_days(interval '40 days')
SELECT concat('a', 1, NULL), concat_ws(',', 'a', 2), format('%s', 1), left('abc', 2), right('abc', 1), lpad('a', 3), repeat('a', 2), replace('a','b','c'), split_part('a,b', ',', 1), md5('x'), encode('\x00', 'hex'), chr(65), ascii('a'), initcap('ab'), reverse('ab'), translate('a','b','c'), strpos('a','b'), starts_with('ab','a'), regexp_replace('a','b','c'), regexp_match('a','b'), quote_literal('x'), to_hex(255)
SELECT a.id FROM shop.items a LEFT JOIN shop.orders b USING (id) NATURAL JOIN shop.orders c
SELECT id, item, (SELECT name FROM shop.items i WHERE i.id = o.item) AS item_name FROM shop.orders o
SELECT o.id, l.total FROM shop.orders o, LATERAL (SELECT sum(qty) AS total FROM shop.items i WHERE i.id = o.item) l
SELECT $1::int + 1, $2 || 'x', qty = $3, coalesce($4, 1.5) FROM shop.items LIMIT $5
SELECT $1
SELECT * FROM shop.items WHERE id = ANY($1) AND name = $2 AND d > $3
SELECT u, iv, b FROM shop.items WHERE u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AND b = '\x00'
SELECT (1, 'a') = (2, 'b'), ROW(1,2) < ROW(1,3), (1,2) IN ((1,2),(3,4)), ROW(1,NULL) IS NULL
SELECT count(*) FILTER (WHERE qty > 1), sum(qty) FILTER (WHERE name = 'a') FROM shop.items
SELECT 'abc' COLLATE "C", name COLLATE "C" < 'b' FROM shop.items
SELECT interval '1' year, interval '1-2' year to month, interval '3 days 04:05' day to minute, interval(3) '1.23456 sec'
SELECT 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 16 >> 2, 2 ^ 3, |/ 4.0, 7 / 2, 7.0 / 2, 1::int2 / 1::int2, 10 % 3.0
SELECT int4(5.7), text(5), numeric(5), date('2024-01-01'), float8(1), varchar('x')
SELECT name AS "Name", qty "q t", 1 AS select FROM shop.items
SELECT generate_series(1,3), generate_series(1,2) + 1
SELECT nosuch FROM shop.items
SELECT shop.items.nosuch FROM shop.items
SELECT x.id FROM shop.items
SELECT id FROM shop.items, shop.orders
SELECT * FROM shop.nosuch
SELECT * FROM nosuch.items
SELECT nosuch(1)
SELECT upper(1, 2)
SELECT upper(1)
SELECT name + 1 FROM shop.items
SELECT name = 1 FROM shop.items
SELECT 'a' + 1
SELECT '1' + 1
SELECT 1 + 'x'
SELECT name FROM shop.items GROUP BY qty
SELECT qty, count(*) FROM shop.items
SELECT count(*) FROM shop.items WHERE count(*) > 1
SELECT sum(sum(qty)) FROM shop.items
SELECT row_number() OVER () FROM shop.items WHERE row_number() OVER () > 1
SELECT 1 UNION SELECT 1, 2
SELECT 1 UNION SELECT true
SELECT 'x'::int
SELECT '2024-13-01'::date
SELECT 1::nosuchtype
SELECT * FROM shop.items ORDER BY 100
SELECT * FROM shop.items LIMIT -1
SELECT qty FROM shop.items WHERE qty
SELECT CASE WHEN 1 THEN 2 END
SELECT (SELECT id, qty FROM shop.items)
SELECT id FROM shop.items UNION SELECT id FROM shop.orders ORDER BY id + 1
SELECT DISTINCT name FROM shop.items ORDER BY qty
SELECT DISTINCT ON (name) name FROM shop.items ORDER BY qty
SELECT a.id FROM shop.items a, shop.items a
SELECT $1 + $2
SELECT $1 = $1
SELECT ARRAY[]
SELECT ARRAY[1, 'x']
SELECT ARRAY[]::int[]
SELECT true::date
SELECT d::int FROM shop.items
SELECT now() || 1
SELECT js = js FROM shop.items
SELECT * FROM shop.items i, (SELECT i.id) s
SELECT id FROM shop.items a JOIN shop.orders b ON a.id = b.id
SELECT min(js::text), max(tags) FROM shop.items
SELECT WHERE 1 = 1 FROM
SELECT 1 +
SELECT * FROM shop.items WHERE name IN (SELECT id FROM shop.orders)
SELECT * FROM shop.items WHERE id IN (SELECT id, item FROM shop.orders)
SELECT id FROM shop.items FOR UPDATE
SELECT 1 INTO t
WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1.5 FROM t) SELECT * FROM t
WITH x AS (SELECT 1), x AS (SELECT 2) SELECT * FROM x
SELECT round(2.5::float8, 2)
SELECT sum(name) FROM shop.items
SELECT id, name, sum(qty) FROM shop.items GROUP BY id
SELECT string_agg(name, ',' ORDER BY name DESC), array_agg(DISTINCT qty ORDER BY qty) FROM shop.items
SELECT lag(qty, 1, 0) OVER (ORDER BY id), nth_value(name, 2) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM shop.items
SELECT x FROM generate_series(timestamp '2024-01-01', timestamp '2024-02-01', interval '1 week') x
SELECT * FROM json_each('{"a":1}'), jsonb_array_elements('[1]') WITH ORDINALITY
SELECT (jsonb_each('{"a":1}')).key
SELECT row_to_json(i), to_jsonb(i) FROM shop.items i
SELECT overlay('abc' placing 'x' from 2), substring('abc' similar 'a#"b#"c' escape '#'), 'a' SIMILAR TO 'b', 'a' LIKE 'b' ESCAPE '!'
SELECT name::"char", id::oid, 'pg_class'::regclass, 16::regtype FROM shop.items
SELECT $1 LIMIT $2
SELECT $1, qty FROM shop.items ORDER BY qty OFFSET $2
SELECT DISTINCT $1, 'x' FROM shop.items LIMIT 1
SELECT x FROM (SELECT $1 AS x ORDER BY 1 LIMIT 1) t
SELECT $1 FROM shop.items ORDER BY qty + 1 LIMIT 1
SELECT int4range(1, 5) @> 3, 3 <@ int4range(1, 5), int4range(1, 5) @> int4range(2, 3), int4range(1, 5) * int4range(2, 7), lower(daterange(NULL, NULL)), upper(numrange(1, 2))
SELECT int4range(1, 5) @> date '2024-01-01'
SELECT int4range(1, 5) + numrange(1, 2)
SELECT range_agg(int4range(1, 5)), multirange(int4range(1, 5)), range_merge(int4multirange(int4range(1, 5)))
SELECT tsrange(NULL, NULL) @> timestamp '2024-01-01', tstzrange(NULL, NULL) && tstzrange(NULL, NULL), isempty(numrange(1, 2))
SELECT 5 @> int4range(1, 5)
