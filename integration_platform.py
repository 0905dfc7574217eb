"""Import name of the folder platform/, which must not shadow the standard module."""

from pathlib import Path

__path__ = [str(Path(__file__).with_name("platform"))]

from integration_platform.celery import app as celery_app  # binds @shared_task to our app

__all__ = ["celery_app"]
