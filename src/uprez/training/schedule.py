"""The learning rate as a pure function of the step."""


def learning_rate(step: int, *, steps: int, peak: float, warmup: int, decay_share: float) -> float:
    """Linear warm-up, constant, then linear decay to zero over the last `decay_share` of the steps (Hägele et al.
    2024).

    Unlike a cosine, its constant part does not depend on `steps`: a run can be prolonged from a checkpoint before the
    decay.
    """
    rise = min(1.0, (step + 1) / max(1, warmup))
    fall = min(1.0, (steps - step) / max(1.0, decay_share * steps))
    return peak * min(rise, max(0.0, fall))
