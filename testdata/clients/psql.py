# client: psql 15

import os
import pty
import re
import select
import subprocess

from steps import CROSS, step


def psql(*commands, variables=(), stdin=None):
    """Runs commands; what psql says of errors is in the order of what it prints."""
    args = ["psql", "-X", "-A", *(a for v in variables for a in ("-v", v))]
    for c in commands:
        args += ["-c", c]
    r = subprocess.run(args, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return r.stdout


def heads(commands):
    """Prints the titles and the column names: the rows are the server's own."""
    out = psql(stdin="".join(f"\\echo '#### {c[1:]}'\n{c}\n" for c in commands))
    for part in out.split("#### ")[1:]:
        print(part.splitlines()[:3])


OWN = ("d", "da", "dA", "dAc", "dAf", "dAo", "dAp", "db", "dc", "dC", "dd", "dD", "ddp", "dE", "des", "det", "deu", "dew", "df", "dF", "dFd", "dFp", "dFt",
       "dg", "di", "dl", "dL", "dm", "dn", "do", "dO", "dp", "dP", "drds", "dRp", "dRs", "ds", "dt", "dT", "du", "dv", "dx", "dX", "dy", "dconfig", "l", "z")
DETAILS = ("des+", "det+", "deu+", "dew+", "dF+", "dFd+", "dFp+", "dFt+", "dP+")
INDEXES = ("diS", "diS+")
EMPTY = ("db no", "ddp", "dE", "des", "det", "deu", "dew", "dl", "dm", "dP", "drds", "dRp", "dRs", "ds", "dX", "dy", "dD", "dc sales.*")

with step("lists"):
    heads("\\" + c + suffix for c in OWN for suffix in ("", "+", "S", "S+")
          if c + suffix not in INDEXES and ("S" not in suffix or re.fullmatch("d([acdDEfimnosLtTvx])?", c)))
with step("details of text search, foreign servers and partitions"):
    for c in DETAILS:
        print(c, psql("\\" + c))
with step("indexes of the system catalogs"):
    heads("\\" + c for c in INDEXES)
    print(psql("\\d pg_catalog.pg_class"), psql("\\d pg_catalog.pg_proc_oid_index"), psql("\\d+ pg_catalog.pg_stat_activity"))
with step("lists of what a gateway has none of"):
    for c in EMPTY:
        print(c, psql("\\" + c))
with step("built-in objects"):
    for c in ("dT pg_catalog.*", "da pg_catalog.*", "do pg_catalog.+", "dC int4", "df pg_catalog.substr*", "dO pg_catalog.\"C\"", "dAc btree int4", "dAo btree int4_ops", "dAp btree", "dA",
              "dF", "dFd", "dFp", "dFt", "dconfig work_mem", "d information_schema.tables"):
        print(c, psql("\\" + c))
with step("source of a function"):
    print(psql("\\sf lower(text)"), psql("\\sf+ pg_catalog.age(timestamptz)"), psql("\\sf sum(int4)"), psql("\\sv pg_tables"))
with step("tables"):
    for c in ("d sales.customers", "d+ sales.orders", "d sales.kinds", "d shop.articles", "d customers_pkey", "d sales.customers_pkey", "dd sales.*", "d no_such", "d web.sess*"):
        print(c, re.sub("(?m)^(Owner|Access method).*", "", psql("\\" + c)))
with step("gdesc, gx, gset, crosstabview, gexec"):
    print(psql(stdin=CROSS + " \\gdesc\n" + CROSS + " \\gx\nSELECT id, name FROM shop.brands WHERE id = 1 \\gset x_\n\\echo :x_id :x_name\n"
               "SELECT country, vip, count(*) FROM sales.customers WHERE country IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2 \\crosstabview\n"
               "SELECT 'SELECT ' || id FROM shop.brands ORDER BY id \\gexec\nSELECT $1::int + $2 \\bind 1 2 \\g\n"))
with step("FETCH_COUNT"):
    print(psql("SELECT id, kind FROM web.events ORDER BY id", variables=("FETCH_COUNT=3",)))
with step("copy"):
    for options in ("", " CSV HEADER", " (FORMAT csv, FORCE_QUOTE *)"):
        print(psql("\\copy (SELECT * FROM sales.kinds ORDER BY id) TO STDOUT" + options))
    print(psql("\\copy shop.brands (id) TO '/dev/null'"))
with step("watch"):
    # The 15th psql watches until it is interrupted or a query fails.
    p = subprocess.Popen(["psql", "-X", "-A", "-t"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    p.stdin.write("SELECT count(*) AS n FROM sales.orders \\watch 0.1\n")
    p.stdin.flush()
    seen = [line for line in (p.stdout.readline() for _ in range(12)) if line.strip().isdigit()]
    p.terminate()
    print(seen[:3])
    p.communicate()
with step("variables, errors, transactions"):
    print(re.sub("LOCATION:.*\n", "", psql(stdin="\\set VERBOSITY verbose\nSELECT 1/0;\n\\echo :SQLSTATE :ERROR :ROW_COUNT\nSELECT no_such;\n\\set VERBOSITY terse\n\\set ON_ERROR_ROLLBACK on\nBEGIN;\nSELECT 1/0;\nSELECT 1;\nCOMMIT;\n"
               "\\set id 3\n\\set n Zoë\nSELECT name FROM shop.brands WHERE id = :id;\nSELECT id FROM sales.customers WHERE name = :'n';\n\\errverbose\n\\timing off\n\\encoding\n"
               "SELECT 1 AS a\\; SELECT 2 AS b;\nPREPARE p (int) AS SELECT $1 + 1;\nEXECUTE p(41);\n")))
with step("completion by the tab key"):
    for line in ("SELECT * FROM sal", "SELECT * FROM sales.cus", "SELECT nam", "SET sea", "SHOW extra_fl", "\\d sales.or", "\\df pg_catalog.substri", "SELECT pg_catalog.to_timestam", "COPY shop.br", "EXPLAIN SELECT * FROM web.sess",
                 "SELECT id FROM shop.brands WHERE coun", "SET DateStyle TO IS", "\\dn we", "\\dT pg_catalog.int4r", "\\sf pg_catalog.pg_get_viewd", "DECLARE x CURSOR FOR SELECT * FROM shop.ar"):
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", PAGER="cat", PSQL_HISTORY="/dev/null", INPUTRC="/dev/null")
            os.execvp("psql", ["psql", "-X", "-v", "PROMPT1=> "])
        text = ""
        for say, until in ((None, "> "), (line + "\t", None), ("\x15\\q\n", None)):
            if say:
                os.write(fd, say.encode())
            while select.select([fd], [], [], 1.0 if until is None else 10)[0]:
                try:
                    part = os.read(fd, 4096).decode()
                except OSError:
                    break
                text += part
                if not part or until and text.endswith(until):
                    break
            if say == line + "\t":
                print(repr(line), repr(text.split("> ")[-1].replace("\x07", "").strip()))
        os.close(fd)
        os.waitpid(pid, 0)
