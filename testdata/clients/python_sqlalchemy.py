# client: SQLAlchemy 2.1.9
# needs: pip SQLAlchemy[asyncio]==2.1.9 psycopg2-binary==2.9.13 psycopg[binary]==3.3.9 asyncpg==0.32.0

import asyncio

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

from steps import CROSS, DATABASE, HOST, PASSWORD, PORT, USER, show, step


def url(driver):
    return sa.URL.create("postgresql+" + driver, USER, PASSWORD, HOST, PORT, DATABASE)


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = {"schema": "sales"}
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    country: Mapped[str | None]
    orders: Mapped[list["Order"]] = relationship(back_populates="customer", order_by="Order.id")


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": "sales"}
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sales.customers.id"))
    total: Mapped[float | None]
    customer: Mapped[Customer | None] = relationship(back_populates="orders")


for driver in ("psycopg2", "psycopg"):
    engine = sa.create_engine(url(driver), pool_pre_ping=True)
    i = sa.inspect(engine)
    with step("reflection"):
        print(driver, [s for s in i.get_schema_names() if s in ("sales", "shop", "web")])
        print(sorted(t for t in i.get_table_names("sales") if t in ("customers", "orders", "kinds")), i.has_table("orders", "sales"), i.has_table("x", "sales"))
        for table in ("customers", "orders", "kinds"):
            show((col["name"], str(col["type"]), col["nullable"], col["default"]) for col in i.get_columns(table, "sales"))
            print(i.get_pk_constraint(table, "sales")["constrained_columns"], i.get_foreign_keys(table, "sales"))
            print(i.get_unique_constraints(table, "sales"), i.get_check_constraints(table, "sales"))
        print(i.get_table_comment("customers", "sales"), i.get_sequence_names("sales"), i.get_materialized_view_names("sales"), i.get_enums("sales"))
        print(i.get_indexes("customers", "sales"))
    with step("reflection of a whole schema"):
        m = sa.MetaData()
        m.reflect(engine, schema="shop", only=lambda name, _: name in ("articles", "brands"))
        show((t.fullname, [(col.name, str(col.type), col.primary_key) for col in t.columns]) for t in m.sorted_tables)
    with step("ORM reads"):
        with Session(engine) as s:
            for load in (selectinload, joinedload):
                q = sa.select(Customer).options(load(Customer.orders)).where(Customer.id < 5).order_by(Customer.id)
                show((c.id, c.name, [(o.id, o.total) for o in c.orders]) for c in s.scalars(q).unique())
                s.expunge_all()
            show(s.execute(sa.select(Customer.country, sa.func.count()).group_by(Customer.country).order_by(Customer.country.nulls_first())))
            print(s.get(Order, 12).customer.name, s.scalar(sa.select(sa.func.max(Order.total))))
            print(s.scalars(sa.select(Order.id).where(Order.customer_id.in_([1, 8])).order_by(Order.id).limit(2).offset(1)).all())
    with step("rows as a stream"):
        with engine.connect() as c:
            r = c.execution_options(stream_results=True, max_row_buffer=3).execute(sa.text("SELECT id FROM web.events ORDER BY id"))
            print([p for p in r.scalars().partitions(4)])
    with step("isolation levels"):
        for level in ("REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT"):
            with engine.connect().execution_options(isolation_level=level) as c:
                print(c.scalar(sa.text("SHOW transaction_isolation")), c.execute(sa.text(CROSS)).all())
    with step("savepoints"):
        with engine.begin() as c:
            try:
                with c.begin_nested():
                    c.execute(sa.text("SELECT 1/0"))
            except sa.exc.DataError as e:
                print(getattr(e.orig, "pgcode", None) or e.orig.sqlstate)
            print(c.scalar(sa.text("SELECT 1")))
    engine.dispose()


async def asynchronous():
    engine = create_async_engine(url("asyncpg"))
    async with engine.connect() as c:
        print((await c.execute(sa.text(CROSS))).all())
        print([r async for r in await c.stream(sa.select(Order.id).order_by(Order.id))])
        print(await c.run_sync(lambda sync: [col["name"] for col in sa.inspect(sync).get_columns("orders", "sales")]))
    await engine.dispose()


with step("asynchronous engine"):
    asyncio.run(asynchronous())
