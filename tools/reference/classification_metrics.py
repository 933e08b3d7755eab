"""Figures of a classifier's logits by scikit-learn: confusion matrix, log loss, Brier score, recall, reliability table.

Needs scikit-learn and numpy. Writes packages/trainer/src/evaluation/__fixtures__/classification-metrics.json.
"""

import json

import numpy as np
from golden_values import golden_values
from paths import ROOT
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, confusion_matrix, log_loss, recall_score, top_k_accuracy_score

SAMPLES, CLASSES, BINS = 200, 7, 10

noise = np.asarray(golden_values("logits", (SAMPLES, CLASSES)), dtype=np.float64)
labels = np.arange(SAMPLES) * 5 % CLASSES
# Right more often than not, and surer than it should be.
logits = (4 * noise + 2.5 * np.eye(CLASSES)[labels]).astype(np.float32).astype(np.float64)
exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
predicted = probabilities.argmax(axis=1)
confidence = probabilities.max(axis=1)
hits = (predicted == labels).astype(int)
accuracies, confidences = calibration_curve(hits, confidence, n_bins=BINS, strategy="uniform")
edges = np.linspace(0, 1, BINS + 1)
counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=BINS)
filled = counts[counts > 0]
fixture = {
    "samples": SAMPLES,
    "numClasses": CLASSES,
    "bins": BINS,
    "loss": log_loss(labels, probabilities),
    "accuracy": hits.mean(),
    "top5Accuracy": top_k_accuracy_score(labels, probabilities, k=5),
    "confusionMatrix": confusion_matrix(labels, predicted).tolist(),
    "classAccuracy": recall_score(labels, predicted, average=None).tolist(),
    "brierScore": brier_score_loss(labels, probabilities, scale_by_half=False),
    "counts": counts.tolist(),
    "binAccuracies": accuracies.tolist(),
    "binConfidences": confidences.tolist(),
    "calibrationError": float((filled * np.abs(accuracies - confidences)).sum() / SAMPLES),
}
(ROOT / "packages/trainer/src/evaluation/__fixtures__/classification-metrics.json").write_text(json.dumps(fixture) + "\n")
