# An answer of some service: nested, with holes; flattened, exploded, and written back.
import io
import json

import pandas as pd

DATA = json.loads("""[
 {"id": "a1", "user": {"name": "Ada", "tags": ["x", "y"], "address": {"city": "London", "zip": "N1"}}, "items": [{"sku": 1, "qty": 2, "price": "9.90"}, {"sku": 2, "qty": 1, "price": "100"}], "at": "2024-05-01T10:00:00Z"},
 {"id": "b2", "user": {"name": "Grace", "tags": []}, "items": [], "at": "2024-05-01T12:30:00+02:00"},
 {"id": "c3", "user": {"name": null, "tags": ["y"], "address": {"city": "Paris"}}, "items": [{"sku": 2, "qty": 5, "price": "95.5"}], "at": null}
]""")
flat = pd.json_normalize(DATA, sep=".")
print(flat.drop(columns=["items"]).to_string())
items = pd.json_normalize(DATA, "items", ["id", ["user", "name"]], errors="ignore")
items["total"] = items["qty"] * items["price"].astype(float)
print(items.to_string(), items.dtypes.to_dict())
print(items.groupby("sku").agg(pieces=("qty", "sum"), earned=("total", "sum"), buyers=("id", "nunique")).to_string())
tags = flat[["id", "user.tags"]].explode("user.tags", ignore_index=True)
print(tags.to_string(), pd.get_dummies(tags.dropna(), columns=["user.tags"], prefix="tag").groupby("id").max().astype(int).to_string())
flat["at"] = pd.to_datetime(flat["at"], utc=True)
print(flat["at"].dt.tz_convert("Asia/Tokyo").astype(str).tolist())
print(json.dumps(json.loads(flat[["id", "user.name", "at"]].to_json(orient="table", index=False)), sort_keys=True))
print(pd.read_json(io.StringIO(items.to_json(orient="split")), orient="split").equals(items.assign(price=items["price"].astype(float))))
print(items.set_index(["id", "sku"])["qty"].unstack(fill_value=0).to_dict("index"))
