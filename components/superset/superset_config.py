"""Superset's configuration.

Secrets and what differs by stack come from the environment; the values' further lines follow below.
"""

import os
import socket
import time

from flask import g
from sqlalchemy.engine import URL
from superset.config import TALISMAN_CONFIG, THEME_DARK, THEME_DEFAULT
from superset.security import SupersetSecurityManager
from superset.stats_logger import BaseStatsLogger

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = URL.create(
    "postgresql+psycopg2",
    username=os.environ["DATABASE_USER"],
    password=os.environ["DATABASE_PASSWORD"],
    host=os.environ["DATABASE_HOST"],
    port=int(os.environ["DATABASE_PORT"]),
    database=os.environ["DATABASE_NAME"],
).render_as_string(hide_password=False)

# Where people come by plain HTTP, such as through a port-forward, a browser never sends a secure cookie back, and the
# login would turn in a circle.
SESSION_COOKIE_SECURE = os.environ["SUPERSET_HTTPS"] == "true"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
ENABLE_PROXY_FIX = SESSION_COOKIE_SECURE
WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
# The front end asks for a tracking picture of another host, on each page; only this one's pictures are let through.
TALISMAN_CONFIG["content_security_policy"]["img-src"] = ["'self'", "blob:", "data:"]

# Where points stand close, a chart leaves values out instead of writing them over each other.
for theme in (THEME_DEFAULT, THEME_DARK):
    theme["token"]["echartsOptionsOverrides"] = {
        "series": {"labelLayout": {"hideOverlap": True}, "label": {"minMargin": 6}}
    }
    # A funnel's labels stand on its colours, and can't be read in black on the dark ones.
    label = {"color": "#ffffff", "textBorderColor": "#333333", "textBorderWidth": 2}
    theme["token"]["echartsOptionsOverridesByChartType"] = {"funnel": {"series": {"label": label}}}

# The setup Job alone writes permissions and roles: servers that start at the same time would each add the same rows, and
# whoever is later fails on them.
FAB_UPDATE_PERMS = False


class StackSecurityManager(SupersetSecurityManager):
    """Lets the registrations' user see and change what others own, as an administrator may, within its role's rights."""

    def is_admin(self) -> bool:
        registrar = os.environ["REGISTRAR_USERNAME"]
        return getattr(g.user, "username", None) == registrar or super().is_admin()


CUSTOM_SECURITY_MANAGER = StackSecurityManager

# A dashboard that refreshes itself shows what is, not what was: only a dataset that asks for it is cached (-1: not at all).
DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "SimpleCache",
    "CACHE_KEY_PREFIX": "data_",
    "CACHE_DEFAULT_TIMEOUT": -1,
}

# Of one process; the limits are against guessing passwords, not an exact count.
RATELIMIT_STORAGE_URI = "memory://"


class UdpStatsLogger(BaseStatsLogger):
    """Sends counters, gauges and timers as statsd's lines. It waits for nobody, and loses what nobody takes."""

    RENEWAL_SECONDS = 60

    def __init__(self, host: str, port: int) -> None:
        super().__init__(prefix="")
        self.address = (host, port)
        self.socket = None
        self.opened = float("-inf")

    def send(self, line: str) -> None:
        try:
            # Another socket now and then: a pod that took the place of the receiver has another address.
            if time.monotonic() - self.opened > self.RENEWAL_SECONDS:
                self.opened = time.monotonic()
                fresh = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                fresh.setblocking(False)
                fresh.connect(self.address)
                self.socket = fresh
            if self.socket is not None:
                self.socket.send(line.encode())
        except OSError:
            # The name is not known, or nobody listens. A page must not fail for it.
            pass

    def incr(self, key: str) -> None:
        self.send(f"{key}:1|c")

    def decr(self, key: str) -> None:
        # What counts is how often something happened: it is never taken back.
        pass

    def timing(self, key: str, value: float) -> None:
        self.send(f"{key}:{value}|ms")

    def gauge(self, key: str, value: float) -> None:
        self.send(f"{key}:{value}|g")


if "STATS_ADDRESS" in os.environ:
    stats_host, stats_port = os.environ["STATS_ADDRESS"].split(":")
    STATS_LOGGER = UdpStatsLogger(stats_host, int(stats_port))
