"""Django for pages that keep nothing: no database, no accounts, no cookies, no log of questions.

Set by the environment: QUIETDRIP_SITE (a site's library), QUIETDRIP_HOSTS (names it answers to,
comma-separated), QUIETDRIP_HTTPS=1 (only over TLS), QUIETDRIP_SECRET_KEY.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

QUIETDRIP_SITE = Path(os.environ["QUIETDRIP_SITE"]) if os.environ.get("QUIETDRIP_SITE") else None

# Nothing signed outlives the process, so a fresh key for each is as good as a kept one.
SECRET_KEY = os.environ.get("QUIETDRIP_SECRET_KEY") or secrets.token_urlsafe(64)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("QUIETDRIP_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

DATABASES: dict[str, Any] = {}
INSTALLED_APPS = ["csp", "quietdrip.web"]
ROOT_URLCONF = "quietdrip.urls"
ASGI_APPLICATION = "quietdrip.asgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "quietdrip.web.headers.keep_nothing",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["quietdrip.web.built.page"]},
    }
]

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "no-referrer"
X_FRAME_OPTIONS = "DENY"

# The demo on this machine speaks plain HTTP; a service sets QUIETDRIP_HTTPS=1.
HTTPS = os.environ.get("QUIETDRIP_HTTPS") == "1"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
CSRF_COOKIE_SECURE = True
# Subdomains and browsers' preload lists belong to whoever owns the domain, not to this program.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Faults are said on stderr with their traceback; what was asked is never written anywhere.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
