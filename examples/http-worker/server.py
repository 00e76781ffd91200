"""A model as a server in the format of Allora's off-chain node: GET /inference/{token}/{height} answers a number.

Standard library only. MARKET names the CSV of prices, PORT the port.
"""

import csv
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARKET = os.environ.get("MARKET", ".allora/market.csv")
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))
TOKENS = {"SPX"}
LEVEL_SHARE, TREND_SHARE = 0.8, 0.02


def closes_until(height):
    with open(MARKET, newline="") as file:
        return [float(row["close"]) for row in csv.DictReader(file) if int(row["height"]) <= height]


def next_close(closes):
    """Double exponential smoothing: a level and a trend that follow the price."""
    level, trend = closes[0], 0.0
    for close in closes[1:]:
        before = level
        level = LEVEL_SHARE * close + (1 - LEVEL_SHARE) * (level + trend)
        trend = TREND_SHARE * (level - before) + (1 - TREND_SHARE) * trend
    return level + trend


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, "ok")
        kind, token, height = (self.path.split("/")[1:] + ["", "", ""])[:3]
        if kind != "inference" or token not in TOKENS or not height.isdigit():
            return self.answer(404, "expected /inference/SPX/{height}")
        try:
            self.answer(200, f"{next_close(closes_until(int(height))):.4f}")
        except (OSError, LookupError, ValueError) as error:
            self.answer(503, f"no prices: {error}")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """A line for each request is the runner's to tell."""


if __name__ == "__main__":
    print(f"model at http://{HOST}:{PORT}/inference/SPX/{{height}}", file=sys.stderr)
    ThreadingHTTPServer((HOST, PORT), Handler).serve_forever()
