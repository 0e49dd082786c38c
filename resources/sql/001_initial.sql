-- SPDX-License-Identifier: GPL-3.0-or-later
-- Runs are two rows that are written once and never updated: `run` when accepted, `run_end` when
-- over. Their bodies are bytes in bodies/<segment>.seg, addressed by segment << 40 | offset.
-- step
-- "Ears": tells a backup of Earshot from any other SQLite file.
PRAGMA application_id = 0x45617273
-- step
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
-- step
CREATE TABLE "trigger" (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    document BLOB NOT NULL,
    source BLOB,
    source_format TEXT NOT NULL,
    mode INTEGER NOT NULL,
    error TEXT NOT NULL,
    edited_us INTEGER NOT NULL,
    state BLOB,
    deleted INTEGER NOT NULL DEFAULT 0
)
-- step
CREATE UNIQUE INDEX trigger_path ON "trigger" (path) WHERE deleted = 0
-- step
-- Texts that repeat from run to run: runnable paths and URLs.
CREATE TABLE phrase (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)
-- step
-- flags: bits 0-3 purpose, 4 binary, 5 dispatched when accepted, 6 suspended when accepted
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    trigger_id INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    received_us INTEGER NOT NULL,
    runnable INTEGER,
    url INTEGER,
    at INTEGER,
    message_size INTEGER NOT NULL,
    args_size INTEGER NOT NULL
)
-- step
-- flags: bit 0 logs truncated, bit 1 the reply is the result, bit 2 a reply was sent.
-- Bodies lie at `at` in the order result, logs, preprocessed, reply.
CREATE TABLE run_end (
    id INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    exit_code INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    finished_us INTEGER NOT NULL,
    at INTEGER,
    result_size INTEGER NOT NULL,
    logs_size INTEGER NOT NULL,
    preprocessed_size INTEGER NOT NULL,
    reply_size INTEGER NOT NULL,
    reply_error TEXT
)
-- step
-- Success is the common case and costs no index entry.
CREATE INDEX run_end_unsuccessful ON run_end (status, id) WHERE status <> 2
-- step
-- Which blocks of 32 run ids hold runs of a trigger: an index by trigger at a fraction of its price.
CREATE TABLE run_block (
    trigger_id INTEGER NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (trigger_id, block)
) WITHOUT ROWID
-- step
-- Unfinished runs whose state does not follow from `run` and `dispatched`.
CREATE TABLE run_open (id INTEGER PRIMARY KEY, state INTEGER NOT NULL)
-- step
-- Queued runs of a trigger up to this id went to a process, in order.
CREATE TABLE dispatched (trigger_id INTEGER PRIMARY KEY, through INTEGER NOT NULL)
-- step
-- Finished runs up to meta.final_through, per trigger and status.
CREATE TABLE run_count (
    trigger_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (trigger_id, status)
) WITHOUT ROWID
-- step
-- Body segments: every run with bytes in one has an id from first_run to last_run (null = open).
CREATE TABLE segment (number INTEGER PRIMARY KEY, first_run INTEGER NOT NULL, last_run INTEGER)
-- step
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    trigger_id INTEGER NOT NULL,
    opened_us INTEGER NOT NULL,
    closed_us INTEGER,
    close_code INTEGER,
    reason TEXT
)
-- step
CREATE INDEX session_trigger ON session (trigger_id, id)
-- step
-- Variables, resources, state and settings: JSON text by kind and path.
CREATE TABLE document (
    kind INTEGER NOT NULL,
    path TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, path)
) WITHOUT ROWID
