"""What nbval doesn't check, and what each chapter must have."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

import catalogue
from xent_book import parts
from xent_book.check import BROKEN
from xent_book.figures import INK, QUIET, TARGET
from xent_book.site.heads import STATIONS
from xent_book.site.translations import ENGLISH, split

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
NOT_CHAPTERS = {"index", "scratch", "the-loss-on-one-page"}
# What a chapter has, its translation keeps: see test_translations.py.
TRANSLATED = [path for path in NOTEBOOKS if split(path.stem)[1] != ENGLISH]
CHAPTERS = [x for x in NOTEBOOKS if x.stem not in NOT_CHAPTERS and x not in TRANSLATED]
LINE = [path for path in CHAPTERS if path.stem[0].isdigit()]  # to be read in order


def name(path):
    return path.stem


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def prose(path):
    return "\n\n".join(
        cell.source for cell in read(path).cells if cell.cell_type == "markdown"
    )


def section(text, heading):
    """The text below `heading`, up to the next heading of its level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def bullets(text):
    return re.findall(r"^- ", text, flags=re.MULTILINE)


def minutes(path):
    """How long a chapter took newcomers, without and with its exercises."""
    return tuple(read(path).metadata["minutes"])


def svgs(cell):
    return [
        output.data["image/svg+xml"]
        for output in cell.outputs
        if "image/svg+xml" in output.get("data", {})
    ]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) == sum(map(len, (CHAPTERS, NOT_CHAPTERS, TRANSLATED))) >= 6


def test_the_contents_list_every_page_and_no_other():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    listed = [toc["root"]] + [
        page["file"] for part in toc["parts"] for page in part["chapters"]
    ]
    pages = [
        path
        for path in (ROOT / "chapters").iterdir()
        if path.suffix in {".ipynb", ".md"} and path not in TRANSLATED
    ]
    assert sorted(listed) == sorted(f"chapters/{path.stem}" for path in pages)


def test_the_code_that_shows_uses_no_name_of_a_folded_cell(tmp_path):
    """So that it runs when copied, which `make coverage` tries."""
    folded = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
    for path in NOTEBOOKS:
        visible = [
            cell.source
            for cell in code_cells(path)
            if not folded & set(cell.metadata.get("tags", []))
        ]
        (tmp_path / f"{path.stem}.py").write_text("\n".join(visible), encoding="utf8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F821"]
    done = subprocess.run([*ruff, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_orange_is_the_word_that_came_and_nothing_else(path):
    for cell in code_cells(path):
        if re.search(r"\bTARGET\b", cell.source):
            came = r"\btarget\b|\"mat\"|example\.sentence"
            assert re.search(came, cell.source), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_cell_was_run_once_and_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_cell_that_shows_something_has_its_output(path):
    for cell in code_cells(path):
        names = ("print", "plt.show", "Table", "Exhibit", "Source", "diagnose")
        names += (*parts.__all__, "Scene", "Sheet")
        shows = any(f"{one}(" in cell.source for one in names)
        assert bool(cell.outputs) == shows, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_nothing_is_exempt_from_comparison(path):
    for cell in code_cells(path):
        exempt = {"raises-exception", "skip-execution"} & set(
            cell.metadata.get("tags", [])
        )
        exempt |= {
            tag for tag in cell.metadata.get("tags", []) if tag.startswith("nbval")
        }
        assert not exempt
        assert "nbval" not in cell.source.lower()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_cell_failed_or_warned(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_claims_are_checked_in_folds_and_hold(path):
    for cell in code_cells(path):
        assert not re.search(r"\bassert\b", cell.source), "it would stop a notebook"
        if "check(" in cell.source:
            assert {"hide-input", "hide-cell"} & set(cell.metadata.get("tags", []))
        for output in cell.outputs:
            assert BROKEN not in output.get("text", ""), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_trace_of_a_machine_is_stored(path):
    notebook = read(path)
    assert set(notebook.metadata) - {"ideas", "minutes", "stations"} == {"kernelspec"}
    known = {"tags", "mystnb", "jupyter", "exercise", "lacks", "proves"}
    known |= {"translates"} if path in TRANSLATED else set()
    assert all(set(cell.metadata) <= known for cell in notebook.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_figure_is_svg_with_alt_text_and_caption(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            if output.output_type in {"display_data", "execute_result"}:
                assert {"image/png", "image/jpeg"}.isdisjoint(output.data), cell.source
        if svgs(cell):
            mystnb = cell.metadata["mystnb"]
            assert re.search(r"\d", mystnb["image"]["alt"]), (
                "alt text gives the numbers"
            )
            assert mystnb["figure"]["caption"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_figures_use_the_three_colours_that_follow_the_theme(path):
    for cell in code_cells(path):
        for svg in svgs(cell):
            assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= {TARGET, QUIET, INK}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_formulas_and_figures_agree_on_the_targets_colour(path):
    assert set(re.findall(r"#[0-9a-f]{6}\b", prose(path))) <= {TARGET}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_formula_has_its_colour_in_every_viewer(path):
    """MathJax 2 shows \\textcolor as an error; {\\color{…}{…}} is right everywhere."""
    assert "\\textcolor" not in prose(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_viewer_knows_the_markdown_of_a_notebook(path):
    """JupyterLab and forges show MyST's front matter, directives and roles raw."""
    assert not re.search(r"^---$|^```\{|^:::|\{[a-z]+\}`", prose(path), flags=re.M)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_one_title_and_first(path):
    assert read(path).cells[0].source.startswith("# ")
    assert len(re.findall(r"^# ", prose(path), flags=re.MULTILINE)) == 1


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_says_its_place_and_its_time(path):
    title, _, line = prose(path).partition("# ")[2].split("\n")[:3]
    reading, all_of_it = minutes(path)
    place = "Workshop"
    if path in LINE:
        number = LINE.index(path) + 1
        assert path.stem.startswith(f"{number:02}-")
        assert title.startswith(f"{number} · ")
        place = f"Chapter {number} of {len(LINE)}"
    assert line == f"*{place} · {reading} min, with exercises {all_of_it}*"


def test_the_first_page_tells_the_time_of_all():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    line = [ROOT / f"{one['file']}.ipynb" for one in toc["parts"][0]["chapters"]]
    assert line == LINE
    total = sum(minutes(path)[0] for path in line[:5])
    told = re.search(r"In about (\d+) minutes", prose(ROOT / "chapters/index.ipynb"))
    assert abs(int(told[1]) - total) <= 2.5


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_has_at_most_three_ideas(path):
    ideas = read(path).metadata["ideas"]
    assert 1 <= len(ideas) <= 3
    assert all(len(idea) <= 120 and idea.endswith(".") for idea in ideas)
    assert "**You will be able to**" not in prose(path)
    assert len(re.findall("<summary>(?!Show the solution)", prose(path))) <= 2


@pytest.mark.parametrize("path", CHAPTERS[len(LINE) :], ids=name)
def test_a_chapter_of_the_workshop_takes_twenty_minutes_at_most(path):
    assert minutes(path)[0] <= 20


def test_the_line_takes_110_minutes_at_most():
    assert sum(minutes(path)[0] for path in LINE) <= 110


def test_the_line_passes_each_station_of_the_way():
    passed = {station for path in LINE for station in read(path).metadata["stations"]}
    assert passed == {*STATIONS}


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_further_reading(path):
    assert bullets(section(prose(path), "Further reading"))


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_two_to_four_exercises_each_with_a_folded_checked_solution(path):
    cells = read(path).cells
    starts = [
        i
        for i, cell in enumerate(cells)
        if cell.source.startswith(("### Exercise", "## Exercises"))
    ]
    assert 2 <= len(starts) <= 4
    for number, i in enumerate(starts, 1):
        exercise, *more = cells[i : i + 4]
        if more[0].metadata.get("tags") == ["hide-input"]:  # what it asks about
            more = more[1:]
        solution, checked = more[:2]
        assert f"### Exercise {number}: " in exercise.source
        assert solution.cell_type == "markdown"
        assert re.fullmatch(
            r"<details>\n<summary>Show the solution</summary>\n\n.+\n\n</details>",
            solution.source,
            re.DOTALL,
        )
        assert checked.metadata.tags == ["hide-cell"]
        assert checked.metadata.jupyter == {
            "source_hidden": True,
            "outputs_hidden": True,
        }
        assert checked.metadata.mystnb["code_prompt_show"] == "✓ Checked"
        # JupyterLab shows the first line of what is folded.
        assert checked.source.startswith("# The solution, computed\n")
        assert "check(" in checked.source
        assert checked.outputs


def test_the_reference_has_the_doctors_faults_and_recipes():
    text = catalogue.PAGE.read_text(encoding="utf8")
    assert text == catalogue.filled(text), "run tests/chapters/catalogue.py"
