-- Queries in which what is hidden could decide about an answer, a plan, or an error; one a line, asked of each kind of store.
SELECT * FROM $T ORDER BY id
SELECT count(*), min(id), max(id), sum(level), avg(big) FROM $T
SELECT t.id, s.label FROM $T t JOIN $S s USING (person) ORDER BY 1, 2
SELECT t.id, s.label FROM $T t LEFT JOIN $S s USING (person) WHERE 12 / t.level > 2 ORDER BY 1, 2
SELECT s.id FROM $S s WHERE NOT EXISTS (SELECT FROM $T t WHERE t.person = s.person AND t.code::int > 0) ORDER BY 1
SELECT country, credit, count(*), sum(salary) FROM $T GROUP BY 1, 2 ORDER BY 1, 2
SELECT country, sum(salary), avg(salary), count(salary) FROM $T GROUP BY 1 ORDER BY 1
SELECT id FROM $T WHERE phone > 'M' OR nick > 'a' OR name > 'N*' ORDER BY 1
SELECT id FROM $T ORDER BY phone, nick, name, credit, born, note, id LIMIT 4
SELECT id, code::int / level, doc::json ->> 'a', big::int FROM $T ORDER BY 1
SELECT a.id, b.id FROM $T a JOIN maria.people b ON a.email = b.email ORDER BY 1, 2
SELECT a.id, b.id FROM flat.people a JOIN $T b ON a.code::int = b.code::int ORDER BY 1, 2
SELECT a.id, b.hours FROM $T a JOIN duck.shifts b ON a.person = b.person AND 10 / a.level > b.hours - 6 ORDER BY 1, 2
SELECT id FROM $T UNION SELECT id FROM post.people UNION SELECT person FROM flat.shifts ORDER BY 1
SELECT id, rank() OVER (PARTITION BY country ORDER BY credit, phone, id) FROM $T ORDER BY 1
SELECT id FROM $T WHERE name::int > 0
SELECT id FROM $T WHERE nick::date > current_date
SELECT 1 / (credit - 30000) FROM $T ORDER BY 1
SELECT id FROM $T WHERE 1 / (level - 7) > 0 ORDER BY 1
SELECT ssn FROM $T
SELECT sn FROM $T
SELECT id FROM $T WHERE salary > 4800
SELECT relname, reltuples FROM pg_class WHERE relnamespace = '$D'::regnamespace ORDER BY 1
SELECT * FROM mesh.my_columns ORDER BY 1, 2, 3
