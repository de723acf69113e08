import pytest

from db.agreement import cohen_kappa, effective_size, krippendorff_alpha, wilson

# Krippendorff (2011), section C: four observers, twelve units, missing answers left out.
UNITS = ("111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3")


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [(0.8, 10, 0.490, 0.943), (0.5, 100, 0.404, 0.596), (1.0, 50, 0.929, 1.0), (0.0, 50, 0.0, 0.071)],
)
def test_wilson_intervals_are_those_of_the_textbooks(share, n, low, high):
    assert wilson(share, n) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(("weights", "worth"), [([1] * 7, 7), ([1000, 1], 1.002), ([5], 1)])
def test_unequal_weights_are_worth_fewer_items(weights, worth):
    assert effective_size(weights) == pytest.approx(worth, abs=0.001)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([("y", "y")] * 45 + [("y", "n")] * 15 + [("n", "y")] * 25 + [("n", "n")] * 15, 0.1304),
        ([("y", "n"), ("n", "y")], -1.0),
        ([("y", "y"), ("n", "n")], 1.0),
        ([("y", "y")] * 9, None),
        ([], None),
    ],
)
def test_cohens_kappa(pairs, kappa):
    assert cohen_kappa(pairs) == (None if kappa is None else pytest.approx(kappa, abs=0.0001))


def test_krippendorffs_own_example():
    assert krippendorff_alpha(UNITS) == pytest.approx(0.743, abs=0.0005)


@pytest.mark.parametrize(
    ("items", "alpha"),
    [(["yy", "nn"], 1.0), (["y", "n", ""], None), (["yyy", "yy"], None), (["yn", "ny"], -0.5)],
)
def test_alpha_at_its_ends(items, alpha):
    assert krippendorff_alpha(items) == alpha
