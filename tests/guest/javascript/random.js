// Math.random gives different numbers, all in [0, 1).
const numbers = Array.from({ length: 1000 }, Math.random);
if (new Set(numbers).size < 990 || numbers.some((n) => !(n >= 0 && n < 1))) throw new Error('failed: not random');
const mean = numbers.reduce((a, b) => a + b) / numbers.length;
if (mean < 0.4 || mean > 0.6) throw new Error(`failed: mean ${mean}`);
print('ok');
