"""Imports text files with Anki's own engine, one after another, and tells as JSON what became of the collection.

Runs in an environment of its own that has the package `anki`: python anki_import.py COLLECTION FILE...
"""

from __future__ import annotations

import importlib
import json
import sys

engine = importlib.import_module("anki.collection")


def main() -> None:
    collection = engine.Collection(sys.argv[1])
    logs = []
    for path in sys.argv[2:]:
        metadata = collection.get_csv_metadata(path, None)
        log = collection.import_csv(engine.ImportCsvRequest(path=path, metadata=metadata)).log
        logs.append({"new": len(log.new), "updated": len(log.updated), "same": len(log.duplicate)})
    notes = []
    for number in collection.find_notes(""):
        note = collection.get_note(number)
        card = note.cards()[0]
        notes.append(
            {
                "guid": note.guid,
                "fields": list(note.fields),
                "tags": list(note.tags),
                "deck": collection.decks.name(card.did),
                "question": card.question(),
                "sounds": len(card.question_av_tags()) + len(card.answer_av_tags()),
            }
        )
    print(json.dumps({"logs": logs, "notes": notes}))
    collection.close()


main()
