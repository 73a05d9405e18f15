"""Data sets: what is shipped, CSV files of one's own, split and standardised."""

import string

import numpy as np
import pytest

from nn.datasets import first_names, load, load_csv, split, standardise
from nn.datasets.load import SHIPPED


def test_iris_is_the_one_of_fishers_paper():
    iris = load("iris")
    assert (iris.X.shape, len(iris), iris.classes) == ((4, 150), 150, ("setosa", "versicolor", "virginica"))
    assert np.bincount(iris.y).tolist() == [50, 50, 50]
    assert iris.features[2] == "petal_length_cm"
    # The means of the paper's Table 2, in cm, and the flowers 35 and 38 that other copies have wrong.
    means = [iris.X[:, iris.y == k].mean(axis=1).round(3).tolist() for k in range(3)]
    assert means == [[5.006, 3.428, 1.462, 0.246], [5.936, 2.77, 4.26, 1.326], [6.588, 2.974, 5.552, 2.026]]
    assert iris.X[:, 34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert iris.X[:, 37].tolist() == [4.9, 3.6, 1.4, 0.1]


def test_first_names_are_words_of_small_letters_each_once():
    names = first_names()
    assert names == sorted({*names})
    assert len(names) == 5163
    assert {*"".join(names)} == {*string.ascii_lowercase}
    assert (min(map(len, names)), max(map(len, names))) == (2, 11)
    assert {"mary", "james"} <= {*names}  # the first in each of the two lists


@pytest.mark.parametrize("name", [*SHIPPED, "first_names"])
def test_source_and_licence_stand_beside_every_shipped_file(name):
    from importlib import resources

    text = (resources.files("nn.datasets") / f"{name}.md").read_text(encoding="utf-8")
    assert "Source:" in text
    assert "Licence:" in text


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="no data set 'irs'; did you mean 'iris'"):
        load("irs")


def test_a_split_is_reproducible_and_holds_every_class_alike():
    iris = load("iris")
    train, test = split(iris, test=0.2, seed=4)
    assert (len(train), len(test)) == (120, 30)
    assert np.bincount(test.y).tolist() == [10, 10, 10]
    both = np.hstack([train.X, test.X])
    assert sorted(map(tuple, both.T)) == sorted(map(tuple, iris.X.T))
    again = split(iris, test=0.2, seed=4)
    assert (again[0].X == train.X).all()
    assert (again[1].y == test.y).all()
    assert not (split(iris, seed=5)[0].X == train.X).all()
    with pytest.raises(ValueError, match="2 samples are too few to set 20% of them aside"):
        split(iris.take([0, 1]))
    with pytest.raises(ValueError, match="between 0 and 1, got 20"):
        split(iris, test=20)


def test_standardised_rows_have_mean_0_and_deviation_1_by_the_reference():
    X = np.random.default_rng(0).normal(3.0, 5.0, (2, 50))
    S = standardise(X)
    np.testing.assert_allclose(S.mean(axis=1), 0.0, atol=1e-14)
    np.testing.assert_allclose(S.std(axis=1), 1.0, rtol=1e-14)
    new = standardise([[3.0], [1.0]], X)
    assert new[0, 0] == pytest.approx((3.0 - X[0].mean()) / X[0].std())
    constant = standardise(np.full((1, 7), 0.1), np.full((1, 3), 0.1))
    np.testing.assert_allclose(constant, 0.0, atol=1e-15)


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "own.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_file_with_a_header_and_classes(write):
    data = load_csv(write("\ufeffwidth, height,kind\n1,2, b\n\n3 ,4,a\n5,-6e-1,b\n"))
    assert data.features == ("width", "height")
    assert (data.target, data.classes, data.y.tolist()) == ("kind", ("a", "b"), [1, 0, 1])
    assert data.X.tolist() == [[1.0, 3.0, 5.0], [2.0, 4.0, -0.6]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_without_a_header_and_numbers_as_targets(write, separator):
    data = load_csv(write("\n".join(separator.join(line) for line in ("123", "457", "892"))))
    assert (data.features, data.target, data.classes) == (("column 1", "column 2"), "column 3", ())
    assert data.y.tolist() == [3.0, 7.0, 2.0]
    data = load_csv(write("1,2,10\n3,4,9\n5,6,10\n7,8,9\n"), classes=True)
    assert (data.classes, data.y.tolist()) == (("9", "10"), [1, 0, 1, 0])
    data = load_csv(write("1,2,10\n3,4,10\n5,6,10\n7,8,9b\n"), classes=True)
    assert data.classes == ("10", "9b")


def test_the_target_may_be_any_column(write):
    path = write("kind,x,y\na,1,2\nb,3,4\n")
    for target in ("kind", 0, -3):
        data = load_csv(path, target=target)
        assert (data.target, data.features, data.y.tolist()) == ("kind", ("x", "y"), [0, 1])
    with pytest.raises(ValueError, match="'kin'; did you mean 'kind'"):
        load_csv(path, target="kin")
    with pytest.raises(ValueError, match="3 columns, from 0 on; there is no 3"):
        load_csv(path, target=3)
    for target in (None, 1.5, True):
        with pytest.raises(TypeError, match=f"name of a column or its position, got {target}"):
            load_csv(path, target=target)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,x\n3,,y\n", r"own.csv, line 3, column 2 \(b\): the cell is empty"),
        ("a,b,c\n\n1,2,x\n3,four,y\n", r"line 4, column 2 \(b\): 'four' is not a finite number"),
        ("1,2,x\n3,4,\n", r"line 2, column 3: the cell is empty"),
        ("1,2,x\n3,inf,y\n", r"line 2, column 2: 'inf' is not a finite number; roles="),
        ("1,2,x\n3,NaN,y\n", r"line 2, column 2: 'NaN' means that the value is missing"),
        ("1,2,0\n1,3,1\n2,2,?\n2,3,?\n", r"line 3, column 3: '\?' means that the value is missing"),
        ("1,2,0.5\n1,3,2\n2,2,b\n", r"line 3, column 3: 'b' is not a finite number; classes=True takes"),
        ("a,b,a\n1,2,x\n3,4,y\n", "line 1: 2 columns are called 'a'"),
        ("a,b,c\n1,2,\n", "line 2, column 3 .c.: the cell is empty"),
        ("1,2,x\n3,1_000,y\n", r"'1_000' is not a finite number"),
        ('a,b,c\n1,"2\n",x\n3,z,y\n', r"line 4, column 2 \(b\): 'z'"),
        ("a,b,c\n1,2,x\n3,4\n", "line 3 has 2 columns, but line 1 has 3"),
        ("a,b,c\n1,2,x\n3,4,x\n", "'c' holds one class only, 'x'; to learn takes two"),
        ("a,b,c\n1,2,x\n3,4,y\n5,6,z\n7,8,u\n9,0,v\n", "5 different values in 5 samples, too many"),
        ("a,b,c\n", "has a header but no samples"),
        ("a\n1\n", "line 1 has one column"),
        ("\n\n", "is empty"),
        (b"a,b\n1,\xff\x81\n", "is not text in UTF-8: invalid start byte at byte 6"),
        ('a,b\n1,"2\n', "line 2: unexpected end of data"),
    ],
)
def test_a_file_that_is_no_table_of_numbers_is_refused_with_the_place(write, text, message):
    with pytest.raises(ValueError, match=message):
        load_csv(write(text))


def test_digits_are_the_1797_images_of_8_by_8():
    digits = load("digits")
    assert (digits.X.shape, digits.classes) == ((64, 1797), tuple("0123456789"))
    assert np.bincount(digits.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (digits.X.min(), digits.X.max(), digits.X.sum()) == (0.0, 16.0, 561718.0)
    assert digits.X[:16, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]


def test_a_compressed_file_that_is_cut_short_is_refused(tmp_path):
    import gzip

    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,x\n2,y\n" * 100)[:-12])
    with pytest.raises(ValueError, match="not a whole gzip file"):
        load_csv(path)
