-- The schema of Simple Memory's database, version 1.
--
-- Tables with singular names are the store's own. Views with plural names are the promise: `sql`, `query_memory` and
-- other SQLite programs read those. Times are ISO 8601 UTC with milliseconds ("2026-01-31T12:00:00.000Z"); NULL means
-- that the transcript does not say. Text is what the agent wrote, with lone surrogates and NUL replaced by U+FFFD.

CREATE TABLE project (
    id    INTEGER PRIMARY KEY,
    path  TEXT NOT NULL UNIQUE,        -- the directory; the agent's folder name where no record tells the directory
    name  TEXT NOT NULL                -- last part of path, for people
) STRICT;

CREATE TABLE session (
    id             INTEGER PRIMARY KEY,
    session        TEXT NOT NULL UNIQUE, -- the agent's own id; of a sub-agent PARENT/agent-ID
    agent          TEXT NOT NULL,        -- 'claude-code', …
    project_id     INTEGER NOT NULL REFERENCES project (id),
    parent         TEXT,                 -- session that started this sub-agent, or was forked; it may be unknown to us
    kind           TEXT NOT NULL CHECK (kind IN ('main', 'subagent')),
    title          TEXT,
    title_rank     INTEGER NOT NULL DEFAULT 0, -- 0 none, 1 first prompt, 2 summary, 3 last prompt, 4 the agent's, 5 the person's
    project_guess  INTEGER NOT NULL DEFAULT 0, -- 1: no record has told the directory yet
    started_at     TEXT,                 -- earliest and latest time of its messages
    ended_at       TEXT,
    shown          INTEGER NOT NULL DEFAULT 0, -- user and assistant messages that stand in it
    messages       INTEGER NOT NULL DEFAULT 0, -- … of these counted here: each message counts in one session only
    prompts        INTEGER NOT NULL DEFAULT 0, -- what a person typed, counted here
    turns          INTEGER NOT NULL DEFAULT 0, -- prompts and commands so far, copies too: numbers the turns
    tool_calls     INTEGER NOT NULL DEFAULT 0,
    tool_results   INTEGER NOT NULL DEFAULT 0,
    input_tokens   INTEGER NOT NULL DEFAULT 0, -- each response once (see response)
    output_tokens  INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens  INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    next_position  INTEGER NOT NULL DEFAULT 0, -- position of the next message
    model          TEXT,                 -- the latest that answered
    branch         TEXT,                 -- the latest git branch
    version        TEXT,                 -- the latest version of the agent
    kinship        INTEGER NOT NULL DEFAULT 0, -- 1: shares messages with another session; 2: several transcripts hold it; 3: both
    own_started_at TEXT,                 -- of a session with kinship: earliest message that stands in no other; NULL: none
    unsettled      INTEGER NOT NULL DEFAULT 0  -- 1: which session its shared messages count in is still to be decided
) STRICT;

CREATE INDEX session_unsettled ON session (id) WHERE unsettled = 1;

CREATE INDEX session_by_end ON session (ended_at);
CREATE INDEX session_by_project ON session (project_id, ended_at);
CREATE INDEX session_by_branch ON session (branch) WHERE branch IS NOT NULL;
CREATE INDEX session_by_agent ON session (agent);
CREATE INDEX session_by_parent ON session (parent) WHERE parent IS NOT NULL;

-- One row is one record of a transcript that says something: role user, assistant and system are the messages;
-- role attachment (what the agent put beside a prompt, off-loaded tool output) and note (titles, summaries, queued
-- prompts) stand in the same order and are found by the same search.
CREATE TABLE message (
    id            INTEGER PRIMARY KEY,
    session_id    INTEGER REFERENCES session (id), -- NULL: a summary of a session that we have not seen
    position      INTEGER,      -- order in the session, from 0; NULL: stands beside the order (titles, summaries, outputs)
    turn          INTEGER,      -- number of the prompt that it follows; 0 before the first
    role          TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'system', 'attachment', 'note')),
    kind          TEXT NOT NULL,
    uuid          TEXT,         -- the agent's id of the record
    origin        TEXT,         -- identity where it is not the uuid: of the message this is a fork of, or a digest of the line
    parent_uuid   TEXT,
    timestamp     TEXT,
    model         TEXT,
    text          TEXT NOT NULL DEFAULT '', -- what is said; what tools were given and gave is in tool_call
    packed        BLOB,         -- the whole text, compressed or as its place in the archive; text is its beginning then
    copy_of       INTEGER,      -- the row that counts, where the same message stands in several sessions; NULL: this one
    name          TEXT,         -- file name of an attachment or off-loaded output; leaf uuid of an unsettled summary
    title_rank    INTEGER,      -- how good a title of its session a note is (see session); NULL: none
    is_sidechain  INTEGER NOT NULL DEFAULT 0,
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL, -- the transcript's bytes that held the record: generation, offset and length
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX message_by_identity ON message (coalesce(origin, uuid), session_id);
CREATE INDEX message_by_position ON message (session_id, position);
-- Titles and the like, a few in a thousand: which of many matches are notes is seen here alone.
CREATE INDEX message_by_note ON message (id) WHERE role = 'note' AND kind <> 'queued_prompt';
CREATE INDEX message_by_leaf ON message (name) WHERE kind = 'summary' AND name IS NOT NULL;

CREATE TABLE tool_call (
    id                INTEGER PRIMARY KEY,
    session_id        INTEGER NOT NULL REFERENCES session (id),
    call_id           TEXT NOT NULL,
    message_id        INTEGER,  -- the assistant message that called; NULL: only the result was seen
    result_message_id INTEGER,  -- the user message that brought the result; NULL: none yet
    name              TEXT,     -- NULL: only the result was seen
    input             TEXT,     -- JSON; of a long one the long strings are cut, the whole is in input_packed
    input_packed      BLOB,     -- NULL: input stands whole; else compressed, or its place in the archive
    path              TEXT,     -- the file that the input names, where it names one
    result            TEXT,     -- NULL: no result; long results: their beginning, the whole is in packed
    extra             TEXT,     -- what the agent kept of the result beyond what the model saw (beginning, if long)
    packed            BLOB,     -- NULL: both stand whole; else compressed, or the result's place in the archive
    result_chars      INTEGER,  -- length of the whole result, in characters
    is_error          INTEGER NOT NULL DEFAULT 0,
    output_name       TEXT,     -- file name of the off-loaded output, where there is one
    ended_at          TEXT
) STRICT;

CREATE UNIQUE INDEX tool_call_by_call ON tool_call (call_id, session_id);
CREATE INDEX tool_call_by_session ON tool_call (session_id);
CREATE INDEX tool_call_by_message ON tool_call (message_id);
CREATE INDEX tool_call_by_result ON tool_call (result_message_id);
CREATE INDEX tool_call_by_path ON tool_call (path) WHERE path IS NOT NULL;
-- What stands after a path's last slash: sessions by the name of a file.
CREATE INDEX tool_call_by_name ON tool_call (substr(path, length(rtrim(path, replace(path, '/', ''))) + 1), session_id)
WHERE path IS NOT NULL;

-- Images and documents inside messages. Their bytes are in the archive, in the message's line.
CREATE TABLE media (
    id         INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES message (id),
    kind       TEXT NOT NULL,           -- 'image', 'document'
    media_type TEXT,
    size_bytes INTEGER NOT NULL         -- decoded
) STRICT;

CREATE INDEX media_by_message ON media (message_id);

-- One answer of a model. It is written as several records that repeat its usage: the one with the largest output counts.
CREATE TABLE response (
    id                 INTEGER PRIMARY KEY,
    response           BLOB NOT NULL UNIQUE, -- blake2b, 16 bytes, of message id and request id, or of the record's own identity
    message_id         INTEGER NOT NULL,     -- the record that counts
    session_id         INTEGER NOT NULL REFERENCES session (id),
    input_tokens       INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    cache_read_tokens  INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL DEFAULT 0 -- those of cache_write_tokens that were kept for an hour
) STRICT;

CREATE INDEX response_by_session ON response (session_id);

CREATE TABLE transcript (
    id         INTEGER PRIMARY KEY,
    agent      TEXT NOT NULL,
    path       TEXT NOT NULL UNIQUE, -- absolute; bytes that are no UTF-8 as \xNN
    form       TEXT NOT NULL CHECK (form IN ('lines', 'whole')), -- grows by lines, or is replaced as a whole
    session_id INTEGER REFERENCES session (id), -- the session it holds; NULL: none seen yet
    state      TEXT NOT NULL CHECK (state IN ('present', 'deleted', 'unreadable')),
    first_seen TEXT NOT NULL,
    deleted_at TEXT
) STRICT;

CREATE INDEX transcript_by_session ON transcript (session_id);

-- How far a transcript is read. Written in the transaction that writes what was read.
CREATE TABLE checkpoint (
    transcript_id INTEGER PRIMARY KEY REFERENCES transcript (id),
    generation    INTEGER NOT NULL DEFAULT 0, -- counts the times that the file was replaced or rewritten
    device        INTEGER NOT NULL,
    inode         INTEGER NOT NULL,
    size          INTEGER NOT NULL,           -- size and mtime when last looked at
    mtime_ns      INTEGER NOT NULL,
    offset        INTEGER NOT NULL,           -- bytes read and archived
    head_digest   BLOB NOT NULL,              -- of the first min(4096, offset) bytes
    last_digest   BLOB NOT NULL,              -- of the last min(64, offset) bytes before offset
    tail          BLOB NOT NULL DEFAULT x'',  -- bytes after offset: a line that is not finished
    skipping      INTEGER NOT NULL DEFAULT 0, -- 1: offset stands inside a line that is too long to parse
    lines         INTEGER NOT NULL DEFAULT 0,
    quarantined   INTEGER NOT NULL DEFAULT 0,
    first_at      TEXT,                       -- what this transcript alone tells of its session, for where there are
    last_at       TEXT,                       -- several: earliest and latest time of its messages, first directory,
    project       TEXT,                       -- latest branch, latest version, best title
    branch        TEXT,
    version       TEXT,
    title         TEXT,
    title_rank    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The archive: the transcripts' own bytes, compressed.
CREATE TABLE frame (
    id            INTEGER PRIMARY KEY,
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL,
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL, -- bytes before compression
    digest        BLOB NOT NULL,    -- sha256 of these bytes
    holes         BLOB,             -- where long runs of base64 stand: offset in the frame, length, digest; NULL: none
    packed        BLOB NOT NULL,    -- the bytes without these runs, zstd; its head names the dictionary, if there is one
    settled       INTEGER NOT NULL DEFAULT 0 -- 1: packed anew in a quiet time, as small as it gets
) STRICT;

CREATE UNIQUE INDEX frame_by_place ON frame (transcript_id, generation, offset);
CREATE INDEX frame_unsettled ON frame (transcript_id, generation) WHERE settled = 0;

-- What many frames have in common, which zstd then need not say in each. Every one is kept twice: without it these frames
-- are lost.
CREATE TABLE dictionary (
    id         INTEGER NOT NULL, -- zstd's, which stands in the head of each frame that was packed with it
    copy       INTEGER NOT NULL, -- 0 and 1: both hold the same
    digest     BLOB NOT NULL,    -- sha256 of packed
    trained_on INTEGER NOT NULL, -- bytes of transcripts in the archive when it was made
    packed     BLOB NOT NULL,    -- zstd of it
    PRIMARY KEY (id, copy)
) STRICT;

-- Images and other long runs of base64 in the archive, each once, however many frames hold it.
CREATE TABLE blob (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- sha256 of the base64 as it stands in the transcript
    packed BLOB NOT NULL         -- zstd of it
) STRICT;

-- Bytes of transcripts that could not be understood as records. The bytes themselves are in the archive.
CREATE TABLE quarantine (
    id            INTEGER PRIMARY KEY,
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL,
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    seen_at       TEXT NOT NULL
) STRICT;

-- Bytes of the archive that are not as they were, forgotten or hidden: all the rest keeps its place.
CREATE TABLE gap (
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL,
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    kind          TEXT,             -- NULL: forgotten, blanks stand there; else a mark: 'image' and 'output' were dropped, others are kinds of secrets
    PRIMARY KEY (transcript_id, generation, offset)
) STRICT, WITHOUT ROWID;

-- What was forgotten and must not come back, by digests that are keyed with the row of kind 'key'.
CREATE TABLE tombstone (
    kind   TEXT NOT NULL CHECK (kind IN ('key', 'session', 'transcript', 'line', 'phrase')),
    digest BLOB NOT NULL,    -- of a session's id, a transcript's path, a line's bytes, or a phrase's words
    words  INTEGER NOT NULL, -- how many words a phrase has; 0 for the other kinds
    PRIMARY KEY (kind, digest)
) STRICT, WITHOUT ROWID;

-- How many records of each type were read.
CREATE TABLE record_kind (
    agent      TEXT NOT NULL,
    type       TEXT NOT NULL,
    understood INTEGER NOT NULL, -- 0: kept in the archive and counted only, because nobody taught us this type
    records    INTEGER NOT NULL,
    PRIMARY KEY (agent, type)
) STRICT, WITHOUT ROWID;

-- One row, written in the same transaction as what it counts; status reads it and never counts tables.
CREATE TABLE counter (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    messages          INTEGER NOT NULL DEFAULT 0, -- distinct user and assistant messages
    system_messages   INTEGER NOT NULL DEFAULT 0,
    sessions          INTEGER NOT NULL DEFAULT 0, -- without sub-agents
    subagents         INTEGER NOT NULL DEFAULT 0,
    projects          INTEGER NOT NULL DEFAULT 0,
    tool_calls        INTEGER NOT NULL DEFAULT 0,
    tool_results      INTEGER NOT NULL DEFAULT 0,
    transcripts       INTEGER NOT NULL DEFAULT 0,
    deleted_at_source INTEGER NOT NULL DEFAULT 0, -- transcripts that only we still have
    quarantined       INTEGER NOT NULL DEFAULT 0,
    unknown_records   INTEGER NOT NULL DEFAULT 0, -- of types that nobody taught us
    archived_bytes    INTEGER NOT NULL DEFAULT 0, -- bytes of transcripts, before compression
    redacted          INTEGER NOT NULL DEFAULT 0, -- 1: all of it was read with the setting redact_on_read
    shape             TEXT,             -- digest of the tables, columns, indexes and views that it was made or mended with
    last_sync_at      TEXT
) STRICT;

INSERT INTO counter (id) VALUES (1);

-- The index folder's place in the store: every message up to indexed_to is in it, but for those in reindex.
CREATE TABLE index_state (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_to INTEGER NOT NULL DEFAULT 0, -- message.id
    indexed_at TEXT,
    format     INTEGER NOT NULL DEFAULT 0, -- of the index; another number means: rebuild
    stamp      INTEGER NOT NULL DEFAULT 0  -- of the index's last commit; a smaller one in the folder means: rebuild
) STRICT;

INSERT INTO index_state (id) VALUES (1);

CREATE TABLE reindex (
    message_id INTEGER PRIMARY KEY
) STRICT;

-- ── The promise ───────────────────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW projects AS
SELECT
    project.id,
    project.path AS project,
    project.name,
    count(session.id) FILTER (WHERE session.kind = 'main') AS sessions,
    coalesce(sum(session.messages), 0) AS messages,
    min(session.started_at) AS started_at,
    max(session.ended_at) AS ended_at
FROM project
LEFT JOIN session ON session.project_id = project.id
GROUP BY project.id;

CREATE VIEW sessions AS
SELECT
    session.session,
    session.agent,
    project.path AS project,
    session.parent,
    session.kind,
    session.title,
    session.started_at,
    session.ended_at,
    session.messages,
    session.shown,
    session.prompts,
    session.turns,
    session.tool_calls,
    session.tool_results,
    session.input_tokens,
    session.output_tokens,
    session.cache_read_tokens,
    session.cache_write_tokens,
    session.model,
    session.branch,
    session.version,
    NOT EXISTS (
        SELECT 1 FROM transcript WHERE transcript.session_id = session.id AND transcript.form = 'lines' AND transcript.state <> 'deleted'
    ) AS deleted_at_source
FROM session
JOIN project ON project.id = session.project_id;

CREATE VIEW messages AS
SELECT
    message.id,
    session.session,
    message.position,
    message.turn,
    message.uuid,
    message.parent_uuid,
    message.role,
    message.kind,
    message.timestamp,
    message.model,
    message.text,
    message.copy_of,
    message.is_sidechain
FROM message
JOIN session ON session.id = message.session_id
WHERE message.role IN ('user', 'assistant', 'system');

CREATE VIEW tool_calls AS
SELECT
    tool_call.id,
    session.session,
    tool_call.message_id,
    tool_call.result_message_id,
    tool_call.call_id,
    tool_call.name,
    tool_call.input,
    tool_call.path,
    tool_call.result,
    tool_call.extra,
    tool_call.result_chars,
    tool_call.is_error,
    tool_call.output_name,
    tool_call.ended_at
FROM tool_call
JOIN session ON session.id = tool_call.session_id;

CREATE VIEW attachments AS
SELECT
    media.id AS id,
    session.session,
    media.message_id,
    message.position,
    media.kind,
    NULL AS name,
    media.media_type,
    media.size_bytes,
    message.timestamp,
    '' AS text
FROM media
JOIN message ON message.id = media.message_id
JOIN session ON session.id = message.session_id
UNION ALL
SELECT
    -message.id, -- negative: never the id of an image
    session.session,
    message.id,
    message.position,
    message.kind,
    message.name,
    'text/plain',
    length(message.text),
    message.timestamp,
    message.text
FROM message
JOIN session ON session.id = message.session_id
WHERE message.role = 'attachment';

CREATE VIEW notes AS
SELECT
    message.id,
    session.session,
    message.position,
    message.kind,
    message.timestamp,
    message.text
FROM message
JOIN session ON session.id = message.session_id
WHERE message.role = 'note';

CREATE VIEW transcripts AS
SELECT
    transcript.id,
    transcript.agent,
    transcript.path,
    session.session,
    transcript.form,
    transcript.state,
    transcript.first_seen,
    transcript.deleted_at,
    checkpoint.generation,
    checkpoint.offset AS read_bytes,
    checkpoint.size AS size_bytes,
    checkpoint.lines,
    checkpoint.quarantined
FROM transcript
LEFT JOIN checkpoint ON checkpoint.transcript_id = transcript.id
LEFT JOIN session ON session.id = transcript.session_id;
