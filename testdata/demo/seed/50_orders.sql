-- Nine thousand orders over two years, their lines, payments and returns, and the discounts that they used.
CREATE SCHEMA orders;

CREATE TABLE basket AS
SELECT 700000 + o.n AS order_id, o.n, p.customer_id, p.country, c.day, instant('ordered', o.n, c.day) AS ordered_at,
  [1, 1, 1, 1, 2, 2, 2, 3, 3, 5][1 + draw('lines', o.n, 10)] AS wanted,
  CASE WHEN draw('channel', o.n, 100) < 58 THEN 'web' WHEN draw('channel', o.n, 100) < 94 THEN 'app' ELSE 'phone' END AS channel
FROM (
  SELECT n, (n - 1 + chance('day', n)) * (SELECT max(upto) FROM calendar) / 9000.0 AS point,
    CAST(floor(5000 * power(chance('customer', n), 1.6)) AS BIGINT) * 1931 % 5000 + 1 AS person
  FROM range(1, 9001) AS r(n)
) AS o
ASOF JOIN calendar c ON o.point >= c.since
JOIN people p ON p.n = o.person;

-- An article that is drawn twice for an order stays one line. What sold before its launch was launched that day.
CREATE TABLE line AS
SELECT order_id, day, row_number() OVER (PARTITION BY order_id ORDER BY k) AS line_no, article_id, brand_id, quantity,
  CAST(CASE WHEN day < DATE '2025-11-01' THEN round(list_price * 0.97, 2) ELSE list_price END AS DECIMAL(10, 2)) AS unit_price
FROM (
  SELECT b.order_id, b.day, k, a.article_id, a.brand_id, a.list_price, [1, 1, 1, 1, 1, 1, 2, 2, 3][1 + draw('quantity', concat(b.n, '/', k), 9)] AS quantity
  FROM basket b, range(5) AS r(k), catalogue.articles a
  WHERE k < b.wanted AND a.nth = CAST(floor(720 * power(chance('article', concat(b.n, '/', k)), 1.4)) AS BIGINT) * 7 % 720
  QUALIFY row_number() OVER (PARTITION BY b.order_id, a.article_id ORDER BY k) = 1
);

UPDATE catalogue.articles SET launched_on = least(launched_on, first) FROM (SELECT article_id, min(day) AS first FROM line GROUP BY article_id) AS f WHERE f.article_id = articles.article_id;

-- At most one discount an order: one that is valid on its day and fits one of its articles. People use what was mailed to them.
CREATE TABLE used AS
SELECT order_id, discount_id, saved
FROM (
  SELECT b.order_id, b.n, d.discount_id, m.discount_id IS NOT NULL AS mailed,
    CAST(round(sum(l.unit_price * l.quantity) * d.percent_off / 100, 2) AS DECIMAL(10, 2)) AS saved
  FROM basket b
  JOIN promotions.discounts d ON b.day BETWEEN d.valid_from AND d.valid_to
  JOIN line l ON l.order_id = b.order_id AND (d.brand_id IS NULL OR d.brand_id = l.brand_id)
  LEFT JOIN mailed m ON m.discount_id = d.discount_id AND m.customer_id = b.customer_id
  GROUP BY b.order_id, b.n, d.discount_id, d.percent_off, m.discount_id
)
WHERE chance('use', concat(n, '/', discount_id)) < CASE WHEN mailed THEN 0.85 ELSE 0.3 END
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY saved DESC, discount_id) = 1;

CREATE TABLE orders.orders AS
SELECT b.order_id, b.n, b.customer_id, b.country, b.day, b.ordered_at, b.channel, 'EUR' AS currency,
  CASE
    WHEN chance('status', b.n) < 0.04 THEN 'cancelled'
    WHEN b.day >= DATE '2026-10-29' THEN 'processing'
    WHEN b.day >= DATE '2026-10-24' THEN 'shipped'
    ELSE 'delivered'
  END AS status,
  g.gross AS gross_amount, coalesce(u.saved, 0) AS discount_amount, CAST(CASE WHEN g.gross < 60 THEN 4.95 ELSE 0 END AS DECIMAL(10, 2)) AS shipping_fee,
  CAST(g.gross - coalesce(u.saved, 0) + CASE WHEN g.gross < 60 THEN 4.95 ELSE 0 END AS DECIMAL(12, 2)) AS total_amount
FROM basket b
JOIN (SELECT order_id, CAST(sum(unit_price * quantity) AS DECIMAL(12, 2)) AS gross FROM line GROUP BY order_id) AS g USING (order_id)
LEFT JOIN used u USING (order_id);

CREATE TABLE orders.lines AS
SELECT l.order_id, l.line_no, o.country, l.article_id, l.quantity, l.unit_price, CAST(l.quantity * l.unit_price AS DECIMAL(12, 2)) AS amount
FROM line l JOIN orders.orders o USING (order_id);

CREATE TABLE orders.payments AS
SELECT 800000 + n AS payment_id, order_id, country, method,
  CASE WHEN method IN ('direct debit', 'invoice') THEN concat(country, lpad(CAST(10 + draw('check', customer_id, 89) AS VARCHAR), 2, '0'), 'DEMO', lpad(CAST(draw('account', customer_id, 1000000000) AS VARCHAR), 10, '0')) END AS iban,
  CASE WHEN method = 'card' THEN lpad(CAST(draw('card', customer_id, 10000) AS VARCHAR), 4, '0') END AS card_last4,
  total_amount AS amount,
  CASE WHEN method = 'invoice' THEN ordered_at + to_days(CAST(3 + draw('paid', n, 20) AS INTEGER)) ELSE ordered_at + to_seconds(20 + draw('paid', n, 100)) END AS paid_at
FROM (
  SELECT *, pick('method', concat(customer_id, '/', n % 3), ['card', 'card', 'card', 'wallet', 'wallet', 'direct debit', 'invoice']) AS method FROM orders.orders WHERE status <> 'cancelled'
);

CREATE TABLE orders.returns AS
SELECT 60000 + row_number() OVER (ORDER BY o.order_id, l.line_no) AS return_id, o.order_id, l.line_no, o.country,
  pick('reason', key, ['too small', 'too large', 'not as pictured', 'arrived late', 'damaged', 'changed mind', 'changed mind']) AS reason,
  CAST(l.quantity * l.unit_price AS DECIMAL(10, 2)) AS refunded,
  o.day + 4 + CAST(draw('back', key, 18) AS INTEGER) AS returned_on
FROM (SELECT *, concat(order_id, '/', line_no) AS key FROM orders.lines) AS l JOIN orders.orders o USING (order_id)
WHERE o.status = 'delivered' AND chance('return', key) < 0.08;

CREATE TABLE promotions.redemptions AS
SELECT 400000 + row_number() OVER (ORDER BY o.order_id) AS redemption_id, u.discount_id, o.order_id, o.customer_id, o.country, u.saved, o.ordered_at AS redeemed_at
FROM used u JOIN orders.orders o USING (order_id)
WHERE o.status <> 'cancelled';
