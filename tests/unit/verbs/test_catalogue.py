"""Every verb of the tree is run."""

from typing import get_args

from offhook.twiml.document import Verb
from offhook.verbs.catalogue import RUNNERS


def test_every_verb_of_the_tree_has_its_runner() -> None:
    assert set(RUNNERS) == set(get_args(Verb))
