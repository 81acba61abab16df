"""docs/values.md says what arrives."""

import values_table


def test_the_tables_are_up_to_date():
    assert values_table.page() == values_table.PAGE.read_text(), "run bindings/python/tests/values_table.py --write"
