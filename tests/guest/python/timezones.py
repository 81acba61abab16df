# zoneinfo finds its data in the library.
import datetime
import zoneinfo

paris = zoneinfo.ZoneInfo("Europe/Paris")
summer = datetime.datetime(2024, 7, 1, 12, tzinfo=paris)
assert summer.utcoffset() == datetime.timedelta(hours=2) and summer.tzname() == "CEST"
assert datetime.datetime(2024, 1, 1, tzinfo=paris).tzname() == "CET"
there = summer.astimezone(zoneinfo.ZoneInfo("Asia/Kolkata"))
assert there.isoformat() == "2024-07-01T15:30:00+05:30"
assert datetime.datetime(2050, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).tzname() == "EDT"
assert len(zoneinfo.available_timezones()) > 550 and "UTC" in zoneinfo.available_timezones()
for key in ("Europe/Nowhere", "../os.pyc", "/etc/passwd"):
    try:
        zoneinfo.ZoneInfo(key)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        pass
    else:
        raise AssertionError(key)
print("ok")
