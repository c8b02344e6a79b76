-- oracle
id bigint PRIMARY KEY, name text, email text, country varchar(2), vip boolean, credit numeric(12,2), born date, created timestamptz, ssn text
-- store
id bigint PRIMARY KEY, name text, email text, country varchar(2), vip boolean, credit numeric(12,2), born date, created timestamptz, social_no text
-- rows
(1, 'Ada', 'ada@example.com', 'DE', true, 100.00, '1990-02-28', '2024-01-01 00:00:00+00', 'CANARY-1'),
(2, 'Bert', 'bert@example.com', 'FR', false, 0.00, '1985-12-31', '2024-03-31 01:30:00+00', 'CANARY-2'),
(3, 'Çelik', 'celik@example.com', 'DE', NULL, NULL, NULL, '2024-06-15 12:00:00.123456+00', 'CANARY-3'),
(4, 'ada', 'ADA@example.com', 'US', true, -5.25, '2000-02-29', NULL, 'CANARY-4'),
(5, '', '', NULL, false, 9999999999.99, '0001-01-01', '1970-01-01 00:00:00+00', 'CANARY-5'),
(6, NULL, NULL, 'FR', true, 250.50, '1999-07-04', '2038-01-19 03:14:08+00', 'CANARY-6'),
(7, 'Ada ', 'x_y%z@example.com', 'US', false, 99.99, '1970-01-01', '2023-12-31 23:59:59.999999+00', 'CANARY-7'),
(8, 'Zoë', 'zoe@example.com', 'DE', true, 149.50, '2010-10-10', '2024-02-29 10:00:00+00', 'CANARY-8')
