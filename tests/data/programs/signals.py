# Tones in noise: found by the FFT, filtered, and written as sound.
import hashlib
import io
import struct
import wave

import numpy as np

rate = 8000
t = np.arange(2 * rate) / rate
rng = np.random.default_rng(6)
signal = np.sin(2 * np.pi * 440 * t) + 0.5 * np.sin(2 * np.pi * 1000 * t + 0.3) + 0.2 * rng.normal(size=t.size)
spectrum = np.fft.rfft(signal * np.hanning(t.size))
frequencies = np.fft.rfftfreq(t.size, 1 / rate)
power = np.abs(spectrum) ** 2
peaks = [i for i in range(1, len(power) - 1) if power[i] > power[i - 1] and power[i] > power[i + 1] and power[i] > 0.05 * power.max()]
print([(frequencies[i], power[i]) for i in peaks], np.angle(spectrum[peaks]))
taps = np.sinc(2 * 0.09 * (np.arange(101) - 50)) * np.hamming(101)
taps /= taps.sum()
low = np.convolve(signal, taps, mode="same")
print(low.std(), np.abs(np.fft.rfft(low * np.hanning(t.size)))[peaks], np.sqrt(np.mean(low**2)))
direct = np.fft.ifft(np.fft.fft(signal[:1000], 2048) * np.fft.fft(taps, 2048)).real[:1100]
print(np.abs(direct - np.convolve(signal[:1000], taps)).max() < 1e-12)
correlation = np.correlate(signal[:2000], signal[:2000], mode="full")[1999:]
lag = 5 + correlation[5:100].argmax()
print(lag, rate / lag, correlation[lag] / correlation[0])
frames = np.lib.stride_tricks.sliding_window_view(signal, 512)[::256]
spectrogram = np.abs(np.fft.rfft(frames * np.hanning(512), axis=1))
print(spectrogram.shape, spectrogram.mean(axis=0).argsort()[-4:].tolist(), spectrogram.sum())
pcm = (np.round(np.sin(2 * np.pi * 3 * np.arange(400) / 400) * 1000)).astype("<i2")
file = io.BytesIO()
with wave.open(file, "wb") as sound:
    sound.setnchannels(1)
    sound.setsampwidth(2)
    sound.setframerate(rate)
    sound.writeframes(pcm.tobytes())
print(len(file.getvalue()), hashlib.sha256(file.getvalue()).hexdigest()[:16], struct.unpack("<4s", file.getvalue()[:4]))
image = np.fft.fft2(np.outer(np.hanning(32), np.hanning(24)))
print(np.abs(image).sum(), np.fft.fftshift(image)[16, 12].real, np.unwrap(np.angle(np.fft.fft([1, 2, 0, -1, 3.0]))))
