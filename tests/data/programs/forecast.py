# A seasonal series: decomposed by moving averages, smoothed by Holt and Winters, and how far the forecast is off.
import itertools

import numpy as np
import pandas as pd

months = pd.period_range("2015-01", periods=108, freq="M")
rng = np.random.default_rng(4)
t = np.arange(108)
series = pd.Series(120 + 1.5 * t + 20 * np.sin(2 * np.pi * t / 12) + 8 * np.cos(4 * np.pi * t / 12) + rng.normal(0, 3, 108), index=months)
trend = series.rolling(12).mean().rolling(2).mean().shift(-6)
detrended = series - trend
season = detrended.groupby(detrended.index.month).mean()
season -= season.mean()
rest = detrended - season.reindex(series.index.month).to_numpy()
print(trend.dropna().iloc[[0, -1]].to_list(), season.to_dict(), rest.std())
train, test = series[:-12], series[-12:]


def winters(y, alpha, beta, gamma, period=12, ahead=12):
    level, slope = y[:period].mean(), (y[period : 2 * period].mean() - y[:period].mean()) / period
    seasonal = list(y[:period] - level)
    errors = []
    for i, value in enumerate(y):
        errors.append(value - (level + slope + seasonal[i]))
        before = level
        level = alpha * (value - seasonal[i]) + (1 - alpha) * (level + slope)
        slope = beta * (level - before) + (1 - beta) * slope
        seasonal.append(gamma * (value - level) + (1 - gamma) * seasonal[i])
    return np.sqrt(np.mean(np.square(errors[period:]))), [level + (h + 1) * slope + seasonal[len(y) + h] for h in range(ahead)]


grid = {p: winters(train.to_numpy(), *p) for p in itertools.product([0.1, 0.3, 0.6], [0.01, 0.1], [0.1, 0.4])}
best = min(grid, key=lambda p: grid[p][0])
forecast = pd.Series(grid[best][1], index=test.index)
print(best, grid[best][0], forecast.round(6).to_string())
naive = train[-12:].to_numpy()
for name, guess in (("winters", forecast.to_numpy()), ("last year", naive)):
    print(name, np.mean(np.abs(test - guess)), np.mean(np.abs((test - guess) / test)) * 100, np.sqrt(np.mean((test - guess) ** 2)))
lags = pd.concat({f"lag{k}": series.diff().shift(k) for k in (1, 2, 12)}, axis=1).assign(y=series.diff()).dropna()
coefficients, *_ = np.linalg.lstsq(lags[["lag1", "lag2", "lag12"]].to_numpy(), lags["y"].to_numpy(), rcond=None)
print(coefficients, [series.diff().autocorr(k) for k in (1, 6, 12)], series.groupby(series.index.year).sum().to_dict())
