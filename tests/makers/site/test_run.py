"""Pages list their cells; the cells' code, and Python, are in files next to them."""

import base64
import gzip
import hashlib
import html
import json
import re
import tarfile

import nbformat
import pytest

from xent_book.run import pages as run

BOOK = [
    nbformat.v4.new_markdown_cell("# A page"),
    nbformat.v4.new_code_cell("a = 1"),
    nbformat.v4.new_markdown_cell("Text."),
    nbformat.v4.new_code_cell(
        "import math as m, os.path\n"
        "for b, c in []:\n    d = [e for e in c]\ndef f(): ...",
        metadata={"tags": ["hide-input", "slow"]},
    ),
    nbformat.v4.new_code_cell("a + 1", metadata={"tags": ["remove-input", "alone"]}),
]
INDEX = "A book\n======\n\n.. toctree::\n\n   page\n"
NUMPY = gzip.compress(b"numpy", mtime=0)


@pytest.fixture
def python(tmp_path, monkeypatch):
    """What was fetched, or rather something in its place."""
    folder = tmp_path / "fetched"
    (folder / "licenses").mkdir(parents=True)
    sizes = {"numpy.tar.gz": len(NUMPY)}
    (folder / "files.json").write_text(json.dumps({"sizes": sizes, "platform": {}}))
    (folder / "numpy.tar.gz").write_bytes(NUMPY)
    (folder / "licenses/numpy.txt").touch()
    monkeypatch.setattr(run, "PYTHON", folder)
    monkeypatch.setattr(run, "WHEELS", tmp_path / "wheels")
    monkeypatch.delenv("RUN", raising=False)
    return folder


@pytest.fixture
def built(build, python):
    """Builds a page of cells, with something changed in its first."""

    def build_with(source="a = 1", lacks=None, **options):
        about = {"lacks": lacks} if lacks else {}
        first = nbformat.v4.new_code_cell(source, id="first", metadata=about)
        cells = [*BOOK[:1], first, *BOOK[2:]]
        notebook = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        options = {"nb_execution_mode": "off", "strict": True, **options}
        files = {"page.ipynb": notebook}
        return build(INDEX, "run.pages", others=["myst_nb"], files=files, **options)

    return build_with


def page_of(built):
    return (built.out / "page.html").read_text(encoding="utf8")


def about(page):
    """What the page's script is told."""
    return dict(re.findall(r'data-(cells|python)="([^"]*)"', page))


def test_each_cell_has_its_number_and_the_page_its_script(built):
    page = page_of(done := built())
    assert re.findall('id="cell-(.)"', page) == ["1", "2", "3"]
    loaded = re.findall(r'<script [^>]*src="_static/(\w+\.js)\?v=', page)
    assert loaded[-1] == "run.js"
    script = (done.out / "_static/run.js").read_text(encoding="utf8")
    assert all(f"const {name}=" in script for name in ("RunEditor", "runAsk"))


def test_a_page_without_cells_loads_nothing(built):
    assert not about(built().page)
    assert "run.js" not in built().page


def test_what_the_cells_are_is_named_by_its_content(built):
    first = built()
    name = about(page_of(first))["cells"]
    cells = json.loads((first.out / "_static/cells" / name).read_text())
    assert [cell["source"] for cell in cells] == [
        cell["source"] for cell in BOOK if cell["cell_type"] == "code"
    ]
    assert [cell["outputs"] for cell in cells] == [[], [], []]
    assert [cell.get("gives") for cell in cells] == [
        None,
        ["b", "c", "d", "f", "m", "os"],
        None,
    ]
    assert [cell.get("alone") for cell in cells] == [None, None, True]
    other = about(page_of(built("a = 2")))["cells"]
    assert other != name
    there = [path.name for path in (first.out / "_static/cells").iterdir()]
    assert there == [other], "an earlier build left its own"


def test_a_page_names_the_cells_that_it_cannot_run(built):
    page = page_of(built("import dask.bag", lacks="dask"))
    assert '{"1": "dask"}' in html.unescape(page)
    assert "data-lacks" not in page_of(built("import numpy, xent_lib\na = 1"))


def told(built, name):
    """What the worker is told, in the script that a press brings."""
    script = (built.out / "_static/pressed.js").read_text(encoding="utf8")
    worker = json.JSONDecoder().raw_decode(script.partition("=")[2].lstrip())[0]
    return json.JSONDecoder().raw_decode(worker.partition(f"const {name} = ")[2])[0]


def test_a_page_names_the_script_that_names_all_files_by_their_hashes(built):
    done = built()
    pressed = (done.out / "_static/pressed.js").read_bytes()
    sha256 = base64.b64encode(hashlib.sha256(pressed).digest()).decode()
    assert about(page_of(done))["python"] == sha256
    assert all(b"const run%s" % name in pressed for name in (b"Outputs", b"Worker"))
    own = done.out / "_static/worker.js"
    assert not own.exists(), "started from there it would have no policy"
    python, files = done.out / "_static/python", told(done, "files")
    there = {path.name for path in python.iterdir() if path.is_file()}
    assert there == {*files, *told(done, "later").values()}
    for name, known in files.items():
        data = (python / name).read_bytes()
        whole = gzip.decompress(data) if name.endswith(".gz") else data
        assert (known["size"], known["whole"]) == (len(data), len(whole))
        assert known["sha256"] == hashlib.sha256(whole).hexdigest()


def test_python_and_the_book_lie_beside_the_pages(built):
    done = built()
    out, later = done.out / "_static/python", told(done, "later")
    assert (out / "licenses/numpy.txt").exists()
    packed = out / "book.tar.gz"
    with tarfile.open(packed) as archive:
        names = archive.getnames()
    assert {"kernel.py", "IPython/display.py", "xent_lib/formulas.py"} <= {*names}
    of_the_book = {"xent_book/parts/game/__init__.py", "xent_book/data/smollm.json"}
    of_the_book |= {"xent_doctor/diagnose.py", "xent_doctor/faults/score.py"}
    of_the_book |= {"xent_doctor/recipes.toml", "xent_doctor/faults/beside.toml"}
    assert of_the_book <= {*names}
    assert not [name for name in names if re.search("site/|lab/|pyc$|fetch", name)]
    assert later["xent_lib/smollm/tiny/tiny.gguf"] == "tiny.gguf"
    for name, file in later.items():
        assert (out / file).read_bytes() == (run.ROOT / name).read_bytes()
        assert name not in names


def test_what_this_machine_has_compiled_stays_here(tmp_path, monkeypatch):
    cache = tmp_path / "xent_lib/__pycache__"
    cache.mkdir(parents=True)
    for name in ("a.pyc", "loop.nbc", "loop.nbi"):
        (cache / name).touch()
    (tmp_path / "xent_lib/a.py").touch()
    monkeypatch.setattr(run, "ROOT", tmp_path)
    assert set(run.files_of_the_book()) & {"xent_lib/a.py"}
    assert not [name for name in run.files_of_the_book() if "__pycache__" in name]


def test_another_python_has_another_name(built, python):
    first = about(page_of(built()))["python"]
    assert about(page_of(built(anew=True)))["python"] == first
    (python / "numpy.tar.gz").write_bytes(gzip.compress(b"another", mtime=0))
    assert about(page_of(built()))["python"] != first


def test_the_example_of_a_function_leads_to_where_it_runs(build, python):
    names = ("xent_lib.softmax", "xent_lib.other", "xent_doctor.diagnose")
    rst = "\n".join(f".. py:function:: {name}(o)" for name in names)
    config = {"html_permalinks_icon": "#"}
    files = {"chapters/scratch.rst": ":orphan:\n\nScratch."}
    built = build(rst, "run.pages", files=files, strict=True, **config)
    links = re.findall('class="run-try".*?>try it', built.page)
    start = 'href="chapters/scratch.html#code='
    assert f"{start}from%20xent_lib%20import%20softmax" in links[0]
    assert f"{start}from%20xent_doctor%20import%20diagnose" in links[1]
    assert len(links) == 2
    assert run.example("xent_lib", "diagnose").count("print(diagnose(my_loss)") == 1
    imports = "import numpy as np\n\nfrom xent_lib import entropy\n\n"
    assert run.example("xent_lib", "entropy").startswith(imports)
    deeper = run.example("xent_doctor", "diagnose_step")
    assert deeper.startswith("from xent_doctor import diagnose_step\n\n")
    assert run.example("xent_lib.smollm", "score").startswith("from xent_lib import")
    assert run.example("xent_lib.LossTotals", "save") is None


@pytest.fixture
def wheel(python):
    """What was fetched anew: of the Python that was made before nothing is left."""
    run.WHEELS.mkdir()
    (run.WHEELS / "one.whl").touch()
    python.rename(run.WHEELS / "made")
    return run.WHEELS / "one.whl"


def test_python_is_made_of_its_wheels_once_before_a_page_names_it(
    built, python, wheel, monkeypatch
):
    made = []

    def main(source, folder):
        made.append(source)
        (source / "made").rename(folder)

    monkeypatch.setattr(run.fetch, "main", main)
    assert about(page_of(built()))
    assert about(page_of(built()))
    assert made == [run.WHEELS]
    assert not wheel.exists()


def test_a_book_for_which_it_cannot_be_made_is_whole_without(
    built, python, wheel, monkeypatch
):
    def main(source, folder):
        raise ValueError("numpy.whl has the SHA-256 0a, not 0b")

    monkeypatch.setattr(run.fetch, "main", main)
    after = built()
    assert "no Python for the pages: numpy.whl has the SHA-256 0a" in after.warnings
    assert not about(page_of(after))
    assert wheel.exists()  # the next build tries again


@pytest.mark.parametrize("why", ["RUN=no", "nothing fetched"])
def test_a_book_without_it_says_so_and_has_no_script(built, python, monkeypatch, why):
    before = built()
    if why == "RUN=no":
        monkeypatch.setenv("RUN", "no")
    else:
        (python / "files.json").unlink()
    said = []
    monkeypatch.setattr(run.logger, "info", lambda *words: said.append(words[0]))
    after = built()
    assert ["The pages run no cells" in line for line in said] == [True]
    assert not about(page_of(after))
    assert not (before.out / "_static/python").exists()
    assert not (before.out / "_static/cells").exists()
