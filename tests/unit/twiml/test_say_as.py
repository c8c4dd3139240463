"""`say-as` in English words: what each kind makes of its text, and of what it cannot read."""

import pytest

from offhook.twiml.english import cardinal, ordinal
from offhook.twiml.say_as import said_as, spelled_as


@pytest.mark.parametrize(
    ("kind", "form", "text", "said"),
    [
        ("cardinal", "", "1,234", "one thousand two hundred thirty-four"),
        ("number", "", "-12.05", "minus twelve point zero five"),
        ("cardinal", "", "007", "seven"),
        ("cardinal", "", "1000000000000", "one trillion"),
        ("cardinal", "", "1" * 16, " ".join(["one"] * 16)),
        ("ordinal", "", "1,234", "one thousand two hundred thirty-fourth"),
        ("ordinal", "", "42nd", "forty-second"),
        ("ordinal", "", "20", "twentieth"),
        ("ordinal", "", "100", "one hundredth"),
        ("fraction", "", "3/20", "three twentieths"),
        ("fraction", "", "1/2", "one half"),
        ("fraction", "", "3/4", "three quarters"),
        ("fraction", "", "2+1/2", "two and a half"),
        ("fraction", "", "1 3/8", "one and three eighths"),
        ("unit", "", "1/2inch", "one half inch"),
        ("unit", "", "3/4inch", "three quarters of an inch"),
        ("unit", "", "1meter", "one meter"),
        ("unit", "", "10 lb", "ten pounds"),
        ("unit", "", "1.5km", "one point five kilometers"),
        ("unit", "", "-3\u00b0C", "minus three degrees Celsius"),
        ("unit", "", "5MB", "five megabytes"),
        ("date", "mdy", "12/25/2026", "December twenty-fifth, twenty twenty-six"),
        ("date", "dmy", "25.12.1999", "December twenty-fifth, nineteen ninety-nine"),
        ("date", "ymd", "2005-03-01", "March first, two thousand five"),
        ("date", "md", "2/29", "February twenty-ninth"),
        ("date", "dm", "3 9", "September third"),
        ("date", "my", "09/1905", "September nineteen oh five"),
        ("date", "ym", "1900-01", "January nineteen hundred"),
        ("date", "d", "31", "the thirty-first"),
        ("date", "m", "07", "July"),
        ("date", "y", "2010", "twenty ten"),
        ("date", "mdy", "9/21/80", "September twenty-first, eighty"),
        ("date", "yyyymmdd", "20260921", "September twenty-first, twenty twenty-six"),
        ("date", "yyyymmdd", "????0922", "September twenty-second"),
        ("date", "", "2026-09-21", "September twenty-first, twenty twenty-six"),
        ("date", "", "9/21/2026", "September twenty-first, twenty twenty-six"),
        ("time", "", "1'21\"", "one minute twenty-one seconds"),
        ("time", "", "2'", "two minutes"),
        ("time", "", "2:30pm", "two thirty P M"),
        ("time", "", "9:05", "nine oh five"),
        ("time", "", "9:00", "nine o'clock"),
        ("time", "", "14:00", "fourteen hundred hours"),
        ("address", "", "123 Main St, Apt 4B", "one twenty-three Main Street, apartment four B"),
        (
            "address",
            "",
            "1600 Pine Ave NW, Austin, TX 78701",
            "sixteen hundred Pine Avenue Northwest, Austin, Texas seven eight seven zero one",
        ),
        ("address", "", "7 St. James Pl #12", "seven Saint James Place number twelve"),
    ],
)
def test_it_is_said(kind: str, form: str, text: str, said: str) -> None:
    assert said_as(text, kind, form) == said


@pytest.mark.parametrize(
    ("kind", "form", "text"),
    [
        ("cardinal", "", "twelve"),
        ("cardinal", "", "1,23"),
        ("cardinal", "", ""),
        ("ordinal", "", "1.5"),
        ("fraction", "", "1/"),
        ("unit", "", "10 parsecs"),
        ("unit", "", "inch"),
        ("date", "mdy", "13/13/2026"),
        ("date", "mdy", "2/29/2025"),
        ("date", "mdy", "1/2"),
        ("date", "mdy", "1/2/202"),
        ("date", "yyyymmdd", "????????"),
        ("date", "md", "\u0661/2"),
        ("date", "xyz", "1/2/2026"),
        ("time", "", "25:00"),
        ("time", "", "soon"),
        ("poem", "", "Roses"),
    ],
)
def test_what_is_nothing_of_the_kind_has_no_words(kind: str, form: str, text: str) -> None:
    assert said_as(text, kind, form) is None


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("characters", "ab 1", "a b 1"),
        ("spell-out", "HTTP", "H T T P"),
        ("digits", "12-34", "1 2 3 4"),
        ("telephone", "(415) 555-0100", "4 1 5 5 5 5 0 1 0 0"),
        ("date", "1/2", None),
    ],
)
def test_what_is_spelled_needs_no_language(kind: str, text: str, said: str | None) -> None:
    assert spelled_as(text, kind) == said


def test_every_number_below_a_thousand_has_words_of_its_own_and_an_ordinal() -> None:
    numbers = [str(number) for number in range(1000)]
    assert (
        len({cardinal(number) for number in numbers}) == len({ordinal(number) for number in numbers}) == 1000
    )
