# SQLite in memory and in a file, with what it is built with.
import os
import sqlite3

with sqlite3.connect(":memory:") as base:
    base.execute("create table t (id integer primary key, name text, x real)")
    base.executemany("insert into t (name, x) values (?, ?)", [("a", 1.5), ("b", None), ("ç", 2.5)])
    assert base.execute("select count(*), sum(x) from t").fetchone() == (3, 4.0)
    base.row_factory = sqlite3.Row
    assert base.execute("select * from t where name = :n", {"n": "ç"}).fetchone()["x"] == 2.5
    base.row_factory = None
    assert base.execute("select sqrt(16), pow(2, 10), round(pi(), 3)").fetchone() == (4.0, 1024.0, 3.142)
    assert base.execute("select json_extract('{\"a\": [1, 2]}', '$.a[1]')").fetchone() == (2,)
    assert base.execute("select sum(x) over (order by id) from t").fetchall()[-1] == (4.0,)
    # Strings in double quotes, as other builds take them.
    assert base.execute('select id from t where name = "a" and "x" is not "none"').fetchall() == [(1,)]
    base.execute('create table q (kind default "k" check (kind in ("k", "l")))')
    base.execute("create virtual table notes using fts5(body)")
    base.executemany("insert into notes values (?)", [("the quick fox",), ("a lazy dog",)])
    assert base.execute("select body from notes where notes match 'qui*'").fetchall() == [("the quick fox",)]
    base.execute("create virtual table boxes using rtree(id, x0, x1)")
    base.create_function("double", 1, lambda n: n * 2)
    assert base.execute("select double(21)").fetchone() == (42,)
    assert list(base.iterdump())[0] == "BEGIN TRANSACTION;"
    try:
        base.execute("select * from missing")
    except sqlite3.OperationalError as error:
        assert "no such table" in str(error)
    else:
        raise AssertionError("a missing table was found")

base = sqlite3.connect("test.db")
base.execute("create table if not exists t (x)")
base.execute("delete from t")
with base:
    base.executemany("insert into t values (?)", ((n,) for n in range(1000)))
try:
    with base:
        base.execute("delete from t")
        raise KeyError
except KeyError:
    pass
base.close()
base = sqlite3.connect("file:test.db?mode=ro", uri=True)
assert base.execute("select sum(x) from t").fetchone() == (499500,)
try:
    base.execute("insert into t values (1)")
except sqlite3.OperationalError:
    pass
else:
    raise AssertionError("a read-only database was written")
base.close()

# Several connections to one file: readers beside a writer, one writer, as SQLite has it everywhere.
writer, reader, other = (sqlite3.connect("test.db", timeout=0.01, isolation_level=None) for _ in range(3))
writer.execute("begin immediate")
writer.execute("insert into t values (1)")
assert reader.execute("select count(*) from t").fetchone() == (1000,)
assert os.path.isdir("test.db.lock")  # what keeps other guests out
try:
    other.execute("begin immediate")
except sqlite3.OperationalError as error:
    assert "locked" in str(error)
else:
    raise AssertionError("there were two writers")
rows = reader.execute("select x from t")
rows.fetchone()
try:
    writer.execute("commit")
except sqlite3.OperationalError as error:
    assert "locked" in str(error)  # a reader is in the middle of it
else:
    raise AssertionError("what a reader reads was changed")
rows.close()
writer.execute("commit")
assert reader.execute("select count(*) from t").fetchone() == (1001,) == other.execute("select count(*) from t").fetchone()
assert not os.path.exists("test.db.lock")
os.mkdir("test.db.lock")  # another guest holds it
try:
    reader.execute("select count(*) from t")
except sqlite3.OperationalError as error:
    assert "locked" in str(error)
else:
    raise AssertionError("a lock was not seen")
os.rmdir("test.db.lock")
for base in (writer, reader, other):
    base.close()
os.remove("test.db")
print("ok")
