# client: pandas 3.1.1
# needs: pip pandas==3.1.1 SQLAlchemy==2.1.9 psycopg2-binary==2.9.13

import warnings

import pandas
import psycopg2
import sqlalchemy as sa

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, URL, USER, step

pandas.set_option("display.width", 200, "display.max_columns", None)
engine = sa.create_engine(sa.URL.create("postgresql+psycopg2", USER, PASSWORD, HOST, PORT, DATABASE))


def show(frame):
    print(frame.to_csv(), frame.dtypes.to_dict())


with step("read_sql"):
    show(pandas.read_sql(CROSS, engine))
    show(pandas.read_sql("SELECT * FROM sales.orders WHERE id < %(id)s ORDER BY id", engine, params={"id": 15}, index_col="id", parse_dates=["placed"]))
with step("read_sql in chunks"):
    for chunk in pandas.read_sql("SELECT id, kind, value FROM web.events ORDER BY id", engine.connect().execution_options(stream_results=True), chunksize=4):
        show(chunk)
with step("read_sql_table"):
    show(pandas.read_sql_table("articles", engine, schema="shop").sort_values("id"))
    for chunk in pandas.read_sql_table("brands", engine, schema="shop", columns=["name"], chunksize=2):
        print(len(chunk))
with step("a DBAPI connection"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        show(pandas.read_sql(CROSS, psycopg2.connect(URL)))
