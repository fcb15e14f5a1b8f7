"""The workers: processes on this machine, or a Dask cluster."""

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
from ._tasks import LabelledSamples, SamplesFile

#: Keep the libraries that compute on several cores to one.
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
    """An executor, and the training samples in the form that its tasks take.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Runs tasks.
    samples : LabelledSamples, SamplesFile or dask.distributed.Future
        Argument that stands for the training samples.
    n_workers : int
        How many tasks run at a time.
    share : callable
        Turns an argument of many tasks into one that is sent only once.
    """

    executor: Executor
    samples: Any
    n_workers: int
    share: Callable[[Any], Any]


@contextmanager
def local_workers(
    n_jobs: int | None, samples: SamplesFile, *, load_networks: bool
) -> Iterator[Workers]:
    """Start processes on this machine, each of which computes on one core.

    Convolutions round differently with another number of threads. If the processes shared
    the cores, results would depend on the number of processes.

    Parameters
    ----------
    n_jobs : int or None
        Number of processes, as in joblib.
    samples : SamplesFile
        File with the training samples; every process reads it once.
    load_networks : bool
        Whether the tasks train Keras networks.

    Yields
    ------
    workers : Workers
        The processes. After an error they are killed.
    """
    n_workers = joblib.effective_n_jobs(n_jobs)
    # Unless the user has set a log level.
    quiet = {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")}
    # Not joblib's shared executor, which the caller's next parallel search would reuse.
    executor = Processes(n_workers, env=_ONE_CORE | quiet, load_networks=load_networks)
    with warnings.catch_warnings():
        # loky replaces a process whose memory has grown, for example by training a forest.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        try:
            # Pickling the rows of a fold takes less time than reading them from a file.
            yield Workers(executor, samples, n_workers, share=lambda fold: fold)
        except BaseException:
            executor.shutdown(wait=True, kill_workers=True)
            raise
        executor.shutdown(wait=True)


@contextmanager
def dask_workers(client: Any, samples: LabelledSamples) -> Iterator[Workers]:
    """Use the workers of a Dask cluster.

    Each task is a future of its own: if a worker dies, only its current tasks are lost, and
    they are tried again elsewhere. The samples are sent once to the scheduler, and from worker to
    worker.

    Parameters
    ----------
    client : dask.distributed.Client
        Connected to the cluster.
    samples : LabelledSamples
        Training samples.

    Yields
    ------
    workers : Workers
        The cluster.
    """

    def share(anything: Any) -> Any:
        # Dask drops copies of scattered data, and the last one is lost with its worker. The result
        # of a task is computed again, from the argument that the scheduler keeps.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return client.submit(_return, anything, pure=False)

    executor = client.get_executor(retries=_ATTEMPTS_ON_A_CLUSTER - 1, pure=False)
    try:
        yield Workers(executor, share(samples), sum(client.nthreads().values()), share)
    finally:
        executor.shutdown(wait=False)


def _return(anything: Any) -> Any:
    """Return the argument."""
    return anything


def take_result(future: Future[Any], doing: str) -> Any:
    """Wait for the result of a task.

    Parameters
    ----------
    future : concurrent.futures.Future
        The task.
    doing : str
        What its worker did, such as ``"searched knn"``.

    Returns
    -------
    result : object
        The result; an error of the task is raised.

    Raises
    ------
    WorkerDiedError
        If its worker process died.
    """
    try:
        return future.result()
    except BrokenExecutor as error:
        raise worker_died(doing) from error


def worker_died(doing: str) -> WorkerDiedError:
    """Make the error for a worker process that died.

    Parameters
    ----------
    doing : str
        What it did.

    Returns
    -------
    error : WorkerDiedError
        The error.
    """
    return WorkerDiedError(
        f"A worker process died while it {doing}, most often because memory ran out. Use fewer "
        "jobs and run the comparison again. With the same folder it resumes; without a folder it "
        "starts from the beginning."
    )
