// Dates: recurrences, months that end, weeks, ISO text, formats for people in English, zones.
const DAY = 86_400_000;
const utc = (y, m, d, h = 0) => new Date(Date.UTC(y, m - 1, d, h));
const iso = date => date.toISOString().slice(0, 10);

function addMonths(date, n) {
  const result = new Date(date), day = result.getUTCDate();
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + n);
  result.setUTCDate(Math.min(day, new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate()));
  return result;
}
function isoWeek(date) {
  const d = new Date(date);
  d.setUTCDate(d.getUTCDate() + 4 - (d.getUTCDay() || 7));
  return [d.getUTCFullYear(), Math.ceil(((d - Date.UTC(d.getUTCFullYear(), 0, 1)) / DAY + 1) / 7)];
}
function* weekdays(from, to) { for (let t = +from; t <= +to; t += DAY) if (new Date(t).getUTCDay() % 6) yield new Date(t); }
const nth = (year, month, weekday, n) => { const first = utc(year, month, 1); return new Date(+first + (((weekday - first.getUTCDay() + 7) % 7) + 7 * (n - 1)) * DAY); };

console.log([0, 1, 2, 13].map(n => iso(addMonths(utc(2024, 1, 31), n))), [...weekdays(utc(2024, 2, 28), utc(2024, 3, 5))].map(iso));
console.log(isoWeek(utc(2024, 12, 30)), isoWeek(utc(2021, 1, 3)), iso(nth(2024, 11, 4, 4)), (utc(2025, 3, 1) - utc(2024, 3, 1)) / DAY);
const moment = new Date('2024-03-05T14:07:09.045Z');
console.log(moment.toISOString(), moment.toJSON(), +moment, moment.getUTCDay(), Date.parse('2024-02-30'), Date.parse('Tue, 05 Mar 2024 14:07:09 GMT'), new Date(NaN).getTime(), Date.UTC(2024, 0));
console.log(moment, [moment], new Date(2024, 1, 29).getDate(), Date.parse('2024-03-05'), Date.parse('2024-03-05T10:00+02:00'), new Date(8.64e15).toISOString(), new Date('nonsense'));
try { new Date(NaN).toISOString(); } catch (error) { console.log(error.name); }
const when = { timeZone: 'UTC' };
for (const options of [{ dateStyle: 'full' }, { dateStyle: 'medium', timeStyle: 'short' }, { weekday: 'short', month: 'short', day: 'numeric' }, { year: 'numeric', month: '2-digit', day: '2-digit' }, { hour: 'numeric', minute: '2-digit', hour12: false }, { month: 'long', year: 'numeric' }])
  console.log(new Intl.DateTimeFormat('en-US', { ...options, ...when }).format(moment));
console.log(moment.toLocaleDateString('en-US', when), moment.toLocaleTimeString('en-US', when), moment.toLocaleString('en-US', when), moment.toLocaleDateString('en-GB', when), moment.toLocaleDateString('de-DE', { ...when, dateStyle: 'long' }));
for (const timeZone of ['America/New_York', 'Asia/Tokyo', 'Europe/Berlin', 'Asia/Kolkata'])
  console.log(timeZone, moment.toLocaleString('en-US', { timeZone, timeZoneName: 'short' }), utc(2024, 7, 1).toLocaleTimeString('en-US', { timeZone }));
console.log(new Intl.DateTimeFormat('en-US', { ...when, month: 'long', day: 'numeric' }).formatToParts(moment).map(p => p.type));
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
console.log(relative.format(-1, 'day'), relative.format(3, 'week'), relative.format(0, 'year'), new Intl.PluralRules('en', { type: 'ordinal' }).select(22));
const ordinal = n => `${n}${{ one: 'st', two: 'nd', few: 'rd', other: 'th' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)]}`;
console.log([1, 2, 3, 4, 11, 21, 112].map(ordinal), new Intl.ListFormat('en', { type: 'conjunction' }).format(['a', 'b', 'c']));
