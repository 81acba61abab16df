# Monte Carlo: pi, a queue, an option, and confidence by the bootstrap.
import math

import numpy as np
import pandas as pd

rng = np.random.default_rng(2024)
points = rng.random((200_000, 2))
print(4 * (np.hypot(points[:, 0], points[:, 1]) < 1).mean())
arrivals = np.cumsum(rng.exponential(1.0, 2000))
service = rng.exponential(0.8, 2000)
free, waits = 0.0, []
for at, takes in zip(arrivals.tolist(), service.tolist()):
    begins = max(at, free)
    waits.append(begins - at)
    free = begins + takes
waits = pd.Series(waits)
print(waits.mean(), waits.quantile([0.5, 0.9, 0.99]).to_list(), (waits == 0).sum())
s0, k, r, sigma, t = 100.0, 105.0, 0.03, 0.2, 1.0
end = s0 * np.exp((r - sigma**2 / 2) * t + sigma * math.sqrt(t) * rng.standard_normal(100_000))
payoff = math.exp(-r * t) * np.maximum(end - k, 0)
d1 = (math.log(s0 / k) + (r + sigma**2 / 2) * t) / (sigma * math.sqrt(t))
normal = lambda z: 0.5 * math.erfc(-z / math.sqrt(2))
print(payoff.mean(), payoff.std() / math.sqrt(len(payoff)), s0 * normal(d1) - k * math.exp(-r * t) * normal(d1 - sigma * math.sqrt(t)))
sample = rng.gamma(2.0, 3.0, 120)
means = rng.choice(sample, (5000, 120)).mean(axis=1)
print(sample.mean(), np.percentile(means, [2.5, 97.5]), means.std(ddof=1), sample.std(ddof=1) / math.sqrt(120))
a, b = rng.normal(0, 1, 60), rng.normal(0.4, 1, 60)
both = np.concatenate([a, b])
differences = np.array([(lambda s: s[:60].mean() - s[60:].mean())(rng.permutation(both)) for _ in range(2000)])
print(a.mean() - b.mean(), (np.abs(differences) >= abs(a.mean() - b.mean())).sum())
walk = rng.integers(0, 2, (300, 400)) * 2 - 1
print(np.abs(walk.cumsum(axis=1)).max(axis=1).mean(), int((walk.sum(axis=1) == 0).sum()), rng.multinomial(100, [0.2, 0.3, 0.5]).tolist())
print(rng.poisson(4, 8).tolist(), rng.binomial(10, 0.3, 8).tolist(), rng.geometric(0.2, 8).tolist(), rng.hypergeometric(10, 5, 6, 8).tolist())
