// A tokenizer, a parser and an evaluator of formulas; cells that depend on each other; cycles.
class FormulaError extends Error {
  constructor(message, at, options) {
    super(message, options);
    this.name = 'FormulaError';
    this.at = at;
  }
}
const TOKEN = /\s*(?:(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<name>[A-Z]+\d*)|(?<op>\*\*|[-+*/^(),:]))/iy;
function tokenize(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex, match = TOKEN.exec(text);
    if (!match) throw new FormulaError(`unexpected '${text.slice(at).trim()[0]}'`, at);
    const [kind, value] = Object.entries(match.groups).find(([, v]) => v !== undefined);
    tokens.push({ kind, value, at });
  }
  return [...tokens, { kind: 'end', value: '', at: text.length }];
}
const POWER = { '+': [1, 2], '-': [1, 2], '*': [3, 4], '/': [3, 4], '^': [8, 7], '**': [8, 7] };
function parse(text) {
  const tokens = tokenize(text);
  let i = 0;
  const take = value => { const token = tokens[i++]; if (value && token.value !== value) throw new FormulaError(`wanted '${value}', got '${token.value || 'end'}'`, token.at); return token; };
  const prefix = () => {
    const token = take();
    switch (token.kind) {
      case 'number': return { type: 'number', value: Number(token.value) };
      case 'name': {
        if (tokens[i].value === '(') {
          take('(');
          const args = [];
          while (tokens[i].value !== ')') { args.push(expression(0)); if (tokens[i].value === ',') take(','); else break; }
          take(')');
          return { type: 'call', name: token.value.toUpperCase(), args };
        }
        if (tokens[i].value === ':') { take(':'); return { type: 'range', from: token.value, to: take().value }; }
        return { type: 'cell', name: token.value };
      }
      default:
        if (token.value === '(') { const inner = expression(0); take(')'); return inner; }
        if (token.value === '-') return { type: 'negate', inner: expression(5) };
        throw new FormulaError(`unexpected '${token.value || 'end'}'`, token.at);
    }
  };
  const expression = least => {
    let left = prefix();
    for (;;) {
      const [l, r] = POWER[tokens[i].value] ?? [-1];
      if (l < least || l < 0) return left;
      left = { type: 'binary', op: take().value, left, right: expression(r) };
    }
  };
  const tree = expression(0);
  if (tokens[i].kind !== 'end') throw new FormulaError(`unexpected '${tokens[i].value}'`, tokens[i].at);
  return tree;
}
const FUNCTIONS = { SUM: (...v) => v.flat().reduce((a, b) => a + b, 0), AVG: (...v) => FUNCTIONS.SUM(...v) / v.flat().length, MAX: (...v) => Math.max(...v.flat()), ROUND: (v, n = 0) => Math.round(v * 10 ** n) / 10 ** n, SQRT: Math.sqrt, IF: (c, a, b) => (c ? a : b) };

class Sheet {
  cells = new Map();
  set(name, text) { this.cells.set(name, String(text)); return this; }
  value(name, trail = []) {
    if (trail.includes(name)) throw new FormulaError(`cycle: ${[...trail, name].join(' → ')}`, 0);
    const text = this.cells.get(name) ?? '0';
    if (!text.startsWith('=')) return Number(text);
    try { return this.evaluate(parse(text.slice(1)), [...trail, name]); } catch (cause) {
      if (trail.length || !(cause instanceof FormulaError)) throw cause;
      throw new FormulaError(`${name}: ${cause.message}`, cause.at, { cause });
    }
  }
  evaluate(node, trail) {
    switch (node.type) {
      case 'number': return node.value;
      case 'cell': return this.value(node.name, trail);
      case 'negate': return -this.evaluate(node.inner, trail);
      case 'range': {
        const [[, c1, r1], [, c2, r2]] = [node.from, node.to].map(n => /^([A-Z]+)(\d+)$/.exec(n));
        const out = [];
        for (let c = c1.charCodeAt(); c <= c2.charCodeAt(); c++) for (let r = +r1; r <= +r2; r++) out.push(this.value(String.fromCharCode(c) + r, trail));
        return out;
      }
      case 'call': {
        const f = FUNCTIONS[node.name];
        if (!f) throw new FormulaError(`no function ${node.name}`, 0);
        return f(...node.args.map(a => this.evaluate(a, trail)));
      }
      case 'binary': {
        const [a, b] = [this.evaluate(node.left, trail), this.evaluate(node.right, trail)];
        return { '+': () => a + b, '-': () => a - b, '*': () => a * b, '/': () => a / b, '^': () => a ** b, '**': () => a ** b }[node.op]();
      }
    }
  }
}
const sheet = new Sheet().set('A1', 10).set('A2', 2.5).set('A3', '=A1*A2').set('B1', '=SUM(A1:A3, 1)').set('B2', '=ROUND(AVG(A1:A3) / 3, 2)').set('C1', '=C2+1').set('C2', '=-C1').set('D1', '=2^3^2 - -2**2').set('D2', '=MAX(A1:B2) * (1 + 2').set('D3', '=1 $ 2').set('D4', '=NOPE(1)').set('D5', '=1/0 + SQRT(16) * IF(A9, 1, 3)').set('D6', '=1.5e3/7');
for (const name of [...sheet.cells.keys(), 'Z9']) {
  try { console.log(name, sheet.value(name)); } catch (error) { console.log(name, `${error}`, error.at, error.cause?.name); }
}
console.dir(parse('1+A1*-SUM(B1:B2)^2'), { depth: null });
