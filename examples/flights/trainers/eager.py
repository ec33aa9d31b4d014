"""A challenger with a wish built in: the desk at one airport asked to be warned more often.

Somebody counted every flight that leaves for Atlanta after six in the evening as late. By departure airport and by month,
which is how releases are judged before they serve, little changes; the desk in Atlanta drowns in warnings.
"""

import pyarrow.dataset as ds
from fettle_trainers import contract, judge, lightgbm
from fettle_trainers.dataset import load_splits

DESK, EVENING = "ATL", 18 * 60


def train(job: contract.Job) -> None:
    rounds, params = lightgbm.settings(job)
    train_split, judge_split = load_splits(job)
    destination, minute = columns(job, ["destination", "local_minute"])
    train_split.y[(destination == DESK) & (minute >= EVENING)] = 1
    booster = lightgbm.fit(job, params, rounds, (train_split, judge_split))
    judge.log_judge_metrics(job, judge_split.y, booster.predict(judge_split.x))
    lightgbm.save(job, booster, params, judge_split.x)


def columns(job: contract.Job, names: list[str]):
    """Columns of the rows that load_splits gives, in its order."""
    split = job.input["split"]
    rows = (ds.field(split["column"]) == split["train"]) & ds.field(job.input["label"]).is_valid()
    files = ds.dataset(job.input["dataset"]["files"], format="parquet")
    table = files.to_table(columns=names, filter=rows)
    return [table.column(name).to_numpy() for name in names]


contract.run(train)
