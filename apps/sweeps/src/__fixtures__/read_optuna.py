"""Prints, as JSON, what Optuna finds in the journal that is given: the first study, its trials, its best, the importances."""

import datetime
import json
import math
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(sys.argv[1]))
study = optuna.load_study(study_name=None, storage=storage)


def seconds(time: datetime.datetime | None) -> float | None:
    return time and time.timestamp()


def plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


complete = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
importances = {}
if len(complete) > 1:
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    importances = optuna.importance.get_param_importances(study, evaluator=evaluator, normalize=False)
print(
    json.dumps(
        {
            "name": study.study_name,
            "direction": study.direction.name,
            "metric_names": study.metric_names,
            "best": study.best_trial.user_attrs["id"] if complete else None,
            "importances": importances,
            "trials": [
                {
                    "state": t.state.name,
                    "value": t.value,
                    "params": t.params,
                    "distributions": {k: str(d) for k, d in t.distributions.items()},
                    "user_attrs": t.user_attrs,
                    "intermediate": {k: plain(v) for k, v in t.intermediate_values.items()},
                    "start": seconds(t.datetime_start),
                    "complete": seconds(t.datetime_complete),
                }
                for t in study.trials
            ],
        }
    )
)
