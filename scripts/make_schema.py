"""Write ganimate/timeline.schema.json from the models of the timeline file."""

from __future__ import annotations

from ganimate.performance.timeline import SCHEMA
from ganimate.performance.timeline_document import make_schema
from ganimate.performance.timeline_writer import write_document

if __name__ == "__main__":
    write_document(make_schema(), SCHEMA)
