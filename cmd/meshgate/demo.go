package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/term"

	"meshgate/testdata/demo"
)

type demoCommand struct {
	Once   bool   `help:"Run the tour and exit."`
	Dir    string `placeholder:"DIR" help:"Where the demo's mesh and data are kept; the default is in the user's cache folder."`
	Listen string `placeholder:"HOST:PORT" help:"Where to listen; overrides the mesh's own address."`
}

// Run makes the demo's mesh where it is missing, serves it and shows the tour.
func (c *demoCommand) Run(ctx context.Context, std streams) error {
	dir, err := c.folder()
	if err != nil {
		return wrong{err}
	}
	progress(std.err, "making the demo's data in "+dir)
	began := time.Now()
	if err := demo.Write(dir); err != nil {
		return err
	}
	progress(std.err, "")
	log, err := os.OpenFile(filepath.Join(dir, "meshgate.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	listen := c.Listen
	if c.Once && listen == "" {
		listen = "127.0.0.1:0"
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := startServer(ctx, dir, listen, log, !c.Once)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "The mesh %s is in %s (%d products, ready in %.1f s), its log in %s.\n\n", s.gateway.Catalog().Mesh(), dir,
		len(s.gateway.Catalog().Products()), time.Since(began).Seconds(), log.Name())
	tour := runTour(ctx, s, std.out)
	if c.Once || tour != nil {
		stop()
		return errors.Join(tour, s.wait())
	}
	s.connectLines(std.out)
	fmt.Fprintf(std.out, "meshgate is ready: mesh %s on %s (Ctrl-C ends it)\n", s.gateway.Catalog().Mesh(), s.listener.Addr())
	return s.wait()
}

// folder is where the demo lives: one for each version of its data, for another version's would not fit.
func (c *demoCommand) folder() (string, error) {
	if c.Dir != "" {
		return filepath.Abs(c.Dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "meshgate", "demo-"+demo.Version()), nil
}

// progress shows what takes a while on a terminal, and nothing elsewhere. An empty text clears the line.
func progress(to io.Writer, text string) {
	f, ok := to.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	fmt.Fprint(f, "\r\x1b[K"+text)
}

// runTour asks one question as several people and shows what each gets, and why.
func runTour(ctx context.Context, s *server, out io.Writer) error {
	tour := demo.TheTour()
	fmt.Fprintf(out, "%s\n%s\n\n%s\n", tour.Title, tour.About, indent(tour.SQL))
	for _, ask := range tour.Asks {
		if err := runAsk(ctx, s, tour.SQL, ask, out); err != nil {
			return fmt.Errorf("the tour failed for %s: %w", ask.User, err)
		}
	}
	return nil
}

func runAsk(ctx context.Context, s *server, sql string, ask demo.Ask, out io.Writer) error {
	var user demo.User
	for _, u := range demo.Users() {
		if u.Name == ask.User {
			user = u
		}
	}
	fmt.Fprintf(out, "\n== %s: %s\n   Look at: %s\n", user.Name, user.About, ask.Sees)
	c, err := pgconn.Connect(ctx, s.dsn(user))
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if ask.Purpose != "" {
		statement := "SET mesh.purpose = '" + ask.Purpose + "'"
		fmt.Fprintf(out, "   %s;\n", statement)
		if _, err := c.Exec(ctx, statement).ReadAll(); err != nil {
			return err
		}
	}
	fmt.Fprintln(out)
	began := time.Now()
	refused, err := show(ctx, c, sql, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "(%.0f ms)\n", float64(time.Since(began).Microseconds())/1000)
	if refused {
		return nil
	}
	fmt.Fprint(out, "\nEXPLAIN\n")
	_, err = show(ctx, c, "EXPLAIN "+sql, out)
	return err
}

// show prints a statement's answer as a table, or the refusal as a client shows it.
func show(ctx context.Context, c *pgconn.PgConn, sql string, out io.Writer) (refused bool, err error) {
	results, err := c.Exec(ctx, sql).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		fmt.Fprintf(out, "  ERROR:  %s (SQLSTATE %s)\n", e.Message, e.Code)
		if e.Detail != "" {
			fmt.Fprintf(out, "  DETAIL:  %s\n", e.Detail)
		}
		if e.Hint != "" {
			fmt.Fprintf(out, "  HINT:  %s\n", e.Hint)
		}
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, r := range results {
		fmt.Fprint(out, table(r))
	}
	return false, nil
}

// table lays a result out as psql does.
func table(r *pgconn.Result) string {
	lines := [][]string{make([]string, len(r.FieldDescriptions))}
	for i, f := range r.FieldDescriptions {
		lines[0][i] = f.Name
	}
	for _, row := range r.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = string(v)
		}
		lines = append(lines, line)
	}
	if len(r.FieldDescriptions) == 1 {
		var b strings.Builder
		for _, l := range lines[1:] {
			b.WriteString("  " + l[0] + "\n")
		}
		return b.String()
	}
	return grid(lines) + fmt.Sprintf("  (%d rows)\n", len(r.Rows))
}

func grid(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, v := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(v))
		}
	}
	var b strings.Builder
	for n, l := range lines {
		for i, v := range l {
			b.WriteString("  " + v + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(v)))
		}
		b.WriteString("\n")
		for i := range l {
			if n == 0 {
				b.WriteString("  " + strings.Repeat("-", widths[i]))
			}
		}
		if n == 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

func (s *server) dsn(u demo.User) string {
	host, port := hostPort(s.listener.Addr())
	return fmt.Sprintf("host=%s port=%s dbname=%s user=%s password=%s sslmode=disable", host, port, s.gateway.Catalog().Mesh(), u.Name, u.Password)
}

// connectLines prints how to connect.
func (s *server) connectLines(out io.Writer) {
	host, port := hostPort(s.listener.Addr())
	mesh := s.gateway.Catalog().Mesh()
	users := demo.Users()
	first := users[0]
	fmt.Fprintf(out, "\nConnect:\n\n  PGPASSWORD=%s psql -h %s -p %s -U %s %s\n", first.Password, host, port, first.Name, mesh)
	fmt.Fprintf(out, "  jdbc:postgresql://%s:%s/%s?user=%s&password=%s\n", host, port, mesh, first.Name, first.Password)
	fmt.Fprintf(out, "  import psycopg\n  with psycopg.connect(\"host=%s port=%s dbname=%s user=%s password=%s\") as c:\n      print(c.execute(\"SELECT * FROM mesh.products\").fetchall())\n",
		host, port, mesh, first.Name, first.Password)
	fmt.Fprint(out, "\nUsers:\n\n")
	lines := [][]string{{"user", "password", "purpose", "who"}}
	for _, u := range users {
		lines = append(lines, []string{u.Name, u.Password, u.Purpose, u.About})
	}
	fmt.Fprintln(out, grid(lines))
}
