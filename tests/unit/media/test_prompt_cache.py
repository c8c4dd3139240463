from dataclasses import dataclass

from offhook.media.prompt_cache import PromptCache


@dataclass(frozen=True)
class Prompt:
    duration_ms: int


def test_the_least_recently_used_clip_is_forgotten_first() -> None:
    cache = PromptCache(limit_ms=100)
    first, second, third = Prompt(40), Prompt(40), Prompt(40)
    cache.put("first", first)
    cache.put("second", second)
    assert cache.get("first") is first
    cache.put("third", third)
    assert cache.get("second") is None
    assert cache.get("first") is first
    assert cache.get("third") is third


def test_replacing_a_clip_frees_the_room_of_the_old_one() -> None:
    cache = PromptCache(limit_ms=100)
    other = Prompt(40)
    cache.put("a", Prompt(60))
    cache.put("a", Prompt(50))
    cache.put("b", other)
    assert cache.get("a") == Prompt(50)
    assert cache.get("b") is other


def test_a_clip_longer_than_the_cache_leaves_the_others_alone() -> None:
    cache = PromptCache(limit_ms=100)
    kept = Prompt(90)
    cache.put("kept", kept)
    cache.put("long", Prompt(101))
    assert cache.get("long") is None
    assert cache.get("kept") is kept
