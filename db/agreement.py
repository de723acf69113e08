"""How far to trust counted labels: intervals of a share, and how well coders agree. Pure.

Wilson interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
JASA 22 (1927).  With unequal weights n is the effective size (sum w)^2 / sum w^2 of L. Kish, "Survey
Sampling" (1965), 11.7; C. Franco et al., J. Surv. Stat. Methodol. 7 (2019), found that pairing sound.
Cohen's kappa: J. Cohen, Educ. Psychol. Meas. 20 (1960).  Krippendorff's alpha, nominal, with missing
answers: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
"""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence

Z = 1.959963984540054  # of 95 %


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval, 0..1, of a share counted on `n` (> 0) items; `n` may be an effective size.

    >>> [round(end, 3) for end in wilson(8 / 10, 10)]
    [0.49, 0.943]
    """
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    whole = 1 + Z * Z / n
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def effective_size(weights: Collection[float]) -> float:
    """How many equally weighted items these (at least one) are worth, 1..len.

    >>> effective_size([2, 2]), effective_size([1, 3])
    (2.0, 1.6)
    """
    return sum(weights) ** 2 / sum(w * w for w in weights)


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Agreement of two coders beyond chance, -1..1; `pairs` holds both answers to each item.

    None when it is not defined: no item, or both always gave one same answer.

    >>> cohen_kappa([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15)
    0.4
    """
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[answer] * second[answer] for answer in first)
    if chance == n * n:
        return None
    same = sum(a == b for a, b in pairs) * n
    return (same - chance) / (n * n - chance)


def krippendorff_alpha(items: Iterable[Sequence[Hashable]]) -> float | None:
    """Agreement of any number of coders, -1..1, 1 full; each item holds the answers given to it.

    Items with fewer than two answers say nothing.  None when it is not defined: nothing was
    answered twice, or one same answer was given throughout.
    """
    together: Counter[tuple[Hashable, Hashable]] = Counter()
    for answers in items:
        counts = Counter(answers)
        others = len(answers) - 1
        if others > 0:
            for a, times in counts.items():
                for b, again in counts.items():
                    together[a, b] += times * (again - (a == b)) / others
    totals: Counter[Hashable] = Counter()
    for (a, _), count in together.items():
        totals[a] += count
    n = sum(totals.values())
    expected = n * n - sum(count * count for count in totals.values())
    if not expected:
        return None
    differing = sum(count for (a, b), count in together.items() if a != b)
    return 1 - (n - 1) * differing / expected
