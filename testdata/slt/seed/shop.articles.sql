-- oracle
id integer PRIMARY KEY, sku varchar(20), title varchar(200), brand_id integer, price numeric(10,2), active boolean, weight double precision, added timestamp(6), launched date, stock bigint
-- store
id int PRIMARY KEY, sku varchar(20), title varchar(200), brand_id int, price decimal(10,2), active tinyint(1), weight double, added datetime(6), launched date, stock int unsigned
-- rows
(1, 'A-1', 'Anvil', 1, 12.50, true, 50.5, '2023-01-01 00:00:00', '2023-01-02', 5),
(2, 'a-1', 'anvil', 1, 12.50, false, 0.1, '2023-05-01 10:11:12.123456', NULL, 0),
(3, 'B-2', 'Bolt', 2, 0.05, true, NULL, NULL, '2020-02-29', 4294967295),
(4, 'C-3', 'Çay', NULL, 99999999.99, true, 1e10, '2024-12-31 23:59:59', '2024-12-31', 1),
(5, 'D-4 ', NULL, 3, NULL, NULL, -1.5, '1999-01-01 00:00:00', '1000-01-01', NULL),
(6, '', '', 2, 3.30, true, 2.25, '2024-02-29 00:00:00', '2024-02-29', 17)
