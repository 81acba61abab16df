# Dates as offices have them: working days, holidays, fiscal years, zones, leap years, ages and the last Friday.
from datetime import date, timedelta

import numpy as np
import pandas as pd
from dateutil import parser, relativedelta, rrule
from pandas.tseries.holiday import AbstractHolidayCalendar, EasterMonday, GoodFriday, Holiday
from pandas.tseries.offsets import BMonthEnd, CustomBusinessDay, MonthEnd, QuarterEnd, Week


class Office(AbstractHolidayCalendar):
    rules = [Holiday("New Year", month=1, day=1), GoodFriday, EasterMonday, Holiday("Labour", month=5, day=1)]


holidays = Office().holidays("2024-01-01", "2026-12-31")
print(holidays.strftime("%a %d %b %Y").tolist())
working = CustomBusinessDay(calendar=Office())
print([(pd.Timestamp("2024-03-28") + k * working).date().isoformat() for k in range(4)], np.busday_count("2024-01-01", "2025-01-01", holidays=holidays.values.astype("datetime64[D]")))
print([(pd.Timestamp("2024-01-31") + offset).date().isoformat() for offset in (MonthEnd(), BMonthEnd(2), QuarterEnd(startingMonth=2), Week(weekday=4), pd.DateOffset(months=1))])
dates = pd.date_range("2023-12-28", periods=8, freq="D")
print(pd.DataFrame({"iso": dates.isocalendar().week.to_numpy(), "fiscal": dates.to_period("Q-SEP").astype(str), "leap": dates.is_leap_year, "end": dates.is_month_end}, index=dates).to_string())
meeting = pd.Timestamp("2024-03-31 00:30", tz="Europe/London")
print([(meeting + pd.Timedelta(hours=h)).tz_convert(zone).isoformat() for h in (-1, 0, 1) for zone in ("Europe/London", "America/New_York", "Asia/Kolkata")])
try:
    pd.Timestamp("2024-11-03 01:30").tz_localize("America/New_York", ambiguous="raise")
except Exception as error:
    print(type(error).__name__)
birthdays = pd.to_datetime(pd.Series(["1980-02-29", "2001-12-31", "1999-06-15"]))
on = pd.Timestamp("2024-02-28")
print([relativedelta.relativedelta(on, b).years for b in birthdays], (on - birthdays).dt.days.tolist())
print([d.date().isoformat() for d in rrule.rrule(rrule.MONTHLY, count=4, byweekday=rrule.FR(-1), dtstart=parser.parse("1 May 2024"))], parser.parse("Thu, 4th of July 1996 at 3pm").isoformat())
shifts = pd.interval_range(pd.Timestamp("2024-01-01"), periods=6, freq="8h", closed="left")
print(shifts.get_indexer(pd.to_datetime(["2024-01-01 07:59", "2024-01-01 08:00", "2024-01-02 23:00", "2024-01-05 00:00"])).tolist())
spans = pd.Series(pd.to_timedelta(["1 days 02:03:04", "00:15:00", "-1 days", None]))
print(spans.dt.total_seconds().tolist(), spans.sum(), spans.dt.components.to_string())
print(date(2024, 2, 28) + timedelta(days=2), pd.date_range("2024-01-01", "2024-12-31", freq="WOM-2TUE").strftime("%d.%m").tolist(), pd.Period("2024-02", "M").days_in_month)
print(pd.to_datetime([1700000000, 1700003600], unit="s", utc=True).tz_convert("Australia/Sydney").floor("h").astype(str).tolist(), np.datetime64("2024-02-29") + np.timedelta64(365, "D"))
