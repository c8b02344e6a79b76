-- oracle
id integer PRIMARY KEY, name varchar(50), country varchar(2)
-- store
id int PRIMARY KEY, name varchar(50), country varchar(2)
-- rows
(1, 'Acme', 'US'),
(2, 'Boltworks', 'DE'),
(3, 'acme', NULL),
(4, 'Zebra', 'FR')
