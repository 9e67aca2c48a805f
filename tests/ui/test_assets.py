"""The files of a component are joined into one module: no name may stand in two of them."""

import re
from collections import Counter

import pytest

from evaldash.ui.reading.assets import FILES, script

DECLARED = re.compile(r"^(?:const|let|class|(?:async )?function) (\w+)", re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_a_component_declares_each_name_once(name: str) -> None:
    counted = Counter(DECLARED.findall(script(name)))
    assert [declared for declared, times in counted.items() if times > 1] == []
