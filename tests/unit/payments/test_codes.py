"""The codes of PayNow and Boleto, read back as a bank's app or a counter reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.payments.sandbox import boleto, paynow

UNTIL = datetime(2030, 1, 1, 15, 59, 30, tzinfo=UTC)


class TestPayNow:
    def test_its_text_says_how_much_to_whom_for_what_and_until_when(self) -> None:
        text = paynow.text(12_05, "P1234567890", UNTIL)
        found = dict(paynow.fields(text))
        assert (found["00"], found["01"], found["53"], found["54"]) == ("01", "12", "702", "12.05")
        account = dict(paynow.fields(found["26"]))
        assert account == {"00": "SG.PAYNOW", "01": "2", "02": paynow.RECIPIENT, "03": "0", "04": "20300101235930"}
        assert dict(paynow.fields(found["62"])) == {"01": "P1234567890"}

    def test_its_checksum_covers_everything_before_it(self) -> None:
        text = paynow.text(1, "P1", UNTIL)
        assert text[-8:-4] == "6304"
        assert paynow.checksum(text[:-4]) == text[-4:]
        assert paynow.checksum(text[:-4].replace("0.01", "9.01")) != text[-4:]

    def test_the_checksum_is_the_one_of_the_published_test_string(self) -> None:
        assert paynow.checksum("123456789") == "29B1"

    def test_a_text_that_is_cut_off_is_no_text(self) -> None:
        with pytest.raises(ValueError, match="cut off"):
            list(paynow.fields(paynow.text(1, "P1", UNTIL)[:-1]))


class TestBoleto:
    @pytest.mark.parametrize(
        ("due", "factor"),
        [
            (date(2000, 7, 3), 1000),
            (date(2025, 2, 21), 9999),
            (date(2025, 2, 22), 1000),
            (date(2025, 2, 22) + timedelta(days=8999), 9999),
            (date(2025, 2, 22) + timedelta(days=9000), 1000),
        ],
    )
    def test_its_due_date_is_counted_again_from_1000(self, due: date, factor: int) -> None:
        assert boleto.factor(due) == factor

    @pytest.mark.parametrize(
        ("amount", "free"), [(1, 0), (250_000_00, 10**25 - 1), (12_345, 1234567890123456789012345)]
    )
    def test_its_line_holds_the_bars_and_a_check_digit_for_each_group(self, amount: int, free: int) -> None:
        code = boleto.bars(amount, date(2026, 3, 1), free)
        assert len(code) == 44
        assert code[4] == str(boleto.check_digit_11(code[:4] + code[5:]))
        first, second, third, check, dated = boleto.line(code).replace(".", "").split()
        assert [len(each) for each in (first, second, third, check, dated)] == [10, 11, 11, 1, 14]
        assert all(str(boleto.check_digit_10(each[:-1])) == each[-1] for each in (first, second, third))
        assert first[:4] + check + dated + first[4:9] + second[:-1] + third[:-1] == code
        assert int(dated[4:]) == amount

    def test_the_check_digits_are_those_of_a_published_example(self) -> None:
        code = "00193373700000001000500940144816060680935031"
        assert boleto.line(code) == "00190.50095 40144.816069 06809.350314 3 37370000000100"
        assert boleto.check_digit_11(code[:4] + code[5:]) == 3
