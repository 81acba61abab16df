// Intl.DisplayNames: the names are those of Node 20, the errors those of the standard.
import assert from 'node:assert';

const names = (type, options) => new Intl.DisplayNames('en', { type, ...options });
const same = (type, code, name, options) => assert.strictEqual(names(type, options).of(code), name, `${type} ${code}`);

same('region', 'US', 'United States');
same('region', '419', 'Latin America');
same('region', 'de', 'Germany');
same('language', 'fr', 'French');
same('language', 'fr-CA', 'Canadian French');
same('language', 'fr-CA', 'French (Canada)', { languageDisplay: 'standard' });
same('language', 'zh-Hant', 'Traditional Chinese');
same('language', 'es-419', 'Latin American Spanish');
same('script', 'Latn', 'Latin');
same('currency', 'USD', 'US Dollar');
same('currency', 'EUR', 'Euro', { style: 'narrow' });
same('dateTimeField', 'month', 'month');
// What has no name is its code, or undefined on demand.
same('region', 'XQ', 'XQ');
same('region', 'XQ', undefined, { fallback: 'none' });

const options = { locale: 'en', style: 'long', type: 'language', fallback: 'code', languageDisplay: 'dialect' };
assert.deepStrictEqual({ ...names('language').resolvedOptions() }, options);
// Other languages are answered in English, and say so.
const german = new Intl.DisplayNames('de', { type: 'region' });
assert.deepStrictEqual([german.of('US'), german.resolvedOptions().locale], ['United States', 'en-US']);
assert.deepStrictEqual(Intl.DisplayNames.supportedLocalesOf(['en-US', 'tlh']), ['en-US']);
assert.strictEqual(Object.prototype.toString.call(german), '[object Intl.DisplayNames]');

for (const [type, code] of [['region', 'usa'], ['region', ''], ['language', 'i'], ['language', 'pt--BR'], ['currency', 'US'], ['script', 'La'], ['dateTimeField', 'fortnight'], ['region', '\u{1f600}']])
  assert.throws(() => names(type).of(code), RangeError, `${type} ${code}`);
assert.throws(() => new Intl.DisplayNames('en'), TypeError);
assert.throws(() => new Intl.DisplayNames('en', {}), TypeError);
assert.throws(() => Intl.DisplayNames('en', { type: 'region' }), TypeError);
assert.throws(() => Intl.DisplayNames.prototype.of.call({}, 'US'), TypeError);
for (const wrong of [{ type: 'bogus' }, { type: 'region', style: 'bogus' }, { type: 'region', fallback: 'bogus' }, { type: 'language', languageDisplay: 'bogus' }])
  assert.throws(() => new Intl.DisplayNames('en', wrong), RangeError, JSON.stringify(wrong));
assert.throws(() => new Intl.DisplayNames('not_a locale', { type: 'region' }), RangeError);
assert.throws(() => names('region').of(Symbol('US')), TypeError);

console.log('ok');
