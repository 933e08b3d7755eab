"""Takes in what lies in the inbox of TRACKIO_DIR, as `trackio show` does, and prints the runs of the project that is given."""

import json
import math
import sys

from trackio import fragments
from trackio.sqlite_storage import SQLiteStorage


def plain(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


project = sys.argv[1]
imported = fragments.import_inbox_dir()
runs = {}
for run in SQLiteStorage.get_runs(project):
    logs = SQLiteStorage.get_logs(project, run)
    runs[run] = {
        "config": SQLiteStorage.get_run_config(project, run),
        "logs": [{key: plain(value) for key, value in log.items()} for log in logs],
    }
print(json.dumps({"imported": imported, "runs": runs, "alerts": SQLiteStorage.get_alerts(project)}))
