"""For gunicorn and uWSGI."""
import time

import catalogue


def application(environ, start_response):
    time.sleep(0.003)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [catalogue.request().encode()]
