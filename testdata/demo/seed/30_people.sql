-- Five thousand people. What depends on what they bought is added with the products.
CREATE TABLE people AS
SELECT n, 10000 + n AS customer_id, c.code AS country, c.dial, pick('first', n, c.firsts) AS first_name, pick('last', n, c.lasts) AS last_name,
  concat(pick('street', n, c.streets), ' ', 1 + draw('number', n, 140)) AS street, p.city,
  lpad(CAST(p.postal + draw('postal', n, 60) AS VARCHAR), CASE WHEN c.code IN ('AT', 'CH', 'NL', 'BE') THEN 4 ELSE 5 END, '0') AS postal_code,
  DATE '1947-01-01' + CAST(floor((chance('age', n) + chance('age2', n)) * 11000) AS INTEGER) AS birth_date,
  CASE WHEN chance('phone', n) < 0.8 THEN concat(c.dial, ' 155 ', lpad(CAST(draw('phone2', n, 10000000) AS VARCHAR), 7, '0')) END AS phone
FROM (SELECT n, draw('country', n, 100) AS point FROM range(1, 5001) AS r(n)) AS r
JOIN countries c ON r.point >= c.since AND r.point < c.since + c.weight
JOIN places p ON p.country = c.code AND p.nth = draw('city', n, p.many);

-- Addresses under names that nobody can own. The same name again gets a number.
CREATE TABLE mail AS
SELECT customer_id, concat(base, CASE WHEN nth > 1 THEN CAST(nth AS VARCHAR) ELSE '' END, '@', host) AS email
FROM (
  SELECT customer_id, base, host, row_number() OVER (PARTITION BY base, host ORDER BY customer_id) AS nth
  FROM (
    SELECT customer_id, pick('host', n, ['mail.example', 'post.example', 'inbox.example', 'example.com', 'example.net', 'example.org']) AS host,
      replace(replace(replace(replace(strip_accents(lower(replace(replace(concat(first_name, '.', last_name), ' ', ''), '''', ''))), 'ß', 'ss'), 'ł', 'l'), 'ø', 'o'), 'đ', 'd') AS base
    FROM people
  )
);

CREATE TABLE consents AS
SELECT customer_id, channel, country, chance('consent.' || channel, n) < share AS granted
FROM people, (VALUES ('email', 0.72), ('push', 0.35)) AS t(channel, share);
