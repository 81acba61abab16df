"""Dates: zones, changes of the clock, recurrences, ISO weeks, formats, durations."""
import calendar
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def month_ends(start, count):
    year, month = start.year, start.month
    for _ in range(count):
        yield date(year, month, calendar.monthrange(year, month)[1])
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def working_days(start, end, holidays=frozenset()):
    day, one = start, timedelta(days=1)
    while day <= end:
        if day.weekday() < 5 and day not in holidays:
            yield day
        day += one


def age(born, today):
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


berlin, york, kolkata = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
meeting = datetime(2024, 3, 31, 1, 30, tzinfo=berlin)
for hours in range(3):
    moment = (meeting.astimezone(timezone.utc) + timedelta(hours=hours)).astimezone(berlin)
    print(moment, moment.tzname(), moment.dst(), moment.astimezone(york).strftime("%Y-%m-%d %H:%M %Z%z"), moment.astimezone(kolkata).isoformat())
autumn = datetime(2024, 10, 27, 2, 30, tzinfo=berlin)
print(autumn.utcoffset(), autumn.replace(fold=1).utcoffset(), autumn.timestamp(), autumn.replace(fold=1).timestamp())
print([d.isoformat() for d in month_ends(date(2023, 11, 5), 5)])
print(sum(1 for _ in working_days(date(2024, 12, 20), date(2025, 1, 6), {date(2024, 12, 25), date(2025, 1, 1)})))
for day in (date(2024, 12, 30), date(2021, 1, 3), date(2000, 2, 29)):
    print(day, day.isocalendar()[:2], day.strftime("%A %j %U %W %V %G %u %b %d, %y"), day.toordinal(), age(day, date(2024, 2, 28)))
print(datetime.strptime("Tue Feb 29 23:59:07 2000", "%a %b %d %H:%M:%S %Y"), datetime.fromisoformat("2024-01-05T13:04:05.678+05:30"))
print(calendar.month(2024, 2), calendar.isleap(1900), calendar.leapdays(1900, 2001))
print(timedelta(days=-1, hours=5), timedelta(seconds=100000.5), timedelta(days=3) / timedelta(hours=5), abs(timedelta(-3)), divmod(timedelta(hours=7), timedelta(hours=2)))
print(time(13, 4, 5), time(13, 4).strftime("%I:%M %p"), datetime.combine(date(2024, 1, 1), time.max), datetime.max, date.min)
for bad in ("2024-02-30", "2024-13-01", "24-1-1"):
    try:
        date.fromisoformat(bad)
    except ValueError as error:
        print(error)
print(datetime.fromtimestamp(1_700_000_000, timezone.utc), datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))).isoformat())
