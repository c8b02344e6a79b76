-- Two discounts a month, one of them on everything, and whom they were mailed to.
CREATE SCHEMA promotions;

CREATE TABLE promotions.discounts AS
SELECT 500 + k AS discount_id, CASE WHEN k % 2 = 0 THEN NULL ELSE 1 + CAST(draw('brand', k, 36) AS INTEGER) END AS brand_id,
  concat(upper(strftime(month, '%b')), strftime(month, '%y'), '-', chr(CAST(65 + k % 2 AS INTEGER)), draw('code', k, 90) + 10) AS code,
  concat(['Winter warm-up', 'Late winter', 'Spring start', 'Easter', 'May days', 'Midsummer', 'Summer sale', 'Late summer', 'Back to school', 'Autumn walks', 'Black week', 'Christmas'][CAST(month(month) AS INTEGER)], ' ', year(month), CASE WHEN k % 2 = 0 THEN ' I' ELSE ' II' END) AS campaign,
  CAST(pick('percent', k, [5, 10, 10, 15, 15, 20, 25]) AS DECIMAL(5, 2)) AS percent_off,
  CAST(month + INTERVAL (CAST(1 + (k % 2) * 14 + draw('start', k, 3) AS INTEGER)) DAY AS DATE) AS valid_from,
  CAST(month + INTERVAL (CAST(1 + (k % 2) * 14 + draw('start', k, 3) + 9 + draw('length', k, 5) AS INTEGER)) DAY AS DATE) AS valid_to,
  CAST(1500 + 500 * draw('budget', k, 18) AS DECIMAL(12, 2)) AS budget
FROM (SELECT k, TIMESTAMP '2024-11-01' + to_months(CAST(k // 2 AS INTEGER)) AS month FROM range(48) AS r(k));

CREATE TABLE mailed AS
SELECT d.discount_id, c.customer_id, d.valid_from AS day, concat(d.discount_id, '/', c.customer_id) AS pair
FROM promotions.discounts d CROSS JOIN consents c
WHERE c.channel = 'email' AND c.granted AND chance('mailed', concat(d.discount_id, '/', c.customer_id)) < 0.04;

CREATE TABLE promotions.mailings AS
SELECT 90000 + row_number() OVER (ORDER BY m.discount_id, m.customer_id) AS mailing_id, m.discount_id, a.email, instant('sent', pair, m.day) AS sent_at,
  chance('opened', pair) < 0.44 AS opened
FROM mailed m JOIN mail a USING (customer_id);
