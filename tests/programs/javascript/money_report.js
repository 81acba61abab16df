// A report for people: currencies, percentages, grouped numbers, plurals, sorting of names, a table.
const orders = [
  { customer: 'Émile Zola', country: 'FR', items: 3, total: 1234.5, currency: 'EUR' },
  { customer: 'ann brown', country: 'US', items: 1, total: 99.999, currency: 'USD' },
  { customer: 'Zoë Ängström', country: 'SE', items: 12, total: 1000000, currency: 'SEK' },
  { customer: 'Bob', country: 'JP', items: 2, total: 45678.9, currency: 'JPY' },
  { customer: 'bob', country: 'GB', items: 0, total: -5.5, currency: 'GBP' },
];
const money = (value, currency, locale = 'en-US') => new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value);
const plural = new Intl.PluralRules('en-US');
const items = n => `${n} ${{ one: 'item', other: 'items' }[plural.select(n)]}`;
for (const { customer, items: n, total, currency } of orders.toSorted((a, b) => a.customer.localeCompare(b.customer)))
  console.log(customer.padEnd(14), items(n).padStart(9), money(total, currency).padStart(16));
console.log(orders.map(o => o.customer).sort(), orders.map(o => o.customer).sort(new Intl.Collator('en', { sensitivity: 'base' }).compare));
console.log(['item 10', 'item 9', 'Item 1'].sort(new Intl.Collator(undefined, { numeric: true }).compare), 'a'.localeCompare('B'), 'résumé'.localeCompare('resume'), 'a'.localeCompare('á', 'en', { sensitivity: 'base' }));
console.log(money(1234.5, 'EUR', 'de-DE'), money(1234.5, 'EUR', 'fr-FR').replace(/\s/g, ' '), money(0.5, 'USD'), money(1e9, 'JPY', 'ja-JP'));
console.log((0.256).toLocaleString('en-US', { style: 'percent', maximumFractionDigits: 1 }), (1234567.891).toLocaleString('en-US'), (1234567.891).toLocaleString('en-US', { maximumFractionDigits: 0 }), (1234567.891).toLocaleString('de-DE'), (5).toLocaleString('en-US', { minimumIntegerDigits: 2 }), (1e6).toLocaleString('en-IN'), 12345678901234567890n.toLocaleString('en-US'));
const compact = new Intl.NumberFormat('en-US', { notation: 'compact' });
console.log([999, 1234, 56789, 1.5e6, 2e9].map(n => compact.format(n)), new Intl.NumberFormat('en-US', { style: 'unit', unit: 'kilometer-per-hour' }).format(50), new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }).format(123456), new Intl.NumberFormat('en-US', { signDisplay: 'always' }).format(3), new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', currencySign: 'accounting' }).format(-3));
console.log(new Intl.ListFormat('en', { style: 'long', type: 'disjunction' }).format(orders.slice(0, 3).map(o => o.country)), new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).formatToParts(1234.5).map(p => p.type).join());
const byCurrency = Object.fromEntries(orders.map(o => [o.currency, o.total]));
console.table(Object.entries(byCurrency).map(([currency, total]) => ({ currency, total: money(total, currency), share: (total / 1e6).toLocaleString('en-US', { style: 'percent', minimumFractionDigits: 2 }) })));
try { new Intl.NumberFormat('en-US', { style: 'currency' }); } catch (error) { console.log(error.name); }
try { new Intl.NumberFormat('en-US', { style: 'currency', currency: 'nope!' }); } catch (error) { console.log(error.name); }
try { (1).toLocaleString('not_a_locale'); } catch (error) { console.log(error.name); }
console.log('ISTANBUL'.toLowerCase(), 'ß'.toUpperCase(), 'a\u0301'.normalize('NFC').length, 'Straße'.toLocaleUpperCase(), ['z', 'ä', 'a'].sort((a, b) => a.localeCompare(b, 'de')), ['z', 'ä', 'a'].sort((a, b) => a.localeCompare(b, 'sv')), Intl.getCanonicalLocales('EN-us'), new Intl.NumberFormat('de').resolvedOptions().locale);
