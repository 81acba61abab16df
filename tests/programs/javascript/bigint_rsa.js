// BigInt: modular arithmetic, primes by Miller and Rabin, RSA, factorials, conversions.
function power(base, exponent, modulus) {
  let result = 1n;
  for (base %= modulus; exponent > 0n; exponent >>= 1n, base = base * base % modulus) if (exponent & 1n) result = result * base % modulus;
  return result;
}
function inverse(a, m) {
  let [old, r, s, t] = [a, m, 1n, 0n];
  while (r) { const q = old / r; [old, r] = [r, old - q * r]; [s, t] = [t, s - q * t]; }
  if (old !== 1n) throw new RangeError(`${a} has no inverse modulo ${m}`);
  return (s % m + m) % m;
}
function isPrime(n) {
  for (const p of [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n]) { if (n === p) return true; if (n % p === 0n) return false; }
  let d = n - 1n, s = 0;
  while (!(d & 1n)) { d >>= 1n; s++; }
  return [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n].every(a => {
    let x = power(a, d, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < s; i++) { x = x * x % n; if (x === n - 1n) return true; }
    return false;
  });
}
function nextPrime(n) { for (n |= 1n; !isPrime(n); n += 2n); return n; }
function* generator(seed) { let state = BigInt.asUintN(64, BigInt(seed)); for (;;) { state ^= state << 13n; state = BigInt.asUintN(64, state); state ^= state >> 7n; state = BigInt.asUintN(64, state ^ (state << 17n)); yield state; } }
const numbers = generator(88172645463325252n);
const big = words => { let n = 0n; for (let i = 0; i < words; i++) n = n << 64n | numbers.next().value; return n; };
const p = nextPrime(big(4)), q = nextPrime(big(4)), e = 65537n, n = p * q, d = inverse(e, (p - 1n) * (q - 1n));
console.log(p.toString(16), q.toString(36), n.toString().length);
const encode = text => [...new TextEncoder().encode(text)].reduce((m, b) => m << 8n | BigInt(b), 0n);
const decode = m => { const bytes = []; for (; m; m >>= 8n) bytes.unshift(Number(m & 255n)); return new TextDecoder().decode(Uint8Array.from(bytes)); };
const cipher = power(encode('attack at dawn — ünï'), e, n);
console.log(String(cipher).slice(0, 40), decode(power(cipher, d, n)));
let f = 1n;
for (let i = 1n; i <= 60n; i++) f *= i;
console.log(f, -7n / 2n, -7n % 2n, (-7n) >> 1n, ~5n, 5n ** 40n, BigInt.asIntN(8, 200n), BigInt.asUintN(8, -1n), BigInt('0xff'), BigInt('  12 '), 2n > 1, 2n == 2, typeof 1n, 0n ? 1 : 0);
console.log(Number(2n ** 64n), Number.MAX_SAFE_INTEGER + 2, parseInt('12345678901234567890'), BigInt(Number.MAX_SAFE_INTEGER) + 2n, (123.456).toFixed(1), 0.1 * 3, 1e21 + '', (25).toString(36), 1 / 3, 5e-324, -0, [-0], (1e21).toLocaleString('en-US'), (0.000001234).toString(), (1234.5678).toExponential(2), (1e-10).toPrecision(3));
for (const bad of [() => 1n + 1, () => BigInt(1.5), () => BigInt('x'), () => 1n / 0n, () => Math.max(1n), () => 2n ** -1n, () => inverse(2n, 4n), () => JSON.stringify(1n)]) { try { bad(); } catch (error) { console.log(error.name); } }
const words = new BigUint64Array([2n ** 64n - 1n, -1n]), view = new DataView(new ArrayBuffer(16));
view.setBigInt64(0, -2n);
view.setFloat32(8, Math.PI, true);
console.log(words, view.getUint32(4), view.getFloat32(8, true), new Uint8Array(view.buffer), [3n, 1, 2n, 10].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
let pi = 3n * 10n ** 60n, term = pi;
for (let i = 1n; term; i += 2n) { term = term * i * i / ((i + 1n) * (i + 2n) * 4n); pi += term; if (i > 400n) break; }
console.log(pi.toString().slice(0, 12), [...'hello'].reduce((h, c) => BigInt.asUintN(64, (h ^ BigInt(c.charCodeAt())) * 0x100000001b3n), 0xcbf29ce484222325n).toString(16));
