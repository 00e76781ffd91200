"""Tomorrow's close by a ridge regression on the latest daily returns. Standard library only.

The runner writes a line of JSON for each open window and reads a line back; see README.md.
"""

import csv
import json
import math
import os
import sys

MARKET = os.environ.get("MARKET", ".allora/market.csv")
DAYS = 250  # a trading year to learn from
LAGS = 5  # returns that the next one is explained by


class Ridge:
    """Linear regression with a penalty on its coefficients; the intercept is free."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, rows, targets):
        rows = [[1.0, *row] for row in rows]
        size = len(rows[0])
        left = [[sum(row[i] * row[j] for row in rows) for j in range(size)] for i in range(size)]
        for i in range(1, size):
            left[i][i] += self.alpha
        right = [sum(row[i] * target for row, target in zip(rows, targets)) for i in range(size)]
        self.coefficients = solve(left, right)
        return self

    def predict(self, rows):
        return [sum(c * x for c, x in zip(self.coefficients, [1.0, *row])) for row in rows]


def solve(left, right):
    """Gaussian elimination with the largest pivot first."""
    table = [[*row, value] for row, value in zip(left, right)]
    size = len(table)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(table[k][i]))
        table[i], table[pivot] = table[pivot], table[i]
        for k in range(i + 1, size):
            factor = table[k][i] / table[i][i]
            table[k] = [a - factor * b for a, b in zip(table[k], table[i])]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(table[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (table[i][size] - known) / table[i][i]
    return solution


def closes_until(height):
    """The prices known at a height, oldest first."""
    with open(MARKET, newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["height"]) <= height]
    return [float(row["close"]) for row in rows[-DAYS:]]


def next_close(closes):
    returns = [100 * math.log(b / a) for a, b in zip(closes, closes[1:])]
    past = [returns[i : i + LAGS] for i in range(len(returns) - LAGS + 1)]
    model = Ridge(alpha=20.0).fit(past[:-1], returns[LAGS:])
    [growth] = model.predict(past[-1:])
    return closes[-1] * math.exp(growth / 100)


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"value": f"{next_close(closes_until(question['nonce'])):.4f}"}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps({"id": question["id"], **answer}), flush=True)
