# strftime as glibc has it, in time and in datetime: values made by CPython 3.13 on Linux (glibc 2.36), TZ=UTC, by running this
# file there with the argument "make", which prints the two tables.
import datetime as dt
import hashlib
import itertools
import sys
import time

MOMENTS = [dt.datetime(2024, 1, 5, 13, 4, 7, 89), dt.datetime(1999, 12, 31, 0, 0, 0), dt.datetime(2027, 1, 3, 12, 59, 59),
           dt.datetime(99, 3, 4, 23, 5, 6)]
FORMATS = """
%a|%A|%b|%B|%h|%c|%x|%X|%D|%F|%R|%r|%T|%p|%P|%I|%l|%H|%k|%M|%S
%d|%e|%j|%m|%U|%W|%V|%G|%g|%u|%w|%y|%Y|%C|%s|%z|%Z|%f|%:z|%%|%n|%t
%-d|%-m|%-I|%-H|%-M|%-j|%-y|%-e|%-l|%-C|%_d|%_m|%_H|%_j|%_Y|%0e|%0l|%0k
%^a|%^A|%^b|%^B|%^c|%^x|%^p|%^P|%^Z|%#a|%#A|%#b|%#B|%#p|%#P|%#Z|%#c|%#x
%5d|%_5d|%05d|%-5d|%10Y|%_10Y|%-10Y|%10A|%^10A|%010A|%-10A|%10F|%10T|%4%|%6n|%12c|%20s|%020s
%Ec|%EC|%Ex|%EX|%Ey|%EY|%Od|%Oe|%OH|%OI|%Om|%OM|%OS|%Ou|%OU|%OV|%Ow|%OW|%Oy|%OB|%Ob|%E%
%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#Eb|%EQ|%5Q|%^q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%
Jan %-d, %Y at %-I:%M %p|%l:%M %p|%-I:%M %P|100%|é %d ü %Y 日本|%Y年%m月%d日|
""".strip("\n").split("\n")


def results():
    for moment in MOMENTS:
        for line in FORMATS:
            yield moment.strftime(line)
            yield time.strftime(line, moment.timetuple())
    for line in FORMATS:
        yield dt.date(2024, 2, 29).strftime(line)
        yield dt.time(7, 8, 9, 10).strftime(line)
        yield time.strftime(line, time.gmtime(951782400))
        yield dt.datetime(2024, 7, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30))).strftime(line)


def digest():
    """All of flags, widths, modifiers and letters, at three moments."""
    sha = hashlib.sha256()
    letters = [chr(code) for code in range(1, 127)]
    moments = [time.gmtime(seconds) for seconds in (1704459847, -1, 32536799999)]
    for flags, width, modifier in itertools.product(("", "-", "_", "0", "^", "#", "^#", "-0", "_^", "0#"),
                                                    ("", "1", "3", "12"), ("", "E", "O")):
        text = "".join(f"<%{flags}{width}{modifier}{letter}>" for letter in letters if letter not in "0123456789")
        for moment in moments:
            sha.update(time.strftime(text, moment).encode())
    return sha.hexdigest()


EXPECTED = [
    'Fri|Friday|Jan|January|Jan|Fri Jan  5 13:04:07 2024|01/05/24|13:04:07|01/05/24|2024-01-05|13:04|01:04:07 PM|13:04:07|PM|pm|01| 1|13|13|04|07',
    'Fri|Friday|Jan|January|Jan|Fri Jan  5 13:04:07 2024|01/05/24|13:04:07|01/05/24|2024-01-05|13:04|01:04:07 PM|13:04:07|PM|pm|01| 1|13|13|04|07',
    '05| 5|005|01|00|01|01|2024|24|5|5|24|2024|20|1704459847|||000089||%|\n|\t',
    '05| 5|005|01|00|01|01|2024|24|5|5|24|2024|20|1704459847|||%f|%:z|%|\n|\t',
    '5|1|1|13|4|5|24|5|1|20| 5| 1|13|  5|2024|05|01|13',
    '5|1|1|13|4|5|24|5|1|20| 5| 1|13|  5|2024|05|01|13',
    'FRI|FRIDAY|JAN|JANUARY|FRI JAN  5 13:04:07 2024|01/05/24|PM|pm||FRI|FRIDAY|JAN|JANUARY|pm|pm||Fri Jan  5 13:04:07 2024|01/05/24',
    'FRI|FRIDAY|JAN|JANUARY|FRI JAN  5 13:04:07 2024|01/05/24|PM|pm||FRI|FRIDAY|JAN|JANUARY|pm|pm||Fri Jan  5 13:04:07 2024|01/05/24',
    '00005|    5|00005|    5|0000002024|      2024|      2024|    Friday|    FRIDAY|0000Friday|    Friday|2024-01-05|  13:04:07|   %|     \n|Fri Jan  5 13:04:07 2024|          1704459847|00000000001704459847',
    '00005|    5|00005|    5|0000002024|      2024|      2024|    Friday|    FRIDAY|0000Friday|    Friday|2024-01-05|  13:04:07|   %|     \n|Fri Jan  5 13:04:07 2024|          1704459847|00000000001704459847',
    'Fri Jan  5 13:04:07 2024|20|01/05/24|13:04:07|24|2024|05| 5|13|01|01|04|07|5|00|01|5|01|24|January|Jan|%',
    'Fri Jan  5 13:04:07 2024|20|01/05/24|13:04:07|24|2024|05| 5|13|01|01|04|07|5|00|01|5|01|24|January|Jan|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    'Jan 5, 2024 at 1:04 PM| 1:04 PM|1:04 pm|100%|é 05 ü 2024 日本|2024年01月05日|',
    'Jan 5, 2024 at 1:04 PM| 1:04 PM|1:04 pm|100%|é 05 ü 2024 日本|2024年01月05日|',
    'Fri|Friday|Dec|December|Dec|Fri Dec 31 00:00:00 1999|12/31/99|00:00:00|12/31/99|1999-12-31|00:00|12:00:00 AM|00:00:00|AM|am|12|12|00| 0|00|00',
    'Fri|Friday|Dec|December|Dec|Fri Dec 31 00:00:00 1999|12/31/99|00:00:00|12/31/99|1999-12-31|00:00|12:00:00 AM|00:00:00|AM|am|12|12|00| 0|00|00',
    '31|31|365|12|52|52|52|1999|99|5|5|99|1999|19|946598400|||000000||%|\n|\t',
    '31|31|365|12|52|52|52|1999|99|5|5|99|1999|19|946598400|||%f|%:z|%|\n|\t',
    '31|12|12|0|0|365|99|31|12|19|31|12| 0|365|1999|31|12|00',
    '31|12|12|0|0|365|99|31|12|19|31|12| 0|365|1999|31|12|00',
    'FRI|FRIDAY|DEC|DECEMBER|FRI DEC 31 00:00:00 1999|12/31/99|AM|am||FRI|FRIDAY|DEC|DECEMBER|am|am||Fri Dec 31 00:00:00 1999|12/31/99',
    'FRI|FRIDAY|DEC|DECEMBER|FRI DEC 31 00:00:00 1999|12/31/99|AM|am||FRI|FRIDAY|DEC|DECEMBER|am|am||Fri Dec 31 00:00:00 1999|12/31/99',
    '00031|   31|00031|   31|0000001999|      1999|      1999|    Friday|    FRIDAY|0000Friday|    Friday|1999-12-31|  00:00:00|   %|     \n|Fri Dec 31 00:00:00 1999|           946598400|00000000000946598400',
    '00031|   31|00031|   31|0000001999|      1999|      1999|    Friday|    FRIDAY|0000Friday|    Friday|1999-12-31|  00:00:00|   %|     \n|Fri Dec 31 00:00:00 1999|           946598400|00000000000946598400',
    'Fri Dec 31 00:00:00 1999|19|12/31/99|00:00:00|99|1999|31|31|00|12|12|00|00|5|52|52|5|52|99|December|Dec|%',
    'Fri Dec 31 00:00:00 1999|19|12/31/99|00:00:00|99|1999|31|31|00|12|12|00|00|5|52|52|5|52|99|December|Dec|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    'Jan 31, 1999 at 12:00 AM|12:00 AM|12:00 am|100%|é 31 ü 1999 日本|1999年12月31日|',
    'Jan 31, 1999 at 12:00 AM|12:00 AM|12:00 am|100%|é 31 ü 1999 日本|1999年12月31日|',
    'Sun|Sunday|Jan|January|Jan|Sun Jan  3 12:59:59 2027|01/03/27|12:59:59|01/03/27|2027-01-03|12:59|12:59:59 PM|12:59:59|PM|pm|12|12|12|12|59|59',
    'Sun|Sunday|Jan|January|Jan|Sun Jan  3 12:59:59 2027|01/03/27|12:59:59|01/03/27|2027-01-03|12:59|12:59:59 PM|12:59:59|PM|pm|12|12|12|12|59|59',
    '03| 3|003|01|01|00|53|2026|26|7|0|27|2027|20|1798981199|||000000||%|\n|\t',
    '03| 3|003|01|01|00|53|2026|26|7|0|27|2027|20|1798981199|||%f|%:z|%|\n|\t',
    '3|1|12|12|59|3|27|3|12|20| 3| 1|12|  3|2027|03|12|12',
    '3|1|12|12|59|3|27|3|12|20| 3| 1|12|  3|2027|03|12|12',
    'SUN|SUNDAY|JAN|JANUARY|SUN JAN  3 12:59:59 2027|01/03/27|PM|pm||SUN|SUNDAY|JAN|JANUARY|pm|pm||Sun Jan  3 12:59:59 2027|01/03/27',
    'SUN|SUNDAY|JAN|JANUARY|SUN JAN  3 12:59:59 2027|01/03/27|PM|pm||SUN|SUNDAY|JAN|JANUARY|pm|pm||Sun Jan  3 12:59:59 2027|01/03/27',
    '00003|    3|00003|    3|0000002027|      2027|      2027|    Sunday|    SUNDAY|0000Sunday|    Sunday|2027-01-03|  12:59:59|   %|     \n|Sun Jan  3 12:59:59 2027|          1798981199|00000000001798981199',
    '00003|    3|00003|    3|0000002027|      2027|      2027|    Sunday|    SUNDAY|0000Sunday|    Sunday|2027-01-03|  12:59:59|   %|     \n|Sun Jan  3 12:59:59 2027|          1798981199|00000000001798981199',
    'Sun Jan  3 12:59:59 2027|20|01/03/27|12:59:59|27|2027|03| 3|12|12|01|59|59|7|01|53|0|00|27|January|Jan|%',
    'Sun Jan  3 12:59:59 2027|20|01/03/27|12:59:59|27|2027|03| 3|12|12|01|59|59|7|01|53|0|00|27|January|Jan|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    'Jan 3, 2027 at 12:59 PM|12:59 PM|12:59 pm|100%|é 03 ü 2027 日本|2027年01月03日|',
    'Jan 3, 2027 at 12:59 PM|12:59 PM|12:59 pm|100%|é 03 ü 2027 日本|2027年01月03日|',
    'Wed|Wednesday|Mar|March|Mar|Wed Mar  4 23:05:06 99|03/04/99|23:05:06|03/04/99|99-03-04|23:05|11:05:06 PM|23:05:06|PM|pm|11|11|23|23|05|06',
    'Wed|Wednesday|Mar|March|Mar|Wed Mar  4 23:05:06 99|03/04/99|23:05:06|03/04/99|99-03-04|23:05|11:05:06 PM|23:05:06|PM|pm|11|11|23|23|05|06',
    '04| 4|063|03|09|09|10|99|99|3|3|99|99|0|-59037555294|||000000||%|\n|\t',
    '04| 4|063|03|09|09|10|99|99|3|3|99|99|0|-59037555294|||%f|%:z|%|\n|\t',
    '4|3|11|23|5|63|99|4|11|0| 4| 3|23| 63|99|04|11|23',
    '4|3|11|23|5|63|99|4|11|0| 4| 3|23| 63|99|04|11|23',
    'WED|WEDNESDAY|MAR|MARCH|WED MAR  4 23:05:06 99|03/04/99|PM|pm||WED|WEDNESDAY|MAR|MARCH|pm|pm||Wed Mar  4 23:05:06 99|03/04/99',
    'WED|WEDNESDAY|MAR|MARCH|WED MAR  4 23:05:06 99|03/04/99|PM|pm||WED|WEDNESDAY|MAR|MARCH|pm|pm||Wed Mar  4 23:05:06 99|03/04/99',
    '00004|    4|00004|    4|0000000099|        99|        99| Wednesday| WEDNESDAY|0Wednesday| Wednesday|  99-03-04|  23:05:06|   %|     \n|Wed Mar  4 23:05:06 99|        -59037555294|00000000-59037555294',
    '00004|    4|00004|    4|0000000099|        99|        99| Wednesday| WEDNESDAY|0Wednesday| Wednesday|  99-03-04|  23:05:06|   %|     \n|Wed Mar  4 23:05:06 99|        -59037555294|00000000-59037555294',
    'Wed Mar  4 23:05:06 99|0|03/04/99|23:05:06|99|99|04| 4|23|11|03|05|06|3|09|10|3|09|99|March|Mar|%',
    'Wed Mar  4 23:05:06 99|0|03/04/99|23:05:06|99|99|04| 4|23|11|03|05|06|3|09|10|3|09|99|March|Mar|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    'Jan 4, 99 at 11:05 PM|11:05 PM|11:05 pm|100%|é 04 ü 99 日本|99年03月04日|',
    'Jan 4, 99 at 11:05 PM|11:05 PM|11:05 pm|100%|é 04 ü 99 日本|99年03月04日|',
    'Thu|Thursday|Feb|February|Feb|Thu Feb 29 00:00:00 2024|02/29/24|00:00:00|02/29/24|2024-02-29|00:00|12:00:00 AM|00:00:00|AM|am|12|12|00| 0|00|00',
    'Mon|Monday|Jan|January|Jan|Mon Jan  1 07:08:09 1900|01/01/00|07:08:09|01/01/00|1900-01-01|07:08|07:08:09 AM|07:08:09|AM|am|07| 7|07| 7|08|09',
    'Tue|Tuesday|Feb|February|Feb|Tue Feb 29 00:00:00 2000|02/29/00|00:00:00|02/29/00|2000-02-29|00:00|12:00:00 AM|00:00:00|AM|am|12|12|00| 0|00|00',
    'Mon|Monday|Jul|July|Jul|Mon Jul  1 01:02:00 2024|07/01/24|01:02:00|07/01/24|2024-07-01|01:02|01:02:00 AM|01:02:00|AM|am|01| 1|01| 1|02|00',
    '29|29|060|02|08|09|09|2024|24|4|4|24|2024|20|1709164800|||000000||%|\n|\t',
    '01| 1|001|01|00|01|01|1900|00|1|1|00|1900|19|-2208963111|||000010||%|\n|\t',
    '29|29|060|02|09|09|09|2000|00|2|2|00|2000|20|951782400|+0000|GMT|%f|%:z|%|\n|\t',
    '01| 1|183|07|26|27|27|2024|24|1|1|24|2024|20|1719795720|-0330|UTC-03:30|000000|-03:30|%|\n|\t',
    '29|2|12|0|0|60|24|29|12|20|29| 2| 0| 60|2024|29|12|00',
    '1|1|7|7|8|1|0|1|7|19| 1| 1| 7|  1|1900|01|07|07',
    '29|2|12|0|0|60|0|29|12|20|29| 2| 0| 60|2000|29|12|00',
    '1|7|1|1|2|183|24|1|1|20| 1| 7| 1|183|2024|01|01|01',
    'THU|THURSDAY|FEB|FEBRUARY|THU FEB 29 00:00:00 2024|02/29/24|AM|am||THU|THURSDAY|FEB|FEBRUARY|am|am||Thu Feb 29 00:00:00 2024|02/29/24',
    'MON|MONDAY|JAN|JANUARY|MON JAN  1 07:08:09 1900|01/01/00|AM|am||MON|MONDAY|JAN|JANUARY|am|am||Mon Jan  1 07:08:09 1900|01/01/00',
    'TUE|TUESDAY|FEB|FEBRUARY|TUE FEB 29 00:00:00 2000|02/29/00|AM|am|GMT|TUE|TUESDAY|FEB|FEBRUARY|am|am|gmt|Tue Feb 29 00:00:00 2000|02/29/00',
    'MON|MONDAY|JUL|JULY|MON JUL  1 01:02:00 2024|07/01/24|AM|am||MON|MONDAY|JUL|JULY|am|am||Mon Jul  1 01:02:00 2024|07/01/24',
    '00029|   29|00029|   29|0000002024|      2024|      2024|  Thursday|  THURSDAY|00Thursday|  Thursday|2024-02-29|  00:00:00|   %|     \n|Thu Feb 29 00:00:00 2024|          1709164800|00000000001709164800',
    '00001|    1|00001|    1|0000001900|      1900|      1900|    Monday|    MONDAY|0000Monday|    Monday|1900-01-01|  07:08:09|   %|     \n|Mon Jan  1 07:08:09 1900|         -2208963111|000000000-2208963111',
    '00029|   29|00029|   29|0000002000|      2000|      2000|   Tuesday|   TUESDAY|000Tuesday|   Tuesday|2000-02-29|  00:00:00|   %|     \n|Tue Feb 29 00:00:00 2000|           951782400|00000000000951782400',
    '00001|    1|00001|    1|0000002024|      2024|      2024|    Monday|    MONDAY|0000Monday|    Monday|2024-07-01|  01:02:00|   %|     \n|Mon Jul  1 01:02:00 2024|          1719795720|00000000001719795720',
    'Thu Feb 29 00:00:00 2024|20|02/29/24|00:00:00|24|2024|29|29|00|12|02|00|00|4|08|09|4|09|24|February|Feb|%',
    'Mon Jan  1 07:08:09 1900|19|01/01/00|07:08:09|00|1900|01| 1|07|07|01|08|09|1|00|01|1|01|00|January|Jan|%',
    'Tue Feb 29 00:00:00 2000|20|02/29/00|00:00:00|00|2000|29|29|00|12|02|00|00|2|09|09|2|09|00|February|Feb|%',
    'Mon Jul  1 01:02:00 2024|20|07/01/24|01:02:00|24|2024|01| 1|01|01|07|02|00|1|26|27|1|27|24|July|Jul|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    '%Q|%L|%N|%J|%K|%v|%i|%q|%E|%O|%EB|%#EB|%EQ|  %5Q|%^Q|%+|%+4Y|%E-d|%-Ed|%_|%-|%^|%3|%',
    'Jan 29, 2024 at 12:00 AM|12:00 AM|12:00 am|100%|é 29 ü 2024 日本|2024年02月29日|',
    'Jan 1, 1900 at 7:08 AM| 7:08 AM|7:08 am|100%|é 01 ü 1900 日本|1900年01月01日|',
    'Jan 29, 2000 at 12:00 AM|12:00 AM|12:00 am|100%|é 29 ü 2000 日本|2000年02月29日|',
    'Jan 1, 2024 at 1:02 AM| 1:02 AM|1:02 am|100%|é 01 ü 2024 日本|2024年07月01日|',
]
DIGEST = '344c877e32f1378bf6175d77d7b529cfa0da23844a8d09149dfb73950a585751'


def main():
    found = list(results())
    if sys.argv[1:] == ["make"]:
        print("EXPECTED = [\n" + "".join(f"    {text!r},\n" for text in found) + f"]\nDIGEST = {digest()!r}")
        return
    assert len(found) == len(EXPECTED)
    for text, expected in zip(found, EXPECTED):
        assert text == expected, (text, expected)
    assert digest() == DIGEST
    # Nothing is too long, and no length is guessed.
    assert time.strftime("%1000d", time.gmtime(0)) == "0" * 999 + "1"
    assert time.strftime("x" * 100000, time.gmtime(0)) == "x" * 100000
    assert time.strftime("", time.gmtime(0)) == "" and dt.date(1, 1, 1).strftime("") == ""
    assert len(time.strftime("%2147483647d" + "%99999999999999d", time.gmtime(0))) == 0
    # A time that says whether it is summer, but no zone, is of the zone of here (glibc, TZ=UTC).
    assert [time.strftime("%Z", (2024, 1, 1, 0, 0, 0, 0, 1, summer)) for summer in (0, 1, -1)] == ["UTC", "UTC", ""]
    print("ok")


main()
