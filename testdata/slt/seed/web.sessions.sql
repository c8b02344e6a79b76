-- oracle
id bigint PRIMARY KEY, customer_id bigint, started timestamp, pages integer, device text, bounced boolean, dwell double precision
-- store
id bigint, customer_id bigint, started timestamp, pages integer, device varchar, bounced boolean, dwell double
-- rows
(100, 1, '2024-01-05 09:00:00', 5, 'phone', false, 12.5),
(101, 1, '2024-02-05 09:00:00', 1, 'Phone', true, 0.5),
(102, 2, '2024-02-06 09:00:00', 3, 'desktop', false, 60),
(103, 3, '2024-02-07 09:00:00', NULL, NULL, NULL, NULL),
(104, NULL, '2024-02-08 09:00:00', 2, 'tablet', false, -1.25),
(105, 8, '2024-03-03 09:00:00', 9, 'phone', false, 1e3),
(106, 8, '2024-03-04 09:00:00.000001', 9, 'desktop', true, 33.3),
(107, 42, NULL, 0, '', true, 0)
