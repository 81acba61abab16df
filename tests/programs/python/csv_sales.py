"""Reads a CSV with dirty rows, groups it, and writes a report and a second CSV."""
import csv
import io
from collections import defaultdict
from statistics import mean, median

RAW = '''date,region,product,units,price
2024-01-03,North,Widget,10,2.50
2024-01-03,South,"Gadget, large",3,19.99
2024-01-04,north ,Widget,7,2.50
2024-01-05,East,Gizmo,,4.00
2024-02-01,South,Widget,12,2.45
2024-02-02,West,"Gadget, large",1,21.50
2024-02-03,East,Gizmo,5,abc
2024-02-10,North,"Say ""hi""",2,1.00
2024-03-01,South,Gizmo,40,3.75
2024-03-09,West,Widget,6,2.60
'''


def clean(rows):
    for number, row in enumerate(rows, start=2):
        try:
            yield {
                "month": row["date"][:7],
                "region": row["region"].strip().title(),
                "product": row["product"],
                "total": round(int(row["units"]) * float(row["price"]), 2),
            }
        except ValueError as error:
            print(f"line {number}: skipped: {error}")


def main():
    rows = list(clean(csv.DictReader(io.StringIO(RAW))))
    by_region = defaultdict(list)
    pivot = defaultdict(lambda: defaultdict(float))
    for row in rows:
        by_region[row["region"]].append(row["total"])
        pivot[row["product"]][row["month"]] += row["total"]

    print(f"{'region':<8}{'n':>3}{'sum':>10}{'mean':>9}{'median':>9}")
    for region, totals in sorted(by_region.items(), key=lambda item: -sum(item[1])):
        print(f"{region:<8}{len(totals):>3}{sum(totals):>10,.2f}{mean(totals):>9.2f}{median(totals):>9.2f}")

    months = sorted({row["month"] for row in rows})
    with open("pivot.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product", *months])
        for product in sorted(pivot):
            writer.writerow([product, *(f"{pivot[product][month]:.2f}" for month in months)])
    with open("pivot.csv", newline="") as file:
        print(file.read().replace("\r\n", "|\n"), end="")
    print(csv.Sniffer().sniff("a;b;c\n1;2;3\n").delimiter)


main()
