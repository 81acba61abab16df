"""Revenue by region and product, from the sales that were granted at /data.

The kind of program that an agent writes when it is asked "which products carry which region?": it reads
what it was given, prints a table, and leaves a file behind.
"""

import csv
import json
import statistics
from collections import defaultdict
from pathlib import Path

revenue = defaultdict(lambda: defaultdict(float))
months = defaultdict(float)
skipped = 0
with open("/data/sales.csv", newline="") as file:
    for row in csv.DictReader(file):
        if not row["units"]:
            skipped += 1
            continue
        amount = int(row["units"]) * float(row["unit_price"])
        revenue[row["region"]][row["product"]] += amount
        months[row["date"][:7]] += amount

products = sorted({product for by_product in revenue.values() for product in by_product})
print(f"{'region':<8}" + "".join(f"{product:>12}" for product in products) + f"{'total':>12}")
for region in sorted(revenue, key=lambda name: -sum(revenue[name].values())):
    cells = [revenue[region][product] for product in products]
    print(f"{region:<8}" + "".join(f"{cell:12,.2f}" for cell in cells) + f"{sum(cells):12,.2f}")

mean, spread = statistics.mean(months.values()), statistics.stdev(months.values())
unusual = {month: round(total, 2) for month, total in months.items() if abs(total - mean) > 1.5 * spread}
print(f"\nA month brings {mean:,.2f} on average, give or take {spread:,.2f};", end=" ")
print("unusual:", ", ".join(sorted(unusual)) or "none", f"({skipped} rows without units left out)")

Path("summary.json").write_text(
    json.dumps({"revenue": revenue, "months": months, "unusual": unusual, "skipped": skipped}, indent=2)
)
print("summary.json is in the working directory")
