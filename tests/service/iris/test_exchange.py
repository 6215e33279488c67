"""The hook of iris: petals and sepals in each other's place."""

from hypothesis import given
from hypothesis import strategies as st

from service.iris.definition import MAX_CENTIMETRES
from service.iris.exchange import FEATURES, correct, to_correct
from tests.iris import DEFINITION, Flower

lengths = st.floats(0, MAX_CENTIMETRES)
flowers = st.builds(Flower, lengths, lengths, lengths, lengths)


def test_the_hook_is_for_the_features_of_iris():
    assert DEFINITION.short_names == FEATURES


@given(flowers)
def test_no_corrected_flower_has_petals_both_longer_and_wider_than_its_sepals(flower: Flower):
    turned = Flower(*(correct(flower) or flower))
    assert turned.pl <= turned.sl or turned.pw <= turned.sw


@given(flowers)
def test_a_flower_is_corrected_exactly_if_its_petals_are_longer_and_wider(flower: Flower):
    turned = correct(flower)
    if flower.pl > flower.sl and flower.pw > flower.sw:
        assert turned == Flower(pl=flower.sl, pw=flower.sw, sl=flower.pl, sw=flower.pw)
    else:
        assert turned is None


@given(flowers)
def test_a_corrected_flower_needs_no_further_correction(flower: Flower):
    assert correct(correct(flower) or flower) is None


@given(st.lists(flowers))
def test_many_flowers_are_corrected_like_each_of_them(many: list[Flower]):
    assert to_correct(many) == [index for index, flower in enumerate(many) if correct(flower)]


def test_a_petal_that_is_only_longer_or_only_wider_is_left_as_it_is():
    assert correct(Flower(6, 0.2, 5, 3)) is None
    assert correct(Flower(1, 4, 5, 3)) is None
