"""Numbers: summaries, regression by least squares, fractions, matrices, seeded randomness, Monte Carlo."""
import cmath
import math
import random
import statistics as st
from fractions import Fraction
from itertools import accumulate, pairwise

heights = [150.2, 160.1, 165.5, 171.0, 158.3, 180.4, 175.9, 168.8]
weights = [52.0, 60.5, 63.2, 70.1, 55.9, 82.3, 77.0, 66.4]


def solve(matrix, right):
    rows = [[Fraction(x) for x in row] + [Fraction(y)] for row, y in zip(matrix, right)]
    n = len(rows)
    for i in range(n):
        pivot = next(r for r in range(i, n) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(n):
            if r != i:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i])]
    return [row[-1] for row in rows]


def determinant(m):
    if len(m) == 1:
        return m[0][0]
    return sum((-1) ** j * m[0][j] * determinant([row[:j] + row[j + 1:] for row in m[1:]]) for j in range(len(m)))


print(f"{st.fmean(heights):.6f} {st.stdev(heights):.6f} {st.pvariance(weights):.6f} {st.quantiles(heights, n=4)}")
slope, intercept = st.linear_regression(heights, weights)
print(f"y = {slope:.9f} x + {intercept:.9f}, r = {st.correlation(heights, weights):.9f}")
print(st.mode("aabbb"), st.multimode("aabb"), st.harmonic_mean([40, 60]), st.geometric_mean([1, 10, 100]), st.median_grouped([1, 2, 2, 3]))
normal = st.NormalDist(100, 15)
print(round(normal.cdf(130), 10), round(normal.inv_cdf(0.95), 8), normal + 5, round(st.NormalDist(1, 2).overlap(st.NormalDist(2, 2)), 10))
print(solve([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]], [8, -11, -3]), solve([[1, 2], [3, 4]], ["1/3", "0.5"]))
print(determinant([[2, -1, 0], [1, 3, 2], [0, 5, -4]]), Fraction("3.14159").limit_denominator(1000), sum(Fraction(1, n) for n in range(1, 11)))
random.seed(20240305)
print([random.randint(1, 6) for _ in range(12)], random.sample(range(100), 5), random.choices("abc", [5, 1, 1], k=8))
print(round(random.gauss(0, 1), 12), random.uniform(1, 2), random.random(), random.getrandbits(70), round(random.betavariate(2, 5), 12))
deck = list(range(10))
random.shuffle(deck)
print(deck)
inside = sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(20000))
print(4 * inside / 20000)
walk = list(accumulate((random.choice((-1, 1)) for _ in range(1000)), initial=0))
print(max(walk), min(walk), walk[-1], sum(a * b < 0 for a, b in pairwise(walk)))
print(math.comb(50, 6), math.perm(10, 3), math.gcd(84, 36, 120), math.lcm(4, 6, 10), math.isqrt(10**20 + 1), math.prod(range(1, 15)))
print(math.fsum([0.1] * 10), sum([0.1] * 10), math.nextafter(1, 2), math.ulp(1e10), math.hypot(3, 4, 12), math.copysign(1, -0.0))
print(math.sin(1e6), math.exp(-745), math.gamma(5.5), math.erf(0.3), math.log1p(1e-12), 2**0.5, math.tan(math.pi / 2))
print(cmath.sqrt(-1), cmath.exp(1j * math.pi), abs(3 + 4j), (1 + 2j) ** 3, complex("1e3-2j"))
print(7 // -2, 7 % -2, -7 // 2, divmod(-7.5, 2), round(0.5), round(1.5), round(-2.5), int("ff", 16), 0.1 + 0.2, 1e22, 1e-7, 123456789.123456789)
print(float("nan") == float("nan"), math.inf - math.inf, (10**40).bit_length(), pow(3, -1, 11), pow(7, 10**18, 1_000_007), (-5).to_bytes(2, "big", signed=True))
