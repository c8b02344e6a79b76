// client: pgjdbc 42.7.14
// needs: maven org.postgresql:postgresql:42.7.14

import java.io.ByteArrayOutputStream;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

public class Pgjdbc {
    static final String CROSS = "SELECT c.name, count(*) AS n, sum(s.pages) AS pages FROM sales.customers c "
        + "JOIN web.sessions s ON s.customer_id = c.id GROUP BY c.name ORDER BY c.name";
    static final String KINDS = "SELECT id, i2, i4, i8, f4, f8, n, t, v, c, b, d, tm, ts, tz, iv, u, j, jb, ia, ta FROM sales.kinds WHERE id IN (1, 4) ORDER BY id";

    interface Work { void run() throws Exception; }

    static void step(String name, Work work) {
        System.out.println("== " + name);
        try {
            work.run();
        } catch (Exception e) {
            System.out.println("error: " + (e instanceof SQLException s ? s.getSQLState() : "") + " " + e);
        }
    }

    static Connection connect(String more) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE")
            + "?sslmode=disable" + more, System.getenv("PGUSER"), System.getenv("PGPASSWORD"));
    }

    static String text(Object o) throws SQLException {
        return o instanceof byte[] b ? HexFormat.of().formatHex(b) : o instanceof java.sql.Array a ? Arrays.deepToString((Object[]) a.getArray()) : String.valueOf(o);
    }

    /** Prints the rows whose column, if one is named, has one of the values. */
    static void show(ResultSet r, String column, Set<String> values, Set<String> without) throws SQLException {
        ResultSetMetaData m = r.getMetaData();
        StringBuilder head = new StringBuilder();
        for (int i = 1; i <= m.getColumnCount(); i++)
            head.append(m.getColumnLabel(i)).append(' ').append(m.getColumnTypeName(i)).append(' ').append(m.getColumnType(i)).append(' ').append(m.getPrecision(i))
                .append(' ').append(m.getScale(i)).append(' ').append(m.getColumnClassName(i)).append("; ");
        System.out.println(head);
        while (r.next()) {
            if (column != null && !values.contains(r.getString(column))) continue;
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= m.getColumnCount(); i++) if (!without.contains(m.getColumnLabel(i))) row.add(text(r.getObject(i)));
            System.out.println(row);
        }
        r.close();
    }

    static void show(ResultSet r) throws SQLException { show(r, null, null, Set.of()); }

    static final Set<String> TABLES = Set.of("customers", "orders", "kinds", "articles", "brands");

    static void metadata(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        show(m.getSchemas(), "TABLE_SCHEM", Set.of("sales", "shop", "web"), Set.of());
        show(m.getSchemas(null, "sal%"));
        show(m.getTables(null, "s%", "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME", TABLES, Set.of());
        show(m.getTables(null, null, "%", null), "TABLE_NAME", Set.of("customers", "pg_class", "tables"), Set.of());
        show(m.getColumns(null, "sales", "%", "%"), "TABLE_NAME", TABLES, Set.of());
        show(m.getColumns(null, "shop", "brands", "na%"));
        show(m.getVersionColumns(null, "sales", "customers"));
        show(m.getTypeInfo(), "TYPE_NAME", Set.of("int4", "text", "numeric", "timestamptz", "bool", "bytea", "jsonb", "uuid", "_int4"), Set.of());
        show(m.getUDTs(null, "sales", "%", null), "TYPE_NAME", TABLES, Set.of());
        show(m.getCatalogs(), "TABLE_CAT", Set.of(c.getCatalog()), Set.of());
        show(m.getTableTypes());
        show(m.getFunctions(null, "pg_catalog", "abs"), null, null, Set.of());
        show(m.getFunctionColumns(null, "pg_catalog", "lower", "%"), null, null, Set.of("SPECIFIC_NAME"));
    }

    static void primaryKeys(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        show(m.getPrimaryKeys(null, "sales", "orders"));
        show(m.getBestRowIdentifier(null, "sales", "customers", DatabaseMetaData.bestRowSession, true));
    }

    static void procedures(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        show(m.getProcedures(null, "sales", "%"));
        show(m.getProcedureColumns(null, "sales", "%", "%"));
    }

    static void foreignKeys(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        show(m.getImportedKeys(null, "sales", "orders"));
        show(m.getExportedKeys(null, "sales", "customers"));
        show(m.getCrossReference(null, "sales", "customers", null, "sales", "orders"));
    }

    static void indexes(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        show(m.getIndexInfo(null, "sales", "customers", true, false), null, null, Set.of("PAGES", "CARDINALITY"));
    }

    static void privileges(Connection c) throws SQLException {
        DatabaseMetaData m = c.getMetaData();
        ResultSet r = m.getTablePrivileges(null, "sales", "customers");
        boolean select = false;
        while (r.next()) select |= r.getString("PRIVILEGE").equals("SELECT");
        System.out.println(select);
        r = m.getColumnPrivileges(null, "sales", "customers", "name");
        select = false;
        while (r.next()) select |= r.getString("PRIVILEGE").equals("SELECT");
        System.out.println(select);
    }

    /** Calls every method of the metadata that takes no argument. */
    static void properties(Connection c) throws Exception {
        DatabaseMetaData m = c.getMetaData();
        TreeMap<String, String> all = new TreeMap<>();
        for (var method : DatabaseMetaData.class.getMethods()) {
            if (method.getParameterCount() > 0 || method.getReturnType() == ResultSet.class || method.getReturnType() == Connection.class) continue;
            if (Set.of("getURL", "getUserName", "getDatabaseProductVersion").contains(method.getName())) continue;
            try {
                all.put(method.getName(), String.valueOf(method.invoke(m)));
            } catch (java.lang.reflect.InvocationTargetException e) {
                all.put(method.getName(), String.valueOf(e.getCause()));
            }
        }
        all.forEach((k, v) -> System.out.println(k + " " + v));
        show(m.getClientInfoProperties());
    }

    static void queries(Connection c) throws SQLException {
        show(c.createStatement().executeQuery(CROSS));
        show(c.createStatement().executeQuery(KINDS));
        PreparedStatement s = c.prepareStatement("SELECT id, name, credit, created FROM sales.customers WHERE id < ? AND country = ? AND credit > ? AND born > ? AND vip = ?");
        for (int i = 0; i < 7; i++) { // the fifth execution prepares on the server and asks for binary results
            s.setLong(1, 9 + i);
            s.setString(2, "DE");
            s.setBigDecimal(3, new java.math.BigDecimal("12.5"));
            s.setObject(4, java.time.LocalDate.of(1980, 1, 1));
            s.setBoolean(5, true);
            show(s.executeQuery());
        }
        PreparedStatement k = c.prepareStatement(KINDS);
        for (int i = 0; i < 7; i++) show(k.executeQuery());
        PreparedStatement a = c.prepareStatement("SELECT id FROM sales.orders WHERE id = ANY (?) AND placed > ? ORDER BY id");
        a.setArray(1, c.createArrayOf("bigint", new Long[] {10L, 12L, 14L}));
        a.setTimestamp(2, Timestamp.valueOf("2024-01-10 00:00:00"));
        show(a.executeQuery());
        ParameterMetaData p = a.getParameterMetaData();
        for (int i = 1; i <= p.getParameterCount(); i++) System.out.println(p.getParameterTypeName(i));
        PreparedStatement u = c.prepareStatement("SELECT id, ? AS x FROM sales.kinds WHERE u = ? OR b = ?");
        u.setInt(1, 7);
        u.setObject(2, UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
        u.setBytes(3, new byte[] {(byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef, 0});
        show(u.executeQuery());
        try (Statement x = c.createStatement()) {
            x.setMaxRows(2);
            show(x.executeQuery("SELECT id FROM shop.brands ORDER BY id"));
        }
        try (Statement x = c.createStatement()) {
            boolean more = x.execute("SELECT 1; SELECT name FROM shop.brands ORDER BY id");
            while (more) {
                show(x.getResultSet());
                more = x.getMoreResults();
            }
        }
    }

    static void cursors(Connection c) throws SQLException {
        c.setAutoCommit(false);
        Statement s = c.createStatement(), other = c.createStatement();
        s.setFetchSize(3);
        other.setFetchSize(2);
        ResultSet r = s.executeQuery("SELECT id FROM web.events ORDER BY id"), o = other.executeQuery("SELECT name FROM shop.brands ORDER BY id");
        while (r.next()) System.out.println(r.getLong(1) + " " + (o.next() ? o.getString(1) : "-"));
        c.commit();
        Statement scroll = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        ResultSet b = scroll.executeQuery("SELECT id FROM sales.orders ORDER BY id");
        b.last();
        System.out.println(b.getRow() + " " + b.getLong(1));
        b.absolute(2);
        System.out.println(b.getLong(1));
        c.commit();
        c.setAutoCommit(true);
    }

    static void transactions(Connection c) throws SQLException {
        for (int level : new int[] {Connection.TRANSACTION_SERIALIZABLE, Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_READ_COMMITTED}) {
            c.setTransactionIsolation(level);
            System.out.println(c.getTransactionIsolation());
        }
        c.setReadOnly(true);
        c.setAutoCommit(false);
        Savepoint p = c.setSavepoint("a point");
        try {
            c.createStatement().executeQuery("SELECT 1/0");
        } catch (SQLException e) {
            System.out.println(e.getSQLState());
        }
        c.rollback(p);
        show(c.createStatement().executeQuery("SELECT 1"));
        c.releaseSavepoint(p);
        try {
            c.createStatement().executeUpdate("DELETE FROM sales.orders");
        } catch (SQLException e) {
            System.out.println(e.getSQLState());
        }
        c.rollback();
        c.setAutoCommit(true);
        c.setReadOnly(false);
    }

    static void session(Connection c) throws SQLException {
        c.setSchema("shop");
        System.out.println(c.getSchema() + " " + c.isValid(2));
        show(c.createStatement().executeQuery("SELECT name FROM brands ORDER BY id"));
        c.setClientInfo("ApplicationName", "me");
        show(c.createStatement().executeQuery("SHOW application_name"));
        Statement s = c.createStatement();
        System.out.println(s.execute("SET search_path TO sales") + " " + s.getUpdateCount());
        c.createStatement().execute("RESET search_path");
        for (int i = 0; i < 3; i++) s.addBatch("SET extra_float_digits = " + i);
        System.out.println(Arrays.toString(s.executeBatch()));
        System.out.println(c.unwrap(PGConnection.class).getParameterStatus("server_encoding") + " " + c.unwrap(PGConnection.class).escapeLiteral("it's"));
    }

    static void copy(Connection c) throws Exception {
        CopyManager m = c.unwrap(PGConnection.class).getCopyAPI();
        for (String q : new String[] {"COPY (" + KINDS + ") TO STDOUT", "COPY (SELECT id, title FROM shop.articles ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", "COPY (" + CROSS + ") TO STDOUT (FORMAT binary)"}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            System.out.println(m.copyOut(q, out) + " " + out.toString("ISO-8859-1"));
        }
    }

    static void cancel(Connection c) throws Exception {
        for (boolean byTimeout : new boolean[] {true, false}) {
            Statement s = c.createStatement();
            if (byTimeout) s.setQueryTimeout(1);
            else new java.util.Timer(true).schedule(new java.util.TimerTask() { public void run() { try { s.cancel(); } catch (SQLException e) { e.printStackTrace(); } } }, 400);
            try {
                s.executeQuery("SELECT count(*) FROM generate_series(1, 100000000000) i, sales.orders");
            } catch (SQLException e) {
                System.out.println(e.getSQLState());
            }
            s.setQueryTimeout(0);
            show(c.createStatement().executeQuery("SELECT 1"));
        }
    }

    public static void main(String[] args) throws Exception {
        Connection c = connect("");
        step("DatabaseMetaData", () -> metadata(c));
        step("primary keys and row identifiers", () -> primaryKeys(c));
        step("procedures", () -> procedures(c));
        step("foreign keys", () -> foreignKeys(c));
        step("indexes", () -> indexes(c));
        step("privileges", () -> privileges(c));
        step("properties of the database", () -> properties(c));
        step("queries and prepared statements", () -> queries(c));
        for (String mode : new String[] {"simple", "extendedForPrepared", "extendedCacheEverything"})
            step("other query modes", () -> { try (Connection d = connect("&preferQueryMode=" + mode)) { queries(d); } });
        step("binary transfer from the first execution", () -> { try (Connection d = connect("&prepareThreshold=-1&binaryTransfer=true")) { queries(d); } });
        step("autosave", () -> { try (Connection d = connect("&autosave=always&options=-c%20statement_timeout=60000")) { transactions(d); } });
        step("fetchSize", () -> cursors(c));
        step("adaptive fetch", () -> { try (Connection d = connect("&adaptiveFetch=true&defaultRowFetchSize=2&maxResultBuffer=1M")) { cursors(d); } });
        step("transactions and savepoints", () -> transactions(c));
        step("settings of the session", () -> session(c));
        step("CopyManager", () -> copy(c));
        step("cancel", () -> cancel(c));
        step("errors", () -> {
            for (String q : new String[] {"SELECT no_such FROM sales.orders", "SELEC 1", "SELECT 'x'::int"})
                try {
                    c.createStatement().executeQuery(q);
                } catch (SQLException e) {
                    System.out.println(e.getSQLState());
                }
        });
        c.close();
    }
}
