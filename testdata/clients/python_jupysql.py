# client: JupySQL 0.11.1 in a notebook run by nbclient 0.11.0
# needs: pip jupysql==0.11.1 nbclient==0.11.0 ipykernel==7.4.0 matplotlib==3.11.2 SQLAlchemy==2.0.58 psycopg2-binary==2.9.13 pandas==3.1.1 polars==2.1.0

import hashlib
import os
import re

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, step

# What a user's own notebooks have set up is no matter of this one; nor does it report its use to anybody.
os.environ.update({name: os.environ["CLIENT_TMP"] for name in ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR", "PLOOMBER_HOME_DIR")})
os.environ.update({"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true", "SHOP_URL": f"postgresql+psycopg2://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}"})

import nbformat
from nbclient import NotebookClient

notebook = nbformat.v4.new_notebook()
client = NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True)


# Of a profile: the most frequent value, where several are.
AMBIGUOUS = "| top |"


def cell(*lines, less="\n"):
    """Runs a cell and prints what the notebook shows, less the lines that begin so; of a picture its digest."""
    notebook.cells.append(nbformat.v4.new_code_cell("\n".join(lines)))
    n = len(notebook.cells) - 1
    for out in client.execute_cell(notebook.cells[n], n).outputs:
        data = out.get("data", {})
        if "image/png" in data:
            print("image", hashlib.sha256(data["image/png"].encode()).hexdigest())
        elif out.output_type == "error":
            print("raised", out.ename, re.sub(r"\x1b\[[0-9;]*m", "", out.evalue))
        else:
            text = data.get("text/plain", out.get("text", ""))
            if less == AMBIGUOUS:
                text = re.sub(r" +", " ", re.sub(r"-+", "-", text))  # the columns are as wide as what is left out
            print("\n".join(line.rstrip() for line in text.splitlines() if not line.startswith(less) and f":{PORT}/" not in line and " at 0x" not in line))


with client.setup_kernel():
    with step("connect by %sql"):
        cell("%load_ext sql", "%config SqlMagic.feedback = 0", "%config SqlMagic.displaylimit = 30", "import os", "SHOP_URL = os.environ['SHOP_URL']")
        cell("%sql $SHOP_URL --alias shop")
        cell("%sql SELECT 1 AS one, 'ä' AS text, NULL AS nothing, 1.50 AS price")
    with step("%%sql over two stores"):
        cell("%%sql", CROSS)
        cell("%%sql", "-- a comment first", "SELECT id, name FROM sales.customers WHERE name LIKE 'A%' ORDER BY id;")
    with step("several statements in a cell"):
        cell("%%sql", "SELECT 1 AS first;", "SELECT count(*) AS n FROM sales.orders")
    with step("parameters"):
        cell("%config SqlMagic.named_parameters = 'enabled'", "lowest, table, ids = 3, 'sales.orders', [1, 2, 5]")
        cell("%%sql", "SELECT id, total FROM {{table}} WHERE id >= :lowest AND total > 0 ORDER BY id LIMIT 4")
        cell("%%sql", "SELECT id, name FROM sales.customers WHERE id IN ({{ ids | join(', ') }}) ORDER BY id")
        cell("%%sql", "{% set columns = ['id', 'total'] %}", "SELECT {% for c in columns %}max({{c}}) AS {{c}}{{ ', ' if not loop.last }}{% endfor %} FROM sales.orders")
    with step("results as variables and frames"):
        cell("%%sql orders << SELECT id, customer_id, total, placed FROM sales.orders ORDER BY id LIMIT 6", "")
        cell("frame = orders.DataFrame()", "print(frame.to_csv(), frame.dtypes.to_dict())")
        cell("print(orders.PolarsDataFrame().shape, orders.keys, orders.dict()['id'], [r['id'] for r in orders.dicts()])")
        cell("%config SqlMagic.autopandas = True", "f = %sql SELECT id, name FROM shop.brands ORDER BY id", "print(type(f), f.to_csv())")
        cell("%config SqlMagic.autopandas = False", "print(orders.csv())")
    with step("queries saved and composed"):
        cell("%%sql --save paying --no-execute", "SELECT customer_id, total FROM sales.orders WHERE total > 10")
        cell("%%sql --with paying --save ranks", "SELECT c.name, sum(p.total) AS total FROM paying p JOIN sales.customers c ON c.id = p.customer_id GROUP BY c.name ORDER BY total DESC, c.name")
        cell("%sqlcmd snippets")
        cell("%sqlcmd snippets ranks")
        cell("%%sql --with ranks", "SELECT count(*), max(total) FROM ranks")
    with step("%sqlcmd"):
        cell("print(sorted(line for line in str(get_ipython().run_line_magic('sqlcmd', 'tables --schema shop')).splitlines()))")
        cell("%sqlcmd columns --table customers --schema sales")
        cell("%sqlcmd columns --table orders --schema sales")
        cell("%sqlcmd profile --table orders --schema sales", less=AMBIGUOUS)
        cell("%sqlcmd profile --table articles --schema shop", less=AMBIGUOUS)
        cell("%sqlcmd test --table orders --schema sales --column id --greater 0")
        cell("%sqlcmd test --table orders --schema sales --column id --less-than 3")
        cell("%sqlcmd connect")
    with step("%sqlplot"):
        for plot in ("histogram --column total", "histogram --column total --bins 5", "bar --column status", "pie --column status"):
            cell("%sqlplot " + plot + " --table orders --schema sales")
        cell("%sqlplot histogram --table paying --with paying --column total")
    with step("%sqlplot boxplot"):
        cell("%sqlplot boxplot --column total --table orders --schema sales")
        cell("%sqlplot boxplot --table paying --with paying --column total")
    with step("errors"):
        cell("%sql SELECT nothing FROM sales.orders")
        cell("%sql SELECT * FROM sales.missing")
        cell("%sql SELEC 1")
        cell("%sql SELECT 1 / 0")
        cell("%sql SELECT 'after' AS errors")
    with step("a DBAPI connection"):
        cell("import psycopg2", "plain = psycopg2.connect(os.environ['SHOP_URL'].replace('+psycopg2', ''))", "%sql plain --alias plain")
        cell("%sql SELECT id, name FROM shop.brands ORDER BY id LIMIT 2")
        cell("%sql --close plain")
        cell("%sql shop")
        cell("%sql SELECT count(*) AS n FROM web.events")
    with step("transactions"):
        cell("%sql BEGIN")
        cell("%sql SELECT count(*) FROM sales.orders")
        cell("%sql ROLLBACK")
        cell("%config SqlMagic.autocommit = False")
        cell("%sql SHOW transaction_isolation")
        cell("%sql SELECT count(*) FROM shop.brands")
