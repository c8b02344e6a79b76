# client: Polars 2.1.0 with ConnectorX 0.4.6 and ADBC 1.13.0
# needs: pip polars==2.1.0 connectorx==0.4.6 pyarrow==26.0.1 adbc-driver-postgresql==1.13.0

import connectorx
import polars

from steps import CROSS, URL, step

polars.Config.set_tbl_rows(100)
EVENTS = "SELECT id, session_id, kind, value FROM web.events"

for engine in ("connectorx", "adbc"):
    with step("read_database_uri with both engines"):
        for q in (CROSS, EVENTS + " ORDER BY id", "SELECT id, i2, i4, i8, f4, f8, t, v, b, tm FROM sales.kinds WHERE id IN (1, 4) ORDER BY id",
                  "SELECT id, placed, total FROM sales.orders ORDER BY id"):
            frame = polars.read_database_uri(q, URL, engine=engine)
            print(frame.schema, frame.rows())
with step("partitions"):
    print(polars.read_database_uri(EVENTS, URL, engine="connectorx", partition_on="id", partition_num=3).sort("id").rows())
for protocol in ("binary", "csv", "cursor", "simple"):
    with step("ConnectorX's protocols"):
        print(connectorx.read_sql(URL, EVENTS + " ORDER BY id", protocol=protocol, return_type="arrow").to_pydict())
