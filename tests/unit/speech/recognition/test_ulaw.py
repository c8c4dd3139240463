"""G.711 mu-law: every code, both ways."""

import numpy as np

from offhook.speech.recognition.ulaw import SILENCE, compress, expand

ALL = bytes(range(256))


def test_every_code_comes_back_but_that_of_negative_nothing() -> None:
    back = compress(expand(ALL))
    assert [code for code in ALL if back[code] != code] == [0x7F]
    assert back[0x7F] == 0xFF


def test_the_codes_are_those_of_the_recommendation() -> None:
    linear = expand(ALL)
    assert (linear[0x00], linear[0x80], linear[0x8F], linear[0xF0]) == (-32124, 32124, 16764, 120)
    assert expand(SILENCE).tolist() == [0]
    assert linear.dtype == np.int16
