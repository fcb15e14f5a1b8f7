"""TensorFlow's thread pools in worker processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os

import tensorflow as tf


def respect_share_of_cores() -> None:
    """Keep TensorFlow's thread pools to the share of cores that a worker process has.

    joblib and Dask tell their workers their share by ``OMP_NUM_THREADS``, which
    TensorFlow does not read: every worker would start as many threads as the
    machine has cores. Nothing changes in a process that is no worker, where
    TensorFlow has its own variables set, or where it has begun to work.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    if multiprocessing.parent_process() is None or not share.isdecimal():
        return
    if {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & os.environ.keys():
        return
    # TensorFlow refuses once its pools have started.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(int(share))
        tf.config.threading.set_inter_op_parallelism_threads(int(share))
