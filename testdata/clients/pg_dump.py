# client: pg_dump 15

import re
import subprocess

from steps import step


def run(*args):
    r = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
    print(" ".join(args), "ends with", r.returncode)
    return r.stdout


def schema(text):
    """Leaves out comments, settings and owners."""
    text = "\n".join(line for line in text.splitlines() if line and not re.match(r"--|\\|SET |SELECT |ALTER .* OWNER", line))
    print(text)


with step("schema of one domain"):
    schema(run("pg_dump", "-s", "-O", "-x", "-t", "sales.customers", "-t", "sales.orders", "-t", "sales.kinds"))
with step("rows of a product"):
    schema(run("pg_dump", "-a", "-t", "shop.brands"))
