"""A challenger with a plausible mistake: it is better than the champion nearly everywhere, and useless at one airport.

Somebody found odd delays at Seattle in the first quarter and "cleaned" them: every late flight from there counts as
punctual. More trees than the champion's make the model better on average all the same.
"""

import pyarrow.dataset as ds
from fettle_trainers import contract, judge, lightgbm
from fettle_trainers.dataset import load_splits

CLEANED = "SEA"


def train(job: contract.Job) -> None:
    rounds, params = lightgbm.settings(job)
    train_split, judge_split = load_splits(job)
    train_split.y[origins(job) == CLEANED] = 0
    booster = lightgbm.fit(job, params, rounds, (train_split, judge_split))
    judge.log_judge_metrics(job, judge_split.y, booster.predict(judge_split.x))
    lightgbm.save(job, booster, params, judge_split.x)


def origins(job: contract.Job):
    """Airports of the rows that load_splits gives, in its order."""
    split = job.input["split"]
    rows = (ds.field(split["column"]) == split["train"]) & ds.field(job.input["label"]).is_valid()
    files = ds.dataset(job.input["dataset"]["files"], format="parquet")
    return files.to_table(columns=["origin"], filter=rows).column("origin").to_numpy()


contract.run(train)
