"""The settings of the Superset that python_superset.py starts: a metadata base in a file of its own, no mail, no cache, no limits of requests."""

import os

SECRET_KEY = "only for a test, whose metadata base is thrown away"
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["CLIENT_TMP"] + "/superset.db"
DATA_DIR = os.environ["CLIENT_TMP"]
RATELIMIT_ENABLED = False
AUTH_RATE_LIMITED = False
TALISMAN_ENABLED = False  # headers that want HTTPS
LOG_LEVEL = "WARNING"
