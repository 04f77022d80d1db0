"""How far a prediction is off, as those who test infusion pumps count it.

Varvel, Donoho and Shafer 1992: errors are counted from the prediction, so
a positive median error means that the model predicts too little.
"""

import numpy as np

from quietdrip.core.pkpd.individual import Floats

PERCENT = 100


def errors_percent(measured_ng_per_ml: Floats, predicted_ng_per_ml: Floats) -> Floats:
    """(measured - predicted) / predicted, in percent."""
    return PERCENT * (measured_ng_per_ml - predicted_ng_per_ml) / predicted_ng_per_ml


def mdpe_percent(errors: Floats) -> float:
    """The median error: the lean of a model."""
    return float(np.median(errors))


def mdape_percent(errors: Floats) -> float:
    """The median size of the errors."""
    return float(np.median(np.abs(errors)))
