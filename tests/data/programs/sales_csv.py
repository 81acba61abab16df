# A sales export as it comes: currencies, thousands, three spellings of a date, doubles, and a total line.
import io

import pandas as pd

RAW = """Order ID, Date ,Customer,Amount,Currency,Status
1001,2024-01-03," Ada Lovelace ","1,234.50",EUR,shipped
1002,03/01/2024,grace hopper,$99.95,USD,Shipped
1002,03/01/2024,grace hopper,$99.95,USD,Shipped
1003,5 Jan 2024,Alan Turing,,EUR,cancelled
1004,2024-01-07,ADA LOVELACE,"(45.00)",EUR,refunded
1005,2024-01-09,Edsger Dijkstra,n/a,EUR,pending
1006,not a date,Barbara Liskov,"2.500,75",EUR,shipped
1007,2024-02-11,Donald Knuth,1e3,USD,shipped
TOTAL,,,"99,999",,
"""


def amount(text):
    if pd.isna(text):
        return None
    negative = text.startswith("(")
    text = text.strip("()$ ").replace("€", "")
    if "," in text and "." in text and text.rfind(",") > text.rfind("."):
        text = text.replace(".", "").replace(",", ".")
    value = pd.to_numeric(text.replace(",", ""), errors="coerce")
    return -value if negative else value


df = pd.read_csv(io.StringIO(RAW), skipinitialspace=True)
df.columns = df.columns.str.strip().str.lower().str.replace(" ", "_")
print(df.dtypes.to_string())
df = df[df["order_id"].str.isdigit()].drop_duplicates()
df["order_id"] = df["order_id"].astype(int)
df["customer"] = df["customer"].str.strip().str.title()
df["status"] = df["status"].str.lower().astype("category")
df["amount"] = df["amount"].map(amount).astype(float)
df["date"] = pd.to_datetime(df["date"], errors="coerce", format="mixed", dayfirst=True)
df["eur"] = df["amount"] * df["currency"].map({"EUR": 1.0, "USD": 0.92})
print(df.to_string(index=False))
print(df.isna().sum().to_dict(), df["status"].cat.categories.tolist())
print(df.groupby("customer")["eur"].agg(["count", "sum", "max"]).sort_values("sum", ascending=False).to_string())
print(df.groupby(df["date"].dt.to_period("M"))["eur"].sum().to_string())
clean = df.dropna(subset=["date", "eur"]).set_index("order_id")
print(clean.to_csv(date_format="%d.%m.%Y", float_format="%.2f"))
print(clean.to_json(orient="records", date_format="iso"))
