package mysql

import (
	"testing"

	"meshgate/connectors"
)

// TestGuard shows which statements are sent and which are not.
func TestGuard(t *testing.T) {
	expect := []connectors.Expectation{{Schema: "shop", Table: "orders", Columns: []string{"id", "name"}}, {
		Schema: "shop",
		Table:  "users", Columns: []string{"id"},
	}}
	for sql, ok := range map[string]bool{
		"SELECT `id`, `name` FROM `shop`.`orders`":                                                                                           true,
		"SELECT t1.`id` FROM `shop`.`orders` AS t1 WHERE (t1.`id` = ?)":                                                                      true,
		"SELECT t1.`id` FROM `shop`.`orders` AS t1 INNER JOIN `shop`.`users` AS t2 ON (t1.`id` = t2.`id`)":                                   true,
		"SELECT t3.`c1` FROM (SELECT * FROM (SELECT t1.`id` AS `c1` FROM `shop`.`orders` AS t1) AS fenced LIMIT 18446744073709551615) AS t3": true,
		"SELECT `id` FROM `shop`.`orders` AS t1 WHERE EXISTS (SELECT 1 FROM `shop`.`users` AS t2 WHERE (t2.`id` = t1.`id`))":                 true,
		"SELECT COUNT(DISTINCT SHA2(CAST(CONVERT(`name` USING utf8mb4) AS BINARY), 512)) FROM `shop`.`orders`":                               true,
		"SELECT `id` FROM `shop`.`orders` ORDER BY (`id` IS NULL) ASC, `id` DESC LIMIT ? OFFSET ?":                                           true,
		"SELECT * FROM `shop`.`orders`":                                                         false,
		"SELECT `password` FROM `shop`.`orders`":                                                false,
		"SELECT `id` FROM `shop`.`orders`; DROP TABLE `shop`.`orders`":                          false,
		"SELECT `id` FROM `shop`.`orders` -- comment":                                           false,
		"SELECT /*! SLEEP(1), */ `id` FROM `shop`.`orders`":                                     false,
		"SELECT `id` FROM `shop`.`secrets`":                                                     false,
		"SELECT `id` FROM `orders`":                                                             false,
		"SELECT `id` FROM `mysql`.`user`":                                                       false,
		"SELECT SLEEP(10) FROM `shop`.`orders`":                                                 false,
		"SELECT LOAD_FILE(`name`) FROM `shop`.`orders`":                                         false,
		"SELECT `id` FROM `shop`.`orders` UNION SELECT `id` FROM `shop`.`users`":                false,
		"SELECT `id` FROM `shop`.`orders` FOR UPDATE":                                           false,
		"SELECT @@version FROM `shop`.`orders`":                                                 false,
		"SELECT @a FROM `shop`.`orders`":                                                        false,
		"SELECT 'text' FROM `shop`.`orders`":                                                    false,
		"SELECT t1.`name` FROM `shop`.`orders` AS t1, `shop`.`users` AS t2 WHERE t2.`name` = ?": false,
		"SELECT `id` FROM `shop`.`orders` WHERE `id` IN (SELECT `name` FROM `shop`.`users`)":    true,
		"SELECT 1.5 + LAST_INSERT_ID(5) FROM `shop`.`orders`":                                   false,
		"SELECT `id` FROM `shop`.`orders` INTO OUTFILE '/tmp/x'":                                false,
		"SELECT `id` FROM `shop`.`orders` USE INDEX (x)":                                        false,
		"UPDATE `shop`.`orders` SET `id` = 1":                                                   false,
		"SELECT 1":                                                                              false,
		"":                                                                                      false,
	} {
		q := &connectors.Query{SQL: sql, Expect: expect}
		for _, c := range sql {
			if c == '?' {
				q.Args = append(q.Args, connectors.Arg{})
			}
		}
		if err := check(sql, q); (err == nil) != ok {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
