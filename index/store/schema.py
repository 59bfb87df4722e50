"""The index file's schema, as append-only migrations.

A released migration is never edited: a later one mends it. ``PRAGMA user_version`` holds how many have run.
Sources: SQLite FTS5 (contentless-delete tables), sqlite-vec (vec0, bit vectors).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from index.errors import StoreError, StoreTooNew

APPLICATION_ID: Final = 0x4543_6F70  # "ECop", in the file's header: this SQLite file is an index of Edge Copilot

EMBEDDING_DIMENSIONS: Final = 384  # of the default embedder; another one recreates chunk_bits with its own

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('generation', '0');

    CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        access TEXT NOT NULL CHECK (access IN ('public', 'internal', 'restricted')),
        origin TEXT NOT NULL DEFAULT 'local' CHECK (origin IN ('local', 'synced')),
        pinned INTEGER NOT NULL DEFAULT 0 -- synced only: it stays at the generation that is live
    ) STRICT;

    -- A row is one version of a document. Of a path one version is seen at most; versions that wait for their
    -- generation, or are kept to go back to, are hidden, and nothing but the code of generations looks at them.

    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections (id),
        path TEXT NOT NULL,
        title TEXT NOT NULL,
        media_type TEXT NOT NULL,
        language TEXT,
        pages INTEGER,
        bytes INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        checked_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        recipe TEXT NOT NULL,
        chunk_count INTEGER NOT NULL,
        notices TEXT NOT NULL DEFAULT '[]',
        ingested_at TEXT NOT NULL,
        hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
        digest TEXT, -- of the object that a hub made of it; NULL where it was ingested here
        revision TEXT,
        reviewed_until TEXT,
        files TEXT NOT NULL DEFAULT '[]' -- that a hub sent with it
    ) STRICT;
    CREATE UNIQUE INDEX documents_seen ON documents (collection_id, path) WHERE NOT hidden;
    CREATE INDEX documents_hidden ON documents (id) WHERE hidden; -- mostly empty: leaving them out is free
    CREATE INDEX documents_by_path ON documents (path);
    CREATE INDEX documents_by_digest ON documents (digest) WHERE digest IS NOT NULL;

    CREATE TABLE sections (
        id INTEGER PRIMARY KEY,
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        path TEXT NOT NULL,
        digest TEXT, -- as of documents
        UNIQUE (document_id, ordinal)
    ) STRICT;
    CREATE INDEX sections_by_digest ON sections (digest) WHERE digest IS NOT NULL;

    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        section_id INTEGER NOT NULL REFERENCES sections (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        lead TEXT NOT NULL,
        body TEXT NOT NULL,
        start_char INTEGER NOT NULL,
        end_char INTEGER NOT NULL,
        page INTEGER,
        page_end INTEGER,
        page_starts TEXT NOT NULL DEFAULT '[]',
        UNIQUE (document_id, ordinal)
    ) STRICT;
    CREATE INDEX chunks_by_section ON chunks (section_id, ordinal);

    CREATE VIRTUAL TABLE chunks_fts USING fts5 (
        title, headings, body,
        content = '', contentless_delete = 1,
        tokenize = "porter unicode61 remove_diacritics 2"
    );
    CREATE VIRTUAL TABLE chunks_words USING fts5vocab (chunks_fts, row);
    CREATE VIRTUAL TABLE chunks_places USING fts5vocab (chunks_fts, instance);

    CREATE TABLE identifiers (
        identifier TEXT NOT NULL,
        chunk_id INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
        PRIMARY KEY (identifier, chunk_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX identifiers_by_chunk ON identifiers (chunk_id);

    CREATE VIRTUAL TABLE chunk_bits USING vec0 (
        chunk_id INTEGER PRIMARY KEY,
        embedding bit[384]
    );

    CREATE TABLE chunk_vectors (
        chunk_id INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
        whole BLOB NOT NULL,
        windows BLOB NOT NULL
    ) STRICT;

    CREATE TABLE generations (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- what was checked must not be taken for another
        collection_id INTEGER NOT NULL REFERENCES collections (id),
        number INTEGER NOT NULL,
        manifest TEXT NOT NULL,
        published_at TEXT NOT NULL,
        note TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('staged', 'live', 'kept')),
        synced_at TEXT, -- when it was first switched to
        live_since TEXT,
        rolled_back_at TEXT,
        UNIQUE (collection_id, manifest)
    ) STRICT;
    CREATE UNIQUE INDEX generations_live ON generations (collection_id) WHERE state = 'live';

    CREATE TABLE generation_documents (
        generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
        document_id INTEGER NOT NULL REFERENCES documents (id),
        PRIMARY KEY (generation_id, document_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX generation_documents_by_document ON generation_documents (document_id);

    CREATE TABLE pieces (digest TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    """,
)


def version_of(connection: apsw.Connection, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Return how many migrations the file has seen; 0 for an empty one.

    Raises:
        StoreTooNew: More than this version of the program knows.
        StoreError: It is a SQLite file of some other program.
    """
    version = int(connection.pragma("user_version"))
    owner = int(connection.pragma("application_id"))
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if owner != APPLICATION_ID and (version or owner or tables):
        raise StoreError(
            f"{connection.filename} is a database of another program, not an index.",
            "Move it away, or give another folder with --data-dir.",
        )
    if version > len(migrations):
        raise StoreTooNew(
            "The index was written by a newer version of Edge Copilot.",
            "Update Edge Copilot on this device, or give another folder with --data-dir.",
        )
    return version


def migrate(connection: apsw.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the schema up to date in one transaction: it is wholly done or not begun.

    Raises:
        StoreTooNew, StoreError: As `version_of`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(connection, migrations)
        for migration in migrations[version:]:
            connection.execute(migration)
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", len(migrations))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
