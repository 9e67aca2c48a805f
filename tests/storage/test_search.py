"""Full-text search on both databases: what a person types finds what was said, and nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from evaldash.domain.filters import Search, parse_filter
from evaldash.domain.stored import Project
from evaldash.domain.trace import Role, Step, StepKind, Trace
from evaldash.errors import FilterSyntaxError
from evaldash.storage import imports, projects, traces
from evaldash.storage.store import Store, open_store

SAID = {
    "ferry": "The ferry to Malmö leaves at noon; bring your parcels.",
    "desk": "The library desk closes at 18:30, said Zoë Smith-Jones of order_id 4711-B.",
    "tokyo": "東京タワーの近くの図書館は何時に閉まりますか。",
    "beijing": "请问北京的图书馆什么时候开门？",
    "thai": "ห้องสมุดปิดกี่โมง",
    "seoul": "도서관은 몇 시에 닫나요?",
    "cyrillic": "Где находится Библиотека?",
    "nasty": "NUL \x00 surrogate \ud83d quote \" '; DROP TABLE traces; -- * NEAR(harbour crane) OR AND",
    "tool": "Nothing to say",
}
SEARCHES = {
    "a word": ("ferry", {"ferry"}),
    "all words, in any order": ("leaves ferry", {"ferry"}),
    "one word missing": ("ferry library", set()),
    "any case": ("FERRY", {"ferry"}),
    "accents fold": ("malmo ZOE", set()),
    "accents fold in the text": ("malmo", {"ferry"}),
    "accents fold in the search": ("férry", {"ferry"}),
    "the beginning of a word": ("parc", {"ferry"}),
    "the middle of a word is no word": ("arcels", set()),
    "two letters are a whole word": ("fe", set()),
    "a phrase": ('"library desk"', {"desk"}),
    "a phrase in another order": ('"desk library"', set()),
    "a phrase ends with its last word": ('"library des"', set()),
    "a phrase and a word": ('"library desk" closes', {"desk"}),
    "a phrase that is not closed": ('"library desk', {"desk"}),
    "hyphens part words that stay together": ("smith-jones", {"desk"}),
    "so do underscores": ("order_id", {"desk"}),
    "and colons": ("18:30", {"desk"}),
    "a number": ("4711", {"desk"}),
    "two kanji": ("東京", {"tokyo"}),
    "kana": ("タワー", {"tokyo"}),
    "one character": ("馆", {"beijing"}),
    "chinese": ("图书馆", {"beijing"}),
    "the same characters apart": ("馆图", set()),
    "chinese and japanese differ": ("図書館", {"tokyo"}),
    "two words in another script": ("北京 开门", {"beijing"}),
    "thai": ("สมุด", {"thai"}),
    "korean": ("도서관", {"seoul"}),
    "cyrillic": ("библиотека", {"cyrillic"}),
    "arguments of a tool": ("quay", {"tool"}),
    "names of arguments": ("berth", {"tool"}),
    "results of a tool": ("Rotterdam crane", {"tool"}),
    "operators of the database are words": ("NEAR OR AND", {"nasty"}),
    "so are its signs": ("harbour) * crane", {"nasty"}),
    "and its sentences": ("'; DROP TABLE traces; --", {"nasty"}),
    "a column's name": ("words:ferry", set()),
}


def said(name: str, words: str, *more: Step) -> Trace:
    message = Step(kind=StepKind.MESSAGE, role=Role.USER, text=words)
    return Trace(steps=(message, *more), raw=(name,), identity=(name,), format="test", external_id=name)


LOOKED_UP = Step(
    kind=StepKind.TOOL_CALL,
    name="find_place",
    arguments={"berth": {"side": "quay"}},
    result=[{"port": "Rotterdam\ncrane 7", "open": True}],
    error="timeout",
)
TRACES = [said(name, words, *([LOOKED_UP] if name == "tool" else [])) for name, words in SAID.items()]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def bring(store: Store, name: str, *given: Trace) -> tuple[Project, int]:
    with store.write() as connection:
        project = projects.find(connection, name) or projects.create(connection, name)
        key = imports.start(connection, project, paths=[], unit="auto", version=None, by=None)
        traces.add(connection, project, key, given)
    return project, key


def found(store: Store, project: Project, words: str) -> set[str | None]:
    with store.read() as connection:
        return {head.external_id for head in traces.heads(connection, project, Search(words))}


def test_what_a_person_types_finds_what_was_said(store: Store) -> None:
    project, _ = bring(store, "p", *TRACES)
    wrong = {
        name: names for name, (words, wanted) in SEARCHES.items() if (names := found(store, project, words)) != wanted
    }
    assert wrong == {}


def test_a_search_stands_between_other_facts(store: Store) -> None:
    project, _ = bring(store, "p", *TRACES)
    with store.read() as connection:
        where = parse_filter('not "ferry" and ("\\"library desk\\"" or "東京") and not id = tokyo')
        assert [head.external_id for head in traces.heads(connection, project, where)] == ["desk"]


@pytest.mark.parametrize("words", ["", "   ", "%", '""', "🌧 !"])
def test_a_search_without_words_is_refused(store: Store, words: str) -> None:
    project, _ = bring(store, "p", *TRACES)
    with pytest.raises(FilterSyntaxError, match="holds no letter and no digit"):
        found(store, project, words)


def test_a_long_text_is_found_at_its_end_and_across_the_pieces_of_the_index(store: Store) -> None:
    long = " ".join(f"word{number}" for number in range(40_000)) + " lighthouse"
    project, _ = bring(store, "p", said("long", long), said("endless", "x" * 3_000_000 + " lighthouse"))
    assert found(store, project, "lighthouse") == {"long", "endless"}
    assert found(store, project, "word17 word39999") == {"long"}
    for number in range(0, 40_000, 997):
        assert found(store, project, f'"word{number} word{number + 1} word{number + 2}"') == {"long"}


@pytest.mark.parametrize("going", [1, 8], ids=["few go", "most go"])
def test_an_import_taken_back_leaves_nothing_in_the_index(store: Store, going: int) -> None:
    project, _ = bring(store, "p", *TRACES[going:])
    other, _ = bring(store, "other", TRACES[0])
    _, key = bring(store, "p", *TRACES[:going])
    with store.write() as connection:
        assert imports.undo(connection, project, key) == going
    bring(store, "p", *(said(f"new {number}", "A gull") for number in range(going)))  # the same keys, perhaps
    assert found(store, project, "ferry") == set()
    assert found(store, project, "gull") == {f"new {number}" for number in range(going)}
    assert found(store, project, "say") == {"tool"}
    assert found(store, other, "ferry") == {"ferry"}
    assert_sound(store)


def test_a_deleted_project_leaves_nothing_in_the_index(store: Store) -> None:
    project, _ = bring(store, "p", *TRACES)
    other, _ = bring(store, "other", TRACES[1])
    with store.write() as connection:
        projects.delete(connection, project)
    again, _ = bring(store, "p", *(said(f"new {number}", "A gull") for number in range(9)))
    assert found(store, other, "library") == {"desk"}
    assert found(store, again, "library") == set()
    assert_sound(store)


def assert_sound(store: Store) -> None:
    """The index holds the words of the traces that are there, each once, and no others."""
    with store.read() as connection:
        there = set(connection.execute(text("SELECT key FROM traces")).scalars())
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.rows USING fts5vocab(main, trace_search, instance)")
            rows = connection.exec_driver_sql("SELECT doc FROM temp.rows").scalars()
        else:
            rows = connection.execute(text("SELECT trace FROM trace_search")).scalars()
        assert set(rows) == there
