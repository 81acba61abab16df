"""An access log: regular expressions, counters, percentiles, sessions."""
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone

LINE = re.compile(
    r'(?P<ip>\S+) - (?P<user>\S+) \[(?P<when>[^\]]+)\] "(?P<verb>[A-Z]+) (?P<path>\S+)[^"]*" '
    r"(?P<status>\d{3}) (?P<size>\d+|-) (?P<ms>\d+)ms"
)
LOG = """\
10.0.0.1 - ann [05/Mar/2024:10:00:01 +0000] "GET /index.html HTTP/1.1" 200 5120 12ms
10.0.0.2 - - [05/Mar/2024:10:00:04 +0000] "GET /api/items?id=1 HTTP/1.1" 200 310 45ms
10.0.0.1 - ann [05/Mar/2024:10:01:00 +0000] "POST /api/items HTTP/1.1" 201 20 130ms
garbage line
10.0.0.3 - - [05/Mar/2024:11:02:11 +0100] "GET /admin HTTP/1.1" 403 - 3ms
10.0.0.2 - - [05/Mar/2024:10:40:00 +0000] "GET /api/items?id=2 HTTP/1.1" 500 90 2100ms
10.0.0.1 - ann [05/Mar/2024:10:59:59 +0000] "DELETE /api/items/7 HTTP/1.1" 204 - 61ms
10.0.0.4 - bob [05/Mar/2024:23:30:00 -0500] "GET /index.html HTTP/1.1" 304 - 5ms
"""


def percentile(values, p):
    values = sorted(values)
    index = (len(values) - 1) * p
    low = int(index)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (index - low)


hits, rejected = [], 0
for line in LOG.splitlines():
    if match := LINE.fullmatch(line):
        hit = match.groupdict()
        hit["when"] = datetime.strptime(hit["when"], "%d/%b/%Y:%H:%M:%S %z").astimezone(timezone.utc)
        hit["route"] = re.sub(r"\?.*|/\d+$", "", hit["path"])
        hits.append(hit)
    else:
        rejected += 1
print(f"{len(hits)} hits, {rejected} rejected")
print("statuses:", dict(sorted(Counter(h["status"][0] + "xx" for h in hits).items())))
for route, count in Counter(h["route"] for h in hits).most_common():
    times = [int(h["ms"]) for h in hits if h["route"] == route]
    print(f"  {route:<12} {count}  p50={percentile(times, .5):g}  p95={percentile(times, .95):g}")
print("bytes:", sum(int(h["size"]) for h in hits if h["size"].isdigit()))

sessions = defaultdict(list)
for hit in sorted(hits, key=lambda h: h["when"]):
    visits = sessions[hit["ip"]]
    if not visits or hit["when"] - visits[-1][-1]["when"] > timedelta(minutes=30):
        visits.append([])
    visits[-1].append(hit)
for ip, visits in sorted(sessions.items()):
    print(ip, [len(visit) for visit in visits], visits[0][0]["when"].isoformat(), f"{visits[-1][-1]['when']:%a %d %b, %I:%M %p}")
