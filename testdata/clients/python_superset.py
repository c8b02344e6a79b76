# client: Apache Superset 6.1.0 with psycopg2 2.9.13, by its REST API and in Chromium with Selenium 4.51.0
# needs: pip apache-superset==6.1.0 flask-caching==2.3.1 rich==15.0.0 cachetools==8.0.1 psycopg2-binary==2.9.13 selenium==4.51.0
# needs: apt-missing chromium chromium-driver fonts-dejavu-core

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import requests
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, show, step

TMP, ROOT = os.environ["CLIENT_TMP"], os.environ["CLIENT_ROOT"]
URI = f"postgresql+psycopg2://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}"
OURS = ("sales", "shop", "web")
TABLES = ("customers", "kinds", "orders", "articles", "brands", "events", "sessions")  # what both servers have
os.environ.update(SUPERSET_CONFIG_PATH=str(Path(__file__).with_name("superset_config.py")), FLASK_APP="superset.app:create_app()", HOME=TMP)


def superset(*args):
    done = subprocess.run(["superset", *args], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


superset("db", "upgrade")
superset("fab", "create-admin", "--username", "admin", "--firstname", "A", "--lastname", "B", "--email", "admin@example.com", "--password", "admin")
superset("init")
port = free_port()
log = open(TMP + "/superset.log", "w+")
server = subprocess.Popen(["superset", "run", "-h", "127.0.0.1", "-p", str(port), "--with-threads"], stdout=log, stderr=log)


class API(requests.Session):
    def __call__(self, method, path, **kw):
        r = self.request(method, f"http://127.0.0.1:{port}/api/v1/{path}", timeout=60, **kw)
        if r.status_code >= 400:
            errors = r.json().get("errors") or [r.json()]
            print("refused", r.status_code, [str(e.get("message")).replace("error:", "error").splitlines()[:3] for e in errors])
        return r.json()


def run_sql(sql, **kw):
    r = api("POST", "sqllab/execute/", json={"database_id": database, "sql": sql, "client_id": os.urandom(5).hex(), "runAsync": False, "queryLimit": 1000, **kw})
    if "data" in r:
        print([(c["column_name"], c["type"], c["is_dttm"]) for c in r["columns"]])
        show(r["data"])


def chart_rows(dataset, **query):
    r = api("POST", "chart/data", json={"datasource": {"id": dataset, "type": "table"}, "queries": [{"row_limit": 100, **query}], "result_format": "json", "result_type": "full", "force": True})
    for q in r.get("result", []):
        print(q["colnames"], q["coltypes"], q["rowcount"], q["error"])
        show(q["data"])


def metric(column, aggregate):
    return {"expressionType": "SIMPLE", "column": {"column_name": column}, "aggregate": aggregate, "label": f"{aggregate}({column})"}


def browser():
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1600,1200", f"--user-data-dir={TMP}/chromium", "--lang=en-US"):
        options.add_argument(flag)
    here = Path(ROOT, "usr/lib/chromium/chromium")
    options.binary_location = str(here) if here.exists() else shutil.which("chromium")
    driver = Path(ROOT, "usr/bin/chromedriver")
    return webdriver.Chrome(options, webdriver.ChromeService(str(driver) if driver.exists() else shutil.which("chromedriver"), log_output=TMP + "/chromedriver.log"))


try:
    api = API()
    for _ in range(240):
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=5).raise_for_status()
            break
        except requests.RequestException:
            time.sleep(0.5)
    token = api("POST", "security/login", json={"username": "admin", "password": "admin", "provider": "db", "refresh": True})["access_token"]
    api.headers.update({"Authorization": "Bearer " + token, "Referer": f"http://127.0.0.1:{port}/"})
    api.headers["X-CSRFToken"] = api("GET", "security/csrf_token/")["result"]

    with step("test and add a database"):
        print(api("POST", "database/test_connection/", json={"sqlalchemy_uri": URI, "database_name": "mesh"}))
        api("POST", "database/test_connection/", json={"sqlalchemy_uri": URI.replace(f":{PORT}/", ":1/"), "database_name": "nobody"})
        parameters = {"host": HOST, "port": PORT, "username": USER, "password": PASSWORD, "database": DATABASE, "query": {}, "encryption": False}
        print(api("POST", "database/validate_parameters/", json={"engine": "postgresql", "driver": "psycopg2", "configuration_method": "dynamic_form", "database_name": "mesh", "parameters": parameters}))
        added = api("POST", "database/", json={"database_name": "mesh", "sqlalchemy_uri": URI, "expose_in_sqllab": True, "configuration_method": "sqlalchemy_form"})
        database = added["id"]
        print(database, api("GET", f"database/{database}")["result"]["backend"])
        print(api("POST", f"database/{database}/sync_permissions/"))
    with step("schemas and tables"):
        print(sorted(s for s in api("GET", f"database/{database}/schemas/?q=(force:!t)")["result"] if s in OURS), len(api("GET", f"database/{database}/catalogs/")["result"]) > 0)
        for schema in OURS:
            print(schema, sorted((t["value"], t["type"]) for t in api("GET", f"database/{database}/tables/?q=(force:!t,schema_name:{schema})")["result"] if t["value"] in TABLES))
        for schema, table in (("sales", "customers"), ("sales", "orders"), ("shop", "articles"), ("web", "events")):
            t = api("GET", f"database/{database}/table_metadata/?name={table}&schema={schema}")
            show((c["name"], c["type"], c["longType"], c["keys"], c["comment"]) for c in t["columns"])
            print(t["primaryKey"].get("column_names"), [k["column_names"] for k in t["foreignKeys"]], t["comment"], t["selectStar"])
            print(api("GET", f"database/{database}/table_metadata/extra/?name={table}&schema={schema}"))
        print(api("GET", f"database/{database}/select_star/brands/shop/"))
        print("count" in api("GET", f"database/{database}/function_names/")["function_names"])
    with step("SQL Lab"):
        run_sql(CROSS)
        run_sql("SELECT id, name, created, born, credit FROM customers ORDER BY id", schema="sales")
        run_sql("SELECT 1; SELECT count(*) AS n FROM shop.brands")
        run_sql("SELECT id, total FROM sales.orders WHERE id < 5 ORDER BY id -- a comment at the end")
        run_sql("SELECT * FROM sales.kinds ORDER BY id")
        run_sql("SELECT nothing FROM sales.orders")
        run_sql("SELEC 1")
        run_sql("CREATE TABLE sales.more AS SELECT 1 AS one")
        print(api("POST", "sqllab/estimate/", json={"database_id": database, "sql": "SELECT 1", "template_params": {}, "schema": "sales"}).get("result") is not None)
        print(api("POST", "sqllab/format_sql/", json={"sql": CROSS})["result"])
    with step("datasets"):
        physical = api("POST", "dataset/", json={"database": database, "schema": "sales", "table_name": "orders"})["id"]
        virtual = api("POST", "dataset/", json={"database": database, "schema": "sales", "table_name": "visits", "sql": "SELECT c.name, c.country, s.started, s.pages, s.device, s.bounced FROM customers c JOIN web.sessions s ON s.customer_id = c.id"})["id"]
        for dataset in (physical, virtual):
            api("PUT", f"dataset/{dataset}/refresh")
            d = api("GET", f"dataset/{dataset}")["result"]
            show(sorted((c["column_name"], c["type"], c["type_generic"], c["is_dttm"], c["groupby"]) for c in d["columns"]))
            print(d["kind"], d["main_dttm_col"], [m["expression"] for m in d["metrics"]])
            print(api("GET", f"datasource/table/{dataset}/column/{'status' if dataset == physical else 'device'}/values/"))
            api("POST", "datasource/table/%d/validate_expression/" % dataset, json={"expression": "count(*)", "expression_type": "metric", "clause": "SELECT"})
        api("POST", "dataset/", json={"database": database, "schema": "sales", "table_name": "missing"})
    with step("charts"):
        chart_rows(virtual, columns=["name"], metrics=["count", metric("pages", "SUM"), metric("pages", "AVG")], orderby=[[metric("pages", "SUM"), False], ["name", True]])
        for grain in ("PT1S", "PT5M", "PT30M", "PT1H", "P1D", "P1W", "P1M", "P3M", "P1Y"):
            chart_rows(virtual, columns=[{"timeGrain": grain, "columnType": "BASE_AXIS", "sqlExpression": "started", "label": "started", "expressionType": "SQL"}], metrics=["count"], orderby=[["started", True]], extras={"time_grain_sqla": grain})
        filters = [{"col": "started", "op": "TEMPORAL_RANGE", "val": "2024-01-01 : 2024-03-01"}, {"col": "device", "op": "IN", "val": ["mobile", "desktop"]}, {"col": "name", "op": "ILIKE", "val": "%a%"}, {"col": "pages", "op": ">", "val": 1}, {"col": "bounced", "op": "IS FALSE"}]
        chart_rows(virtual, columns=["name", "device"], metrics=["count"], orderby=[["name", True], ["device", True]], filters=filters)
        chart_rows(virtual, columns=["name", "started", "pages"], metrics=[], orderby=[["started", True], ["name", True]])
        chart_rows(virtual, columns=["device"], metrics=[metric("name", "COUNT_DISTINCT"), {"expressionType": "SQL", "sqlExpression": "max(pages) - min(pages)", "label": "spread"}], orderby=[["device", True]], extras={"having": "count(*) > 1", "where": "pages > 0"})
        chart_rows(physical, columns=["status"], metrics=[metric("total", "MAX"), metric("id", "MIN")], orderby=[["status", True]], extras={"where": "total > 0"})
        chart_rows(virtual, columns=["name"], metrics=["count"], series_columns=["name"], series_limit=2, orderby=[["count", False], ["name", True]])
        chart_rows(virtual, columns=["country"], metrics=["count"], is_rowcount=False, orderby=[["country", True]], row_offset=1, row_limit=2)
        form = {"datasource": f"{virtual}__table", "viz_type": "table", "query_mode": "aggregate", "groupby": ["name"], "metrics": [metric("pages", "SUM")], "all_columns": [], "row_limit": 100, "order_desc": True, "table_timestamp_format": "smart_date"}
        chart = api("POST", "chart/", json={"slice_name": "Pages by name", "viz_type": "table", "datasource_id": virtual, "datasource_type": "table", "params": json.dumps(form)})["id"]
        print(api("GET", f"chart/{chart}")["result"]["slice_name"])

    with step("in the browser"):
        page = browser()
        try:
            wait = WebDriverWait(page, 60)

            def see(css, text=None, click=False):
                """Waits for an element that is shown and holds a text, and clicks it."""
                def find(_):
                    for e in page.find_elements(By.CSS_SELECTOR, css):
                        if e.is_displayed() and (text is None or text in e.text):
                            return e
                found = wait.until(find, f"{css} {text}")
                if click:
                    wait.until(lambda _: (found.click(), True)[1])
                return found

            page.get(f"http://127.0.0.1:{port}/login/")
            see("input[type=password]").send_keys("admin")
            page.find_element(By.CSS_SELECTOR, "input[id=username], input[name=username]").send_keys("admin")
            see("button[type=submit], input[type=submit]", click=True)
            wait.until(lambda d: "/login" not in d.current_url)
            print("logged in")
            page.get(f"http://127.0.0.1:{port}/explore/?slice_id={chart}")
            see("table tbody tr")
            show(row.text.split("\n") for row in page.find_elements(By.CSS_SELECTOR, "[data-test=chart-container] table tbody tr, .slice_container table tbody tr"))
        finally:
            page.quit()
finally:
    server.terminate()
    server.wait()
