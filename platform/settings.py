"""Every setting, read from the environment: NAME, or NAME_FILE for a file that holds it.

Defaults are those of the embedded run on one machine. PRODUCTION=true takes no default that would
be unsafe: it names all that is missing or refused in one sentence and does not start. DEBUG is off
unless asked for and refused in production. docs/settings.md describes each name; a test compares.
"""

from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from integration_platform import embedded
from integration_platform.complaints import complaints
from integration_platform.database import cache_from_broker, database_from_url
from integration_platform.logging import logging_config

env = FileAwareEnv(strip_whitespace=True)

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = env.bool("PRODUCTION", False)
DEBUG = env.bool("DEBUG", False)
STATE_DIR = Path(env.str("STATE_DIR", str(BASE_DIR / ".run")))
STATE = embedded.State(STATE_DIR)
EMBEDDED_LAUNCHER = env.str("EMBEDDED_LAUNCHER", "")  # read by `embedded` itself

# Addresses.
BIND = env.str("BIND", "127.0.0.1")
PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ADMIN_PORT = env.int("ADMIN_PORT", PORT + 1)
ADMIN_URL = env.str("ADMIN_URL", f"http://127.0.0.1:{ADMIN_PORT}/admin/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    [
        *{urlsplit(PUBLIC_URL).hostname or "", urlsplit(ADMIN_URL).hostname or ""},
        "127.0.0.1",
        "localhost",
        "[::1]",
    ],
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
PROXIES = env.int("PROXIES", 0)
WEB_WORKERS = env.int("WEB_WORKERS", 2)
WEB_THREADS = env.int("WEB_THREADS", 8)
WORKER_THREADS = env.int("WORKER_THREADS", 8)

# Keys.
SECRET_KEY = env.str("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])
FERNET_KEYS = env.list("FERNET_KEYS", [])
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
if not PRODUCTION:
    SECRET_KEY = SECRET_KEY or STATE.secrets().secret_key
    FERNET_KEYS = FERNET_KEYS or [STATE.secrets().fernet_key]

# Database and broker.
# "owner" for the commands that change the schema (manage.py sets it), "app" for everything else.
DATABASE_ROLE = env.str("DATABASE_ROLE", embedded.APP.removeprefix("ip_"))
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", embedded.APP)
DATABASE_SUPPORT_ROLE = env.str("DATABASE_SUPPORT_ROLE", embedded.SUPPORT)
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", 20)
DATABASE_URL = env.str("DATABASE_URL", "")
EMBEDDED_DATABASE = not DATABASE_URL and not PRODUCTION
if EMBEDDED_DATABASE:
    DATABASE_URL = STATE.database_url(embedded.APP)
DATABASE_OWNER_URL = env.str(
    "DATABASE_OWNER_URL", STATE.database_url(embedded.OWNER) if EMBEDDED_DATABASE else DATABASE_URL
)
SUPPORT_DATABASE_URL = env.str("SUPPORT_DATABASE_URL", "")
BROKER_URL = env.str("BROKER_URL", "")
EMBEDDED_BROKER = not BROKER_URL and not PRODUCTION
if EMBEDDED_BROKER:
    BROKER_URL = STATE.broker_url

# Mail.
MAIL_VERIFICATION = env.bool("MAIL_VERIFICATION", PRODUCTION)
MAIL_FROM = env.str("MAIL_FROM", "ml-connector@localhost")
EMAIL_HOST = env.str("MAIL_HOST", "")
EMAIL_PORT = env.int("MAIL_PORT", 587)
EMAIL_HOST_USER = env.str("MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.str("MAIL_PASSWORD", "")
MAIL_SECURITY = env.str("MAIL_SECURITY", "starttls")

# What the product may do.
SANDBOXES = env.bool("SANDBOXES", not PRODUCTION)
SANDBOX_NAV_PORT = env.int("SANDBOX_NAV_PORT", PORT + 2)
SANDBOX_JAGGAER_PORT = env.int("SANDBOX_JAGGAER_PORT", PORT + 3)
SANDBOX_NAV_URL = f"http://127.0.0.1:{SANDBOX_NAV_PORT}"
SANDBOX_JAGGAER_URL = f"http://127.0.0.1:{SANDBOX_JAGGAER_PORT}"
SANDBOX_SECRET = STATE.secrets().sandbox_secret if SANDBOXES else ""  # of the demo's clients
STAFF_TOTP = env.bool("STAFF_TOTP", not SANDBOXES)  # a demo lets its staff in by password alone
DEMO_PASSWORD = STATE.secrets().demo_password if SANDBOXES else ""
EGRESS_MODE = env.str("EGRESS_MODE", "hosted")
EGRESS_ALLOW = env.list("EGRESS_ALLOW", [], delimiter=" ")  # commas separate an entry's ports
EGRESS_LOOPBACK = not PRODUCTION  # the sandboxes answer there
# How long what is kept.
KEEP_PAYLOADS_DAYS = env.int("KEEP_PAYLOADS_DAYS", 90)
KEEP_CLOSED_DAYS = env.int("KEEP_CLOSED_DAYS", 90)
KEEP_MAILS_DAYS = env.int("KEEP_MAILS_DAYS", 90)
KEEP_LOCKOUTS_DAYS = env.int("KEEP_LOCKOUTS_DAYS", 90)
KEEP_PREVIEWS_DAYS = env.int("KEEP_PREVIEWS_DAYS", 7)
KEEP_ANSWERS_HOURS = env.int("KEEP_ANSWERS_HOURS", 24)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()

if found := complaints(SimpleNamespace(**globals())):
    mode = "production settings" if PRODUCTION else "settings"
    raise ImproperlyConfigured(f"These {mode} cannot be used: {'; '.join(found)}.")

# Django.
try:
    DATABASES = {
        "default": database_from_url(
            DATABASE_OWNER_URL if DATABASE_ROLE == "owner" else DATABASE_URL,
            role="" if DATABASE_ROLE == "owner" else DATABASE_APP_ROLE,
            pool_size=0 if DATABASE_ROLE == "owner" else DATABASE_POOL_SIZE,
        )
    }
    if SUPPORT_DATABASE_URL:
        DATABASES["support"] = database_from_url(
            SUPPORT_DATABASE_URL, role=DATABASE_SUPPORT_ROLE, pool_size=DATABASE_POOL_SIZE
        )
except ValueError as error:
    raise ImproperlyConfigured(f"An address of the database cannot be used: {error}.") from None
CACHES = {"default": cache_from_broker(BROKER_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "integration_platform",
    "audit",
    "tenants",
    "connectors",
    "connectors.jaggaer",
    "connectors.nav",
    "sync",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_celery_beat",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "csp",
    "django_structlog",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "integration_platform.urls"
WSGI_APPLICATION = "integration_platform.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.pages.context.navigation",
            ],
        },
    }
]
FORM_RENDERER = "tenants.pages.rendering.FormRenderer"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logging_config(LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

STATIC_URL = "/static/"
# Production collects the files first; elsewhere they are served from where they lie.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# Who may come in.
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True  # as long as SESSION_COOKIE_AGE says, without asking
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "tenants.adapter.AccountAdapter"  # a sign-up makes a tenant too: not there
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip,5/h/key",
    "signup_of_all": "1000/h/key",
    "csp_report": "100/h/key",
}
ACCOUNT_FORMS = {
    "login": "tenants.web.account_forms.LoginForm",
    "change_password": "tenants.web.account_forms.ChangePasswordForm",
    "reset_password": "tenants.web.account_forms.ResetPasswordForm",
    "reset_password_from_key": "tenants.web.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "tenants.web.account_forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL_VERIFICATION else "none"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_ADAPTER = "tenants.second_factors.MFAAdapter"
MFA_TOTP_ISSUER = "ml-connector"
MFA_FORMS = {
    "authenticate": "tenants.web.account_forms.AuthenticateForm",
    "reauthenticate": "tenants.web.account_forms.ReauthenticateByCodeForm",
    "activate_totp": "tenants.web.account_forms.ActivateTotpForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "tenants.lockout.account_of"
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_PROXY_COUNT = PROXIES
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]

# Browsers.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
# Ports do not tell cookies apart: the admin beside the pages needs names of its own.
_COOKIES = f"{'__Host-' if PRODUCTION else ''}{'support-' if SUPPORT_DATABASE_URL else ''}"
SESSION_COOKIE_NAME = f"{_COOKIES}session"
CSRF_COOKIE_NAME = f"{_COOKIES}csrf"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "report-uri": "/csp-report",
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# Mail, as Django calls it.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
EMAIL_USE_TLS = MAIL_SECURITY == "starttls"
EMAIL_USE_SSL = MAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = STATE_DIR / "mail"

# API.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.authentication.KeyAuthentication",
        "tenants.authentication.MemberSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.permissions.RoleSuffices"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "integration_platform.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "integration_platform.schema.Described",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "1200/min"},
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "integration_platform.api.answer_error",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "ml-connector",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],  # words stay where they are used: no names are made up for them
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Celery: rows are the truth, the broker rings.
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_timeout": 10, "socket_connect_timeout": 2}
    if BROKER_URL.startswith("redis")
    else {}
)
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = WORKER_THREADS
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
