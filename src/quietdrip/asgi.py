"""The door for an ASGI server: `uvicorn quietdrip.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quietdrip.settings")
application = get_asgi_application()
