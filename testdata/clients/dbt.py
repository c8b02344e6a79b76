# client: dbt 1.10.23 with dbt-postgres 1.10.2
# needs: pip dbt-core==1.10.23 dbt-postgres==1.10.2

import json
import os
import subprocess

from steps import DATABASE, HOST, PASSWORD, PORT, USER, step

PROJECT = os.environ["CLIENT_TMP"]
FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: mesh\nmodel-paths: [models]\nmodels: {shop: {+materialized: view}}\n",
    "profiles.yml": f"mesh: {{target: dev, outputs: {{dev: {{type: postgres, host: {HOST}, port: {PORT}, user: {USER}, password: {PASSWORD}, dbname: {DATABASE}, schema: web, threads: 2}}}}}}\n",
    "models/sources.yml": "sources:\n"
    "  - {name: sales, schema: sales, tables: [{name: customers, columns: [{name: id, data_tests: [unique, not_null]}]}, {name: orders}]}\n"
    "  - {name: web, schema: web, tables: [{name: sessions}]}\n",
    "models/pages.sql": "SELECT c.name, sum(s.pages) AS pages FROM {{ source('sales', 'customers') }} c JOIN {{ source('web', 'sessions') }} s ON s.customer_id = c.id GROUP BY c.name\n",
    "models/heavy.sql": "{{ config(materialized='ephemeral') }}\nSELECT * FROM {{ source('sales', 'orders') }} WHERE total > 50\n",
}
os.mkdir(PROJECT + "/models")
for name, text in FILES.items():
    with open(f"{PROJECT}/{name}", "w", encoding="utf-8") as f:
        f.write(text)


def dbt(*args):
    r = subprocess.run(["dbt", "--no-send-anonymous-usage-stats", "--no-use-colors", "--quiet", *args], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                       env={**os.environ, "DBT_PROFILES_DIR": PROJECT})
    print(args, r.returncode)
    return r.stdout


with step("dbt debug --connection"):
    dbt("debug", "--connection")
with step("dbt compile"):
    print(dbt("compile"))
    with open(PROJECT + "/target/compiled/shop/models/pages.sql", encoding="utf-8") as f:
        print(f.read())
with step("dbt show"):
    print(dbt("show", "--output", "json", "--limit", "3", "--inline", "SELECT name, country, created FROM {{ source('sales', 'customers') }} ORDER BY id"))
    print(dbt("show", "--output", "json", "--select", "heavy"))
    print(dbt("show", "--output", "json", "--inline", "SELECT id, total FROM {{ ref('heavy') }} ORDER BY id"))
with step("dbt test of sources"):
    print(dbt("test", "--select", "source:*"))
with step("dbt docs generate"):
    print(dbt("docs", "generate"))
    with open(PROJECT + "/target/catalog.json", encoding="utf-8") as f:
        catalog = json.load(f)
    for name, source in sorted(catalog["sources"].items()):
        print(name, source["metadata"]["schema"], source["metadata"]["type"], source["metadata"]["comment"],
              [(c["name"], c["type"], c["index"], c["comment"]) for c in source["columns"].values()])
    print(catalog["errors"])
