"""The words of the generated coding sessions: parts of a system, what happens to them, said and asked otherwise.

Each event has what is said while it happens (`said`), by whom (`role`), and how it is asked later (`asked`). In them
{place} is a part of the system in its code's words, {topic} the same part in people's words, {x} something of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["prompt", "reply", "thinking", "output", "edit"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a system: its name in code (camel case), its file, and two ways in which people speak of it."""

    name: str
    file: str
    spoken: str
    other: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens once per part. `said` and `asked` are alternatives, of which one is taken each."""

    kind: str
    role: Role
    said: tuple[str, ...]
    asked: tuple[str, ...]
    x: tuple[str, ...]


PARTS = (
    Part("PaymentGateway", "billing/payment_gateway.py", "payment gateway", "card charges"),
    Part("InvoiceRenderer", "billing/invoice_renderer.py", "invoice renderer", "bill PDFs"),
    Part("SessionCache", "web/session_cache.go", "session cache", "logged-in state store"),
    Part("ImageResizer", "media/image_resizer.rs", "image resizer", "thumbnail maker"),
    Part("RateLimiter", "edge/rate_limiter.go", "rate limiter", "request throttling"),
    Part("SearchIndexer", "search/search_indexer.py", "search indexer", "full-text builder"),
    Part("MailSender", "notify/mail_sender.ts", "mail sender", "outgoing email"),
    Part("AuditLog", "security/audit_log.java", "audit log", "access trail"),
    Part("FeatureFlags", "config/feature_flags.ts", "feature flags", "toggle switches"),
    Part("ReportScheduler", "reports/report_scheduler.py", "report scheduler", "nightly statistics job"),
    Part("UserImporter", "accounts/user_importer.rb", "user importer", "account bulk loading"),
    Part("TokenRefresher", "auth/token_refresher.ts", "token refresher", "login renewal"),
    Part("StockCounter", "warehouse/stock_counter.py", "stock counter", "inventory numbers"),
    Part("RoutePlanner", "delivery/route_planner.rs", "route planner", "courier trips"),
    Part("PriceCalculator", "shop/price_calculator.kt", "price calculator", "discount arithmetic"),
    Part("VideoTranscoder", "media/video_transcoder.cpp", "video transcoder", "clip conversion"),
    Part("WebhookDispatcher", "edge/webhook_dispatcher.go", "webhook dispatcher", "callback delivery"),
    Part("ChatRelay", "realtime/chat_relay.ex", "chat relay", "live messaging"),
    Part("BackupRunner", "ops/backup_runner.sh", "backup runner", "nightly copies"),
    Part("SchemaMigrator", "database/schema_migrator.py", "schema migrator", "table upgrades"),
    Part("GeoLookup", "maps/geo_lookup.py", "geo lookup", "position by address"),
    Part("PdfExporter", "reports/pdf_exporter.ts", "PDF exporter", "printable pages"),
    Part("JobQueue", "worker/job_queue.py", "job queue", "background tasks"),
    Part("MetricsCollector", "ops/metrics_collector.go", "metrics collector", "monitoring figures"),
    Part("ConfigLoader", "config/config_loader.py", "config loader", "settings reader"),
    Part("LocaleCatalog", "i18n/locale_catalog.ts", "locale catalog", "translations"),
    Part("CouponValidator", "shop/coupon_validator.kt", "coupon validator", "voucher check"),
    Part("ThumbnailStore", "media/thumbnail_store.rs", "thumbnail store", "preview pictures"),
    Part("PasswordHasher", "auth/password_hasher.go", "password hasher", "credential digest"),
    Part("CalendarSync", "calendar/calendar_sync.swift", "calendar sync", "appointment exchange"),
    Part("SensorBridge", "devices/sensor_bridge.c", "sensor bridge", "thermometer readings"),
    Part("LedgerWriter", "billing/ledger_writer.py", "ledger writer", "bookkeeping rows"),
)

EVENTS = (
    Event(
        "root cause", "reply",
        ("The root cause: {place} {x}.", "Found it. {place} {x}, and that explains the failures."),
        ("why did the {topic} break", "what was behind the trouble with the {topic}", "reason for the {topic} bug"),
        ("kept a stale connection after the pool was recycled", "compared naive and aware datetimes",
         "swallowed the timeout and returned an empty list", "was initialised twice under the test runner",
         "read the environment before dotenv had loaded it", "held the lock across an await",
         "rounded half-cents with binary floats", "shared one mutable default between callers"),
    ),
    Event(
        "error", "output",
        ("Traceback (most recent call last):\n  File \"{file}\", line {n}, in {snake}\n{x}",
         "FAILED {file}::{snake} - {x}", "[{snake}] fatal: {x} ({file}:{n})"),
        ("which error did the {topic} throw", "stack trace from the {topic}", "how did the {topic} crash"),
        ("ConnectionResetError: [Errno 104] Connection reset by peer", "KeyError: 'tenant_id'",
         "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'", "panicked at 'index out of bounds'",
         "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff", "ETIMEDOUT: operation timed out after 30000 ms",
         "OOMKilled: exit status 137", "AssertionError: expected 3 rows, got 4"),
    ),
    Event(
        "decision", "reply",
        ("Decided: {place} will {x}.", "We settled on this: {place} should {x}, since it is the smaller change."),
        ("what did we agree on for the {topic}", "which approach was chosen for the {topic}",
         "the plan for the {topic}"),
        ("use optimistic locking instead of row locks", "write through to Redis",
         "poll every minute rather than subscribe",
         "move to an append-only table", "stay synchronous until volume doubles", "expose gRPC beside REST",
         "keep two versions of the format for one release", "go behind the reverse proxy"),
    ),
    Event(
        "preference", "prompt",
        ("For {place}, please always {x}.", "One wish about {place}: {x} from now on."),
        ("how do I like the {topic} to be done", "my habits regarding the {topic}",
         "what did I ask for with the {topic}"),
        ("write the test before the change", "avoid third-party packages", "keep functions below thirty lines",
         "use tabs in its config", "log in JSON", "commit each step by itself", "name branches after the ticket",
         "leave the public interface untouched"),
    ),
    Event(
        "setting", "edit",
        ("{constant}_{x}",), ("what limit did we set for the {topic}", "configured value of the {topic}",
         "which number did the {topic} get"),
        ("MAX_RETRIES = 7", "TIMEOUT_SECONDS = 45", "POOL_SIZE = 32", "BATCH_ROWS = 2500", "CACHE_TTL = 900",
         "WORKERS = 6", "BACKOFF_FACTOR = 1.7", "PAGE_LENGTH = 120"),
    ),
    Event(
        "speed", "output",
        ("{snake}: {x}", "benchmark {snake} ... {x}"),
        ("how fast is the {topic}", "what did measuring the {topic} give", "performance figures of the {topic}"),
        ("p95 212 ms, median 38 ms", "4,120 operations per second", "1.9 s before, 0.4 s after",
         "61 MB resident at the peak", "throughput 18.4 MB/s", "cold 730 ms, warm 12 ms",
         "3.2x slower than main", "no regression (p=0.41)"),
    ),
    Event(
        "workaround", "reply",
        ("Until upstream is mended, {place} has to {x}.", "As a stopgap I made {place} {x}."),
        ("temporary hack in the {topic}", "how do we get around the problem in the {topic}",
         "interim solution, {topic}"),
        ("pin urllib3 below 2", "retry once on a 409", "sleep 50 ms after connecting", "strip the BOM by hand",
         "run single-threaded on arm64", "ignore the first heartbeat", "double-encode the slash", "skip TLS 1.3"),
    ),
    Event(
        "command", "prompt",
        ("To try {place} locally I run `{x} --only {snake}`.",),
        ("how is the {topic} started on my machine", "command line for the {topic}", "launching the {topic} by hand"),
        ("make serve", "docker compose up", "cargo run --release", "npm run dev", "poetry run task", "go run ./cmd",
         "bin/rails runner", "just demo"),
    ),
    Event(
        "flaky", "thinking",
        ("The test of {place} is flaky because {x}.", "It only fails sometimes: in {place} {x}."),
        ("intermittent failures in the {topic} suite", "why do checks of the {topic} fail now and then",
         "unstable tests around the {topic}"),
        ("two cases share a temporary directory", "the clock is read twice", "the port is not yet free",
         "dictionary order leaks into the snapshot", "the fixture races with the reaper", "DNS is asked for localhost",
         "the seed depends on the worker", "the daylight saving switch falls into the window"),
    ),
    Event(
        "owner", "prompt",
        ("{x} looks after {place}; ask there before you touch it.", "By the way, {place} belongs to {x}."),
        ("who is responsible for the {topic}", "whom do I talk to about the {topic}", "contact person, {topic}"),
        ("Priya from platform", "Tomasz in the Kraków office", "the growth squad", "Wen on the data team",
         "Okafor and his group", "the contractors in Lisbon", "Marguerite", "nobody, since Bert left"),
    ),
)  # fmt: skip

OPENINGS = (
    "Today it is the {topic} again.", "I want to work on the {topic}.", "There is something to do for the {topic}.",
)  # fmt: skip
TURNS = (
    "Have another look at {name}, please.", "Can you tidy {name} a bit?", "What does {name} do when nothing is there?",
    "Let us go through {file} once more.", "Is there anything odd in {name}?", "Add a docstring to {name}.",
)  # fmt: skip
ANSWERS = (
    "I read {file}. {name} takes its options from the caller and returns what it found.",
    "{name} is fine as it stands; I have only renamed a variable in {file}.",
    "Done: {name} has a docstring now, and the type checker is content.",
    "There are {n} tests for {name}, and they pass.",
    "I would split {name} into two classes, but not today.",
)  # fmt: skip
