"""Every program's lines, tables and documents give the numbers that were printed."""

import json
import math

import pytest

from runs import DOCUMENTS, FORMS, HELD_OUT, PAIRS, TRAIN, as_printed, found
from xent_lib import read_log
from xent_lib.logs.rows import LONGEST, layout


@pytest.mark.parametrize("name", FORMS)
def test_the_lines_of_a_program_are_read(name):
    log = read_log(as_printed(name)).log
    assert log.train.y.tolist() == TRAIN
    if FORMS[name].get("both"):
        assert log.valid.y.tolist() == HELD_OUT
    else:
        assert log.valid is None


@pytest.mark.parametrize(
    ("name", "unit", "x"),
    [
        ("nanoGPT", "step", [0, 1, 2, 3, 4]),
        ("Megatron", "step", [1, 2, 3, 4, 5]),
        ("Keras", "epoch", [1, 2, 3, 4, 5]),
        ("Hugging Face", "epoch", [0.01, 0.02, 0.03, 0.04, 0.05]),
        ("OLMo", "step", [0, 1, 2, 3, 4]),
        ("Swift, its steps", "step", [1, 2, 3, 4, 5]),
        ("Caffe", "step", [0, 1, 2, 3, 4]),
        ("PyTorch's ImageNet", "batch", [0, 1, 2, 3, 4]),
        ("one column", "", [1, 2, 3, 4, 5]),
        ("char-rnn", "step", [1, 2, 3, 4, 5]),
        ("Hugging Face, its card", "step", [100, 200, 300, 400, 500]),
    ],
)
def test_each_point_has_its_place(name, unit, x):
    train = read_log(as_printed(name)).log.train
    assert (train.unit, train.x.tolist()) == (unit, x)


def test_a_line_that_a_date_is_in_gives_no_number():
    text = "step 1 loss 3.5\nstep 2026-01-02 loss 3.25\nstep 3 loss 3.0"
    assert read_log(text).log.train.x.tolist() == [1, 3]


@pytest.mark.parametrize(
    "line",
    [
        "step {} loss {} length_loss/loss@2 9.5",
        "step {} loss[0] {}",
        "step {} loss/4 {}",
        "step {}: avg loss last 50 steps {}",
    ],
)
def test_a_number_within_a_name_is_no_value(line):
    text = "\n".join(line.format(i + 1, y) for i, y in enumerate(TRAIN))
    assert read_log(text).log.train.y.tolist() == TRAIN


def test_text_that_is_no_log_takes_no_memory():
    kept = layout.cache_info().maxsize
    other = "\n".join(
        f"{'x' * (i % 50)} {'y' * (i // 50)} {i}" for i in range(2 * kept)
    )
    text = f"step 1 loss 2.5\n{other}\nstep 2 loss 2.25"
    assert read_log(text).log.train.y.tolist() == [2.5, 2.25]
    assert layout.cache_info().currsize <= kept


def test_a_line_longer_than_any_log_has_is_left_out():
    text = f"step 1 loss 2.5\n{'loss 9.9 ' * LONGEST}\nstep 2 loss 2.25"
    assert read_log(text).log.train.y.tolist() == [2.5, 2.25]


def test_a_dictionary_that_is_no_json_is_read_as_text():
    text = "{'a': {'b': tensor(1)}, 'loss': tensor(2.5, device='cuda:0'), 'step': 3}"
    assert read_log(text).log.train.y.tolist() == [2.5]


def test_a_table_ends_where_its_rows_end():
    text = "step,loss\n1,2.5\nepoch 1 done, saved\n2,9.9\n"
    assert read_log(text).log.train.y.tolist() == [2.5]


def test_decimals_may_have_a_comma_where_a_semicolon_separates():
    text = "epoch;loss;val_loss\n1;2,302;2,3125\n2;1,5;1,625\n3;1,001;1,25"
    log = read_log(text).log
    assert log.train.y.tolist() == [2.302, 1.5, 1.001]
    assert log.valid.y.tolist() == [2.3125, 1.625, 1.25]


def test_a_name_may_have_a_comma():
    text = '"Step","a, b - loss"\n"1","2.5"\n"2","2.25"'
    assert read_log(text).log.train.y.tolist() == [2.5, 2.25]


def test_windows_ends_of_lines_are_none_of_the_numbers():
    text = as_printed("two columns").replace("\n", "\r\n")
    assert read_log(text).log.train.y.tolist() == TRAIN


def test_a_word_that_begins_with_a_number_is_no_number():
    assert read_log("2-layer loss 2.5\n2-layer loss 2.25").log.train.unit == ""


def test_sizes_of_a_split_are_no_losses():
    for text in ("train 60000, val 5000", "长度为：6419\n第 1 轮\n第 2 轮"):
        with pytest.raises(ValueError, match="no loss"):
            read_log(text)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("write", [json.dumps, lambda x: json.dumps(x, indent=2), str])
def test_a_document_is_read(name, write):
    log = read_log(write(DOCUMENTS[name])).log
    assert log.train.y.tolist() == TRAIN
    assert log.valid.y.tolist() == HELD_OUT


def test_a_score_that_is_at_no_iteration_is_no_loss():
    with pytest.raises(ValueError, match="its numbers are called"):
        read_log("Iteration 1\nValidation score: 0.91\nscore is 0.92")


@pytest.mark.parametrize(
    ("text", "y"),
    [
        ('[{"loss": 2.5}, {}, {"loss": 2.25}]', [2.5, 2.25]),
        ('{"loss": [2.5, "n/a", 2.25], "text": ["a"]}', [2.5, 2.25]),
        ('{"loss": [2.5, 2.25], "shapes": [[1, 2], [3, 4]]}', [2.5, 2.25]),
        (f'{{"loss": 1{"0" * 400}}}', [float("inf")]),
    ],
)
def test_what_is_no_number_is_left_out(text, y):
    assert read_log(text).log.train.y.tolist() == y


def test_numbers_of_python_that_json_lacks_are_read():
    train = read_log("{'loss': [nan, 2.5], 'lr': None}").log.train
    assert train.y[1] == 2.5
    assert train.y[0] != train.y[0]


@pytest.mark.parametrize(
    ("text", "y", "where"),
    [
        ("epoch 1 loss 7 words/s 1288\nepoch 2 loss 6 words/s 1309", [7, 6], "epoch 1"),
        ("1\tepoch=7\tloss=5.5\n2\tepoch=14\tloss=4.5", [5.5, 4.5], "epoch 7"),
        ("step 3 loss 4.5\nstep 2 loss 5.5\nstep 1 loss 6", [6, 5.5, 4.5], "step 1"),
        ("step 1 loss (mean) 4.5\nstep 2 loss (mean) 4", [4.5, 4], "step 1"),
        ("step 1loss: 4.5\nstep 2loss: 4", [4.5, 4], "point 1"),
    ],
)
def test_a_place_is_a_step_or_an_epoch_and_goes_forward(text, y, where):
    train = read_log(text).log.train
    assert train.y.tolist() == y
    assert train.where(0) == where


@pytest.mark.parametrize(
    "line",
    [
        "training - Validation step 7 loss 4.5",
        "step 7 eval (greedy) loss 4.5",
        "Validation (beam) at step 7: loss 4.5",
    ],
)
def test_validation_is_known_behind_other_words(line):
    valid = read_log(f"step 1 loss 5.5\n{line}\nstep 9 loss 5").log.valid
    assert valid.y.tolist() == [4.5]
    assert valid.where(0) == "step 7"


@pytest.mark.parametrize(
    "text",
    [
        "- [1, 0, 0]\nname: a\nother: b\nmore: c\nlast: d\n",
        "Traceback\nin main\nin read\n  0\n",
        "auxiliary_loss_multiplier: 0.0001",
    ],
)
def test_a_number_in_other_text_is_no_loss(text):
    with pytest.raises(ValueError, match="no loss found"):
        read_log(text)


def test_the_vocabulary_may_stand_in_a_table():
    text = "| vocab_size V          | 50257 |\nstep 0 loss 10.9"
    assert read_log(text).log.vocabulary == 50257


def test_a_first_column_that_does_not_count_is_no_step():
    assert read_log("3.5 3.25\n3.0 2.75\n").log.train.unit == ""


def test_a_rows_own_place_comes_first():
    text = "Starting, iters: 2596\nIter 1: Val loss 2.5\nIter 25: Train loss 2.25"
    log = read_log(text).log
    assert [one.x.tolist() for one in log.main] == [[25], [1]]


def test_lines_of_one_form_may_have_other_numbers():
    numbers = ["2.5", "2.4", "2.3", "7,8", "7,9", "7,800", "nan", "2e-1", ".5", "1."]
    rows = (f"2026-01-02 10:11 loss {x} in all" for x in numbers)
    y = read_log("\n".join(rows)).log.train.finite.y
    assert y.tolist() == [2.5, 2.4, 2.3, 7800, 0.2, 0.5, 1]


def test_a_row_with_an_epoch_takes_no_step_from_above():
    rows = (f"In iteration: {i}\nEpoch: {i} eval loss {9 - i}" for i in range(2, 5))
    valid = read_log("\n".join(("Epoch: 1 eval loss 9.5", *rows))).log.valid
    assert (valid.unit, valid.x.tolist()) == ("epoch", [1, 2, 3, 4])


def test_a_place_may_stand_before_an_object():
    two = [*range(12), *range(4)]
    text = "\n".join(f"Epoch {i}: {{'loss': {19 - i}.5, 'lr': 0.1}}" for i in two)
    numbers = found(text, "overlap")[1]
    assert (numbers["at"], numbers["to"]) == ("epoch 11", "epoch 0")
    bar = "{i}/50 [00:01<00:09, 2.5it/s]{{'loss': {i}.5, 'step': {j}}}"
    text = "\n".join("|## | " + bar.format(i=i, j=10 * i) for i in (1, 2, 3))
    assert read_log(text).log.train.x.tolist() == [10, 20, 30]


def test_the_length_of_an_epoch_is_none_of_its_numbers():
    run = "\n".join(f"step {i}, loss: {19 - i}.5" for i in range(12))
    text = f"1 epoch = 1200 batches\n{run}"
    assert found(f"{run}\n{text}", "overlap")[1]["to"] == "step 0"


def test_an_announced_evaluation_may_name_its_epoch():
    epochs = (
        f"epoch: {i}, loss is: {t}\ntesting in eval mode\nepoch: {i}, loss is: {v}"
        for i, (t, v) in enumerate(zip(TRAIN, HELD_OUT, strict=True))
    )
    log = read_log("\n".join(epochs)).log
    assert (log.train.y.tolist(), log.valid.y.tolist()) == (TRAIN, HELD_OUT)
    assert log.valid.x.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("epoch", [0, 1])
def test_an_accuracy_announces_no_loss_of_an_epoch(epoch):
    rows = (f"Epoch {epoch * i} loss {x}\nTest acc: 0.9" for i, x in enumerate(TRAIN))
    log = read_log("\n".join(rows)).log
    assert (log.train.y.tolist(), log.valid) == (TRAIN, None)


def test_a_share_beside_a_bar_is_no_end_of_it():
    rows = (
        f"{i}/40 [00:01<00:01, 2.5it/s, loss={9 - i / 9:.4f}, right={i}/{i * 64}, "
        f"batches={i}]"
        for i in range(1, 41)
    )
    log = read_log("\n".join(rows)).log
    assert (len(log.train), log.others) == (40, [])


def test_lost_games_are_no_loss():
    rows = (f"{i},{t},{20 - i},{i}" for i, t in enumerate(TRAIN))
    text = "\n".join(["iter,policy_loss,eval_win,eval_loss", *rows])
    assert [one.name for one in read_log(text).curves] == ["policy_loss"]


@pytest.mark.parametrize(
    "row",
    [
        "{i}:\tlearn: {t}\ttest: {v}\tbest: {v} ({i})\ttotal: 1.2s",  # of any metric
        "Score at iteration {i} is {t}",
        "{time},{i},{t}",
        "{time} {t} {i}",
        "第{i}轮，训练损失：{t}，验证损失：{v}，准确率：0.5",
        "  {i}       {i}        {t}     {v}   0.93",
        "right: 0.5, loss: {t} ||:  50%|##  | {i}/40 [00:01<00:01, 2.5it/s]",
        "{t} {v}            {i}            4.0  -1.0000  -0.9394       28",
    ],
)
def test_of_a_layout_that_is_not_known_nothing_is_said(row):
    """Of CatBoost, DL4J, TensorBoard, MLflow, spaCy, AllenNLP and others."""
    rows = (row.format(i=i, t=t, v=v, time=1.76e9 + i) for i, (t, v) in PAIRS)
    with pytest.raises(ValueError, match="no loss found in log"):
        read_log("\n".join(rows))


def test_held_out_sets_with_names_are_curves_of_their_own():
    rows = (
        f" validation-set-{name} loss at iteration 0 | lm loss value: {v:E} |"
        for name, v in zip("ABC", HELD_OUT, strict=False)
    )
    curves = read_log("\n".join(rows)).curves
    assert [one.name for one in curves] == [
        f"lm loss value (validation-set-{name})" for name in "ABC"
    ]
    assert [one.y.tolist() for one in curves] == [[v] for v in HELD_OUT[:3]]
    assert {one.where(0) for one in curves} == {"step 0"}


def test_two_sources_that_count_by_names_of_their_own_are_not_halved():
    text = "\n".join(
        f"Train source{j} iter: {i}0  Loss: nan  soft_loss: {t}"
        for i, t in enumerate(TRAIN)
        for j in (1, 2)
    )
    log = read_log(text)
    told = next(one.numbers for one in log.findings if one.name == "not-finite")
    assert (told["points"], told["all"], len(log.log.train)) == (10, 10, 10)


def test_a_loss_whose_place_half_of_its_rows_have_keeps_the_others():
    """As in a table of a policy, whose number of updates stands below its loss."""
    text = "\n".join(
        f"| loss | {t} |\n| n_updates | {i} |\n| value_loss | {v} |"
        for i, (t, v) in PAIRS[:2]
    )
    log = read_log(text).log
    assert (log.train.name, log.train.y.tolist()) == ("loss", TRAIN[:2])


def test_a_file_of_source_names_no_loss():
    text = "step 1 loss 5.5\nin utils/loss_grad.py: 24\nstep 2 loss 4.5"
    assert [one.name for one in read_log(text).curves] == ["loss"]


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("Cost after iteration {}: {}", "step"),
        ("Validation loss {}:  {}", "step"),
        ("Train loss {} {} Grad Norm 13.48 5.71s/it", "step"),
        ("Average loss at step {} : {}", "step"),
        ("loss for epoch {}: {}", "epoch"),
        ("val loss @ {}: {}", "step"),
        ("Loss [{}]: {}", "step"),
        ("eval loss ({}): {}", "step"),
        ("Validation loss {} iters: {}", "step"),
        ("Train Loss after {} batches: {}", "step"),
        ("[1, {:5d}] loss: {}", "batch"),
        ("[0/25][{}/391]\tLoss_D: {}\tLoss_G: 4.5", "batch"),
    ],
)
def test_a_number_between_a_name_and_its_value_is_a_place(line, unit):
    text = "\n".join(line.format(100 * i, y) for i, y in enumerate(TRAIN))
    [one, *_] = read_log(text).log.main
    assert (one.unit, one.x.tolist()) == (unit, [0, 100, 200, 300, 400])
    assert one.y.tolist() == TRAIN


@pytest.mark.parametrize(
    "line",
    [
        "epoch: {} | loss: {} | train-TER: 2.19 | dev-clean-TER: 18.5",
        "Epoch {}. Loss: {}, Train acc 0.52, Test acc 0.77",
    ],
)
def test_what_is_named_after_a_loss_does_not_say_whose_it_is(line):
    text = "\n".join(line.format(i, y) for i, y in enumerate(TRAIN))
    assert read_log(text).log.valid is None


def test_a_name_may_stand_behind_its_number():
    line = "{}: {}, {} avg loss, 0.001 rate, 0.9 seconds, 1536 images"
    text = "\n".join(line.format(i, y + 1, y) for i, y in enumerate(TRAIN))
    assert read_log(text).log.train.y.tolist() == TRAIN


def test_a_number_that_windows_cannot_write_is_not_finite():
    text = "step 1 ce 2.5\nstep 2 ce 2.25\nstep 3 ce 1.#QNAN0\nstep 4 ce -1.#IND"
    assert [math.isfinite(y) for y in read_log(text).log.train.y] == [
        True,
        True,
        False,
        False,
    ]


def test_of_an_iteration_and_a_step_the_step_is_the_place():
    lines = (f"iter {5 * i} step {i} | loss {y}" for i, y in enumerate(TRAIN))
    assert read_log("\n".join(lines)).log.train.x.tolist() == [0, 1, 2, 3, 4]


def test_a_list_within_a_list_keeps_the_order_of_both():
    text = json.dumps([{"loss": TRAIN[:3]}, {"loss": TRAIN[3:]}])
    assert read_log(text).log.train.y.tolist() == TRAIN


@pytest.mark.parametrize("name", ["info_nce_loss", "finance_loss"])
def test_a_nan_in_what_python_prints_is_none_of_a_name(name):
    text = "\n".join(f"{{'{name}': {y}}}" for y in (2.5, 2.25, "nan", "inf"))
    assert read_log(text).log.train.name == name
    assert len(read_log(text).log.train) == 4


@pytest.mark.parametrize(
    ("size", "V"),
    [("50,257", 50257), ("50257", 50257), ("32k", None), ("50_257", None)],
)
def test_the_size_of_a_vocabulary_is_read_whole(size, V):
    text = "\n".join(f"step {i} loss {y}" for i, y in enumerate(TRAIN))
    assert read_log(f"vocab_size: {size}\n{text}").log.vocabulary == V


@pytest.mark.parametrize(("what", "V"), [("unique", 65), ("files", None)])
def test_the_number_of_unlike_characters_is_the_size_of_their_vocabulary(what, V):
    text = "\n".join(f"iter {i} loss {y}" for i, y in enumerate(TRAIN))
    said = f"data has 1115394 characters, 65 {what}."
    assert read_log(f"{said}\n{text}").log.vocabulary == V


def test_pretty_json_may_begin_after_an_empty_line():
    text = "\r\n" + json.dumps([{"loss": y} for y in TRAIN], indent=1)
    assert read_log(text).log.train.y.tolist() == TRAIN


@pytest.mark.parametrize(
    "record",
    [
        "Epoch {:05}: val_loss improved from inf to {}, saving model to a.h5",
        "{} epochs: Validation loss decreased (inf --> {}).  Saving model ...",
        "epoch {} best_loss: {}",
        "{}: evaluating loss over split index 2, kept {}",
    ],
)
def test_a_record_is_no_curve(record):
    """The first is better than infinity; and an index of a split is no loss."""
    text = "\n".join(
        f"Epoch {i} - loss: {t}\n{record.format(i, v)}" for i, (t, v) in PAIRS
    )
    report = read_log(text)
    assert [(one.name, one.y.tolist()) for one in report.curves] == [("loss", TRAIN)]
    assert "not-finite" not in {one.name for one in report.findings}


@pytest.mark.parametrize(
    ("bar", "end"),
    [
        ("[=====>....] - ETA: 9s", "[==========] - 5s 10ms/step"),
        ("━━━━━━━━━━ 9s 20ms/step", "━━━━━━━━━━ 5s 10ms/step"),
        ("[=========>] - ETA: 2s", "- 5s"),
    ],
)
def test_the_samples_of_a_bar_are_no_steps(bar, end):
    """A run that was pasted in the middle of its second epoch keeps its order."""
    text = (
        f"Epoch 1/3\n640/640 {end} - loss: 2.5144 - val_loss: 2.1705\n"
        f"Epoch 2/3\n128/640 {bar} - loss: 2.1143"
    )
    log = read_log(text).log
    assert (log.train.y.tolist(), log.train.x.tolist()) == ([2.5144, 2.1143], [1, 2])
    assert log.valid.where(0) == "epoch 1"


def test_a_bar_that_is_shown_again_before_its_validation_is_one_point():
    text = "\n".join(
        f"Epoch {i + 1}/5\n"
        f"{bar.format(i)} 181ms/step - loss: {t}\n"
        f"640/640 [==========] - 9s 181ms/step - loss: {t} - val_loss: {v}"
        for (i, (t, v)), bar in zip(
            PAIRS, ["640/Unknown - 9s", *4 * ["640/640 [=] - ETA: 0s"]], strict=True
        )
    )
    log = read_log(text).log
    assert (log.train.y.tolist(), log.train.x.tolist()) == (TRAIN, [1, 2, 3, 4, 5])
    stands = text.replace("loss: 4.5", "loss: 4.875")  # in the last two epochs
    assert read_log(stands).log.train.y.tolist() == [*TRAIN[:4], TRAIN[3]]


def test_an_announced_evaluation_may_count_its_own_batches():
    """It is known by a count that goes back; after a count that goes on, it isn't."""
    train = "\n".join(f"batch: {20 * i}/99, loss: {t}" for i, t in enumerate(TRAIN))
    text = f"{train}\nEpoch: 5/5 avg_loss: 5.5\nValidation at epoch 5\n"
    log = read_log(text + "batch: 0/50, loss: 4.25").log
    assert (log.train.y.tolist(), log.valid.y.tolist()) == (TRAIN, [4.25])
    log = read_log(text + "batch: 100/50, loss: 4.25").log
    assert (log.train.y.tolist(), log.valid) == ([*TRAIN, 4.25], None)


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("| epoch {i} | valid on 'valid' subset  {n} / 40 loss={v}", "valid loss 5.5"),
        ("Test: [{n}/40]\tTime 3.426 (3.426)\tLoss {v} ({v})", "Test loss 5.5"),
    ],
)
def test_the_progress_of_an_evaluation_is_not_its_result(line, end):
    text = "\n".join(
        f"| epoch {i} | {n} / 80 loss={t}\n{line.format(i=i, n=n, v=v)}"
        for i, (t, v) in PAIRS
        for n in (10, 20)
    )
    [train, *rest] = read_log(text).curves
    assert (len(train), rest) == (10, [])
    valid = read_log(f"{text}\n| epoch 4 | {end}").log.valid
    assert valid.y.tolist() == [5.5]


def test_a_share_of_right_ones_is_no_progress():
    text = "\n".join(f"Val acc: {i}/10, val loss: {v}" for i, (_, v) in PAIRS)
    assert read_log(text).log.valid.y.tolist() == HELD_OUT


def test_a_mark_of_a_split_holds_until_the_next():
    text = "\n".join(
        f"{i}epoch results: [train] loss_ctc={t + 2}, loss={t}, time=3 hours, "
        f"[valid] loss_ctc={v + 1}, cer=0.25, loss={v}, [att_plot] time=41 seconds"
        for i, (t, v) in PAIRS
    )
    log = read_log(text).log
    assert [(one.name, one.y.tolist()) for one in log.main] == [
        ("loss", TRAIN),
        ("valid loss", HELD_OUT),
    ]


def test_a_tensor_of_a_batch_counts_none():
    text = "Epoch 3/9\nbatch_input/tags (Shape: 5 x 4)\nField of batch (Length 5)\n"
    train = read_log(f"{text}Training loss: 2.5").log.train
    assert train.where(0) == "epoch 3"


def test_a_file_whose_start_was_emptied_while_its_run_wrote_is_read(tmp_path):
    path = tmp_path / "train.log"
    text = "\n".join(f"step {i} loss {t}" for i, t in enumerate(TRAIN))
    for start in (1, 2, 999):
        path.write_bytes(bytes(start) + text.encode())
        assert read_log(path).log.train.y.tolist() == TRAIN
    path.write_bytes(text.encode("utf-16-le"))
    assert read_log(path).log.train.y.tolist() == TRAIN


def test_a_comma_may_end_a_line():
    lines = [f'epoch {i}\n  "valid_loss": {y},' for i, y in enumerate(TRAIN)]
    assert read_log("\n".join(lines)).log.valid.y.tolist() == TRAIN


@pytest.mark.parametrize("start", ["2,3", "0,"])
def test_a_decimal_comma_is_no_border_between_two_numbers(start):
    """Nor does it part thousands, after a 0."""
    with pytest.raises(ValueError, match="no loss found"):
        read_log(f"step 1 loss {start}456\nstep 2 loss {start}345")


@pytest.mark.parametrize("first", [0, 100])
def test_two_whole_numbers_alone_in_a_line_are_two_columns(first):
    rows = [f"{first + i},{310 - i}" for i in range(5)]
    [one] = read_log("\n".join(rows)).log.main
    assert one.y.tolist() == [310, 309, 308, 307, 306]


@pytest.mark.parametrize(
    "start",
    [
        "[gpu-dev-3]",
        "2026-01-02 12:00:00 test.py:42 INFO",
        "/home/me/test/train.py",
        "~/dev/run.sh",
    ],
)
def test_a_host_a_script_and_a_path_say_not_whose_a_loss_is(start):
    text = "\n".join(f"{start} step {i} loss {y}" for i, y in enumerate(TRAIN))
    log = read_log(text).log
    assert (log.train.y.tolist(), log.valid) == (TRAIN, None)


@pytest.mark.parametrize("start", ["[eval.py:9]", "test/acc 0.5,", "dev-clean"])
def test_other_words_in_front_of_a_loss_say_that_it_is_held_out(start):
    text = "\n".join(f"{start} step {i} loss {y}" for i, y in enumerate(TRAIN))
    assert read_log(text).log.valid.y.tolist() == TRAIN


@pytest.mark.parametrize("words", ["Loading data, please wait", "Hi, all"])
def test_a_sentence_is_no_header_of_the_rows_below_it(words):
    rows = "\n".join(f"{i}, {y}" for i, y in enumerate(TRAIN))
    assert read_log(f"{words}\n{rows}").log.train.y.tolist() == TRAIN


def test_the_rows_of_a_table_that_stand_behind_a_bar_are_read():
    rows = [
        "Epoch:   0%|        | 0/12 [00:00<?, ?it/sepoch      trn_loss   val_loss",
        "    0      4.4803   3.7442",
        "Epoch:   8%|#   | 1/12 [1:49:32<20:05:00, 6572s/it    1      4.3508   3.5918",
        "Epoch:  17%|##  | 2/12 [3:39:14<18:16:10, 6577s/it    2      4.2730   3.5088",
    ]
    train, valid = read_log("\n".join(rows)).log.main
    assert (train.unit, train.x.tolist()) == ("epoch", [0, 1, 2])
    assert train.y.tolist() == [4.4803, 4.3508, 4.2730]
    assert valid.y.tolist() == [3.7442, 3.5918, 3.5088]
