"""What is sealed opens with its own key, for the same subject, unchanged; with anything else it does not."""

from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from shared.sealing import Sealed, Sealer, Unreadable, read_keys

FIRST, SECOND = {"k1": bytes(32)}, {"k2": bytes([7]) * 32}
SECRETS = {"login": SecretStr("dawn_1"), "password": SecretStr("  ünï-cödé \n")}


def sealer(*keys: Mapping[str, bytes], kind: str = "hand-over") -> Sealer:
    """A sealer with these keys, newest first."""
    return Sealer({name: key for each in keys for name, key in each.items()}, kind)


class TestWhatIsSealed:
    def test_opens_to_the_same_texts_in_the_same_order(self) -> None:
        opened = sealer(FIRST).open("K1", sealer(FIRST).seal("K1", SECRETS))
        assert opened == SECRETS
        assert list(opened) == list(SECRETS)

    def test_shows_nothing_of_them_and_nearly_nothing_of_their_length(self) -> None:
        long = {"login": SecretStr("x" * 100), "password": SecretStr("y" * 100)}
        found = [sealer(FIRST).seal("K1", each).text for each in (SECRETS, long)]
        assert b"dawn_1" not in found[0]
        assert len(found[0]) == len(found[1])

    def test_is_never_the_same_twice(self) -> None:
        assert sealer(FIRST).seal("K1", SECRETS) != sealer(FIRST).seal("K1", SECRETS)

    def test_is_stars_when_it_is_printed(self) -> None:
        assert "dawn_1" not in repr(sealer(FIRST).open("K1", sealer(FIRST).seal("K1", SECRETS)))

    def test_does_not_open_for_another_subject(self) -> None:
        with pytest.raises(Unreadable):
            sealer(FIRST).open("K2", sealer(FIRST).seal("K1", SECRETS))

    def test_does_not_open_as_something_of_another_kind(self) -> None:
        with pytest.raises(Unreadable):
            sealer(FIRST, kind="else").open("K1", sealer(FIRST).seal("K1", SECRETS))

    @pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
    def test_does_not_open_when_a_bit_of_it_was_changed(self, place: int) -> None:
        text = bytearray(sealer(FIRST).seal("K1", SECRETS).text)
        text[place] ^= 1
        with pytest.raises(Unreadable):
            sealer(FIRST).open("K1", Sealed("k1", bytes(text)))

    @pytest.mark.parametrize("length", [0, 5, 12, 27, -1])
    def test_does_not_open_when_it_was_cut(self, length: int) -> None:
        text = sealer(FIRST).seal("K1", SECRETS).text[:length]
        with pytest.raises(Unreadable):
            sealer(FIRST).open("K1", Sealed("k1", text))

    def test_does_not_open_under_another_key_s_name(self) -> None:
        text = sealer(FIRST).seal("K1", SECRETS).text
        with pytest.raises(Unreadable):
            sealer({"k9": FIRST["k1"]}, FIRST).open("K1", Sealed("k9", text))

    def test_names_its_key_and_nothing_else_when_the_key_is_gone(self) -> None:
        with pytest.raises(Unreadable, match=r"^there is no key k1$"):
            sealer(SECOND).open("K1", sealer(FIRST).seal("K1", SECRETS))


class TestWhenAKeyIsReplaced:
    def test_the_newest_seals_and_all_open(self) -> None:
        both = sealer(SECOND, FIRST)
        assert both.seal("K1", SECRETS).key_id == both.newest == "k2"
        assert both.open("K1", sealer(FIRST).seal("K1", SECRETS)) == SECRETS

    def test_what_is_sealed_again_needs_only_the_newest(self) -> None:
        again = sealer(SECOND, FIRST).sealed_again("K1", sealer(FIRST).seal("K1", SECRETS))
        assert sealer(SECOND).open("K1", again) == SECRETS

    def test_it_is_not_sealed_again_for_another_subject(self) -> None:
        with pytest.raises(Unreadable):
            sealer(SECOND, FIRST).sealed_again("K2", sealer(FIRST).seal("K1", SECRETS))

    def test_each_key_has_a_digest_key_of_its_own_that_is_not_the_key(self) -> None:
        found = sealer(SECOND, FIRST).digest_keys
        assert found == (*sealer(SECOND).digest_keys, *sealer(FIRST).digest_keys)
        assert len({*found, *FIRST.values(), *SECOND.values()}) == 4


class TestTheSetting:
    def test_has_ids_and_keys_newest_first(self) -> None:
        found = read_keys(f"k2:{'07' * 32}, k1:{'00' * 32}")
        assert list(found.items()) == [*SECOND.items(), *FIRST.items()]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "00" * 32,
            f":{'ab' * 32}",
            f"K1:{'ab' * 32}",
            f"k1:{'ab' * 31}",
            f"k1:{'ab' * 33}",
            f"k1:{'zz' * 32}",
            f"k1:{'ab' * 32},",
            f"k1:{'ab' * 32},k1:{'cd' * 32}",
            f"{'k' * 33}:{'ab' * 32}",
            ",".join(f"k{number}:{'ab' * 32}" for number in range(9)),
        ],
    )
    def test_that_is_short_or_has_no_ids_is_refused_without_repeating_it(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"^must ") as refused:
            read_keys(text)
        assert "ab" * 4 not in str(refused.value)
