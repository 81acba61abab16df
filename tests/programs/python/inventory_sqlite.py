"""SQL: constraints, joins, windows, recursion, transactions, user functions."""
import sqlite3

db = sqlite3.connect("shop.db")
db.row_factory = sqlite3.Row
db.executescript("""
    PRAGMA foreign_keys = ON;
    CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, parent INTEGER REFERENCES item);
    CREATE TABLE sale (item INTEGER NOT NULL REFERENCES item, day TEXT NOT NULL, n INTEGER CHECK (n > 0));
""")
with db:
    db.executemany("INSERT INTO item VALUES (?, ?, ?)", [(1, "tools", None), (2, "saw", 1), (3, "hammer", 1), (4, "claw hammer", 3)])
    db.executemany(
        "INSERT INTO sale VALUES (:item, :day, :n)",
        [{"item": i, "day": f"2024-05-{d:02}", "n": n} for i, d, n in [(2, 1, 4), (3, 1, 2), (2, 2, 1), (4, 3, 7), (2, 5, 2)]],
    )
for sql in ("INSERT INTO sale VALUES (9, '2024-05-09', 1)", "INSERT INTO sale VALUES (2, '2024-05-09', 0)", "INSERT INTO item VALUES (9, 'saw', 1)"):
    try:
        with db:
            db.execute(sql)
    except sqlite3.IntegrityError as error:
        print("refused:", error)
print([tuple(r) for r in db.execute("""
    SELECT name, day, n, SUM(n) OVER (PARTITION BY item ORDER BY day) AS running
    FROM sale JOIN item ON item.id = sale.item ORDER BY name, day""")])
for row in db.execute("""
    WITH RECURSIVE tree(id, path) AS (
        SELECT id, name FROM item WHERE parent IS NULL
        UNION ALL SELECT item.id, tree.path || '/' || item.name FROM item JOIN tree ON item.parent = tree.id)
    SELECT path, COALESCE(SUM(n), 0) AS sold FROM tree LEFT JOIN sale ON sale.item = tree.id GROUP BY tree.id ORDER BY path"""):
    print(f"{row['path']:<28}{row['sold']:>3}", row.keys())
try:
    with db:
        db.execute("DELETE FROM sale")
        raise RuntimeError("changed my mind")
except RuntimeError as error:
    print(error, "-", db.execute("SELECT COUNT(*) FROM sale").fetchone()[0], "rows are left")
db.create_function("vowels", 1, lambda text: sum(c in "aeiou" for c in text), deterministic=True)
print(db.execute("SELECT group_concat(vowels(name), ' ') FROM (SELECT name FROM item ORDER BY id)").fetchone()[0])
db.close()
with sqlite3.connect("shop.db") as again:
    print(again.execute("SELECT json_group_array(name) FROM (SELECT name FROM item ORDER BY name DESC)").fetchone())
again.close()
