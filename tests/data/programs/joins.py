# Orders, customers and products: joins that are checked, and what finds no partner.
import pandas as pd

customers = pd.DataFrame({"id": [1, 2, 3, 5], "name": ["Ada", "Grace", "Alan", "Edsger"], "country": ["UK", "US", "UK", "NL"]})
products = pd.DataFrame({"sku": ["A", "B", "C"], "price": [9.5, 20.0, 3.25], "weight": [100, None, 20]})
orders = pd.DataFrame({
    "order": [10, 11, 12, 13, 14, 15, 16],
    "customer": [1, 2, 2, 3, 4, 1, 5],
    "sku": ["A", "B", "C", "A", "B", "D", "C"],
    "count": [2, 1, 10, 1, 3, 1, 4],
})
full = orders.merge(customers, left_on="customer", right_on="id", how="left", validate="m:1").merge(products, on="sku", how="left", indicator="known")
print(full.to_string())
try:
    orders.merge(customers, left_on="customer", right_on="id", validate="1:1")
except pd.errors.MergeError as error:
    print(str(error).splitlines()[0])
full["total"] = full["count"] * full["price"]
print("unknown product", full.loc[full["known"] == "left_only", "order"].tolist(), "unknown customer", full.loc[full["id"].isna(), "order"].tolist())
print(full.groupby(["country", "name"], dropna=False)["total"].sum(min_count=1).to_string())
print(customers[~customers["id"].isin(orders["customer"])].empty, set(orders["sku"]) - set(products["sku"]))
print(customers.join(orders.groupby("customer")["count"].sum().rename("pieces"), on="id").to_string())
print(customers[["name"]].merge(products[["sku"]], how="cross").agg("-".join, axis=1).tolist())
print(pd.concat([orders.head(2), orders.tail(1)], keys=["first", "last"]).to_string())
left = pd.DataFrame({"t": pd.to_datetime(["2024-01-01 10:00", "2024-01-01 10:05", "2024-01-01 10:20"]), "v": [1, 2, 3]})
right = pd.DataFrame({"t": pd.to_datetime(["2024-01-01 09:59", "2024-01-01 10:04", "2024-01-01 10:10"]), "rate": [1.1, 1.2, 1.3]})
print(pd.merge_asof(left, right, on="t", tolerance=pd.Timedelta("5min")).to_string())
print(full.combine_first(pd.DataFrame({"weight": [0.0] * len(full)}))["weight"].tolist())
