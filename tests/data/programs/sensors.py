# Readings that come when they come: gaps, spikes, resampling, and the hours that were too warm.
import numpy as np
import pandas as pd

rng = np.random.default_rng(8)
when = pd.Timestamp("2024-04-03", tz="Europe/Berlin") + pd.to_timedelta(np.sort(rng.choice(3 * 24 * 60, 1500, replace=False)), unit="min")
hours = when.hour + when.minute / 60
readings = pd.Series(20 + 5 * np.sin((hours - 9) / 24 * 2 * np.pi) + rng.normal(0, 0.3, len(when)), index=when, name="celsius")
readings.iloc[::97] += 40
readings.iloc[200:260] = np.nan
median = readings.rolling("2h", center=True, min_periods=5).median()
spikes = (readings - median).abs() > 5
print(int(spikes.sum()), readings.index[spikes][:3].strftime("%d.%m. %H:%M %Z").tolist())
clean = readings.mask(spikes)
grid = clean.resample("15min").mean()
print(len(grid), int(grid.isna().sum()), grid.index[8].isoformat(), grid.index[-1].isoformat())
filled = grid.interpolate(method="time", limit=8)
print(int(filled.isna().sum()), filled.mean(), filled.std(), filled.min(), filled.max())
daily = filled.resample("D").agg(["min", "max", "mean", "count"])
print(daily.to_string())
print(filled.groupby(filled.index.hour).mean().round(9).to_dict())
warm = filled > 23
runs = (warm != warm.shift()).cumsum()[warm]
print([(str(group.index[0].time()), len(group)) for _, group in filled[warm].groupby(runs)])
print(filled.tz_convert("UTC").resample("6h", offset="1h").max().to_string())
print(filled.shift(freq="1D").sub(filled).dropna().describe().to_string())
print(filled.autocorr(96), filled.ewm(halflife="1h", times=filled.index.tz_convert("UTC").tz_localize(None)).mean().iloc[-1])
