"""The peer of a read: a route that answers a constant, on the same server with the same threads.

python -m bench.constant FOLDER PORT serves it until it is ended.
"""

import sys
from dataclasses import replace

from flask import Flask, Response, jsonify

from service.front.gateway import Gateway
from service.front.settings import Front
from service.serving import serve
from service.settings import load_settings

THREADS = 8


def build() -> Gateway:
    """The application of one worker."""
    app = Flask("constant")

    @app.get("/constant")
    def constant() -> Response:
        return jsonify({"available": {"amount": 29_999_800, "currency": "CNY"}})

    return Gateway(app.wsgi_app, Front(), THREADS)


if __name__ == "__main__":
    serve(replace(load_settings(sys.argv[1], {}), port=int(sys.argv[2]), threads=THREADS), "bench.constant:build")
