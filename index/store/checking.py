"""Is the index whole, and do its parts agree with one another?"""

from __future__ import annotations

from typing import Final

import apsw

# A sentence, and a query that yields a number above 0 where the sentence is true.
_DISAGREEMENTS: Final = (
    (
        "documents whose chunks are not all there",
        "SELECT count(*) FROM documents d WHERE chunk_count != (SELECT count(*) FROM chunks WHERE document_id = d.id)",
    ),
    (
        "chunks that the word index lacks",
        "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM chunks_fts_docsize)",
    ),
    (
        "entries of the word index without a chunk",
        "SELECT count(*) FROM chunks_fts_docsize WHERE id NOT IN (SELECT id FROM chunks)",
    ),
    (
        "chunks with a vector but without its bits",
        "SELECT count(*) FROM chunk_vectors WHERE chunk_id NOT IN (SELECT rowid FROM chunk_bits_rowids)",
    ),
    (
        "vector bits without a vector",
        "SELECT count(*) FROM chunk_bits_rowids WHERE rowid NOT IN (SELECT chunk_id FROM chunk_vectors)",
    ),
    (
        "chunks that lie outside of their document's text",
        "SELECT count(*) FROM chunks WHERE end_char - start_char != length(body)",
    ),
)


def findings(connection: apsw.Connection) -> list[str]:
    """Return what is wrong with the whole file, in sentences; empty where nothing is.

    Reads everything, and hence takes seconds for a large index.
    """
    try:
        found = [f"The file is damaged: {row[0]}" for row in connection.execute("PRAGMA integrity_check(10)")]
        if found != ["The file is damaged: ok"]:
            return found
        found = [
            f"The index refers to something that is not there, in its table {table}."
            for (table,) in connection.execute('SELECT DISTINCT "table" FROM pragma_foreign_key_check')
        ]
        for what, query in _DISAGREEMENTS:
            if count := connection.execute(query).get:
                found.append(f"There are {count} {what}.")
    except apsw.Error as error:
        return [f"The file is damaged: {error}"]
    return found
