# SQLite and pandas together: tables in, questions in SQL, answers as frames; the same answers without SQL.
import sqlite3

import numpy as np
import pandas as pd

rng = np.random.default_rng(14)
connection = sqlite3.connect(":memory:")
staff = pd.DataFrame({"id": range(1, 41), "name": [f"person {i:02d}" for i in range(1, 41)], "team": rng.choice(["red", "blue", "green"], 40), "salary": rng.integers(30, 120, 40) * 1000, "boss": [None, *rng.integers(1, 6, 39)]})
times = pd.DataFrame({"id": rng.integers(1, 41, 600), "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, 600), unit="D"), "hours": rng.integers(1, 17, 600) / 2})
staff.to_sql("staff", connection, index=False)
times.to_sql("times", connection, index=False, dtype={"day": "TEXT"})
query = """
SELECT s.team, COUNT(DISTINCT s.id) AS people, ROUND(SUM(t.hours), 1) AS hours, AVG(s.salary) AS salary
FROM staff s LEFT JOIN times t ON t.id = s.id GROUP BY s.team HAVING people > 3 ORDER BY s.team"""
print(pd.read_sql_query(query, connection).to_string())
joined = staff.merge(times, on="id", how="left")
print(joined.groupby("team").agg(people=("id", "nunique"), hours=("hours", "sum"), salary=("salary", "mean")).to_string())
window = """SELECT team, name, salary, RANK() OVER (PARTITION BY team ORDER BY salary DESC, name) AS place,
  salary - AVG(salary) OVER (PARTITION BY team) AS above FROM staff"""
ranked = pd.read_sql_query(window, connection)
print(ranked[ranked["place"] <= 2].to_string(index=False))
own = staff.assign(place=staff.sort_values("name").groupby("team")["salary"].rank(ascending=False, method="first"))
print(own[own["place"] <= 2].sort_values(["team", "place"])["name"].tolist() == ranked[ranked["place"] <= 2]["name"].tolist())
weekly = pd.read_sql_query("SELECT day, hours FROM times WHERE hours > ?", connection, params=(4,), parse_dates=["day"])
print(weekly.dtypes.to_dict(), weekly.set_index("day").resample("W")["hours"].sum().head(4).to_dict())
recursive = """WITH RECURSIVE chain(id, depth) AS (SELECT id, 0 FROM staff WHERE boss IS NULL UNION ALL
  SELECT s.id, depth + 1 FROM staff s JOIN chain c ON s.boss = c.id) SELECT depth, COUNT(*) AS n FROM (SELECT * FROM chain LIMIT 200) GROUP BY depth"""
print(pd.read_sql_query(recursive, connection).to_string())
connection.execute("UPDATE staff SET salary = salary * 1.1 WHERE team = 'red'")
print(pd.read_sql("SELECT team, SUM(salary) AS total FROM staff GROUP BY team", connection).to_dict("records"))
for chunk in pd.read_sql_query("SELECT * FROM times ORDER BY rowid", connection, chunksize=250):
    print(len(chunk), chunk["hours"].sum())
