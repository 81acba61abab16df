// Which locale's data a request is answered with, for FormatJS's programs: ECMA-402's "lookup", as V8 does it. (The
// package of this name looks for a best fit through tables that take longer to load than all else.)
'use strict';

const EXTENSION = /-u(?:-[a-z0-9]{2,8})+/;
const withoutExtension = (locale) => locale.replace(EXTENSION, '');

function bestAvailable(available, locale) {
  for (let tag = locale; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    tag = tag.replace(/-[a-z0-9]$/, '');
    if (available.includes(tag)) return tag;
  }
  return undefined;
}

// The keys of a locale's extension: { nu: 'latn', kn: '' }.
function keywords(extension) {
  const result = {};
  let key;
  for (const part of extension.split('-').slice(2)) {
    if (part.length === 2) result[key = part] = '';
    else if (key !== undefined) result[key] += result[key] === '' ? part : `-${part}`;
  }
  return result;
}

function ResolveLocale(available, requested, options, keys, localeData, getDefaultLocale) {
  const list = [...available];
  let found;
  let extension = '';
  for (const locale of requested) {
    found = bestAvailable(list, withoutExtension(locale));
    if (found === undefined) continue;
    extension = EXTENSION.exec(locale)?.[0] ?? '';
    break;
  }
  // The tag that was asked for is that of the result, also where the data is that of a shorter one.
  let locale = found ?? getDefaultLocale();
  const dataLocale = found ?? bestAvailable(list, locale) ?? locale;
  const result = { dataLocale };
  const wanted = keywords(extension);
  let supported = '';
  for (const key of keys) {
    const known = localeData[dataLocale]?.[key] ?? [];
    let value = known[0];
    let addition = '';
    if (key in wanted) {
      if (wanted[key] !== '' && known.includes(wanted[key])) [value, addition] = [wanted[key], `-${key}-${wanted[key]}`];
      else if (wanted[key] === '' && known.includes('true')) [value, addition] = ['true', `-${key}`];
    }
    const option = options[key] === '' ? 'true' : options[key];
    if (option !== undefined && option !== value && known.includes(option)) [value, addition] = [option, ''];
    result[key] = value;
    supported += addition;
  }
  if (supported !== '') locale += `-u${supported}`;
  result.locale = locale;
  return result;
}

function LookupSupportedLocales(available, requested) {
  const list = [...available];
  return requested.filter((locale) => bestAvailable(list, withoutExtension(locale)) !== undefined);
}

const match = (requested, available, usual) =>
  requested.map((locale) => bestAvailable(available, withoutExtension(locale))).find(Boolean) ?? usual;

module.exports = { ResolveLocale, LookupSupportedLocales, match };
