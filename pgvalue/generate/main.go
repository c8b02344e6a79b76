// Command generate asks a running PostgreSQL 15, made with lc_ctype C.UTF-8, what each Unicode character is and writes
// pgvalue/ctype.gz.
//
//	go run ./pgvalue/generate -dsn 'host=… user=… dbname=postgres' -out pgvalue/ctype.gz
//
// Each line of the file is a class and its ranges in hexadecimal, or "upper-case"/"lower-case" and the ranges of characters with
// the distance to their counterparts.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
)

func main() {
	dsn := flag.String("dsn", "", "connection string of a PostgreSQL 15 with lc_ctype C.UTF-8")
	out := flag.String("out", "pgvalue/ctype.gz", "file to write")
	flag.Parse()
	if err := run(context.Background(), *dsn, *out); err != nil {
		log.Fatal(err)
	}
}

const characters = "(SELECT i, chr(i) AS c FROM generate_series(1, 1114111) i WHERE i NOT BETWEEN 55296 AND 57343) t"

func run(ctx context.Context, dsn, out string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var text bytes.Buffer
	for _, class := range []string{"alpha", "alnum", "digit", "upper", "lower", "graph", "print", "punct", "space"} {
		err := line(ctx, conn, &text, class, fmt.Sprintf("SELECT i, 0 FROM %s WHERE c ~ '[[:%s:]]' ORDER BY i", characters, class))
		if err != nil {
			return err
		}
	}
	for _, way := range []string{"upper", "lower"} {
		err := line(ctx, conn, &text, way+"-case", fmt.Sprintf("SELECT i, ascii(%s(c)) - i FROM %s WHERE %s(c) <> c ORDER BY i", way, characters, way))
		if err != nil {
			return err
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

// line writes the characters that a query returns, as ranges over which the second column does not change.
func line(ctx context.Context, conn *pgx.Conn, text *bytes.Buffer, name, query string) error {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprint(text, name)
	first, last, distance := -2, -2, 0
	end := func() {
		if first >= 0 {
			fmt.Fprintf(text, " %x-%x", first, last)
			if distance != 0 {
				fmt.Fprintf(text, "%+d", distance)
			}
		}
	}
	for rows.Next() {
		var c, d int
		if err := rows.Scan(&c, &d); err != nil {
			return err
		}
		if c != last+1 || d != distance {
			end()
			first, distance = c, d
		}
		last = c
	}
	end()
	fmt.Fprintln(text)
	return rows.Err()
}
