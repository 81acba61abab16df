// Intl and the methods that depend on a locale. What is expected is what Node 20 prints.
import { format as formatOfTest } from 'node:util';
const printed = [];
const say = (...given) => printed.push(formatOfTest(...given));

const t=(f)=>{ try { say(f()) } catch(e) { say(e.name, e.message) } };
t(()=>(1234.5).toLocaleString('en-US', { style: 'currency', currency: 'USD' })); t(()=>(1234567).toLocaleString()); t(()=>new Date(0).toLocaleDateString('en-US', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })); t(()=>['B', 'a'].sort((x, y) => x.localeCompare(y)).join());
t(()=>(0.256).toLocaleString('en-US',{style:'percent',maximumFractionDigits:1})); t(()=>(1234567).toLocaleString('de-DE')); t(()=>(1234567.891).toLocaleString('fr-FR',{style:'currency',currency:'EUR'})); t(()=>new Intl.NumberFormat('en',{notation:'compact'}).format(1234567)); t(()=>new Intl.NumberFormat('en',{style:'unit',unit:'kilometer-per-hour'}).format(50)); t(()=>new Intl.NumberFormat('en-US',{maximumSignificantDigits:3}).format(123456)); t(()=>(5).toLocaleString('en-US',{minimumIntegerDigits:2})); t(()=>(1e21).toLocaleString()); t(()=>(-0).toLocaleString()); t(()=>NaN.toLocaleString()); t(()=>(12345678901234567890n).toLocaleString('de')); t(()=>(1.005).toLocaleString()); t(()=>(0.0005).toLocaleString());t(()=>(1234.5).toLocaleString('ja-JP',{style:'currency',currency:'JPY'})); t(()=>(1234567.8).toLocaleString('en-IN')); t(()=>(1234567.8).toLocaleString('hi-IN'));
t(()=>new Date(0).toLocaleString()); t(()=>new Date(0).toLocaleTimeString()); t(()=>new Date(0).toLocaleDateString()); t(()=>new Date(0).toLocaleString('en-US',{timeZone:'America/New_York'})); t(()=>new Date(1700000000000).toLocaleString('de-DE',{timeZone:'Europe/Berlin'})); t(()=>new Date(1700000000000).toLocaleString('en-GB')); t(()=>new Intl.DateTimeFormat('en-US',{dateStyle:'full',timeStyle:'long',timeZone:'Asia/Tokyo'}).format(new Date(0))); t(()=>new Intl.DateTimeFormat('ja-JP',{dateStyle:'long'}).format(0)); t(()=>new Date(0).toLocaleDateString('fr',{month:'short',day:'2-digit'})); t(()=>new Date(0).toLocaleTimeString('en-US',{hour:'2-digit',minute:'2-digit'})); t(()=>new Date(0).toLocaleTimeString('en-US',{hour12:false})); t(()=>new Date(0).toLocaleString('en-US',{timeZone:'Nope/Zone'})); t(()=>Intl.DateTimeFormat().resolvedOptions().timeZone); t(()=>new Date(0).toLocaleDateString('en-CA')); t(()=>new Date(0).toLocaleDateString('sv-SE')); t(()=>new Intl.DateTimeFormat('en-US',{timeZone:'America/Los_Angeles',timeZoneName:'short',hour:'numeric'}).format(1700000000000)); t(()=>new Intl.DateTimeFormat('en-US',{year:'numeric',month:'2-digit',day:'2-digit'}).formatToParts(0).map(p=>p.type+':'+p.value).join());
t(()=>new Intl.PluralRules('en',{type:'ordinal'}).select(22)); t(()=>new Intl.PluralRules('ru').select(3)); t(()=>new Intl.RelativeTimeFormat('en',{numeric:'auto'}).format(-1,'day')); t(()=>new Intl.RelativeTimeFormat('de').format(3,'week')); t(()=>new Intl.ListFormat('en',{type:'conjunction'}).format(['a','b','c'])); t(()=>new Intl.ListFormat('de').format(['a','b']));
t(()=>['ä','a','z','Z','A','b','_','-','1','10','2'].sort(new Intl.Collator('de').compare).join()); t(()=>['ä','a','z'].sort(new Intl.Collator('sv').compare).join()); t(()=>['10','2','1'].sort(new Intl.Collator(undefined,{numeric:true}).compare).join()); t(()=>'a'.localeCompare('A',undefined,{sensitivity:'base'})); t(()=>'résumé'.localeCompare('resume')); t(()=>['résumé','resume','Resume','Résumé'].sort((a,b)=>a.localeCompare(b)).join());t(()=>['file10','file2','File1'].sort((a,b)=>a.localeCompare(b,undefined,{numeric:true,sensitivity:'base'})).join());
t(()=>(1).toLocaleString('xx-invalid-locale-')); t(()=>new Intl.NumberFormat('en',{style:'currency'})); t(()=>new Intl.NumberFormat('en',{style:'bogus'})); t(()=>Intl.getCanonicalLocales('EN-us').join()); t(()=>new Intl.Locale('de-AT').maximize().toString()); t(()=>[...new Intl.Segmenter('en',{granularity:'grapheme'}).segment('👨‍👩‍👧é')].length); t(()=>[1234.5,new Date(0)].toLocaleString('de')); t(()=>Object.prototype.toString.call(Intl)); t(()=>typeof Intl.NumberFormat); t(()=>new Intl.NumberFormat('en-US').resolvedOptions().locale); t(()=>Intl.NumberFormat.supportedLocalesOf(['de','en-US','tlh']).join()); t(()=>'i'.toLocaleUpperCase('tr'));
t(()=>new Intl.DateTimeFormat('en',{month:'long'}).formatRange(new Date(0),new Date(1e10))); t(()=>new Intl.NumberFormat('en-US',{style:'currency',currency:'USD',currencyDisplay:'name'}).format(2)); t(()=>new Intl.NumberFormat('en-US',{signDisplay:'always'}).format(5)); t(()=>new Intl.NumberFormat('pt-BR',{style:'currency',currency:'BRL'}).format(1234.5)); t(()=>new Intl.NumberFormat('en-US',{notation:'scientific'}).format(123456)); t(()=>new Intl.NumberFormat('es-ES').format(1234)); t(()=>new Intl.NumberFormat('en-US',{minimumFractionDigits:2}).formatToParts(1234.5).map(p=>p.value).join('|'));

const expected = [
  "$1,234.50",
  "1,234,567",
  "Thursday, January 1, 1970",
  "a,B",
  "25.6%",
  "1.234.567",
  "1\u202f234\u202f567,89\u00a0\u20ac",
  "1.2M",
  "50 km/h",
  "123,000",
  "05",
  "1,000,000,000,000,000,000,000",
  "-0",
  "NaN",
  "12.345.678.901.234.567.890",
  "1.005",
  "0.001",
  "\uffe51,235",
  "12,34,567.8",
  "12,34,567.8",
  "1/1/1970, 12:00:00 AM",
  "12:00:00 AM",
  "1/1/1970",
  "12/31/1969, 7:00:00 PM",
  "14.11.2023, 23:13:20",
  "14/11/2023, 22:13:20",
  "Thursday, January 1, 1970 at 9:00:00 AM GMT+9",
  "1970\u5e741\u67081\u65e5",
  "01 janv.",
  "12:00 AM",
  "24:00:00",
  "RangeError Invalid time zone specified: Nope/Zone",
  "UTC",
  "1970-01-01",
  "1970-01-01",
  "2 PM PST",
  "month:01,literal:/,day:01,literal:/,year:1970",
  "two",
  "few",
  "yesterday",
  "in 3 Wochen",
  "a, b, and c",
  "a und b",
  "_,-,1,10,2,a,A,\u00e4,b,z,Z",
  "a,z,\u00e4",
  "1,2,10",
  "0",
  "1",
  "resume,Resume,r\u00e9sum\u00e9,R\u00e9sum\u00e9",
  "File1,file2,file10",
  "RangeError Invalid language tag: xx-invalid-locale-",
  "TypeError Currency code is required with currency style.",
  "RangeError Value bogus out of range for Intl.NumberFormat options property style",
  "en-US",
  "de-Latn-AT",
  "2",
  "1.234,5,1.1.1970, 00:00:00",
  "[object Intl]",
  "function",
  "en-US",
  "de,en-US",
  "\u0130",
  "January\u2009\u2013\u2009April",
  "2.00 US dollars",
  "+5",
  "R$\u00a01.234,50",
  "1.235E5",
  "1234",
  "1|,|234|.|50",
];
await new Promise((resolve) => setTimeout(resolve, 60));
const lines = printed.join('\n').split('\n');
for (let i = 0; i < Math.max(lines.length, expected.length); i++)
  if (lines[i] !== expected[i]) throw new Error(`line ${i + 1}: ${lines[i]}\nexpected: ${expected[i]}`);

// Two zones in turn: what is loaded for one is not lost for the other.
const zoned = (zone) => new Date(1710054000000).toLocaleString('en-US', { timeZone: zone, hour: 'numeric', hour12: false, day: 'numeric' });
const kept = new Intl.DateTimeFormat('en-US', { timeZone: 'Asia/Tokyo', hour: 'numeric', hour12: false, day: 'numeric' });
for (let turn = 0; turn < 3; turn++) {
  const found = ['America/New_York', 'Asia/Tokyo', 'Europe/London', 'Asia/Kolkata', 'UTC'].map(zoned).join('|');
  if (found !== '10, 03|10, 16|10, 07|10, 12|10, 07') throw new Error(`turn ${turn}: ${found}`);
  if (kept.format(1710054000000) !== '10, 16') throw new Error(`kept: ${kept.format(1710054000000)}`);
}
console.log('ok');
