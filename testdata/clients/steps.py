"""What the Python scripts of this folder share: each step's output is compared with the same step against PostgreSQL."""

import contextlib
import os

HOST, PORT, USER = os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGUSER"]
PASSWORD, DATABASE = os.environ["PGPASSWORD"], os.environ["PGDATABASE"]
URL = f"postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}?sslmode=disable"

CROSS = (
    "SELECT c.name, count(*) AS n, sum(s.pages) AS pages FROM sales.customers c "
    "JOIN web.sessions s ON s.customer_id = c.id GROUP BY c.name ORDER BY c.name"
)


@contextlib.contextmanager
def step(name):
    """Begins a step; an error ends it, and the next one goes on."""
    print("==", name, flush=True)
    try:
        yield
    except Exception as e:  # a driver's error is part of the answer
        print("error:", getattr(e, "sqlstate", None) or getattr(e, "pgcode", None), type(e).__name__, str(e).splitlines()[:3])


def show(rows):
    for row in rows:
        print(row)
