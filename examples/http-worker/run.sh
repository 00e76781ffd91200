#!/bin/sh
# The model server and its worker; Ctrl-C ends both.
cd "$(dirname "$0")/../.." || exit 1
python3 examples/http-worker/server.py &
server=$!
trap 'kill $server' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
npm run -s allora -- worker run --config examples/http-worker/config.json --state-dir .allora/runner --status-port 0 "$@"
