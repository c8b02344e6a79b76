-- oracle
id integer, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, t text, v varchar(8), c character(4), b bytea, d date, tm time, ts timestamp, tz timestamptz, iv interval, u uuid, j json, jb jsonb, ia integer[], ta text[]
-- store
id integer, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, t text, v varchar(8), c character(4), b bytea, d date, tm time, ts timestamp, tz timestamptz, iv interval, u uuid, j json, jb jsonb, ia integer[], ta text[]
-- rows
(1, 1, 1, 1, 1.5, 1.5, 1.50, 'one', 'one', 'one', '\x01', '2024-01-01', '01:02:03', '2024-01-01 01:02:03', '2024-01-01 01:02:03+00', '1 day', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{"b":2,"a":1}', '{1,2,3}', '{a,NULL,"x y"}'),
(2, -32768, -2147483648, -9223372036854775808, '-Infinity', '-Infinity', -0.000000000000000000001, '', '', '', '', '0001-01-01 BC', '00:00:00', '-infinity', 'infinity', '-1 year -2 mons +3 days -04:05:06.789', '00000000-0000-0000-0000-000000000000', '[]', '[]', '{}', '{}'),
(3, 32767, 2147483647, 9223372036854775807, 'NaN', 'NaN', 'NaN', 'Ünï\tcode', '12345678', 'abcd', '\xdeadbeef00', '9999-12-31', '24:00:00', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00', '178000000 years', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '"s"', 'null', '{NULL,-1}', '{"{}","\""}'),
(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(5, 0, 0, 0, '-0', '-0', 123456789012345678901234567890.123456789, 'Abc', 'abc ', 'a', '\x00ff', 'infinity', '23:59:59.999999', '2024-02-29 12:00:00', '1900-01-01 00:00:00+00', '00:00:00.000001', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12', 'null', '{"n": 1.50, "nested": {"x": [1,2]}}', '{7}', '{ä}')
