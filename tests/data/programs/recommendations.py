# Films for people: a sparse table of ratings, neighbours by cosines, and factors by alternating least squares.
import numpy as np
import pandas as pd

rng = np.random.default_rng(90)
people, films, rank = 60, 40, 3
taste, nature = rng.normal(size=(people, rank)), rng.normal(size=(films, rank))
ratings = np.clip(np.round(3 + taste @ nature.T * 0.7 + rng.normal(0, 0.3, (people, films))), 1, 5)
seen = rng.random((people, films)) < 0.35
held_out = seen & (rng.random((people, films)) < 0.2)
train = seen & ~held_out
print(int(seen.sum()), int(held_out.sum()), np.bincount(ratings[seen].astype(int)).tolist())
table = pd.DataFrame([(p, f, ratings[p, f]) for p, f in zip(*np.nonzero(train))], columns=["person", "film", "stars"])
mean = table["stars"].mean()
film_bias = table.groupby("film")["stars"].mean().reindex(range(films)).fillna(mean).to_numpy()
error = lambda guess: float(np.sqrt(np.mean((guess - ratings)[held_out] ** 2)))
print("mean", error(np.full(ratings.shape, mean)), "film", error(np.broadcast_to(film_bias, ratings.shape)))
centred = np.where(train, ratings - film_bias, 0.0)
norms = np.linalg.norm(centred, axis=1, keepdims=True)
similar = (centred @ centred.T) / np.maximum(norms * norms.T, 1e-12)
np.fill_diagonal(similar, 0)
weighted = similar @ centred / np.maximum(np.abs(similar) @ train, 1e-12)
print("neighbours", error(np.clip(film_bias + weighted, 1, 5)), np.sort(similar.ravel())[-2:])
U, V = rng.normal(0, 0.1, (people, rank)), rng.normal(0, 0.1, (films, rank))
for step in range(8):
    for p in range(people):
        m = train[p]
        U[p] = np.linalg.solve(V[m].T @ V[m] + 1.5 * np.eye(rank), V[m].T @ centred[p, m])
    for f in range(films):
        m = train[:, f]
        V[f] = np.linalg.solve(U[m].T @ U[m] + 1.5 * np.eye(rank), U[m].T @ centred[m, f])
    print(step, error(np.clip(film_bias + U @ V.T, 1, 5)))
scores = np.where(seen, -np.inf, film_bias + U @ V.T)
print({p: np.argsort(-scores[p], kind="stable")[:3].tolist() for p in (0, 7, 59)})
