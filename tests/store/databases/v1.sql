PRAGMA application_id = 1397572941;
PRAGMA user_version = 1;


BEGIN TRANSACTION;

DROP TABLE IF EXISTS blob;
CREATE TABLE blob (
    id     INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- sha256 of the base64 as it stands in the transcript
    packed BLOB NOT NULL         -- zstd of it
) STRICT;

DROP TABLE IF EXISTS checkpoint;
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
INSERT INTO checkpoint VALUES(1,0,65024,2212325,11474,1795529338744939678,11474,X'BCF80551D0250DB421EF726EEF8FD9DDD1852841417CB604F5DF1C349F97F794',X'E49213E3BA07843E9B6F1511BDA79C93E64869D73F27968F357E77F53FF7FD2E',X'',0,5,0,'2026-01-05T09:00:01.000Z','2026-01-05T09:00:04.000Z','/home/ada/shop','main','2.1.220','Frozen',5);

DROP TABLE IF EXISTS counter;
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
INSERT INTO counter VALUES(1,4,0,1,0,1,1,1,1,0,0,0,11474,0,'1a4a435f7a85f837','2026-11-24T14:08:58.798Z');

DROP TABLE IF EXISTS dictionary;
CREATE TABLE dictionary (
    id         INTEGER NOT NULL, -- zstd's, which stands in the head of each frame that was packed with it
    copy       INTEGER NOT NULL, -- 0 and 1: both hold the same
    digest     BLOB NOT NULL,    -- sha256 of packed
    trained_on INTEGER NOT NULL, -- bytes of transcripts in the archive when it was made
    packed     BLOB NOT NULL,    -- zstd of it
    PRIMARY KEY (id, copy)
) STRICT;

DROP TABLE IF EXISTS frame;
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
INSERT INTO frame VALUES(1,1,0,0,11474,X'D25A67A1324D53CC34CC786A93A3155BB73480CBDBFA6563AB021C6815A08980',NULL,X'28B52FFD60D22B35170046287422304DF544EC881D0B1CEEF0B0903D7A787B7E6073585B16DBFF5305408DB030E81807690069006900AED9D14C417A92FCDA97A0CB4B62C84F9C5E072EE4C08B1B4116C70261C8F5237831D28AF35AB3EE76E7DE194C0A59FB96174FF4B1022E5DE025FA08306429117971E4B3FE9D7886FC1345427D4BF17A1BB9037942FEC49710828578451135214B8852B8F3AB4FDC0894A59A88D2CBE05863F7E7A496BDA43C8A0C397A4957D28D8395F84EBF16B2D691F91534E1A30B5D26D16BA9D800A8383627368491380CE531C6D18FC9978D2DCF1DF3B8B48CCE31C5ABE2AFF8AF050CF9CEBF93C688566E407E07B7F6255EBCD0DD8BA36137643A21CCB23CA59103E2EBB5955755B1AC2E19727DE8361FA188DAC8A528AFEA3924D7445E5FFA677AE95F9B49A1EB5F63F34FF4C8AB0FC876FE03BD0DF5713E05F1D6FAD766A2D7F26AA82AFE0797A64B128D979AE6637D40F2C98B5F1FD279CDB986C85F18B9F43349D2040015B797288E639A3110E5B1D647634E6412D69EF28EF2D1F1E227256038F1AE55928185E4DF89AAF5EFAC2F292AAFE5063C78AB1051DA1667E2E1CA3BED2C5190C79C491AF3C335F6184C7C6D591A2A9E080870F84694FDDA24FF5EBAC6884E1ECD10D78F397269CCF95F5865A881AD3248464648A4244992C65002218466EA147412A0051944528C38A514918A93F811124992148A7923318280F48905449896041529663F9A50A60A95810085AA5F1BD8B121B59FA4048A53B8F9280EB7C9841B5621FF181A63194097E5D13EDCA9E67EB3B5E128B0F315445AAD44DF186DCA7708415CDAD5D4F0366DEA1DA7F88BEB26DFB3BCC2BCD8F180753E9114AC808EA8D9083D4406508D500A1FC1EC4625F82EE0EB323A1E10ABE8FA30C58E41E6005863FB117DD1D90F7623183D3346EB7D886D84BF1B6B2E0C8A596C8FE2BED5BF79689E3102B01ED9654F9CC11917FA2623A9BFE427C35108E947B4E88203EE8C4BA919AA37E5209CA89682ABF359C30B499335C224011AE898F70EA44C15',0);
CREATE UNIQUE INDEX frame_by_place ON frame (transcript_id, generation, offset);
CREATE INDEX frame_unsettled ON frame (transcript_id, generation) WHERE settled = 0;

DROP TABLE IF EXISTS gap;
CREATE TABLE gap (
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL,
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    kind          TEXT,             -- NULL: forgotten, blanks stand there; else a mark: 'image' and 'output' were dropped, others are kinds of secrets
    PRIMARY KEY (transcript_id, generation, offset)
) STRICT, WITHOUT ROWID;

DROP TABLE IF EXISTS index_state;
CREATE TABLE index_state (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_to INTEGER NOT NULL DEFAULT 0, -- message.id
    indexed_at TEXT,
    format     INTEGER NOT NULL DEFAULT 0, -- of the index; another number means: rebuild
    stamp      INTEGER NOT NULL DEFAULT 0  -- of the index's last commit; a smaller one in the folder means: rebuild
) STRICT;
INSERT INTO index_state VALUES(1,0,NULL,0,0);

DROP TABLE IF EXISTS media;
CREATE TABLE media (
    id         INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES message (id),
    kind       TEXT NOT NULL,           -- 'image', 'document'
    media_type TEXT,
    size_bytes INTEGER NOT NULL         -- decoded
) STRICT;
CREATE INDEX media_by_message ON media (message_id);

DROP TABLE IF EXISTS message;
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
INSERT INTO message VALUES(1,1,0,1,'user','prompt','55cd07ca-5a87-4ded-801b-86bf3b24cf4c',NULL,NULL,'2026-01-05T09:00:01.000Z',NULL,'Freeze',NULL,NULL,NULL,NULL,0,1,0,0,318);
INSERT INTO message VALUES(2,1,NULL,NULL,'note','custom-title',NULL,'line:6e78dda069136766551ee5d013479602',NULL,NULL,NULL,'Frozen',NULL,NULL,NULL,5,0,1,0,319,97);
INSERT INTO message VALUES(3,1,1,1,'assistant','tool_call','12068779-7eef-47df-8052-01d5cb45de8e',NULL,'55cd07ca-5a87-4ded-801b-86bf3b24cf4c','2026-01-05T09:00:02.000Z','claude-sonnet-4-5','',NULL,NULL,NULL,NULL,0,1,0,417,808);
INSERT INTO message VALUES(4,1,2,1,'user','tool_result','7748c9b8-451a-439a-8263-a0fe6a1c9a74',NULL,'12068779-7eef-47df-8052-01d5cb45de8e','2026-01-05T09:00:03.000Z',NULL,'',NULL,NULL,NULL,NULL,0,1,0,1226,9504);
INSERT INTO message VALUES(5,1,3,1,'assistant','reply','ce6fe684-39cf-4104-862b-095f602f6384',NULL,'7748c9b8-451a-439a-8263-a0fe6a1c9a74','2026-01-05T09:00:04.000Z','claude-sonnet-4-5','Done.',NULL,NULL,NULL,NULL,0,1,0,10731,742);
CREATE UNIQUE INDEX message_by_identity ON message (coalesce(origin, uuid), session_id);
CREATE INDEX message_by_leaf ON message (name) WHERE kind = 'summary' AND name IS NOT NULL;
CREATE INDEX message_by_note ON message (id) WHERE role = 'note' AND kind <> 'queued_prompt';
CREATE INDEX message_by_position ON message (session_id, position);

DROP TABLE IF EXISTS project;
CREATE TABLE project (
    id    INTEGER PRIMARY KEY,
    path  TEXT NOT NULL UNIQUE,        -- the directory; the agent's folder name where no record tells the directory
    name  TEXT NOT NULL                -- last part of path, for people
) STRICT;
INSERT INTO project VALUES(1,'/home/ada/shop','shop');

DROP TABLE IF EXISTS quarantine;
CREATE TABLE quarantine (
    id            INTEGER PRIMARY KEY,
    transcript_id INTEGER NOT NULL REFERENCES transcript (id),
    generation    INTEGER NOT NULL,
    offset        INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    seen_at       TEXT NOT NULL
) STRICT;

DROP TABLE IF EXISTS record_kind;
CREATE TABLE record_kind (
    agent      TEXT NOT NULL,
    type       TEXT NOT NULL,
    understood INTEGER NOT NULL, -- 0: kept in the archive and counted only, because nobody taught us this type
    records    INTEGER NOT NULL,
    PRIMARY KEY (agent, type)
) STRICT, WITHOUT ROWID;
INSERT INTO record_kind VALUES('claude-code','assistant',1,2);
INSERT INTO record_kind VALUES('claude-code','custom-title',1,1);
INSERT INTO record_kind VALUES('claude-code','user',1,2);

DROP TABLE IF EXISTS "reindex";
CREATE TABLE reindex (
    message_id INTEGER PRIMARY KEY
) STRICT;

DROP TABLE IF EXISTS response;
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
INSERT INTO response VALUES(1,X'A3C0D5493DEA7B53EB0E9947B3B4DC13',3,1,10,20,0,0,0);
INSERT INTO response VALUES(2,X'E529D1DE440792739F5B691BBB7BDD42',5,1,10,20,0,0,0);
CREATE INDEX response_by_session ON response (session_id);

DROP TABLE IF EXISTS session;
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
INSERT INTO session VALUES(1,'5e55a000-0000-4000-8000-00000000f602','claude-code',1,NULL,'main','Frozen',5,0,'2026-01-05T09:00:01.000Z','2026-01-05T09:00:04.000Z',4,4,1,1,1,1,20,40,0,0,4,'claude-sonnet-4-5','main','2.1.220',0,NULL,0);
CREATE INDEX session_by_agent ON session (agent);
CREATE INDEX session_by_branch ON session (branch) WHERE branch IS NOT NULL;
CREATE INDEX session_by_end ON session (ended_at);
CREATE INDEX session_by_parent ON session (parent) WHERE parent IS NOT NULL;
CREATE INDEX session_by_project ON session (project_id, ended_at);
CREATE INDEX session_unsettled ON session (id) WHERE unsettled = 1;

DROP TABLE IF EXISTS tombstone;
CREATE TABLE tombstone (
    kind   TEXT NOT NULL CHECK (kind IN ('key', 'session', 'transcript', 'line', 'phrase')),
    digest BLOB NOT NULL,    -- of a session's id, a transcript's path, a line's bytes, or a phrase's words
    words  INTEGER NOT NULL, -- how many words a phrase has; 0 for the other kinds
    PRIMARY KEY (kind, digest)
) STRICT, WITHOUT ROWID;

DROP TABLE IF EXISTS tool_call;
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
INSERT INTO tool_call VALUES(1,1,'toolu_339e07d97ed245548fd108',3,4,'Bash','{"command":"make"}',NULL,NULL,'frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen result frozen r',NULL,X'0101000000000000000000000000000000400600000000000096110000',4500,0,NULL,'2026-01-05T09:00:03.000Z');
CREATE UNIQUE INDEX tool_call_by_call ON tool_call (call_id, session_id);
CREATE INDEX tool_call_by_message ON tool_call (message_id);
CREATE INDEX tool_call_by_name ON tool_call (substr(path, length(rtrim(path, replace(path, '/', ''))) + 1), session_id)
WHERE path IS NOT NULL;
CREATE INDEX tool_call_by_path ON tool_call (path) WHERE path IS NOT NULL;
CREATE INDEX tool_call_by_result ON tool_call (result_message_id);
CREATE INDEX tool_call_by_session ON tool_call (session_id);

DROP TABLE IF EXISTS transcript;
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
INSERT INTO transcript VALUES(1,'claude-code','/home/ada/claude/projects/-home-ada-shop/5e55a000-0000-4000-8000-00000000f602.jsonl','lines',1,'present','2026-11-24T14:08:58.797Z',NULL);
CREATE INDEX transcript_by_session ON transcript (session_id);

DROP VIEW IF EXISTS projects;
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
DROP VIEW IF EXISTS sessions;
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
DROP VIEW IF EXISTS messages;
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
DROP VIEW IF EXISTS tool_calls;
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
DROP VIEW IF EXISTS attachments;
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
DROP VIEW IF EXISTS notes;
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
DROP VIEW IF EXISTS transcripts;
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

pragma user_version=1;
pragma application_id=1397572941;

COMMIT TRANSACTION;
