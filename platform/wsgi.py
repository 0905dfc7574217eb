"""The web process: `gunicorn -c python:integration_platform.server integration_platform.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")

application = get_wsgi_application()
