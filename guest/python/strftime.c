/*
 * strftime.c: wcsftime, by which CPython formats times, as glibc has it in the locale C.UTF-8, character for character.
 *
 * wasi-libc's (musl's) returns nothing at all for what it does not know, and knows neither most flags nor %l, %k and %P, which
 * programs that were written on Linux use. The linker has this definition stand in the C library's place (--wrap).
 *
 * A directive is %, flags (_ - 0 ^ #), a width, E or O, and a letter. What is none is copied as it stands. glibc pads by these
 * rules, which no manual states: a number is filled with zeros (or spaces: _ and the letters e, k, l) up to its width; with -, and
 * everything else, the width is made up with spaces, or with zeros after the flag 0.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#define MOST_DIGITS 24
#define MOST_PARTS  128 /* of what one letter is composed of */
#define MOST_ZONE   64  /* of a zone's name */

typedef struct output {
    wchar_t *at;
    size_t room; /* left, one of which is for the zero at the end */
    size_t size;
    bool full;
} output;

typedef struct directive {
    char pad; /* one of _ - 0, or 0 */
    bool upper, change;
    bool lower;
    int width;
    char modifier; /* E, O or 0 */
    char letter;
} directive;

static const wchar_t days[7][10] = {L"Sunday",   L"Monday", L"Tuesday", L"Wednesday",
                                    L"Thursday", L"Friday", L"Saturday"};
static const wchar_t months[12][10] = {L"January",   L"February", L"March",    L"April",
                                       L"May",       L"June",     L"July",     L"August",
                                       L"September", L"October",  L"November", L"December"};

static void put(output *out, wchar_t c)
{
    if (out->room <= 1) {
        out->full = true;
        return;
    }
    *out->at++ = c;
    out->room--;
    out->size++;
}

static wchar_t in_case(const directive *d, wchar_t c)
{
    if (d->lower)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return d->upper && c >= 'a' && c <= 'z' ? c - 32 : c;
}

static void put_text(output *out, const directive *d, const wchar_t *text, int size)
{
    for (int i = size; i < d->width && !out->full; i++)
        put(out, d->pad == '0' ? '0' : ' ');
    for (int i = 0; i < size; i++)
        put(out, in_case(d, text[i]));
}

static void put_number(output *out, const directive *d, int digits, long long value)
{
    wchar_t text[MOST_DIGITS];
    int size = 0, width = digits > d->width ? digits : d->width;
    unsigned long long rest = value < 0 ? -(unsigned long long)value : (unsigned long long)value;
    directive padded = *d;

    do
        text[MOST_DIGITS - 1 - size++] = (wchar_t)(L'0' + rest % 10);
    while ((rest /= 10) != 0);
    if (d->pad == '-' || d->pad == '_') {
        if (value < 0)
            text[MOST_DIGITS - 1 - size++] = '-';
        padded.width = d->pad == '_' ? width : d->width;
    } else {
        if (value < 0)
            put(out, '-');
        padded.width = width - (value < 0);
        padded.pad = '0';
    }
    put_text(out, &padded, text + MOST_DIGITS - size, size);
}

static void put_spaced(output *out, const directive *d, int digits, long long value)
{
    directive spaced = *d;

    if (d->pad != '0' && d->pad != '-')
        spaced.pad = '_';
    put_number(out, &spaced, digits, value);
}

static void format(output *out, const wchar_t *text, const struct tm *tm);

/* What is made of other directives: padded and in capitals as a whole. */
static void put_composed(output *out, const directive *d, const wchar_t *text, const struct tm *tm)
{
    wchar_t buffer[MOST_PARTS];
    output inner = {buffer, MOST_PARTS, 0, false};

    format(&inner, text, tm);
    put_text(out, d, buffer, (int)inner.size);
}

static void put_name(output *out, const directive *d, const wchar_t *name, size_t size)
{
    directive named = *d;

    named.upper = d->upper || d->change;
    put_text(out, &named, name, (int)(size ? size : wcslen(name)));
}

static bool is_leap(long long year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since the Monday of the ISO year's first week; negative where the day belongs to the year before. */
static int iso_days(int yday, int wday)
{
    int big = 3 * 7;

    return yday - (yday - wday + 4 + big) % 7 + 4 - 1;
}

/* The ISO 8601 year and week of a day. */
static long long iso_year(const struct tm *tm, int *week)
{
    long long year = (long long)tm->tm_year + 1900;
    int days_in = iso_days(tm->tm_yday, tm->tm_wday);

    if (days_in < 0) {
        year--;
        days_in = iso_days(tm->tm_yday + 365 + is_leap(year), tm->tm_wday);
    } else {
        int next = iso_days(tm->tm_yday - (365 + is_leap(year)), tm->tm_wday);
        if (next >= 0) {
            year++;
            days_in = next;
        }
    }
    *week = days_in / 7 + 1;
    return year;
}

static void put_offset(output *out, const directive *d, const struct tm *tm)
{
    long minutes = tm->__tm_gmtoff / 60;
    wchar_t sign = minutes < 0 ? '-' : '+';

    if (tm->tm_isdst < 0)
        return;
    minutes = minutes < 0 ? -minutes : minutes;
    put_text(out, d, &sign, 1);
    put_number(out, d, 4, minutes / 60 * 100 + minutes % 60);
}

/* The one number that its width pads as if it were text. */
static void put_seconds(output *out, const directive *d, long long value)
{
    wchar_t text[MOST_DIGITS];
    output inner = {text, MOST_DIGITS, 0, false};
    directive plain = {.letter = d->letter};

    put_number(&inner, &plain, 1, value);
    put_text(out, d, text, (int)inner.size);
}

static long long floor_mod(long long value, int by)
{
    return (value % by + by) % by;
}

/* Letters whose number may be written with other digits (O), which this locale has none of. False: it is no such letter. */
static bool put_plain_number(output *out, const directive *d, const struct tm *tm)
{
    int hour12 = (tm->tm_hour + 11) % 12 + 1, week;

    if (d->modifier == 'E')
        return false;
    switch (d->letter) {
    case 'd':
        put_number(out, d, 2, tm->tm_mday);
        return true;
    case 'e':
        put_spaced(out, d, 2, tm->tm_mday);
        return true;
    case 'H':
        put_number(out, d, 2, tm->tm_hour);
        return true;
    case 'I':
        put_number(out, d, 2, hour12);
        return true;
    case 'k':
        put_spaced(out, d, 2, tm->tm_hour);
        return true;
    case 'l':
        put_spaced(out, d, 2, hour12);
        return true;
    case 'j':
        put_number(out, d, 3, tm->tm_yday + 1);
        return true;
    case 'm':
        put_number(out, d, 2, tm->tm_mon + 1);
        return true;
    case 'M':
        put_number(out, d, 2, tm->tm_min);
        return true;
    case 'S':
        put_number(out, d, 2, tm->tm_sec);
        return true;
    case 'U':
        put_number(out, d, 2, (tm->tm_yday - tm->tm_wday + 7) / 7);
        return true;
    case 'W':
        put_number(out, d, 2, (tm->tm_yday - (tm->tm_wday + 6) % 7 + 7) / 7);
        return true;
    case 'w':
        put_number(out, d, 1, tm->tm_wday);
        return true;
    case 'g':
        put_number(out, d, 2, floor_mod(iso_year(tm, &week), 100));
        return true;
    case 'G':
        put_number(out, d, 1, iso_year(tm, &week));
        return true;
    case 'V':
        iso_year(tm, &week);
        put_number(out, d, 2, week);
        return true;
    default:
        return false;
    }
}

/* As glibc, the zone of here where the time says none but whether it is summer; which a sandbox has one of. */
static const char *zone_of(const struct tm *tm)
{
    if (tm->__tm_zone && *tm->__tm_zone)
        return tm->__tm_zone;
    return tm->tm_isdst >= 0 ? "UTC" : "";
}

static void put_zone(output *out, const directive *d, const char *name)
{
    wchar_t text[MOST_ZONE];
    int size = 0;

    for (; *name && size < MOST_ZONE; name++)
        text[size++] = (unsigned char)*name;
    put_text(out, d, text, size);
}

/* Names and what else has no modifier, or either. False: it is no such letter, or not with this modifier. */
static bool put_word(output *out, const directive *d, const struct tm *tm)
{
    directive own = *d;

    switch (d->letter) {
    case 'a':
    case 'A':
        if (d->modifier)
            return false;
        put_name(out, d, days[tm->tm_wday], d->letter == 'a' ? 3 : 0);
        return true;
    case 'b':
    case 'h':
    case 'B':
        if (d->modifier == 'E')
            return false;
        put_name(out, d, months[tm->tm_mon], d->letter == 'B' ? 0 : 3);
        return true;
    case 'P':
    case 'p':
        own.lower = d->letter == 'P' || d->change;
        put_text(out, &own, tm->tm_hour < 12 ? L"AM" : L"PM", 2);
        return true;
    case 'Z':
        own.lower = d->change;
        put_zone(out, &own, zone_of(tm));
        return true;
    case 'n':
        put_text(out, d, L"\n", 1);
        return true;
    case 't':
        put_text(out, d, L"\t", 1);
        return true;
    case 'z':
        put_offset(out, d, tm);
        return true;
    default:
        return false;
    }
}

static bool put_date(output *out, const directive *d, const struct tm *tm)
{
    struct tm local = *tm;
    long long year = (long long)tm->tm_year + 1900;

    switch (d->letter) {
    case 'C':
        put_number(out, d, 1, year / 100 - (year % 100 < 0));
        return true;
    case 's':
        put_seconds(out, d, mktime(&local));
        return true;
    case 'u':
        put_number(out, d, 1, (tm->tm_wday + 6) % 7 + 1);
        return true;
    case 'y':
        put_number(out, d, 2, floor_mod(year, 100));
        return true;
    case 'Y':
        if (d->modifier == 'O')
            return false;
        put_number(out, d, 1, year);
        return true;
    default:
        return false;
    }
}

static bool put_parts(output *out, const directive *d, const struct tm *tm)
{
    const wchar_t *parts;

    switch (d->letter) {
    case 'c':
        parts = d->modifier == 'O' ? NULL : L"%a %b %e %H:%M:%S %Y";
        break;
    case 'x':
        parts = d->modifier == 'O' ? NULL : L"%m/%d/%y";
        break;
    case 'X':
        parts = d->modifier == 'O' ? NULL : L"%H:%M:%S";
        break;
    case 'D':
        parts = d->modifier ? NULL : L"%m/%d/%y";
        break;
    case 'F':
        parts = d->modifier ? NULL : L"%Y-%m-%d";
        break;
    case 'R':
        parts = L"%H:%M";
        break;
    case 'r':
        parts = L"%I:%M:%S %p";
        break;
    case 'T':
        parts = L"%H:%M:%S";
        break;
    default:
        parts = NULL;
    }
    if (parts)
        put_composed(out, d, parts, tm);
    return parts != NULL;
}

/* Reads the directive after the % at `text`; where its letter is. */
static const wchar_t *read_directive(directive *d, const wchar_t *text)
{
    const wchar_t *at = text + 1;

    *d = (directive){0};
    for (; *at != '\0' && wcschr(L"_-0^#", *at); at++) {
        if (*at == '^')
            d->upper = true;
        else if (*at == '#')
            d->change = true;
        else
            d->pad = (char)*at;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        d->width = d->width > (INT_MAX - 9) / 10 ? INT_MAX : d->width * 10 + (*at - '0');
    if (*at == 'E' || *at == 'O')
        d->modifier = (char)*at++;
    d->letter = *at < 128 ? (char)*at : '?';
    return at;
}

static void format(output *out, const wchar_t *text, const struct tm *tm)
{
    directive d;

    for (; *text && !out->full; text++) {
        const wchar_t *start = text;
        if (*text != '%') {
            put(out, *text);
            continue;
        }
        text = read_directive(&d, text);
        if (d.letter == '%')
            put_text(out, &d, L"%", 1);
        else if (!put_plain_number(out, &d, tm) && !put_word(out, &d, tm) &&
                 !put_date(out, &d, tm) && !put_parts(out, &d, tm)) {
            text -= *text == '\0';
            d.upper |= d.change && (d.letter == 'b' || d.letter == 'h');
            put_text(out, &d, start, (int)(text - start) + 1);
        }
    }
}

size_t __wrap_wcsftime(wchar_t *restrict buffer, size_t size, const wchar_t *restrict text,
                       const struct tm *restrict tm);

/* 0 where the result and its zero do not fit into `size` characters. */
size_t __wrap_wcsftime(wchar_t *restrict buffer, size_t size, const wchar_t *restrict text,
                       const struct tm *restrict tm)
{
    output out = {buffer, size, 0, false};

    if (size == 0)
        return 0;
    format(&out, text, tm);
    *out.at = '\0';
    return out.full ? 0 : out.size;
}

struct tm *__real_gmtime_r(const time_t *restrict seconds, struct tm *restrict tm);
struct tm *__wrap_gmtime_r(const time_t *restrict seconds, struct tm *restrict tm);

/* glibc calls the zone of this GMT, which %Z and time.gmtime().tm_zone show. */
struct tm *__wrap_gmtime_r(const time_t *restrict seconds, struct tm *restrict tm)
{
    struct tm *made = __real_gmtime_r(seconds, tm);

    if (made)
        made->__tm_zone = "GMT";
    return made;
}
