-- Sessions of the last six months: older ones are not kept. They end where people give up; those of orders by web go through to
-- the confirmation.
CREATE SCHEMA web;

CREATE TABLE visit AS
SELECT left(md5(concat('visit/', n)), 16) AS session_id, n, customer_id, country, point AS started_at, order_id, depth
FROM (
  SELECT n, customer_id, country, ordered_at - to_seconds(180 + draw('stay', n, 1500)) AS point, order_id, 6 AS depth
  FROM orders.orders WHERE channel = 'web' AND day >= DATE '2026-05-01'
  UNION ALL
  SELECT 100000 + k, CASE WHEN chance('known', k) < 0.45 THEN p.customer_id END, p.country, instant('visit', k, c.day), NULL,
    CASE WHEN chance('depth', k) < 0.27 THEN 1 WHEN chance('depth', k) < 0.52 THEN 2 WHEN chance('depth', k) < 0.85 THEN 3 WHEN chance('depth', k) < 0.95 THEN 4 ELSE 5 END
  FROM (SELECT k, busy.since + (k + chance('visit.day', k)) * (busy.upto - busy.since) / 10000.0 AS point
    FROM range(10000) AS r(k), (SELECT min(since) AS since, max(upto) AS upto FROM calendar WHERE day >= DATE '2026-05-01') AS busy
  ) AS v
  ASOF JOIN calendar c ON v.point >= c.since
  JOIN people p ON p.n = 1 + draw('visitor', k, 5000)
);

-- step is a page of a visit: home, list, articles, basket, checkout, confirmation. In a session of an order the articles are
-- those that were bought.
CREATE TABLE step AS
SELECT session_id, n, rank, page_type, article_id
FROM (
  SELECT v.session_id, v.n, s.depth * 100 AS rank, s.page_type, NULL AS article_id
  FROM visit v JOIN (VALUES (1, 'home'), (2, 'list'), (4, 'basket'), (5, 'checkout'), (6, 'confirmation')) AS s(depth, page_type) ON s.depth <= v.depth
  WHERE s.depth <> 1 OR chance('lands', v.n) < 0.7 OR v.depth = 1
  UNION ALL
  SELECT v.session_id, v.n, 300 + l.line_no, 'article', l.article_id FROM visit v JOIN line l USING (order_id)
  UNION ALL
  SELECT v.session_id, v.n, 310 + k, 'article', 3000 + CAST(floor(720 * power(chance('look', concat(v.n, '/', k)), 1.4)) AS BIGINT) * 7 % 720
  FROM visit v, range(4) AS r(k)
  WHERE v.depth >= 3 AND k < [1, 1, 2, 2, 3, 4][1 + draw('looks', v.n, 6)] AND (v.order_id IS NULL OR k < 1)
);

CREATE TABLE web.page_views AS
SELECT row_number() OVER (ORDER BY started_at, session_id, position) AS view_id, session_id, position, page_type, article_id, seconds,
  started_at + to_seconds(CAST(sum(seconds) OVER (PARTITION BY session_id ORDER BY position) - seconds AS BIGINT)) AS viewed_at
FROM (
  SELECT v.started_at, s.session_id, row_number() OVER (PARTITION BY s.session_id ORDER BY rank) AS position, s.page_type, s.article_id,
    4 + draw('seconds', concat(s.n, '/', rank), CASE s.page_type WHEN 'article' THEN 150 WHEN 'checkout' THEN 120 ELSE 45 END) AS seconds
  FROM step s JOIN visit v USING (session_id)
);

CREATE TABLE web.sessions AS
SELECT v.session_id, v.customer_id, v.country, v.started_at,
  pick('device', coalesce(v.customer_id, v.n), ['phone', 'phone', 'phone', 'desktop', 'desktop', 'tablet']) AS device,
  pick('source', v.n, ['search', 'search', 'search', 'direct', 'direct', 'newsletter', 'social', 'social', 'affiliate']) AS source,
  concat('203.0.113.', draw('ip', coalesce(v.customer_id, v.n), 254) + 1) AS ip_address,
  s.views AS page_views, s.first AS landing_page, ['home', 'list', 'article', 'basket', 'checkout', 'confirmation'][v.depth] AS reached,
  v.order_id IS NOT NULL AS converted, v.order_id
FROM visit v
JOIN (SELECT session_id, count(*) AS views, arg_min(page_type, position) AS first FROM web.page_views GROUP BY session_id) AS s USING (session_id);
