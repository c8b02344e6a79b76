// client: pgx 5.7.6 and lib/pq 1.10.9
// needs: go github.com/jackc/pgx/v5@v5.7.6 github.com/lib/pq@v1.10.9

// Command gosql does the work of Go's drivers, by themselves and through database/sql.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
)

const (
	cross = `SELECT c.name, count(*) AS n, sum(s.pages) AS pages FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id GROUP BY c.name ORDER BY c.name`
	kinds = `SELECT id, i2, i4, i8, f4, f8, n::text, t, v, c, b, ts, u::text, j::text, jb::text, iv::text FROM sales.kinds WHERE id IN (1, 4) ORDER BY id`
	long  = `SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders`
)

var ctx = context.Background()

func step(name string, work func() error) {
	fmt.Println("== " + name)
	if err := work(); err != nil {
		fmt.Println("error:", err)
	}
}

func code(err error) string {
	var a *pgconn.PgError
	var b *pq.Error
	switch {
	case errors.As(err, &a):
		return a.Code
	case errors.As(err, &b):
		return string(b.Code)
	}
	return fmt.Sprint(err)
}

func show(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for _, t := range types {
		precision, scale, ok := t.DecimalSize()
		fmt.Print(t.Name(), " ", t.DatabaseTypeName(), " ", t.ScanType(), " ", precision, scale, ok, "; ")
	}
	fmt.Println()
	for rows.Next() {
		values := make([]any, len(types))
		targets := make([]any, len(types))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		fmt.Printf("%v\n", values)
	}
	return rows.Err()
}

func standard(driver, dsn string) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	step("database/sql with both drivers", func() error {
		if err := db.PingContext(ctx); err != nil {
			return err
		}
		for _, q := range []string{cross, kinds} {
			if err := show(db.Query(q)); err != nil {
				return err
			}
		}
		s, err := db.Prepare("SELECT id, name FROM sales.customers WHERE id < $1 AND country = $2 AND created < $3 ORDER BY id")
		if err != nil {
			return err
		}
		if err := show(s.Query(9, "DE", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil {
			return err
		}
		tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			return err
		}
		if err := show(tx.Query("SHOW transaction_isolation")); err != nil {
			return err
		}
		_, err = tx.Exec("SELECT 1/0")
		fmt.Println(code(err))
		_, err = tx.Exec("SELECT 1")
		fmt.Println(code(err), tx.Rollback())
		limited, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err = db.ExecContext(limited, long)
		fmt.Println(err != nil)
		return show(db.Query("SELECT 1"))
	})
}

func native(dsn string) {
	step("pgx in every mode", func() error {
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			config, err := pgx.ParseConfig(dsn)
			if err != nil {
				return err
			}
			config.DefaultQueryExecMode = mode
			c, err := pgx.ConnectConfig(ctx, config)
			if err != nil {
				return err
			}
			for range 2 {
				rows, err := c.Query(ctx, "SELECT id, name, credit, born FROM sales.customers WHERE id < $1 AND country = any($2) ORDER BY id", 9, []string{"DE", "FR"})
				if err != nil {
					return err
				}
				all, err := pgx.CollectRows(rows, pgx.RowToMap)
				fmt.Println(all, err)
			}
			if err := c.Close(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		panic(err)
	}
	defer c.Close(ctx)
	step("pgx's batches", func() error {
		var b pgx.Batch
		b.Queue("SELECT name FROM shop.brands WHERE id = $1", 1)
		b.Queue("SELECT count(*) FROM web.events")
		b.Queue("SELECT 1/0")
		b.Queue("SELECT 2")
		r := c.SendBatch(ctx, &b)
		var name string
		var n int
		fmt.Println(r.QueryRow().Scan(&name), name)
		fmt.Println(r.QueryRow().Scan(&n), n)
		_, err := r.Exec()
		fmt.Println(code(err), code(r.Close()))
		return c.Ping(ctx)
	})
	step("pgx's pipeline", func() error {
		p := c.PgConn().StartPipeline(ctx)
		p.SendPrepare("brand", "SELECT name FROM shop.brands WHERE id = $1", nil)
		p.SendQueryPrepared("brand", [][]byte{[]byte("2")}, nil, nil)
		p.SendFlushRequest()
		p.SendQueryPrepared("brand", [][]byte{[]byte("x")}, nil, nil)
		if err := p.Sync(); err != nil {
			return err
		}
		for range 4 {
			r, err := p.GetResults()
			switch r := r.(type) {
			case *pgconn.ResultReader:
				one := r.Read()
				fmt.Printf("%s %s\n", one.Rows, code(one.Err))
			default:
				fmt.Printf("%T %s\n", r, code(err))
			}
		}
		return p.Close()
	})
	copies(c)
	types(c)
	cancelling(c, dsn)
}

func copies(c *pgx.Conn) {
	step("pgx's COPY", func() error {
		for _, q := range []string{"COPY (" + kinds + ") TO STDOUT", "COPY (" + kinds + ") TO STDOUT (FORMAT binary)"} {
			var out bytes.Buffer
			tag, err := c.PgConn().CopyTo(ctx, &out, q)
			fmt.Printf("%s %v %q\n", tag, err, out.String())
		}
		return nil
	})
}

func types(c *pgx.Conn) {
	step("pgx's types", func() error {
		for _, name := range []string{"int4", "_text", "numeric", "jsonb"} {
			t, err := c.LoadType(ctx, name)
			if err != nil {
				fmt.Println(name, err)
				continue
			}
			fmt.Println(t.Name, t.OID)
		}
		var iv pgtype.Interval
		var n pgtype.Numeric
		var list []*string
		err := c.QueryRow(ctx, "SELECT iv, n, ta FROM sales.kinds WHERE id = 1").Scan(&iv, &n, &list)
		fmt.Println(iv, n.Int, n.Exp, len(list))
		return err
	})
}

func cancelling(c *pgx.Conn, dsn string) {
	step("pgxpool and cancelling", func() error {
		pool, err := pgxpool.New(ctx, dsn)
		if err != nil {
			return err
		}
		defer pool.Close()
		_, err = pool.Exec(ctx, "SET statement_timeout = '300ms'; "+long)
		fmt.Println(code(err))
		limited, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err = c.Exec(limited, long)
		fmt.Println(errors.Is(err, context.DeadlineExceeded))
		return nil
	})
}

func main() {
	dsn := fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable", os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGDATABASE"))
	native(dsn)
	standard("pgx", dsn)
	standard("postgres", dsn)
	step("lib/pq's listener", func() error {
		events := make(chan pq.ListenerEventType, 4)
		l := pq.NewListener(dsn, time.Second, time.Second, func(e pq.ListenerEventType, _ error) { events <- e })
		if err := l.Listen("something"); err != nil {
			return err
		}
		fmt.Println(<-events)
		return errors.Join(l.Ping(), l.UnlistenAll(), l.Close())
	})
}
