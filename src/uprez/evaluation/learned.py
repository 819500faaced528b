"""Which pairs a model is judged on that it has learned from, as far as its card says."""

from collections.abc import Mapping, Sequence

from uprez.dataset.shots import shot_hash
from uprez.evaluation.methods import shots_learned_from
from uprez.evaluation.pairs import Judged


def learned_pairs(methods: Sequence[str], pairs: Sequence[Judged]) -> dict[str, int]:
    """By method, of those whose card lists the shots that it learned from: of how many of the pairs it knows the shot.

    Raises ModelError for a model that has no usable card.
    """
    known = {method: shots_learned_from(method) for method in methods}
    hashes = [shot_hash(pair.known_as) for pair in pairs]
    return {method: sum(one in shots for one in hashes) for method, shots in known.items() if shots is not None}


def warnings(learned: Mapping[str, int], total: int) -> list[str]:
    """A line for each method that is judged on what it learned from."""
    return [
        f"{method} learned from the shots of {count} of these {total} pairs, by their names; its figures say little of"
        " other shots"
        for method, count in learned.items()
        if count
    ]
