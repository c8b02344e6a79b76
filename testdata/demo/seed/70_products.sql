-- Products that depend on all of the above.
CREATE SCHEMA customers;
CREATE SCHEMA growth;

CREATE TABLE customers.profiles AS
SELECT p.customer_id, m.email, p.first_name, p.last_name, p.phone, p.birth_date, p.street, p.postal_code, p.city, p.country,
  CASE
    WHEN o.many IS NULL THEN 'prospect'
    WHEN o.last < DATE '2026-01-01' THEN 'lapsed'
    WHEN o.value >= 1500 THEN 'champion'
    WHEN o.many >= 3 THEN 'loyal'
    ELSE 'active'
  END AS segment,
  coalesce(o.value, 0) AS lifetime_value,
  CAST(instant('registered', p.n, coalesce(o.first, DATE '2026-09-30') - 1 - CAST(draw('before', p.n, 400) AS INTEGER)) AS TIMESTAMPTZ) AS registered_at
FROM people p
JOIN mail m USING (customer_id)
LEFT JOIN (
  SELECT customer_id, count(*) AS many, min(day) AS first, max(day) AS last, CAST(sum(total_amount) AS DECIMAL(12, 2)) AS value
  FROM orders.orders WHERE status <> 'cancelled' GROUP BY customer_id
) AS o USING (customer_id);

CREATE TABLE customers.consents AS
SELECT c.customer_id, c.channel, c.country, c.granted, p.registered_at + to_days(CAST(draw('changed.' || c.channel, c.customer_id, 20) AS INTEGER)) AS changed_at
FROM consents c JOIN customers.profiles p USING (customer_id);

CREATE TABLE brands.agreements AS
SELECT brand_id, CAST(make_date(year, 1, 1) AS DATE) AS valid_from, make_date(year, 12, 31) AS valid_to,
  CAST(0.08 + draw('rate', concat(brand_id, '/', year), 120) / 1000.0 AS DECIMAL(5, 4)) AS commission_rate,
  CAST(5000 + 2500 * draw('minimum', concat(brand_id, '/', year), 20) AS DECIMAL(12, 2)) AS annual_minimum,
  concat(lower(replace(replace(replace(replace(strip_accents(name), ' ', '-'), '''', ''), '&', 'and'), '--', '-')), '@partners.example') AS contact_email
FROM brands.brands, (VALUES (2024), (2025), (2026)) AS t(year);

CREATE TABLE growth.brand_goals AS
SELECT b.brand_id, q.quarter, CAST(100 * round(coalesce(s.revenue, 0) * (0.9 + 0.35 * chance('goal', concat(b.brand_id, q.quarter))) / 100) + 500 AS DECIMAL(12, 2)) AS revenue_goal,
  pick('planner', b.brand_id, ['gwen', 'felix']) AS planner
FROM brands.brands b
CROSS JOIN (SELECT DISTINCT CAST(date_trunc('quarter', day) AS DATE) AS quarter FROM calendar) AS q
LEFT JOIN (
  SELECT l.brand_id, CAST(date_trunc('quarter', l.day) AS DATE) AS quarter, sum(l.quantity * l.unit_price) AS revenue FROM line l GROUP BY ALL
) AS s ON s.brand_id = b.brand_id AND s.quarter = q.quarter;
