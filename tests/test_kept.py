"""What is kept as long as that of which it was made has not changed."""

from exporter.kept import Kept


def test_what_has_not_changed_is_made_once() -> None:
    """With an equal state the same value is returned, with another one it is made anew."""
    kept = Kept[str, list[int]](2)
    made = [kept.get("a", (state,), lambda state=state: [state]) for state in (1, 1, 2)]  # type: ignore[misc]
    assert [[1], [1], [2]] == made
    assert made[0] is made[1]


def test_only_the_latest_are_kept() -> None:
    """Beyond the limit the key that was used longest ago is forgotten."""
    kept = Kept[str, object](2)
    first = {key: kept.get(key, 0, object) for key in "abab"}
    kept.get("a", 0, object)
    kept.get("c", 0, object)
    assert first["a"] is kept.get("a", 0, object)
    assert first["b"] is not kept.get("b", 0, object)
