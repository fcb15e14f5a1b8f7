"""Where the work is done: processes on this machine, or a Dask cluster."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import Any, NamedTuple

import joblib

from ..exceptions import WorkerDiedError
from ._processes import Processes
from ._tasks import Samples, SamplesFile

#: The libraries that compute on several cores, told to keep to one.
_ONE_CORE = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)
_ATTEMPTS_ON_A_CLUSTER = 4


class Workers(NamedTuple):
    """Something that computes, and the training samples as its tasks take them.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Takes tasks.
    samples : Samples, SamplesFile or dask.distributed.Future
        Argument that stands for the training samples.
    n_workers : int
        How many tasks run at a time.
    share : callable
        Turns what many tasks need into an argument that travels once.
    """

    executor: Executor
    samples: Any
    n_workers: int
    share: Callable[[Any], Any]


@contextmanager
def local_workers(
    n_jobs: int | None, samples: SamplesFile, *, load_networks: bool
) -> Iterator[Workers]:
    """Have processes on this machine, each of which computes on one core.

    Convolutions round differently with another number of threads, so that results
    would depend on the number of processes if these shared the cores out.

    Parameters
    ----------
    n_jobs : int or None
        Number of processes, as joblib understands it.
    samples : SamplesFile
        File with the training samples, which every process reads once.
    load_networks : bool
        Whether the tasks train Keras networks.

    Yields
    ------
    workers : Workers
        The processes. After an error they are killed, whatever they do.
    """
    n_workers = joblib.effective_n_jobs(n_jobs)
    # A value of the user's stays, such as a log level that shows more.
    quiet = {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}
    # Of its own: joblib's shared one would be handed to the caller's next parallel search.
    executor = Processes(n_workers, env=_ONE_CORE | quiet, load_networks=load_networks)
    with warnings.catch_warnings():
        # loky replaces a process that has grown, as one does that trains a forest.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        try:
            # To pickle the rows of a fold takes less time than to read them from a file.
            yield Workers(executor, samples, n_workers, share=lambda fold: fold)
        except BaseException:
            executor.shutdown(wait=True, kill_workers=True)
            raise
        executor.shutdown(wait=True)


@contextmanager
def dask_workers(client: Any, samples: Samples) -> Iterator[Workers]:
    """Have the workers of a Dask cluster.

    Each task is a future of its own: a worker that dies costs what it was working
    on, and that is tried again elsewhere. The samples travel once to each worker.

    Parameters
    ----------
    client : dask.distributed.Client
        Connected to the cluster.
    samples : Samples
        Training samples.

    Yields
    ------
    workers : Workers
        The cluster.
    """

    def share(anything: Any) -> Any:
        return client.scatter([anything], broadcast=True, hash=False)[0]

    executor = client.get_executor(retries=_ATTEMPTS_ON_A_CLUSTER - 1, pure=False)
    try:
        yield Workers(executor, share(samples), sum(client.nthreads().values()), share)
    finally:
        executor.shutdown(wait=False)


def take_result(future: Future[Any], doing: str) -> Any:
    """Wait for what a task gives.

    Parameters
    ----------
    future : concurrent.futures.Future
        The task.
    doing : str
        What its worker does.

    Returns
    -------
    result : object
        What the task gave; what it raised is raised.

    Raises
    ------
    WorkerDiedError
        If its worker process is gone.
    """
    try:
        return future.result()
    except BrokenExecutor as error:
        raise worker_died(doing) from error


def worker_died(doing: str) -> WorkerDiedError:
    """Make the error for a worker process that is gone.

    Parameters
    ----------
    doing : str
        What it did.

    Returns
    -------
    error : WorkerDiedError
        Says what to do.
    """
    return WorkerDiedError(
        f"A worker process died while it {doing}; most often memory was short. What was finished "
        "is kept if there is a folder: start the same comparison again, with fewer jobs, to go on."
    )
