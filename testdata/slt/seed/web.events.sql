-- oracle
id bigint PRIMARY KEY, session_id bigint, "at" timestamp, kind text, article_id integer, value numeric(10,2)
-- store
id bigint, session_id bigint, "at" timestamp, kind varchar, article_id integer, value decimal(10,2)
-- rows
(1000, 100, '2024-01-05 09:00:01', 'view', 1, NULL),
(1001, 100, '2024-01-05 09:00:09', 'cart', 1, 12.50),
(1002, 100, '2024-01-05 09:01:00', 'buy', 1, 12.50),
(1003, 101, '2024-02-05 09:00:00', 'view', 2, NULL),
(1004, 102, '2024-02-06 09:00:00', 'view', 3, NULL),
(1005, 102, '2024-02-06 09:02:00', 'buy', 3, 0.10),
(1006, 105, '2024-03-03 09:00:00', 'view', 4, NULL),
(1007, 105, '2024-03-03 09:10:00', 'buy', 6, 6.60),
(1008, 106, NULL, NULL, NULL, NULL),
(1009, 999, '2024-03-05 00:00:00', 'VIEW', 1, -3.14)
