"""Importances by Optuna's PED-ANOVA on made-up trials, as JSON for ped-anova.test.ts of the sweep app."""

import json
import math
import random

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
DISTRIBUTIONS = {
    "rate": optuna.distributions.FloatDistribution(1e-3, 1.0, log=True),
    "momentum": optuna.distributions.FloatDistribution(0.5, 0.99),
    "batch": optuna.distributions.IntDistribution(16, 4096, log=True),
    "epochs": optuna.distributions.IntDistribution(1, 9),
    "rule": optuna.distributions.CategoricalDistribution(["a", "b", "c"]),
    "rho": optuna.distributions.FloatDistribution(0.0, 0.5),
}


def draw(source: random.Random) -> dict:
    rule = source.choice(["a", "b", "c"])
    params = {
        "rate": round(10 ** source.uniform(-3, 0), 6),
        "momentum": round(source.uniform(0.5, 0.99), 6),
        "batch": int(2 ** source.uniform(4, 12)),
        "epochs": source.randint(1, 9),
        "rule": rule,
    }
    return {**params, "rho": round(source.uniform(0, 0.5), 6)} if rule == "b" else params


def value(params: dict, source: random.Random) -> float:
    peak = -((math.log10(params["rate"]) + 1.2) ** 2)
    extra = {"a": 0.0, "b": 0.3 - params.get("rho", 0), "c": -0.2}[params["rule"]]
    return round(peak + extra + 0.05 * params["epochs"] + source.gauss(0, 0.05), 6)


def case(count: int, seed: int, quantile: float) -> dict:
    source = random.Random(seed)
    study = optuna.create_study(direction="maximize")
    trials = []
    for _ in range(count):
        params = draw(source)
        trials.append({"params": params, "value": value(params, source)})
        study.add_trial(
            optuna.trial.create_trial(
                params=params, distributions={k: DISTRIBUTIONS[k] for k in params}, value=trials[-1]["value"]
            )
        )
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=quantile)
    return {"quantile": quantile, "trials": trials, "importances": evaluator.evaluate(study)}


print(json.dumps([case(120, 1, 0.1), case(30, 2, 0.25), case(15, 3, 0.1)]))
