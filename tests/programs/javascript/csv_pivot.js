// A CSV with quotes and bad rows: parsed, grouped, pivoted, printed as a table and as Markdown.
const RAW = `date,region,product,units,price
2024-01-03,North,Widget,10,2.50
2024-01-03,South,"Gadget, large",3,19.99
2024-01-04,north ,Widget,7,2.50
2024-01-05,East,Gizmo,,4.00
2024-02-01,South,Widget,12,2.45
2024-02-03,East,Gizmo,5,abc
2024-02-10,North,"Say ""hi""",2,1.00
2024-03-01,South,Gizmo,40,3.75
`;

function parse(text) {
  const rows = [[]];
  let field = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') field += text[++i];
      else if (c === '"') quoted = false;
      else field += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') { rows.at(-1).push(field); field = ''; }
    else if (c === '\n') { rows.at(-1).push(field); field = ''; rows.push([]); }
    else field += c;
  }
  if (rows.at(-1).length === 0) rows.pop();
  const [head, ...body] = rows;
  return body.map(row => Object.fromEntries(head.map((name, i) => [name, row[i]])));
}

const rows = [];
for (const [i, row] of parse(RAW).entries()) {
  const units = Number.parseInt(row.units, 10), price = Number(row.price);
  if (Number.isNaN(units) || Number.isNaN(price)) {
    console.warn(`line ${i + 2} is skipped`);
    console.log('skipped', row);
    continue;
  }
  rows.push({ month: row.date.slice(0, 7), region: row.region.trim().replace(/^\w/, c => c.toUpperCase()), product: row.product, total: units * price });
}

const byRegion = rows.reduce((groups, row) => {
  (groups[row.region] ??= []).push(row.total);
  return groups;
}, {});
console.table(Object.entries(byRegion).map(([region, totals]) => ({ region, n: totals.length, sum: +totals.reduce((a, b) => a + b, 0).toFixed(2) })));

const pivot = new Map();
for (const { product, month, total } of rows) {
  if (!pivot.has(product)) pivot.set(product, new Map());
  pivot.get(product).set(month, (pivot.get(product).get(month) ?? 0) + total);
}
console.log(pivot);
const months = [...new Set(rows.map(r => r.month))].sort();
console.log(['product', ...months].join(' | '));
for (const product of [...pivot.keys()].sort((a, b) => a.localeCompare(b)))
  console.log([product.padEnd(14), ...months.map(m => (pivot.get(product).get(m) ?? 0).toFixed(2).padStart(8))].join(' | '));
console.log(JSON.stringify([...pivot].map(([k, v]) => ({ [k]: Object.fromEntries(v) })), null, 1));
