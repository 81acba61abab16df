# Words of a text: counted, paired, and what tells its paragraphs apart (tf-idf and cosines).
import re
from collections import Counter

import numpy as np
import pandas as pd
import regex

TEXT = """The sandbox holds the program, and the program holds the sandbox to its word. What a program reads, it reads by leave.

Numbers are numbers wherever they are counted: a sum in a sandbox is the sum outside, and a mean is a mean.

Über Straßen und Brücken: naïve façades, coöperating cafés — 3.14 is π, 1,000 is not 1000; e-mail@example.org isn't a word.

A program that reads numbers, a sum of words, the mean of words: the sandbox reads the program as the program reads the text."""
paragraphs = TEXT.split("\n\n")
tokens = [re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", p.lower()) for p in paragraphs]
print([len(t) for t in tokens], Counter(w for t in tokens for w in t).most_common(6))
print(regex.findall(r"\b\p{Lu}\p{L}*", TEXT), regex.findall(r"(?<n>\d[\d.,]*\d|\d)", TEXT), regex.sub(r"\p{M}|\p{Pd}", "~", TEXT)[:60])
pairs = Counter(pair for t in tokens for pair in zip(t, t[1:]))
print([pair for pair in pairs.most_common() if pair[1] > 1])
words = sorted({w for t in tokens for w in t})
counts = pd.DataFrame([[t.count(w) for w in words] for t in tokens], columns=words)
tf = counts.div(counts.sum(axis=1), axis=0)
idf = np.log((1 + len(counts)) / (1 + (counts > 0).sum())) + 1
weights = tf * idf
weights = weights.div(np.sqrt((weights**2).sum(axis=1)), axis=0)
print((weights @ weights.T).round(10).to_string())
print([row.nlargest(3, keep="all").round(10).to_dict() for _, row in weights.iterrows()])
series = pd.Series(TEXT.split())
print(series.str.len().describe().to_string(), series.str.extract(r"^(\w)", expand=False).str.upper().value_counts().sort_index().head(8).to_dict())
print(series.str.normalize("NFD").str.encode("ascii", "ignore").str.decode("ascii")[40:52].tolist(), series.str.contains("sum|mean", regex=True).sum())
