-- oracle
id bigint PRIMARY KEY, customer_id bigint, placed timestamp, status text, total numeric(12,2), discount double precision, qty integer, small smallint, note text
-- store
id bigint PRIMARY KEY, customer_id bigint, placed timestamp, status text, total numeric(12,2), discount double precision, qty integer, small smallint, note text
-- rows
(10, 1, '2024-01-05 10:00:00', 'paid', 120.50, 0.1, 3, 1, 'first'),
(11, 1, '2024-02-05 11:30:00.5', 'paid', 80.00, 0, 1, 2, NULL),
(12, 2, '2024-02-06 00:00:00', 'open', 15.25, 0.25, 2, -1, 'a,b'),
(13, 3, '2024-02-29 23:59:59.999999', 'returned', 0.00, NULL, 0, 0, ''),
(14, 4, '2024-03-01 08:00:00', 'paid', 999.99, 1e-7, 100, 32767, 'Ada'),
(15, 99, '2024-03-02 08:00:00', 'Paid', 10.00, 1e15, -5, -32768, 'nobody'),
(16, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(17, 8, '2024-03-03 09:15:00', 'paid', 45.45, 0.333333333333333, 7, 7, 'Zoë'),
(18, 8, '2024-03-03 09:15:00', 'open', 45.45, -0.5, 2147483647, 8, 'tie'),
(19, 6, '1999-12-31 12:00:00', 'paid', 7.10, 'NaN', 1, 9, 'nan')
